// What kernels that sum customers by segment have in common: each workgroup has exact sums of its own in
// workgroup memory (atomics on few totals would make all workgroups queue up), several copies of each where
// there is room, and adds them to the totals once, in the end.
//
// Uses exact-sum.wgsl.

struct Sizes {
  customers: u32,
  features: u32,
  k: u32,
  // Customers of one workgroup.
  chunk: u32,
  chunks: u32,
  featureGroups: u32,
  // Which of several sums to write, of those in a row.
  step: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<u32>;
// [features]: the greatest magnitude, as bits, which are in the order of the numbers.
@group(0) @binding(4) var<storage, read_write> newGreatest: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> greatest: array<u32>;
@group(0) @binding(6) var<storage, read> greatestWeight: array<u32>;
// [3, k, features + 1]: words. `finish` leaves zeros, for the next sums.
@group(0) @binding(7) var<storage, read_write> totals: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> finished: array<u32>;
// [steps, k, features]
@group(0) @binding(9) var<storage, read_write> sums: array<u32>;
@group(0) @binding(10) var<storage, read_write> residuals: array<u32>;
@group(0) @binding(11) var<storage, read_write> counts: array<u32>;

const threads = 256u;
const one = 0x3f800000u;
const infinity = 0x7f800000u;
const notANumber = 0x7fc00000u;

override weighted: bool = false;

// Whether this is one of several steps, which end early where the first of these is not 0.
override stoppable: bool = false;
@group(0) @binding(14) var<storage, read> stopped: array<u32>;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// The greatest sum of exponents; the row after the last feature is that of the weights themselves.
fn topOf(row: u32) -> u32 {
  var value = one;
  if (row < sizes.features) { value = greatest[row]; }
  if (weighted) { return exponentOf(value) + exponentOf(greatestWeight[0]); }
  return exponentOf(value) + exponentOf(one);
}

fn term(row: u32, customer: u32, top: u32) -> Fixed {
  var value = one;
  if (row < sizes.features) { value = x[row * sizes.customers + customer]; }
  if (!weighted) {
    if ((value & infinity) == infinity) { return Fixed(0, 0, 0); }
    return fixedValue(value, top);
  }
  let weight = weights[customer];
  // A feature that is not finite somewhere has no sums at all.
  if ((value & infinity) == infinity || (weight & infinity) == infinity) { return Fixed(0, 0, 0); }
  return fixedProduct(value, weight, top);
}

fn addToTotals(slot: u32, value: Fixed) {
  let slots = sizes.k * (sizes.features + 1);
  var carry = 0u;
  if (value.low != 0) {
    let old = atomicAdd(&totals[slot], value.low);
    carry = u32(old + value.low < old);
  }
  let middle = value.middle + carry;
  carry = u32(middle < carry);
  if (middle != 0) {
    let old = atomicAdd(&totals[slots + slot], middle);
    carry += u32(old + middle < old);
  }
  if (value.high + carry != 0) { atomicAdd(&totals[2 * slots + slot], value.high + carry); }
}

// Segments, and rows (features or the weights), whose sums a workgroup holds.
override segmentTile: u32 = 1;
override rowTile: u32 = 1;
// Copies of each sum, so that neighbouring threads seldom meet.
override copies: u32 = 1;

var<workgroup> partial: array<atomic<u32>, 3 * segmentTile * rowTile * copies>;

fn addToPartial(slot: u32, value: Fixed) {
  let slots = segmentTile * rowTile * copies;
  var carry = 0u;
  if (value.low != 0) {
    let old = atomicAdd(&partial[slot], value.low);
    carry = u32(old + value.low < old);
  }
  let middle = value.middle + carry;
  carry = u32(middle < carry);
  if (middle != 0) {
    let old = atomicAdd(&partial[slots + slot], middle);
    carry += u32(old + middle < old);
  }
  if (value.high + carry != 0) { atomicAdd(&partial[2 * slots + slot], value.high + carry); }
}

fn partialOf(slot: u32) -> Fixed {
  let slots = segmentTile * rowTile * copies;
  return Fixed(
    atomicLoad(&partial[slot]), atomicLoad(&partial[slots + slot]), atomicLoad(&partial[2 * slots + slot]));
}

fn clearPartial(lane: u32) {
  for (var i = lane; i < 3 * segmentTile * rowTile * copies; i += threads) { atomicStore(&partial[i], 0); }
}

// Adds the workgroup's sums, of segments from segment0 and rows from row0 on, to the totals.
fn flushPartial(lane: u32, segment0: u32, row0: u32) {
  for (var i = lane; i < segmentTile * rowTile; i += threads) {
    let segment = segment0 + i / rowTile;
    let row = row0 + i % rowTile;
    if (segment >= sizes.k || row > sizes.features) { continue; }
    var sum = partialOf(i * copies);
    for (var copy = 1u; copy < copies; copy++) { sum = plus(sum, partialOf(i * copies + copy)); }
    addToTotals(segment * (sizes.features + 1) + row, sum);
  }
}
