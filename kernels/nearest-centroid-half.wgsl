// The nearest centroids as `tiled` in nearest-centroid.wgsl finds them, with products in float16 as a filter. Of each
// customer the three best scores are kept. How far a score can lie from the exact one, and that of `tiled` from it, is
// bounded (Cauchy and Schwarz) by a multiple of |x'| |c'|: where the best leads by more than twice the bound, it is the
// best for sure; where the best two lead the third so, they are compared again as `tiled` would; all other customers
// go onto a list, for which `tiled` itself is run. So labels are those of `tiled`.
//
// Customers and centroids are scaled by a power of two by which the longest centroid has a length of 64 to 128, seen from
// the middle of the centroids, so that float16 neither overflows nor loses what counts.
//
// Uses nearest-centroid-data.wgsl.
// Uses half-product.wgsl.

// [features + 1, paddedK], as in nearest-centroid.wgsl.
@group(0) @binding(6) var<storage, read> prepared: array<f32>;
// How many customers, then which.
@group(0) @binding(7) var<storage, read_write> newList: array<atomic<u32>>;

const threads = 128u;

var<workgroup> reduced: array<f32, threads>;
var<workgroup> seconds: array<vec4f, 64>;
var<workgroup> secondLabels: array<vec2u, 64>;

struct Best {
  // Descending; labels of the first two.
  scores: vec3f,
  labels: vec2u,
}

fn better(best: Best, score: f32, label: u32) -> Best {
  if (score > best.scores.x) { return Best(vec3f(score, best.scores.xy), vec2u(label, best.labels.x)); }
  if (score > best.scores.y) { return Best(vec3f(best.scores.x, score, best.scores.y), vec2u(best.labels.x, label)); }
  return Best(vec3f(best.scores.xy, max(score, best.scores.z)), best.labels);
}

// As `tiled` computes it.
fn scoreOf(customer: u32, c: u32) -> f32 {
  var score = prepared[sizes.features * sizes.paddedK + c];
  for (var f = 0u; f < sizes.features; f++) {
    score = fma(x[f * sizes.customers + customer] - centre[f], prepared[f * sizes.paddedK + c], score);
  }
  return score;
}

@compute @workgroup_size(128)
fn filterHalf(
  @builtin(local_invocation_index) lane: u32,
  subgroup: Subgroup,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let norms = sizes.features * sizes.paddedK;
  var longest = 0.0;
  for (var c = lane; c < sizes.k; c += threads) { longest = max(longest, -2 * prepared[norms + c]); }
  reduced[lane] = longest;
  for (var half = threads / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { reduced[lane] = max(reduced[lane], reduced[lane + half]); }
  }
  workgroupBarrier();
  longest = sqrt(reduced[0]);
  // A power of two.
  let scale = bitcast<f32>((260 - clamp(bitcast<u32>(longest) >> 23, 7, 253)) << 23);
  longest *= scale;

  // Two threads a customer.
  let own = lane % productTile;
  let customer = linear(group, groups) * productTile + own;
  let column = min(customer, sizes.customers - 1);
  var norm = 0.0;
  var best = Best(vec3f(least), vec2u(0));
  for (var c0 = 0u; c0 < sizes.paddedK; c0 += productTile) {
    var sums = Sums();
    for (var f0 = 0u; f0 < sizes.features; f0 += depth) {
      workgroupBarrier();
      for (var i = lane / productTile; i < depth; i += threads / productTile) {
        let f = f0 + i;
        var values = vec2f();
        if (f < sizes.features) {
          values = scale * vec2f(
            x[f * sizes.customers + column] - centre[f], prepared[f * sizes.paddedK + c0 + own]);
        }
        putFactors(i * productTile + own, values);
        if (c0 == 0) { norm = fma(values.x, values.x, norm); }
      }
      workgroupBarrier();
      addProducts(lane, subgroup, &sums);
    }
    workgroupBarrier();
    storeProducts(lane, subgroup, &sums);
    workgroupBarrier();
    let first = lane / productTile * (productTile / 2);
    for (var i = first; i < first + productTile / 2; i++) {
      let score = fma(prepared[norms + c0 + i] * scale, scale, products[i * productTile + own]);
      best = better(best, score, c0 + i);
    }
  }

  // The second of the two threads hands over.
  if (lane >= productTile) {
    seconds[own] = vec4f(best.scores, norm);
    secondLabels[own] = best.labels;
  }
  workgroupBarrier();
  if (lane >= productTile || customer >= sizes.customers) { return; }
  let second = seconds[own];
  best = better(best, second.x, secondLabels[own].x);
  best = better(best, second.y, secondLabels[own].y);
  // No label of the third is ever looked at.
  best = better(best, second.z, 0);
  let length = sqrt(norm + second.w);
  let terms = termError * f32(sizes.features + 8);
  let margin = 2 * (productError(sizes.features, length, longest) + terms * longest * (length + longest));
  var label = best.labels.x;
  // Of what is not finite no comparison is true.
  let near = length < 60000 && length * longest < mostProduct && best.scores.x - best.scores.z > margin;
  if (!near) {
    let place = atomicAdd(&newList[0], 1);
    atomicStore(&newList[1 + place], customer);
    return;
  }
  if (!(best.scores.x - best.scores.y > margin)) {
    let other = best.labels.y;
    let scores = vec2f(scoreOf(customer, label), scoreOf(customer, other));
    if (scores.y > scores.x || (scores.y == scores.x && other < label)) { label = other; }
  }
  write(customer, min(label, sizes.k - 1));
}
