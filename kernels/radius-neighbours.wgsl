// Which columns of b [features, n] lie within the radius of each column of a [features, m]: how many, and, in a second
// pass that knows where each list begins, which. Distances are those of pairwise-distance.wgsl, whose `prepare` also
// makes the directions; they never reach memory.
//
// A workgroup takes 8 columns of a and lets b stream by, 256 columns at a time, one a thread. A thread counts for itself;
// for a list, who is near leaves a bit in workgroup memory, and the bits below one's own tell a thread its place, so that
// lists ascend.

struct Sizes {
  features: u32,
  m: u32,
  n: u32,
  // Bits of a float32: what a sum of squares or of magnitudes must not exceed.
  limit: u32,
  // Columns of a of this batch, from row0 on, and the first edge that is bound of `indices`.
  row0: u32,
  rows: u32,
  edge0: u32,
  // Of all columns the first that are bound of a and of b.
  a0: u32,
  column0: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> directions: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> counts: array<i32>;
// [m + 1]
@group(0) @binding(5) var<storage, read> indptr: array<i32>;
@group(0) @binding(6) var<storage, read_write> indices: array<i32>;

override directed: bool = false;
override manhattan: bool = false;
// Whether to list the neighbours, not only to count them.
override list: bool = false;
// Whether counts are bound, and whether neighbours among earlier columns of b are counted there already.
override counted: bool = true;
override more: bool = false;

const threads = 256u;
const rows = 8u;
const quads = rows / 4;
const words = threads / 32;
const featureTile = 32u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// By feature: the columns of a.
var<workgroup> tile: array<vec4f, featureTile * quads>;
// By row: how many were found, a bit for each thread whose column is near, and how many come before each word.
var<workgroup> found: array<atomic<u32>, rows>;
var<workgroup> near: array<atomic<u32>, rows * words>;
var<workgroup> before: array<u32, rows * words>;

fn seen(value: f32, column: u32) -> f32 {
  if (!directed) { return value; }
  return (value - directions[column].x) * directions[column].y;
}

fn aValue(f: u32, row: u32) -> f32 {
  if (f >= sizes.features) { return 0; }
  let column = min(row - sizes.a0, sizes.m - 1);
  return seen(a[f * sizes.m + column], column);
}

fn added(sum: vec4f, left: vec4f, right: f32) -> vec4f {
  let difference = left - right;
  if (manhattan) { return sum + abs(difference); }
  return fma(difference, difference, sum);
}

// 1 or 0.
fn nearOf(sums: vec4f, limit: f32) -> vec4u {
  return select(vec4u(0), vec4u(1), sums <= vec4f(limit));
}

// Lists who is near, of all threads together.
fn enter(lane: u32, isNear: array<vec4u, quads>, row0: u32, column: u32) {
  workgroupBarrier();
  if (lane < rows * words) { atomicStore(&near[lane], 0); }
  workgroupBarrier();
  var own = isNear;
  for (var r = 0u; r < rows; r++) {
    if (own[r / 4][r % 4] != 0) { atomicOr(&near[r * words + lane / 32], 1u << (lane % 32)); }
  }
  workgroupBarrier();
  if (lane < rows * words) {
    var sum = atomicLoad(&found[lane / words]);
    for (var w = lane / words * words; w < lane; w++) { sum += countOneBits(atomicLoad(&near[w])); }
    before[lane] = sum;
  }
  workgroupBarrier();
  for (var r = 0u; r < rows; r++) {
    if (own[r / 4][r % 4] == 0) { continue; }
    let word = r * words + lane / 32;
    let rank = before[word] + countOneBits(atomicLoad(&near[word]) & ((1u << (lane % 32)) - 1));
    indices[u32(indptr[row0 + r]) - sizes.edge0 + rank] = i32(column);
  }
  if (lane < rows) {
    let last = lane * words + words - 1;
    atomicStore(&found[lane], before[last] + countOneBits(atomicLoad(&near[last])));
  }
}

@compute @workgroup_size(256)
fn scan(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let row0 = sizes.row0 + linear(group, groups) * rows;
  let rowEnd = sizes.row0 + sizes.rows;
  let limit = bitcast<f32>(sizes.limit);
  if (lane < rows) {
    var earlier = 0u;
    if (more && row0 + lane < rowEnd) { earlier = u32(counts[row0 + lane]); }
    atomicStore(&found[lane], earlier);
  }
  // Of rows beyond the last nothing is wanted.
  let wanted = array<vec4u, quads>(
    select(vec4u(0), vec4u(1), vec4u(row0) + vec4u(0, 1, 2, 3) < vec4u(rowEnd)),
    select(vec4u(0), vec4u(1), vec4u(row0) + vec4u(4, 5, 6, 7) < vec4u(rowEnd)));
  var own = array<vec4u, quads>();
  for (var column0 = 0u; column0 < sizes.n; column0 += threads) {
    let column = column0 + lane;
    let source = min(column, sizes.n - 1);
    var s0 = vec4f();
    var s1 = vec4f();
    for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
      workgroupBarrier();
      if (lane < featureTile * quads) {
        let f = f0 + lane / quads;
        let row = row0 + 4 * (lane % quads);
        tile[lane] = vec4f(aValue(f, row), aValue(f, row + 1), aValue(f, row + 2), aValue(f, row + 3));
      }
      workgroupBarrier();
      for (var f = f0; f < min(f0 + featureTile, sizes.features); f++) {
        let value = seen(b[f * sizes.n + source], sizes.m + source);
        s0 = added(s0, tile[(f - f0) * quads], value);
        s1 = added(s1, tile[(f - f0) * quads + 1], value);
      }
    }
    let there = vec4u(u32(column < sizes.n));
    let isNear = array<vec4u, quads>(
      nearOf(s0, limit) * wanted[0] * there, nearOf(s1, limit) * wanted[1] * there);
    if (list) {
      enter(lane, isNear, row0, sizes.column0 + column);
    } else {
      own[0] += isNear[0];
      own[1] += isNear[1];
    }
  }
  workgroupBarrier();
  for (var r = 0u; r < rows; r++) {
    if (own[r / 4][r % 4] != 0) { atomicAdd(&found[r], own[r / 4][r % 4]); }
  }
  workgroupBarrier();
  if (counted && lane < rows && row0 + lane < rowEnd) { counts[row0 + lane] = i32(atomicLoad(&found[lane])); }
}
