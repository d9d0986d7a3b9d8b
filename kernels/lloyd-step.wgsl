// Labels and sums of one iteration of Lloyd's algorithm at once, for few segments of few features: there the work is
// bound by memory, and x is read from it once. A thread finds its customer's nearest centroid as in
// nearest-centroid.wgsl, with all centroids in workgroup memory, and adds the customer, whose features are still
// in the cache, to the workgroup's sums, as in centroid-update.wgsl.
//
// Uses segment-sums.wgsl.

@group(0) @binding(12) var<storage, read> centroids: array<f32>;
@group(0) @binding(13) var<storage, read_write> newLabels: array<u32>;

// Centroids in fours, at most 8.
override quads: u32 = 1;
override features: u32 = 1;

// By feature.
var<workgroup> centroidQuads: array<vec4f, features * quads>;

fn centroidValue(c: u32, f: u32) -> f32 {
  if (c < sizes.k) { return centroids[c * features + f]; }
  return 0;
}

fn nearestOf(customer: u32) -> u32 {
  var distances = array<vec4f, 8>();
  for (var f = 0u; f < features; f++) {
    let value = bitcast<f32>(x[f * sizes.customers + customer]);
    for (var q = 0u; q < quads; q++) {
      let difference = value - centroidQuads[f * quads + q];
      distances[q] = fma(difference, difference, distances[q]);
    }
  }
  var label = 0u;
  var nearest = distances[0].x;
  for (var q = 0u; q < quads; q++) {
    for (var e = 0u; e < 4; e++) {
      let closer = distances[q][e] < nearest && 4 * q + e < sizes.k;
      label = select(label, 4 * q + e, closer);
      nearest = select(nearest, distances[q][e], closer);
    }
  }
  return label;
}

@compute @workgroup_size(256)
fn step(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  for (var i = lane; i < features * quads; i += threads) {
    let f = i / quads;
    let c = 4 * (i % quads);
    centroidQuads[i] = vec4f(
      centroidValue(c, f), centroidValue(c + 1, f), centroidValue(c + 2, f), centroidValue(c + 3, f));
  }
  startPartial(lane, 0);
  workgroupBarrier();
  let start = linear(group, groups) * sizes.chunk;
  let end = min(start + sizes.chunk, sizes.customers);
  for (var i = start + lane; i < end; i += threads) {
    let label = nearestOf(i);
    newLabels[i] = label;
    for (var row = 0u; row <= features; row++) {
      addCustomer((label * rowTile + row) * copies + lane % copies, 0, row, i);
    }
  }
  workgroupBarrier();
  flushPartial(lane, 0, 0);
}
