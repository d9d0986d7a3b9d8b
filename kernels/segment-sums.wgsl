// What kernels that sum customers by segment have in common: each workgroup has exact sums of its own in
// workgroup memory (atomics on few totals would make all workgroups queue up), several copies of each where
// there is room, and adds them to the totals once, in the end.
//
// Without weights and for few customers of a workgroup, a sum is three limbs, whole numbers that may be negative: high *
// 2^43 + middle * 2^22 + low * 2. They take little arithmetic, most of it in float32, and need no carries.
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

// Whether sums are limbs; then a workgroup has less than 2^11 customers.
override limbs: bool = false;

var<workgroup> partial: array<atomic<u32>, 3 * segmentTile * rowTile * copies>;

// By row: what a value is multiplied by so that the greatest is below 2^20; 0 where float32 cannot hold that.
var<workgroup> scales: array<f32, rowTile>;

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

// The nearest whole number of one that is less than 2^22.
fn nearestWhole(value: f32) -> i32 {
  return bitcast<i32>(value + 0x1.8p+23f) - bitcast<i32>(0x1.8p+23f);
}

// None of them is greater than 2^20.
struct Limbs {
  high: i32,
  middle: i32,
  low: i32,
}

fn limbsOf(bits: u32, row: u32, scale: f32) -> Limbs {
  var result: Limbs;
  if (scale > 0) {
    // Both differences are exact.
    var rest = bitcast<f32>(bits) * scale;
    result.high = nearestWhole(rest);
    rest = (rest - f32(result.high)) * 0x1p+21f;
    result.middle = nearestWhole(rest);
    result.low = nearestWhole((rest - f32(result.middle)) * 0x1p+21f);
    return result;
  }
  let value = fixedValue(bits, topOf(row));
  let low = i32((value.low >> 1) & 0x1fffff);
  let middle = i32(((value.middle << 10) | (value.low >> 22)) & 0x1fffff) + (low >> 20);
  result.low = low - ((low >> 20) << 21);
  result.middle = middle - ((middle >> 20) << 21);
  result.high = (i32(value.middle) >> 11) + (middle >> 20);
  return result;
}

// Adds what a customer has in a row of those from row0 on.
fn addCustomer(slot: u32, row0: u32, r: u32, customer: u32) {
  let row = row0 + r;
  if (!limbs) {
    addToPartial(slot, term(row, customer, topOf(row)));
    return;
  }
  var bits = one;
  if (row < sizes.features) { bits = x[row * sizes.customers + customer]; }
  let value = limbsOf(bits, row, scales[r]);
  let slots = segmentTile * rowTile * copies;
  if (value.high != 0) { atomicAdd(&partial[slot], bitcast<u32>(value.high)); }
  if (value.middle != 0) { atomicAdd(&partial[slots + slot], bitcast<u32>(value.middle)); }
  if (value.low != 0) { atomicAdd(&partial[2 * slots + slot], bitcast<u32>(value.low)); }
}

fn limbAt(limb: u32, place: u32) -> Fixed {
  let sign = select(0u, 0xffffffffu, (limb >> 31) != 0);
  return shiftedLeft(Fixed(limb, sign, sign), place);
}

// The sum of all copies. Neighbouring threads begin with different ones, so that they do not collide.
fn partialOf(i: u32) -> Fixed {
  let slots = segmentTile * rowTile * copies;
  var sum = Fixed(0, 0, 0);
  var parts = vec3u();
  for (var c = 0u; c < copies; c++) {
    let slot = i * copies + (i + c) % copies;
    let part = vec3u(
      atomicLoad(&partial[slot]), atomicLoad(&partial[slots + slot]), atomicLoad(&partial[2 * slots + slot]));
    if (limbs) { parts += part; } else { sum = plus(sum, Fixed(part.x, part.y, part.z)); }
  }
  if (!limbs) { return sum; }
  return plus(plus(limbAt(parts.x, 43), limbAt(parts.y, 22)), limbAt(parts.z, 1));
}

// For rows from row0 on. To be followed by a barrier.
fn startPartial(lane: u32, row0: u32) {
  for (var i = lane; i < 3 * segmentTile * rowTile * copies; i += threads) { atomicStore(&partial[i], 0); }
  for (var r = lane; r < rowTile; r += threads) {
    var exponent = exponentOf(one);
    if (row0 + r < sizes.features) { exponent = exponentOf(greatest[row0 + r]); }
    // 2^(146 - exponent), and even the least value that is not 0 then counts for nothing.
    scales[r] = select(0, bitcast<f32>((273 - exponent) << 23), exponent >= 64);
  }
}

// Adds the workgroup's sums, of segments from segment0 and rows from row0 on, to the totals.
fn flushPartial(lane: u32, segment0: u32, row0: u32) {
  for (var i = lane; i < segmentTile * rowTile; i += threads) {
    let segment = segment0 + i / rowTile;
    let row = row0 + i % rowTile;
    if (segment >= sizes.k || row > sizes.features) { continue; }
    addToTotals(segment * (sizes.features + 1) + row, partialOf(i));
  }
}
