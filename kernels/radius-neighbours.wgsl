// Which columns of b [features, n] lie within the radius of each column of a [features, m]: how many, and, in a second
// pass that knows where each list begins, which. Distances are those of pairwise-distance.wgsl, whose `prepare` also
// makes the directions; they never reach memory.
//
// A workgroup takes 8 columns of a and lets b stream by, 256 columns at a time, one a thread. Who is near leaves a bit
// in workgroup memory; the bits below one's own tell a thread its place in the list, so that lists ascend.

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
const words = threads / 32;
const featureTile = 32u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

var<workgroup> tile: array<f32, featureTile * rows>;
var<workgroup> near: array<atomic<u32>, rows * words>;

fn seen(value: f32, column: u32) -> f32 {
  if (!directed) { return value; }
  return (value - directions[column].x) * directions[column].y;
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
  var found: array<u32, rows>;
  if (more) {
    for (var r = 0u; r < rows; r++) {
      if (row0 + r < rowEnd) { found[r] = u32(counts[row0 + r]); }
    }
    // Before somebody writes.
    storageBarrier();
  }
  for (var column0 = 0u; column0 < sizes.n; column0 += threads) {
    let column = column0 + lane;
    let source = min(column, sizes.n - 1);
    var sums = array<f32, rows>();
    for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
      workgroupBarrier();
      for (var i = lane; i < featureTile * rows; i += threads) {
        let f = f0 + i / rows;
        let row = min(row0 - sizes.a0 + i % rows, sizes.m - 1);
        tile[i] = 0;
        if (f < sizes.features) { tile[i] = seen(a[f * sizes.m + row], row); }
      }
      workgroupBarrier();
      for (var f = f0; f < min(f0 + featureTile, sizes.features); f++) {
        let value = seen(b[f * sizes.n + source], sizes.m + source);
        for (var r = 0u; r < rows; r++) {
          let difference = tile[(f - f0) * rows + r] - value;
          if (manhattan) {
            sums[r] += abs(difference);
          } else {
            sums[r] = fma(difference, difference, sums[r]);
          }
        }
      }
    }
    workgroupBarrier();
    if (lane < rows * words) { atomicStore(&near[lane], 0); }
    workgroupBarrier();
    for (var r = 0u; r < rows; r++) {
      if (sums[r] <= limit && column < sizes.n && row0 + r < rowEnd) {
        atomicOr(&near[r * words + lane / 32], 1u << (lane % 32));
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < rows; r++) {
      var below = 0u;
      var all = 0u;
      for (var w = 0u; w < words; w++) {
        let bits = countOneBits(atomicLoad(&near[r * words + w]));
        below += select(0, bits, w < lane / 32);
        all += bits;
      }
      let own = atomicLoad(&near[r * words + lane / 32]);
      if (list && ((own >> (lane % 32)) & 1) != 0) {
        let rank = below + countOneBits(own & ((1u << (lane % 32)) - 1));
        indices[u32(indptr[row0 + r]) - sizes.edge0 + found[r] + rank] = i32(sizes.column0 + column);
      }
      found[r] += all;
    }
  }
  if (counted && lane < rows && row0 + lane < rowEnd) { counts[row0 + lane] = i32(found[lane]); }
}
