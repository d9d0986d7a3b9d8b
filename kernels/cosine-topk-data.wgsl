// What the searches for the topK columns of items [factors, n] that are most alike to a column of queries [factors, m]
// have in common.
//
// Uses top-k.wgsl.

struct Sizes {
  factors: u32,
  m: u32,
  n: u32,
  topK: u32,
  // Items of one workgroup, a multiple of 128, and how many such shares there are.
  share: u32,
  shares: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> queries: array<f32>;
@group(0) @binding(2) var<storage, read> items: array<f32>;
// [m + n]: of the queries, then of the items; 0 where there is no length, -1 where float32 cannot hold its square.
@group(0) @binding(4) var<storage, read> inverseNorms: array<f32>;
@group(0) @binding(5) var<storage, read> excludeIndptr: array<i32>;
@group(0) @binding(6) var<storage, read> excludeIndices: array<i32>;
// [shares, m, topK]
@group(0) @binding(7) var<storage, read_write> foundIndices: array<i32>;
@group(0) @binding(8) var<storage, read_write> foundScores: array<u32>;

const greatest = 0x1.fffffep+127f;

override cosine: bool = true;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

fn scale(item: u32, query: u32) -> f32 {
  if (!cosine) { return 1; }
  return max(inverseNorms[sizes.m + min(item, sizes.n - 1)], 0) * max(inverseNorms[min(query, sizes.m - 1)], 0);
}
