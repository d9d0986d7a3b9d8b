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
  // The first of the items that are bound, among all.
  item0: u32,
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
// Whether these are not the first items, so that heaps go on; and whether they are the last, so that lists are sorted.
override more: bool = false;
override last: bool = true;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

fn scale(item: u32, query: u32) -> f32 {
  if (!cosine) { return 1; }
  return max(inverseNorms[sizes.m + min(item, sizes.n - 1)], 0) * max(inverseNorms[min(query, sizes.m - 1)], 0);
}

// How many the heap of a query holds before these items.
fn heldBefore(base: u32) -> u32 {
  var held = 0u;
  if (!more) { return held; }
  while (held < sizes.topK && foundIndices[base + held] >= 0) { held++; }
  return held;
}

fn leave(base: u32, held: u32) {
  if (last) { sortFound(base, sizes.topK, held); } else { markRest(base, sizes.topK, held); }
}

override exclude: bool = false;

// Whether the ascending list of what the query must not get holds the item.
fn isExcluded(query: u32, item: u32) -> bool {
  if (!exclude) { return false; }
  var low = excludeIndptr[query];
  var high = excludeIndptr[query + 1];
  while (low < high) {
    let middle = (low + high) / 2;
    if (excludeIndices[middle] < i32(item)) { low = middle + 1; } else { high = middle; }
  }
  return low < excludeIndptr[query + 1] && excludeIndices[low] == i32(item);
}
