// The inner products of the columns of y [n, factors].
//
// `multiply`: a workgroup takes a tile of 64 x 64 products, of those on and above the diagonal, and a chunk of the rows, a
// thread 4 x 4 of them. Sums of 32 rows are added to those of the chunk, and `add` adds those of the chunks, so that a sum
// over a million rows rounds little more often than one over a few hundred.

struct Sizes {
  // Rows, of those that are bound.
  n: u32,
  factors: u32,
  // Rows of one workgroup, and how many such chunks there are.
  chunk: u32,
  chunks: u32,
  // Tiles along each side.
  tiles: u32,
  // The first chunk of those that are bound.
  chunk0: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> y: array<f32>;
// [chunks, factors, factors]
@group(0) @binding(2) var<storage, read_write> newParts: array<f32>;
@group(0) @binding(3) var<storage, read> parts: array<f32>;
@group(0) @binding(4) var<storage, read_write> products: array<f32>;

const tile = 64u;
const quads = tile / 4;
const rows = 32u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// [rows, tile] of the first and of the second columns.
var<workgroup> first: array<vec4f, rows * quads>;
var<workgroup> second: array<vec4f, rows * quads>;

fn value(row: u32, end: u32, column: u32) -> f32 {
  if (row < end && column < sizes.factors) { return y[row * sizes.factors + column]; }
  return 0;
}

fn values(row: u32, end: u32, column: u32) -> vec4f {
  return vec4f(
    value(row, end, column), value(row, end, column + 1), value(row, end, column + 2), value(row, end, column + 3));
}

fn write(chunk: u32, i: u32, j: u32, sums: vec4f) {
  for (var e = 0u; e < 4; e++) {
    if (i < sizes.factors && j + e < sizes.factors) {
      newParts[(chunk * sizes.factors + i) * sizes.factors + j + e] = sums[e];
    }
  }
}

@compute @workgroup_size(256)
fn multiply(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let chunk = number / (sizes.tiles * sizes.tiles);
  if (sizes.chunk0 + chunk >= sizes.chunks) { return; }
  let i0 = number / sizes.tiles % sizes.tiles * tile;
  let j0 = number % sizes.tiles * tile;
  if (i0 > j0) { return; }
  let start = chunk * sizes.chunk;
  let end = min(start + sizes.chunk, sizes.n);
  // 32 threads, which many cards run in step, are 8 by 4, so that they read the fewest different numbers of the tiles.
  let tx = lane % 8 + 8 * (lane / 32 % 2);
  let ty = lane / 8 % 4 + 4 * (lane / 64);
  var t0 = vec4f(); var t1 = vec4f(); var t2 = vec4f(); var t3 = vec4f();
  for (var row0 = start; row0 < end; row0 += rows) {
    workgroupBarrier();
    for (var p = lane; p < rows * quads; p += 256) {
      first[p] = values(row0 + p / quads, end, i0 + 4 * (p % quads));
      second[p] = values(row0 + p / quads, end, j0 + 4 * (p % quads));
    }
    workgroupBarrier();
    var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
    for (var row = 0u; row < rows; row++) {
      let a = first[row * quads + ty];
      let b = second[row * quads + tx];
      s0 = fma(vec4f(a.x), b, s0); s1 = fma(vec4f(a.y), b, s1);
      s2 = fma(vec4f(a.z), b, s2); s3 = fma(vec4f(a.w), b, s3);
    }
    t0 += s0; t1 += s1; t2 += s2; t3 += s3;
  }
  let i = i0 + 4 * ty;
  let j = j0 + 4 * tx;
  write(sizes.chunk0 + chunk, i, j, t0); write(sizes.chunk0 + chunk, i + 1, j, t1);
  write(sizes.chunk0 + chunk, i + 2, j, t2); write(sizes.chunk0 + chunk, i + 3, j, t3);
}

@compute @workgroup_size(64)
fn add(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let size = sizes.factors * sizes.factors;
  let place = linear(group, groups) * 64 + lane;
  if (place >= size) { return; }
  // Below the tiles on the diagonal are the same products.
  let i = place / sizes.factors;
  let j = place % sizes.factors;
  let source = select(place, j * sizes.factors + i, i / tile > j / tile);
  var total = 0.0;
  for (var chunk0 = 0u; chunk0 < sizes.chunks; chunk0 += 16) {
    var sum = 0.0;
    for (var chunk = chunk0; chunk < min(chunk0 + 16, sizes.chunks); chunk++) { sum += parts[chunk * size + source]; }
    total += sum;
  }
  products[place] = total;
}
