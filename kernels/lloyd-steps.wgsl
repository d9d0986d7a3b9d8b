// Between two steps of Lloyd's algorithm: the means of the segments as the next centroids, and whether to go on.
//
// A mean is what float64 gives, (sum + residual) / count rounded to float64 and then to float32, in integers, so that
// the host comes to the same centroids from the same sums.

struct Sizes {
  features: u32,
  k: u32,
  // The step just made.
  step: u32,
  // Workgroups of `means`.
  groups: u32,
  // Bits of a float32.
  tolerance: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// [steps, k, features]
@group(0) @binding(1) var<storage, read> sums: array<u32>;
@group(0) @binding(2) var<storage, read> residuals: array<u32>;
// [steps, k]
@group(0) @binding(3) var<storage, read> counts: array<u32>;
// [k, features]
@group(0) @binding(4) var<storage, read> centroids: array<f32>;
@group(0) @binding(5) var<storage, read_write> newCentroids: array<f32>;
// [groups]: squared distances that centroids moved.
@group(0) @binding(6) var<storage, read_write> newShifts: array<f32>;
@group(0) @binding(7) var<storage, read> shifts: array<f32>;
// Whether to do nothing any more, whether the centroids rest, whether a segment has no mean.
@group(0) @binding(8) var<storage, read_write> state: array<atomic<u32>, 3>;

const threads = 256u;
const infinity = 0x7f800000u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// A whole number of 64 bits times 2^exponent.
struct Wide {
  high: u32,
  low: u32,
  exponent: i32,
}

// Rounded to so many bits, of two that are as near to the even one. `rest` says that the number is a little greater
// than its bits, of which there are then more.
fn keep(a: Wide, bits: u32, rest: bool) -> Wide {
  let highest = select(firstLeadingBit(a.low), 32 + firstLeadingBit(a.high), a.high != 0);
  if (highest < bits) { return a; }
  let drop = highest + 1 - bits;
  var high = 0u;
  var low = 0u;
  var dropped = vec2u(0, a.low);
  if (drop < 32) {
    high = a.high >> drop;
    low = (a.low >> drop) | (a.high << (32 - drop));
    dropped.y = a.low & ((1u << drop) - 1);
  } else {
    low = a.high >> (drop - 32);
    dropped.x = a.high & ((1u << (drop - 32)) - 1);
  }
  let half = select(vec2u(0, 1u << ((drop - 1) % 32)), vec2u(1u << ((drop - 1) % 32), 0), drop > 32);
  let isHalf = all(dropped == half);
  let above = dropped.x > half.x || (dropped.x == half.x && dropped.y > half.y) || (isHalf && rest);
  if (above || (isHalf && (low & 1) != 0)) {
    low++;
    high += u32(low == 0);
  }
  return Wide(high, low, a.exponent + i32(drop));
}

fn exponentOf(bits: u32) -> i32 {
  return i32(max((bits >> 23) & 0xff, 1));
}

fn mantissaOf(bits: u32) -> u32 {
  return (bits & 0x7fffff) | select(0u, 0x800000u, ((bits >> 23) & 0xff) != 0);
}

// |sum| + residual, of which the second has the sign `minus` against the first and is at most half a bit of it.
fn joined(sum: u32, residual: u32, minus: bool) -> Wide {
  // 24 bits, and 39 below them.
  let mantissa = mantissaOf(sum);
  var whole = Wide(mantissa << 7, 0, exponentOf(sum) - 150 - 39);
  let small = mantissaOf(residual);
  let shift = 39 - (exponentOf(sum) - exponentOf(residual));
  var high = 0u;
  var low = 0u;
  var lost = false;
  if (shift >= 32) {
    high = small << u32(shift - 32);
  } else if (shift > 0) {
    high = small >> u32(32 - shift);
    low = small << u32(shift);
  } else {
    let down = u32(min(-shift, 31));
    low = small >> down;
    lost = (low << down) != small;
  }
  if (minus) {
    // What is lost takes a whole one along, and leaves most of it behind.
    let taken = low + u32(lost);
    whole.high -= high + u32(whole.low < taken);
    whole.low -= taken;
  } else {
    whole.low = low;
    whole.high += high;
  }
  // Far below the bits that count: it only has to be there.
  whole.low |= u32(lost);
  return keep(whole, 53, false);
}

fn quotient(a: Wide, count: u32) -> Wide {
  let divisor = mantissaOf(count);
  // 53 bits by 24, and 26 bits further, make at least 55.
  var rest = 0u;
  var result = Wide(0, 0, a.exponent - 26 - exponentOf(count) + 150);
  for (var bit = 53 + 26; bit >= 0; bit--) {
    var next = 0u;
    if (bit >= 58) { next = (a.high >> u32(bit - 58)) & 1; } else if (bit >= 26) { next = (a.low >> u32(bit - 26)) & 1; }
    rest = (rest << 1) | next;
    let fits = rest >= divisor;
    if (fits) { rest -= divisor; }
    result.high = (result.high << 1) | (result.low >> 31);
    result.low = (result.low << 1) | u32(fits);
  }
  return keep(result, 53, rest != 0);
}

// The bits of the mean.
fn meanOf(sum: u32, residual: u32, count: u32) -> u32 {
  let sign = sum & 0x80000000;
  if ((sum << 1) == 0) { return sign; }
  let mean = keep(quotient(joined(sum, residual, ((sum ^ residual) >> 31) != 0), count), 24, false);
  let highest = firstLeadingBit(mean.low);
  let biased = mean.exponent + i32(highest) + 127;
  if (biased <= 0) { return sign; }
  if (biased >= 255) { return sign | infinity; }
  return sign | (u32(biased) << 23) | (((mean.low << (31 - highest)) >> 8) & 0x7fffff);
}

var<workgroup> partial: array<f32, threads>;

fn sumOf(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  for (var half = threads / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  workgroupBarrier();
  return partial[0];
}

// A thread a value. After the last step that is made this goes on, with what nobody looks at.
@compute @workgroup_size(256)
fn means(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let place = number * threads + lane;
  let size = sizes.k * sizes.features;
  var moved = 0.0;
  if (place < size) {
    let count = counts[sizes.step * sizes.k + place / sizes.features];
    let sum = sums[sizes.step * size + place];
    let finite = (sum & infinity) != infinity && (count & infinity) != infinity;
    // No mean to go on with, or no step: its counts are -1.
    if (!finite || (count & infinity) == 0 || (count >> 31) != 0) {
      atomicOr(&state[2], 1);
    } else {
      let mean = bitcast<f32>(meanOf(sum, residuals[sizes.step * size + place], count));
      let by = mean - centroids[place];
      moved = by * by;
      newCentroids[place] = mean;
    }
  }
  moved = sumOf(lane, moved);
  if (lane == 0 && number < sizes.groups) { newShifts[number] = moved; }
}

// One workgroup.
@compute @workgroup_size(256)
fn decide(@builtin(local_invocation_index) lane: u32) {
  var shift = 0.0;
  for (var i = lane; i < sizes.groups; i += threads) { shift += shifts[i]; }
  shift = sumOf(lane, shift);
  if (lane != 0) { return; }
  if (atomicLoad(&state[1]) != 0 || atomicLoad(&state[2]) != 0 || shift <= 0) { atomicStore(&state[0], 1); }
  atomicStore(&state[1], u32(shift <= bitcast<f32>(sizes.tolerance)));
}
