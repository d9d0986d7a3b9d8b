// For each column of x [features, customers] the nearest row of centroids [k, features], and the squared
// distance to it, summed over the differences themselves so that it neither cancels nor turns negative.
//
// `direct` (k up to 32): a thread takes one customer and adds up all k squared differences in registers.
// x is read once, in order, which is all that the memory-bound case can gain from; the centroids pass through
// workgroup memory, where all threads read the same address at the same time.
//
// `tiled` (larger k): argmin |x - c|^2 = argmax x'.c' - |c'|^2 / 2, where x' and c' are seen from the middle
// of the centroids so that float32 does not cancel. It is a matrix product whose result stays in registers:
// a thread holds 8 customers x 8 centroids, 64 fused multiply-adds for 4 reads of workgroup memory, and keeps
// only the best centroid of each customer while the centroids stream by; n x k scores never reach memory.
// `middle` and `prepare` lay out c' by feature, padded to whole tiles with scores that never win.
//
// Uses nearest-centroid-data.wgsl.

@group(0) @binding(6) var<storage, read_write> newCentre: array<f32>;
// [features + 1, paddedK]: the centroids by feature, seen from the centre; last -|c'|^2 / 2.
@group(0) @binding(7) var<storage, read> prepared: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> newPrepared: array<f32>;

// Whether `tiled` takes only the customers of a list: how many there are, then which.
override listed: bool = false;
@group(0) @binding(10) var<storage, read> list: array<u32>;

const threads = 256u;

// Features whose tiles are in workgroup memory at a time.
override featureTile: u32 = 16;

// ---- direct

// Centroids in fours.
override quads: u32 = 8;

var<workgroup> directTile: array<vec4f, featureTile * quads>;

fn centroidValue(c: u32, f: u32) -> f32 {
  if (c < sizes.k && f < sizes.features) { return centroids[c * sizes.features + f]; }
  return 0;
}

@compute @workgroup_size(256)
fn direct(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let customer = linear(group, groups) * threads + lane;
  let column = min(customer, sizes.customers - 1);
  var sums: array<vec4f, 8>;
  for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
    workgroupBarrier();
    for (var i = lane; i < featureTile * quads; i += threads) {
      let f = f0 + i / quads;
      let c = 4 * (i % quads);
      directTile[i] = vec4f(
        centroidValue(c, f), centroidValue(c + 1, f), centroidValue(c + 2, f), centroidValue(c + 3, f));
    }
    workgroupBarrier();
    for (var f = 0u; f < featureTile; f++) {
      // Features beyond the last are 0 in the tile, and here.
      let row = min(f0 + f, sizes.features - 1);
      let value = select(0, x[row * sizes.customers + column], f0 + f < sizes.features);
      for (var q = 0u; q < quads; q++) {
        let difference = value - directTile[f * quads + q];
        sums[q] = fma(difference, difference, sums[q]);
      }
    }
  }
  // Starting from the first centroid, a customer with NaN stays there, at distance NaN.
  var label = 0u;
  var nearest = sums[0].x;
  for (var q = 0u; q < quads; q++) {
    for (var e = 0u; e < 4; e++) {
      let closer = sums[q][e] < nearest && 4 * q + e < sizes.k;
      label = select(label, 4 * q + e, closer);
      nearest = select(nearest, sums[q][e], closer);
    }
  }
  if (customer < sizes.customers) {
    labels[customer] = i32(label);
    if (wantDistances) { distances[customer] = nearest; }
  }
}

// ---- tiled

var<workgroup> partialSums: array<f32, 64>;

fn sumOf(lane: u32, value: f32) -> f32 {
  partialSums[lane] = value;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { partialSums[lane] += partialSums[lane + half]; }
  }
  workgroupBarrier();
  return partialSums[0];
}

// The mean of the centroids; one workgroup a feature.
@compute @workgroup_size(64)
fn middle(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let f = linear(group, groups);
  var sum = 0.0;
  if (f < sizes.features) {
    for (var c = lane; c < sizes.k; c += 64) { sum += centroids[c * sizes.features + f]; }
  }
  sum = sumOf(lane, sum);
  if (lane == 0 && f < sizes.features) { newCentre[f] = sum / f32(sizes.k); }
}

// One workgroup a centroid, those that only pad included.
@compute @workgroup_size(64)
fn prepare(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let c = linear(group, groups);
  var norm = 0.0;
  if (c < sizes.paddedK) {
    for (var f = lane; f < sizes.features; f += 64) {
      var value = 0.0;
      if (c < sizes.k) { value = centroids[c * sizes.features + f] - centre[f]; }
      newPrepared[f * sizes.paddedK + c] = value;
      norm = fma(value, value, norm);
    }
  }
  norm = sumOf(lane, norm);
  if (lane == 0 && c < sizes.paddedK) {
    newPrepared[sizes.features * sizes.paddedK + c] = select(least, -0.5 * norm, c < sizes.k);
  }
}

// Threads side by side over the centroids of a tile; the others are side by side over the customers.
override centroidThreads: u32 = 16;

// Both tiles, and in the end the best scores and labels of all threads: 16 KiB, which every device has.
var<workgroup> tile: array<vec4f, 1024>;

fn listedAt(place: u32) -> u32 {
  if (listed) { return list[1 + place]; }
  return place;
}

struct Best {
  score: vec4f,
  label: vec4u,
}

fn better(best: Best, score: vec4f, label: u32) -> Best {
  let won = score > best.score;
  return Best(select(best.score, score, won), select(best.label, vec4u(label), won));
}

@compute @workgroup_size(256)
fn tiled(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  // All in fours: a row of the tile of x, then a row of the tile of centroids.
  let customerThreads = threads / centroidThreads;
  let xQuads = 2 * customerThreads;
  let cQuads = 2 * centroidThreads;
  let cTile = featureTile * xQuads;
  let paddedQuads = sizes.paddedK / 4;
  let tx = lane % customerThreads;
  let ty = lane / customerThreads;
  let firstCustomer = linear(group, groups) * 4 * xQuads;
  var count = sizes.customers;
  if (listed) { count = list[0]; }
  if (firstCustomer >= count) { return; }
  let last = count - 1;

  var best0 = Best(vec4f(least), vec4u(0));
  var best1 = best0;
  for (var c0 = 0u; c0 < paddedQuads; c0 += cQuads) {
    let start0 = prepared[sizes.features * paddedQuads + c0 + ty];
    let start1 = prepared[sizes.features * paddedQuads + c0 + centroidThreads + ty];
    // a: the first four customers, b: the second; by centroid.
    var a0 = vec4f(start0.x); var a1 = vec4f(start0.y); var a2 = vec4f(start0.z); var a3 = vec4f(start0.w);
    var a4 = vec4f(start1.x); var a5 = vec4f(start1.y); var a6 = vec4f(start1.z); var a7 = vec4f(start1.w);
    var b0 = a0; var b1 = a1; var b2 = a2; var b3 = a3;
    var b4 = a4; var b5 = a5; var b6 = a6; var b7 = a7;
    for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
      workgroupBarrier();
      for (var i = lane; i < featureTile * xQuads; i += threads) {
        let f = f0 + i / xQuads;
        let customer = firstCustomer + 4 * (i % xQuads);
        var values = vec4f(0);
        if (f < sizes.features) {
          let row = f * sizes.customers;
          values = vec4f(
            x[row + listedAt(min(customer, last))], x[row + listedAt(min(customer + 1, last))],
            x[row + listedAt(min(customer + 2, last))], x[row + listedAt(min(customer + 3, last))]) - centre[f];
        }
        tile[i] = values;
      }
      for (var i = lane; i < featureTile * cQuads; i += threads) {
        let f = f0 + i / cQuads;
        var values = vec4f(0);
        if (f < sizes.features) { values = prepared[f * paddedQuads + c0 + i % cQuads]; }
        tile[cTile + i] = values;
      }
      workgroupBarrier();
      for (var f = 0u; f < featureTile; f++) {
        let xa = tile[f * xQuads + tx];
        let xb = tile[f * xQuads + customerThreads + tx];
        let ca = tile[cTile + f * cQuads + ty];
        let cb = tile[cTile + f * cQuads + centroidThreads + ty];
        a0 = fma(xa, vec4f(ca.x), a0); b0 = fma(xb, vec4f(ca.x), b0);
        a1 = fma(xa, vec4f(ca.y), a1); b1 = fma(xb, vec4f(ca.y), b1);
        a2 = fma(xa, vec4f(ca.z), a2); b2 = fma(xb, vec4f(ca.z), b2);
        a3 = fma(xa, vec4f(ca.w), a3); b3 = fma(xb, vec4f(ca.w), b3);
        a4 = fma(xa, vec4f(cb.x), a4); b4 = fma(xb, vec4f(cb.x), b4);
        a5 = fma(xa, vec4f(cb.y), a5); b5 = fma(xb, vec4f(cb.y), b5);
        a6 = fma(xa, vec4f(cb.z), a6); b6 = fma(xb, vec4f(cb.z), b6);
        a7 = fma(xa, vec4f(cb.w), a7); b7 = fma(xb, vec4f(cb.w), b7);
      }
    }
    // In ascending order, so that the first of equals wins.
    let first = 4 * (c0 + ty);
    let second = 4 * (c0 + centroidThreads + ty);
    best0 = better(best0, a0, first); best1 = better(best1, b0, first);
    best0 = better(best0, a1, first + 1); best1 = better(best1, b1, first + 1);
    best0 = better(best0, a2, first + 2); best1 = better(best1, b2, first + 2);
    best0 = better(best0, a3, first + 3); best1 = better(best1, b3, first + 3);
    best0 = better(best0, a4, second); best1 = better(best1, b4, second);
    best0 = better(best0, a5, second + 1); best1 = better(best1, b5, second + 1);
    best0 = better(best0, a6, second + 2); best1 = better(best1, b6, second + 2);
    best0 = better(best0, a7, second + 3); best1 = better(best1, b7, second + 3);
  }

  // Scores of all threads, then labels; as floats these are exact up to 2^24.
  workgroupBarrier();
  let place = ty * xQuads + tx;
  tile[place] = best0.score;
  tile[place + customerThreads] = best1.score;
  tile[512 + place] = vec4f(best0.label);
  tile[512 + place + customerThreads] = vec4f(best1.label);
  workgroupBarrier();
  let own = firstCustomer + lane;
  if (lane >= 4 * xQuads || own >= count) { return; }
  let customer = listedAt(own);
  var score = least;
  var winner = 0.0;
  for (var t = 0u; t < centroidThreads; t++) {
    let rivalScore = tile[t * xQuads + lane / 4][lane % 4];
    let rival = tile[512 + t * xQuads + lane / 4][lane % 4];
    let won = rivalScore > score || (rivalScore == score && rival < winner);
    score = select(score, rivalScore, won);
    winner = select(winner, rival, won);
  }
  write(customer, min(u32(winner), sizes.k - 1));
}
