// The inner products of the columns of y [n, factors].
//
// `multiply`: a workgroup takes a tile of 32 x 32 products and a chunk of the rows, a thread 2 x 2 of them. Sums of 64
// rows are added to those of the chunk, and `add` adds those of the chunks, so that a sum over a million rows rounds
// little more often than one over a few hundred.

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

const tile = 32u;
const rows = 64u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// [rows, tile] of the first and of the second columns.
var<workgroup> first: array<f32, rows * tile>;
var<workgroup> second: array<f32, rows * tile>;

fn value(row: u32, end: u32, column: u32) -> f32 {
  if (row < end && column < sizes.factors) { return y[row * sizes.factors + column]; }
  return 0;
}

fn write(chunk: u32, i: u32, j: u32, sum: f32) {
  if (i < sizes.factors && j < sizes.factors) { newParts[(chunk * sizes.factors + i) * sizes.factors + j] = sum; }
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
  let start = chunk * sizes.chunk;
  let end = min(start + sizes.chunk, sizes.n);
  let tx = lane % 16;
  let ty = lane / 16;
  var total = vec4f();
  for (var row0 = start; row0 < end; row0 += rows) {
    workgroupBarrier();
    for (var p = lane; p < rows * tile; p += 256) {
      let row = row0 + p / tile;
      first[p] = value(row, end, i0 + p % tile);
      second[p] = value(row, end, j0 + p % tile);
    }
    workgroupBarrier();
    var sum = vec4f();
    for (var row = 0u; row < rows; row++) {
      let a = vec2f(first[row * tile + ty], first[row * tile + ty + 16]);
      let b = vec2f(second[row * tile + tx], second[row * tile + tx + 16]);
      sum = fma(a.xxyy, b.xyxy, sum);
    }
    total += sum;
  }
  write(sizes.chunk0 + chunk, i0 + ty, j0 + tx, total.x);
  write(sizes.chunk0 + chunk, i0 + ty, j0 + tx + 16, total.y);
  write(sizes.chunk0 + chunk, i0 + ty + 16, j0 + tx, total.z);
  write(sizes.chunk0 + chunk, i0 + ty + 16, j0 + tx + 16, total.w);
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
  var total = 0.0;
  for (var chunk0 = 0u; chunk0 < sizes.chunks; chunk0 += 16) {
    var sum = 0.0;
    for (var chunk = chunk0; chunk < min(chunk0 + 16, sizes.chunks); chunk++) { sum += parts[chunk * size + place]; }
    total += sum;
  }
  products[place] = total;
}
