// distances[i, j] between column i of a [features, m] and column j of b [features, n]: the sum over the features
// of (a - b)^2 or |a - b|, and of squares the root for `euclidean`. Cosine and correlation are half the
// squared distance of the directions, |a / |a| - b / |b||^2 / 2 = 1 - cos, which neither cancels for near
// columns nor turns negative; under correlation columns are seen from their own means.
//
// Tiles of 64 x 128 results: each of 256 threads holds 4 x 8 of them in registers, so that a number that was
// read into workgroup memory is used 64 or 128 times. A thread's columns lie 16 apart, so that neighbouring
// threads write neighbouring results. Differences cost twice the arithmetic of the product form; up to some
// 14 features the writing of results takes longer anyway.

struct Sizes {
  features: u32,
  m: u32,
  n: u32,
  // Rows of this batch, from row0 on; `distances` begins there.
  row0: u32,
  rows: u32,
  // Columns of `distances`, and the one that the first of b belongs to.
  stride: u32,
  column0: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> newDirections: array<vec2f>;
// [m + n]: what to subtract from a column of a, then of b, and what to multiply it by.
@group(0) @binding(4) var<storage, read> directions: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> distances: array<f32>;

const squaredEuclidean = 0u;
const euclidean = 1u;
const manhattan = 2u;
const cosine = 3u;
const correlation = 4u;
override metric: u32 = squaredEuclidean;

const threads = 256u;
const aTile = 64u;
const bTile = 128u;
const featureTile = 16u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

fn valueOf(column: u32, f: u32) -> f32 {
  if (column < sizes.m) { return a[f * sizes.m + column]; }
  return b[f * sizes.n + column - sizes.m];
}

@compute @workgroup_size(64)
fn prepare(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let column = linear(group, groups) * 64 + lane;
  if (column >= sizes.m + sizes.n) { return; }
  var mean = 0.0;
  let first = valueOf(column, 0);
  var varies = metric == cosine;
  if (metric == correlation) {
    for (var f = 0u; f < sizes.features; f++) {
      let value = valueOf(column, f);
      // From the first value, so that a large common part is no loss.
      mean += value - first;
      varies = varies || value != first;
    }
    mean = first + mean / f32(sizes.features);
  }
  var norm = 0.0;
  for (var f = 0u; f < sizes.features; f++) {
    let value = valueOf(column, f) - mean;
    norm = fma(value, value, norm);
  }
  newDirections[column] = vec2f(mean, select(0, 1 / sqrt(norm), varies && norm > 0));
}

var<workgroup> aValues: array<vec4f, featureTile * aTile / 4>;
var<workgroup> bValues: array<f32, featureTile * bTile>;

// A value of a column, as the metric sees it.
fn seen(value: f32, column: u32) -> f32 {
  if (metric < cosine) { return value; }
  return (value - directions[column].x) * directions[column].y;
}

fn aValue(f: u32, column: u32) -> f32 {
  if (f >= sizes.features || column >= sizes.m) { return 0; }
  return seen(a[f * sizes.m + column], column);
}

fn bValue(f: u32, column: u32) -> f32 {
  if (f >= sizes.features || column >= sizes.n) { return 0; }
  return seen(b[f * sizes.n + column], sizes.m + column);
}

fn added(sum: vec4f, a: vec4f, b: f32) -> vec4f {
  let difference = a - b;
  if (metric == manhattan) { return sum + abs(difference); }
  return fma(difference, difference, sum);
}

fn distanceOf(sum: f32, row: u32, column: u32) -> f32 {
  if (metric == euclidean) { return sqrt(sum); }
  if (metric < cosine) { return sum; }
  // A column without direction is at distance 1 from everything.
  if (directions[row].y == 0 || directions[sizes.m + column].y == 0) { return 1; }
  return 0.5 * sum;
}

fn write(sums: vec4f, row: u32, column: u32) {
  if (column >= sizes.n) { return; }
  for (var e = 0u; e < 4; e++) {
    if (row + e >= sizes.row0 + sizes.rows) { return; }
    distances[(row + e - sizes.row0) * sizes.stride + sizes.column0 + column] = distanceOf(sums[e], row + e, column);
  }
}

@compute @workgroup_size(256)
fn measure(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let across = (sizes.n + bTile - 1) / bTile;
  let row0 = sizes.row0 + number / across * aTile;
  let column0 = number % across * bTile;
  let tx = lane % 16;
  let ty = lane / 16;
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
    workgroupBarrier();
    for (var i = lane; i < featureTile * aTile / 4; i += threads) {
      let f = f0 + i / (aTile / 4);
      let row = row0 + 4 * (i % (aTile / 4));
      aValues[i] = vec4f(aValue(f, row), aValue(f, row + 1), aValue(f, row + 2), aValue(f, row + 3));
    }
    for (var i = lane; i < featureTile * bTile; i += threads) {
      bValues[i] = bValue(f0 + i / bTile, column0 + i % bTile);
    }
    workgroupBarrier();
    for (var f = 0u; f < featureTile; f++) {
      let left = aValues[f * aTile / 4 + ty];
      let place = f * bTile + tx;
      s0 = added(s0, left, bValues[place]); s1 = added(s1, left, bValues[place + 16]);
      s2 = added(s2, left, bValues[place + 32]); s3 = added(s3, left, bValues[place + 48]);
      s4 = added(s4, left, bValues[place + 64]); s5 = added(s5, left, bValues[place + 80]);
      s6 = added(s6, left, bValues[place + 96]); s7 = added(s7, left, bValues[place + 112]);
    }
  }
  let row = row0 + 4 * ty;
  let column = column0 + tx;
  write(s0, row, column); write(s1, row, column + 16);
  write(s2, row, column + 32); write(s3, row, column + 48);
  write(s4, row, column + 64); write(s5, row, column + 80);
  write(s6, row, column + 96); write(s7, row, column + 112);
}
