// For each column of queries [factors, m] the topK columns of items [factors, n] with the greatest inner product
// or cosine, q.t / (|q| |t|), 0 where a column has no length.
//
// A workgroup takes 64 queries and lets the items stream by, 128 at a time: a matrix product in tiles, 4
// queries x 8 items in the registers of each of 256 threads, so that the m x n scores never reach memory.
// Scores that exceed the worst of what their query holds (soon few) go through a queue in workgroup memory
// to the thread that keeps the query's heap. Where there are few queries, the items are split among
// workgroups, and `merge` joins their lists.
//
// Uses cosine-topk-data.wgsl.

@group(0) @binding(3) var<storage, read_write> newInverseNorms: array<f32>;
@group(0) @binding(9) var<storage, read> listedIndices: array<i32>;
@group(0) @binding(10) var<storage, read> listedScores: array<f32>;

const threads = 256u;
const queryTile = 64u;
const itemTile = 128u;
const factorTile = 16u;

@compute @workgroup_size(64)
fn norms(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let column = linear(group, groups) * 64 + lane;
  if (column >= sizes.m + sizes.n) { return; }
  var norm = 0.0;
  var isZero = true;
  for (var f = 0u; f < sizes.factors; f++) {
    var value: f32;
    if (column < sizes.m) {
      value = queries[f * sizes.m + column];
    } else {
      value = items[f * sizes.n + column - sizes.m];
    }
    norm = fma(value, value, norm);
    isZero = isZero && value == 0;
  }
  let isHeld = norm > 0 && norm <= greatest;
  newInverseNorms[column] = select(select(-1, 1 / sqrt(norm), isHeld), 0, isZero);
}

const queryQuads = queryTile / 4;
const itemQuads = itemTile / 4;
const rowQuads = queryQuads + itemQuads;
const queueLength = factorTile * rowQuads;
// Columns of which even all scores fit into the queue.
const columnsAtWorst = 8u;

// By factor: a row of queries, then one of items. Between two tiles: the queue of scores and places.
var<workgroup> tile: array<vec4f, queueLength>;
var<workgroup> queued: atomic<u32>;
var<workgroup> thresholds: array<f32, queryTile>;

fn queryValue(f: u32, query: u32) -> f32 {
  if (f < sizes.factors && query < sizes.m) { return queries[f * sizes.m + query]; }
  return 0;
}

fn itemValue(f: u32, item: u32) -> f32 {
  if (f < sizes.factors && item < sizes.n) { return items[f * sizes.n + item]; }
  return 0;
}

struct Columns {
  // First item of the tile, and the columns of the tile whose scores are wanted.
  item0: u32,
  first: u32,
  end: u32,
}

fn enqueue(score: vec4f, row: u32, column: u32, columns: Columns) {
  let least = thresholds[row];
  for (var e = 0u; e < 4; e++) {
    let wanted = column + e >= columns.first && column + e < columns.end && columns.item0 + column + e < sizes.n;
    if (wanted && score[e] > least) {
      let place = atomicAdd(&queued, 1);
      // The place in the tile is exact as a float.
      if (place < queueLength) { tile[place] = vec4f(score[e], f32(row * itemTile + column + e), 0, 0); }
    }
  }
}

fn scales(item: u32, query: u32) -> vec4f {
  return vec4f(scale(item, query), scale(item + 1, query), scale(item + 2, query), scale(item + 3, query));
}

@compute @workgroup_size(256)
fn search(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let query0 = number / sizes.shares * queryTile;
  let share = number % sizes.shares;
  let end = min((share + 1) * sizes.share, sizes.n);
  let tx = lane % 16;
  let ty = lane / 16;

  // The first threads keep a query's heap each.
  let query = query0 + lane;
  let keeps = lane < queryTile && query < sizes.m;
  let base = (share * sizes.m + query) * sizes.topK;
  var held = 0u;
  // Of rows beyond the last query nothing is wanted.
  if (lane < queryTile) { thresholds[lane] = greatest; }
  if (keeps) {
    held = heldBefore(base);
    thresholds[lane] = threshold(base, sizes.topK, held);
  }

  for (var item0 = share * sizes.share; item0 < end; item0 += itemTile) {
    // Scores of a query with the first four items of this thread, and with the second.
    var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
    var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
    for (var f0 = 0u; f0 < sizes.factors; f0 += factorTile) {
      workgroupBarrier();
      for (var i = lane; i < factorTile * rowQuads; i += threads) {
        let f = f0 + i / rowQuads;
        let quad = i % rowQuads;
        if (quad < queryQuads) {
          let q = query0 + 4 * quad;
          tile[i] = vec4f(queryValue(f, q), queryValue(f, q + 1), queryValue(f, q + 2), queryValue(f, q + 3));
        } else {
          let t = item0 + 4 * (quad - queryQuads);
          tile[i] = vec4f(itemValue(f, t), itemValue(f, t + 1), itemValue(f, t + 2), itemValue(f, t + 3));
        }
      }
      workgroupBarrier();
      for (var f = 0u; f < factorTile; f++) {
        let q = tile[f * rowQuads + ty];
        let ta = tile[f * rowQuads + queryQuads + tx];
        let tb = tile[f * rowQuads + queryQuads + 16 + tx];
        a0 = fma(vec4f(q.x), ta, a0); b0 = fma(vec4f(q.x), tb, b0);
        a1 = fma(vec4f(q.y), ta, a1); b1 = fma(vec4f(q.y), tb, b1);
        a2 = fma(vec4f(q.z), ta, a2); b2 = fma(vec4f(q.z), tb, b2);
        a3 = fma(vec4f(q.w), ta, a3); b3 = fma(vec4f(q.w), tb, b3);
      }
    }
    let row = 4 * ty;
    let ca = 4 * tx;
    let cb = 64 + 4 * tx;
    a0 *= scales(item0 + ca, query0 + row); b0 *= scales(item0 + cb, query0 + row);
    a1 *= scales(item0 + ca, query0 + row + 1); b1 *= scales(item0 + cb, query0 + row + 1);
    a2 *= scales(item0 + ca, query0 + row + 2); b2 *= scales(item0 + cb, query0 + row + 2);
    a3 *= scales(item0 + ca, query0 + row + 3); b3 *= scales(item0 + cb, query0 + row + 3);

    // First all at once; where the queue overflows, again by few columns.
    var columns = Columns(item0, 0, itemTile);
    var width = itemTile;
    loop {
      workgroupBarrier();
      if (lane == 0) { atomicStore(&queued, 0); }
      workgroupBarrier();
      enqueue(a0, row, ca, columns); enqueue(b0, row, cb, columns);
      enqueue(a1, row + 1, ca, columns); enqueue(b1, row + 1, cb, columns);
      enqueue(a2, row + 2, ca, columns); enqueue(b2, row + 2, cb, columns);
      enqueue(a3, row + 3, ca, columns); enqueue(b3, row + 3, cb, columns);
      let length = workgroupUniformLoad(&queued);
      if (length > queueLength) {
        width = columnsAtWorst;
        columns.end = columnsAtWorst;
        continue;
      }
      if (keeps) {
        for (var i = 0u; i < length; i++) {
          let place = u32(tile[i].y);
          if (place / itemTile != lane) { continue; }
          let item = sizes.item0 + item0 + place % itemTile;
          if (isExcluded(query, item)) { continue; }
          held = offer(base, sizes.topK, held, Found(tile[i].x, i32(item)));
        }
        thresholds[lane] = threshold(base, sizes.topK, held);
      }
      columns.first += width;
      columns.end += width;
      if (columns.first >= itemTile) { break; }
    }
  }
  if (keeps) { leave(base, held); }
}

const sharesAtMost = 32u;

// One thread a query.
@compute @workgroup_size(64)
fn merge(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let query = linear(group, groups) * 64 + lane;
  if (query >= sizes.m) { return; }
  var taken: array<u32, sharesAtMost>;
  for (var place = 0u; place < sizes.topK; place++) {
    var best = Found(leastScore, -1);
    var source = 0u;
    for (var share = 0u; share < sizes.shares; share++) {
      let next = (share * sizes.m + query) * sizes.topK + taken[share];
      if (taken[share] == sizes.topK || listedIndices[next] < 0) { continue; }
      let candidate = Found(listedScores[next], listedIndices[next]);
      if (best.index < 0 || isBefore(candidate, best)) {
        best = candidate;
        source = share;
      }
    }
    let result = query * sizes.topK + place;
    foundIndices[result] = best.index;
    foundScores[result] = select(bitcast<u32>(best.score), minusInfinity, best.index < 0);
    taken[source]++;
  }
}
