// One half of an iteration of alternating least squares: for each row u of the sparse w [m, n] some steps of conjugate
// gradients for
//
//   (gram + sum of w[u, i] y[i] y[i]' + regularisation) x = sum of (1 + w[u, i]) y[i],   i over the entries of row u.
//
// One workgroup a row. Rows of y come into workgroup memory, a tile of entries at a time, and stay there for all steps
// where a tile holds all entries: from memory they would be read twice a step, by threads that are far apart. Of a tile
// each thread first takes the inner product of one row with the vector; then each takes some of the factors and adds up
// the rows times these products.

struct Sizes {
  // Rows of this batch, which is all that is bound of indptr, x and newX.
  rows: u32,
  // The first entry that is bound; rows are solved that begin from there on and before the end.
  entry0: u32,
  startsEnd: u32,
  steps: u32,
  // Bits of a float32.
  regularisation: u32,
  // The first row of y that `gather` sees, and how many.
  y0: u32,
  yRows: u32,
  entries: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> indptr: array<i32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> y: array<f32>;
@group(0) @binding(6) var<storage, read> gram: array<f32>;
@group(0) @binding(7) var<storage, read_write> newX: array<f32>;
// Where y cannot all be bound: [entries, factors], the row of y of each entry that is bound.
@group(0) @binding(8) var<storage, read_write> newGathered: array<f32>;

const threads = 64u;
// Below this, and below this share of the first one, a squared residual is nothing but rounding.
const leastSquare = 1e-20f;
const leastShare = 1e-13f;

override factors: u32 = 1;
// Whether y is what `gather` has made.
override gathered: bool = false;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

var<workgroup> solution: array<f32, factors>;
var<workgroup> residual: array<f32, factors>;
var<workgroup> direction: array<f32, factors>;
var<workgroup> product: array<f32, factors>;
var<workgroup> partial: array<f32, threads>;

// Entries of a tile, at most as many as threads: their rows of y, begun an odd number of words apart so that threads that
// look at neighbouring rows do not collide; which rows those are, and what they are multiplied by.
override entryTile: u32 = 32;
var<workgroup> rows: array<f32, entryTile * (factors | 1)>;
var<workgroup> items: array<u32, threads>;
var<workgroup> shares: array<f32, threads>;

// The sum of what the threads offer, the same for all.
fn sumOf(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  partial[lane] = value;
  for (var half = threads / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  return workgroupUniformLoad(&partial[0]);
}

// Fetches the rows of y of the entries from p0 on.
fn fetch(lane: u32, p0: i32, count: u32) {
  workgroupBarrier();
  if (lane < count) { items[lane] = select(u32(indices[p0 + i32(lane)]), u32(p0) + lane, gathered); }
  workgroupBarrier();
  for (var place = lane; place < count * factors; place += threads) {
    let e = place / factors;
    let i = place % factors;
    rows[e * (factors | 1) + i] = y[items[e] * factors + i];
  }
}

// `product` becomes the row's matrix times `direction`; where this is the first, with `right`, that is the right-hand
// side less the matrix times `direction`.
fn multiply(lane: u32, first: i32, end: i32, right: bool) {
  workgroupBarrier();
  let sign = select(1.0, -1.0, right);
  for (var i = lane; i < factors; i += threads) {
    var sum = bitcast<f32>(sizes.regularisation) * direction[i];
    for (var j = 0u; j < factors; j++) { sum = fma(gram[j * factors + i], direction[j], sum); }
    product[i] = sign * sum;
  }
  for (var p0 = first; p0 < end; p0 += i32(entryTile)) {
    let count = u32(min(end - p0, i32(entryTile)));
    // What one tile holds is there from the first time on.
    if (right || end - first > i32(entryTile)) { fetch(lane, p0, count); }
    workgroupBarrier();
    if (lane < count) {
      var inner = 0.0;
      for (var j = 0u; j < factors; j++) { inner = fma(rows[lane * (factors | 1) + j], direction[j], inner); }
      let value = values[p0 + i32(lane)];
      shares[lane] = select(value * inner, 1 + value - value * inner, right);
    }
    workgroupBarrier();
    for (var i = lane; i < factors; i += threads) {
      var sum = product[i];
      for (var e = 0u; e < count; e++) { sum = fma(shares[e], rows[e * (factors | 1) + i], sum); }
      product[i] = sum;
    }
  }
}

// Of the entries those rows of y that are bound; a thread a number.
@compute @workgroup_size(64)
fn gather(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let place = linear(group, groups) * threads + lane;
  let entry = place / factors;
  if (entry >= sizes.entries) { return; }
  let row = u32(indices[entry]) - sizes.y0;
  // Also of a row before the first, the difference is.
  if (row >= sizes.yRows) { return; }
  newGathered[place] = y[row * factors + place % factors];
}

@compute @workgroup_size(64)
fn solve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let row = linear(group, groups);
  if (row >= sizes.rows) { return; }
  let start = u32(indptr[row]);
  let isEmpty = indptr[row] == indptr[row + 1];
  if (isEmpty && sizes.entry0 > 0) { return; }
  if (!isEmpty && (start < sizes.entry0 || start >= sizes.startsEnd)) { return; }
  let first = i32(start - sizes.entry0);
  let end = indptr[row + 1] - i32(sizes.entry0);
  if (isEmpty) {
    for (var i = lane; i < factors; i += threads) { newX[row * factors + i] = 0; }
    return;
  }
  for (var i = lane; i < factors; i += threads) {
    solution[i] = x[row * factors + i];
    direction[i] = solution[i];
  }
  multiply(lane, first, end, true);
  var own = 0.0;
  for (var i = lane; i < factors; i += threads) {
    residual[i] = product[i];
    own = fma(residual[i], residual[i], own);
  }
  var square = sumOf(lane, own);
  let settled = max(leastSquare, leastShare * square);
  for (var i = lane; i < factors; i += threads) { direction[i] = residual[i]; }
  for (var step = 0u; step < sizes.steps && square > settled; step++) {
    multiply(lane, first, end, false);
    own = 0;
    for (var i = lane; i < factors; i += threads) { own = fma(direction[i], product[i], own); }
    let length = square / sumOf(lane, own);
    own = 0;
    for (var i = lane; i < factors; i += threads) {
      solution[i] = fma(length, direction[i], solution[i]);
      residual[i] = fma(-length, product[i], residual[i]);
      own = fma(residual[i], residual[i], own);
    }
    let next = sumOf(lane, own);
    for (var i = lane; i < factors; i += threads) { direction[i] = fma(next / square, direction[i], residual[i]); }
    square = next;
  }
  for (var i = lane; i < factors; i += threads) { newX[row * factors + i] = solution[i]; }
}
