// For each row of the sparse a [m, c] the topK rows of the sparse b [n, c], given transposed, that have a column
// in common with it and the greatest inner product or cosine.
//
// Gustavson's product, row by row: one workgroup a row of a, whose products with all rows of b gather in a row of
// scratch memory. Columns come one after the other and no two entries of a column meet, so that threads
// never collide and sums have a fixed order, without atomics. A batch of rows bounds the scratch. What a row must not
// get is taken out of it again, and selection is a pass of its own, to stay within the 8 buffers that every device can
// bind. Where not all entries of a matrix can be bound, they come in windows, in the same order.
//
// Uses top-k.wgsl.

struct Sizes {
  row0: u32,
  // Rows of this batch.
  rows: u32,
  n: u32,
  topK: u32,
  // The first row that is bound of what is found.
  found0: u32,
  // The first entry that is bound of a, or of what is excluded, and the end: of a that of the rows that begin there.
  entry0: u32,
  entryEnd: u32,
  // The entries that are bound of the transpose of b.
  transposed0: u32,
  transposedEnd: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> indptr: array<i32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> transposedIndptr: array<i32>;
@group(0) @binding(5) var<storage, read> transposedIndices: array<i32>;
@group(0) @binding(6) var<storage, read> transposedValues: array<f32>;
// [rows, n]: bits, so that one pattern can say that there is no common column.
@group(0) @binding(7) var<storage, read_write> newProducts: array<u32>;
@group(0) @binding(8) var<storage, read_write> newSquaredNorms: array<f32>;
@group(0) @binding(9) var<storage, read> products: array<u32>;
// [rows]
@group(0) @binding(10) var<storage, read> squaredNorms: array<f32>;
// [n]
@group(0) @binding(11) var<storage, read> otherSquaredNorms: array<f32>;
@group(0) @binding(12) var<storage, read> excludeIndptr: array<i32>;
@group(0) @binding(13) var<storage, read> excludeIndices: array<i32>;
@group(0) @binding(14) var<storage, read_write> foundIndices: array<i32>;
@group(0) @binding(15) var<storage, read_write> foundScores: array<u32>;

const threads = 256u;
// A NaN that arithmetic does not make.
const untouched = 0xffffffffu;

override cosine: bool = true;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// Few threads a row: columns are short, waiting for memory dominates, and more rows are under way at a time.
const rowThreads = 64u;

var<workgroup> partialSums: array<f32, rowThreads>;

@compute @workgroup_size(rowThreads)
fn multiply(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  if (number >= sizes.rows) { return; }
  let start = indptr[sizes.row0 + number];
  let after = indptr[sizes.row0 + number + 1];
  let entry0 = i32(sizes.entry0);
  // Each row belongs to one window, an empty one to the first.
  if (start == after && entry0 > 0) { return; }
  if (start < after && (start < entry0 || start >= i32(sizes.entryEnd))) { return; }
  let first = start - entry0;
  let end = after - entry0;
  let base = number * sizes.n;
  let transposed0 = i32(sizes.transposed0);
  if (transposed0 == 0) {
    for (var other = lane; other < sizes.n; other += rowThreads) { newProducts[base + other] = untouched; }
  }
  for (var p = first; p < end; p++) {
    storageBarrier();
    let column = indices[p];
    let value = values[p];
    let last = min(transposedIndptr[column + 1], i32(sizes.transposedEnd)) - transposed0;
    let before = max(transposedIndptr[column], transposed0) - transposed0;
    for (var q = before + i32(lane); q < last; q += i32(rowThreads)) {
      let place = base + u32(transposedIndices[q]);
      let product = value * transposedValues[q];
      let old = newProducts[place];
      newProducts[place] = bitcast<u32>(select(bitcast<f32>(old) + product, product, old == untouched));
    }
  }
  if (cosine && transposed0 == 0) {
    var norm = 0.0;
    for (var p = first + i32(lane); p < end; p += i32(rowThreads)) { norm = fma(values[p], values[p], norm); }
    partialSums[lane] = norm;
    for (var half = rowThreads / 2; half > 0; half /= 2) {
      workgroupBarrier();
      if (lane < half) { partialSums[lane] += partialSums[lane + half]; }
    }
    if (lane == 0) { newSquaredNorms[number] = partialSums[0]; }
  }
}

@compute @workgroup_size(rowThreads)
fn takeOut(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  if (number >= sizes.rows) { return; }
  let entry0 = i32(sizes.entry0);
  let first = max(excludeIndptr[sizes.row0 + number], entry0) - entry0;
  let end = min(excludeIndptr[sizes.row0 + number + 1], i32(sizes.entryEnd)) - entry0;
  for (var p = first + i32(lane); p < end; p += i32(rowThreads)) {
    newProducts[number * sizes.n + u32(excludeIndices[p])] = untouched;
  }
}

const perThread = 4u;

var<workgroup> queue: array<Found, threads * perThread>;
var<workgroup> queued: atomic<u32>;
var<workgroup> least: f32;

@compute @workgroup_size(256)
fn choose(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  if (number >= sizes.rows) { return; }
  let base = (sizes.row0 + number - sizes.found0) * sizes.topK;
  var held = 0u;
  if (lane == 0) {
    least = leastScore;
    atomicStore(&queued, 0);
  }
  var length = 1.0;
  if (cosine) { length = sqrt(squaredNorms[number]); }
  for (var other0 = 0u; other0 < sizes.n; other0 += threads * perThread) {
    workgroupBarrier();
    for (var i = 0u; i < perThread; i++) {
      let other = other0 + i * threads + lane;
      if (other >= sizes.n) { continue; }
      let bits = products[number * sizes.n + other];
      if (bits == untouched) { continue; }
      var score = bitcast<f32>(bits);
      if (cosine) {
        let both = length * sqrt(otherSquaredNorms[other]);
        score = select(score / both, 0, both == 0);
      }
      if (score > least) { queue[atomicAdd(&queued, 1)] = Found(score, i32(other)); }
    }
    workgroupBarrier();
    if (lane == 0) {
      let candidates = atomicLoad(&queued);
      for (var i = 0u; i < candidates; i++) {
        held = offer(base, sizes.topK, held, queue[i]);
      }
      least = threshold(base, sizes.topK, held);
      atomicStore(&queued, 0);
    }
  }
  if (lane == 0) { sortFound(base, sizes.topK, held); }
}
