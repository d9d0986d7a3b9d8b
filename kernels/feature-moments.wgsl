// Sum of the weights of the customers, and mean and sum of squared differences from it of each feature [features,
// customers]. Sums of w, w x and w x^2 are taken without rounding, as whole numbers (see exact-sum.wgsl), so that
//
//   sum of w (x - mean)^2 = (sum of w  sum of w x^2 - (sum of w x)^2) / sum of w
//
// does not cancel, and one pass over the customers is enough. Terms lose only bits below 2^-69 of the greatest w x, and
// below 2^-82 of the greatest w x^2: so even of customers who differ in the last bit of a float32 the spread is right.
//
// Uses exact-sum.wgsl.

struct Sizes {
  customers: u32,
  features: u32,
  // Customers of one workgroup, at most 2^13, and how many such chunks there are of the customers that are bound.
  chunk: u32,
  chunks: u32,
  // The first of these chunks among all, and how many that is.
  chunk0: u32,
  allChunks: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
// [features]: the greatest magnitude, as bits.
@group(0) @binding(3) var<storage, read> greatest: array<u32>;
@group(0) @binding(4) var<storage, read> greatestWeight: array<u32>;
// [features, allChunks, 9]: words of the sums of w, of w x and of w x^2.
@group(0) @binding(5) var<storage, read_write> newParts: array<u32>;
@group(0) @binding(6) var<storage, read> parts: array<u32>;
// [features, 3]
@group(0) @binding(7) var<storage, read_write> moments: array<u32>;
@group(0) @binding(8) var<storage, read_write> residuals: array<u32>;

const threads = 256u;
const one = 0x3f800000u;
const infinity = 0x7f800000u;
const notANumber = 0x7fc00000u;

override weighted: bool = false;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// In units of the last bit of the greatest times 2^-32 for w, 2^-21 for w x and 2^-10 for w x^2: so the product of the
// first and the third has the unit of the square of the second.
struct Sums {
  weight: Fixed,
  first: Fixed,
  second: Fixed,
}

fn sumsOf(a: Sums, b: Sums) -> Sums {
  return Sums(plus(a.weight, b.weight), plus(a.first, b.first), plus(a.second, b.second));
}

fn wideProduct(a: u32, b: u32) -> vec2u {
  let inner = (a & 0xffff) * (b & 0xffff);
  let left = (a >> 16) * (b & 0xffff);
  let right = (a & 0xffff) * (b >> 16);
  let middle = (inner >> 16) + (left & 0xffff) + (right & 0xffff);
  return vec2u((middle << 16) | (inner & 0xffff), (a >> 16) * (b >> 16) + (left >> 16) + (right >> 16) + (middle >> 16));
}

fn placed(a: Fixed, left: u32, below: u32) -> Fixed {
  if (below <= left) { return shiftedLeft(a, left - below); }
  if (below - left < 96) { return shiftedRight(a, below - left); }
  return Fixed(0, 0, 0);
}

fn termsOf(value: u32, weight: u32, top: u32, topWeight: u32) -> Sums {
  let below = top - exponentOf(value);
  let belowWeight = topWeight - exponentOf(weight);
  let mantissa = mantissaOf(value);
  let product = wideProduct(mantissaOf(weight), mantissa);
  var first = placed(Fixed(product.x, product.y, 0), 21, below + belowWeight);
  if (((value ^ weight) >> 31) != 0) { first = negated(first); }
  let low = wideProduct(product.x, mantissa);
  let high = wideProduct(product.y, mantissa);
  let middle = low.y + high.x;
  let square = Fixed(low.x, middle, high.y + u32(middle < high.x));
  return Sums(
    placed(Fixed(mantissaOf(weight), 0, 0), 32, belowWeight), first, placed(square, 10, 2 * below + belowWeight));
}

fn topWeightOf() -> u32 {
  if (weighted) { return exponentOf(greatestWeight[0]); }
  return exponentOf(one);
}

fn putPart(place: u32, sums: Sums) {
  putFixed(place, sums.weight);
  putFixed(place + 3, sums.first);
  putFixed(place + 6, sums.second);
}

fn putFixed(place: u32, a: Fixed) {
  newParts[place] = a.low;
  newParts[place + 1] = a.middle;
  newParts[place + 2] = a.high;
}

var<workgroup> partial: array<Sums, threads>;

@compute @workgroup_size(256)
fn accumulate(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let f = number / sizes.chunks;
  if (f >= sizes.features) { return; }
  let start = (number % sizes.chunks) * sizes.chunk;
  let end = min(start + sizes.chunk, sizes.customers);
  let top = exponentOf(greatest[f]);
  let topWeight = topWeightOf();
  var sums = Sums();
  for (var i = start + lane; i < end; i += threads) {
    let value = x[f * sizes.customers + i];
    var weight = one;
    if (weighted) { weight = weights[i]; }
    sums = sumsOf(sums, termsOf(value, weight, top, topWeight));
  }
  partial[lane] = sums;
  for (var half = threads / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { partial[lane] = sumsOf(partial[lane], partial[lane + half]); }
  }
  if (lane == 0) { putPart(9 * (f * sizes.allChunks + sizes.chunk0 + number % sizes.chunks), partial[0]); }
}

// ---- finish: whole numbers of many words, the lowest first

alias Long = array<u32, 4>;
alias Longer = array<u32, 8>;

fn partAt(place: u32) -> Long {
  let high = parts[place + 2];
  return Long(parts[place], parts[place + 1], high, select(0u, 0xffffffffu, (high >> 31) != 0));
}

fn addTo(sum: ptr<function, Long>, number: Long) {
  var words = number;
  var carry = 0u;
  for (var i = 0u; i < 4; i++) {
    let withCarry = words[i] + carry;
    carry = u32(withCarry < carry);
    (*sum)[i] += withCarry;
    carry += u32((*sum)[i] < withCarry);
  }
}

fn magnitudeOf(a: Long) -> Long {
  var words = a;
  if ((words[3] >> 31) == 0) { return words; }
  var carry = 1u;
  for (var i = 0u; i < 4; i++) {
    words[i] = ~words[i] + carry;
    carry &= u32(words[i] == 0);
  }
  return words;
}

fn productOf(first: Long, second: Long) -> Longer {
  var a = first;
  var b = second;
  var result = Longer();
  for (var i = 0u; i < 4; i++) {
    var carry = 0u;
    for (var j = 0u; j < 4; j++) {
      let product = wideProduct(a[i], b[j]);
      let low = product.x + carry;
      carry = product.y + u32(low < carry);
      result[i + j] += low;
      carry += u32(result[i + j] < low);
    }
    result[i + 4] = carry;
  }
  return result;
}

// a - b, or nothing where that is negative.
fn differenceOf(first: Longer, second: Longer) -> Longer {
  var a = first;
  var b = second;
  var borrow = 0u;
  for (var i = 0u; i < 8; i++) {
    let taken = b[i] + borrow;
    borrow = u32(taken < borrow) + u32(a[i] < taken);
    a[i] -= taken;
  }
  if (borrow != 0) { return Longer(); }
  return a;
}

fn quotientOf(dividend: Longer, by: Long) -> Longer {
  var a = dividend;
  var divisor = by;
  var rest = Long();
  var result = Longer();
  for (var bit = 255; bit >= 0; bit--) {
    let word = u32(bit) / 32;
    for (var i = 3; i > 0; i--) { rest[i] = (rest[i] << 1) | (rest[i - 1] >> 31); }
    rest[0] = (rest[0] << 1) | ((a[word] >> (u32(bit) % 32)) & 1);
    var less = Long();
    var borrow = 0u;
    for (var i = 0u; i < 4; i++) {
      let taken = divisor[i] + borrow;
      borrow = u32(taken < borrow) + u32(rest[i] < taken);
      less[i] = rest[i] - taken;
    }
    if (borrow == 0) {
      rest = less;
      result[word] |= 1u << (u32(bit) % 32);
    }
  }
  return result;
}

// Writes a * 2^exponent, as the nearest float32 and what that dropped.
fn write(place: u32, number: Longer, exponent: i32, negative: bool) {
  var words = number;
  var top = 7;
  while (top > 2 && words[top] == 0) { top--; }
  // The bits that count, without the one that would be the sign.
  var value = shiftedRight(Fixed(words[top - 2], words[top - 1], words[top]), 1);
  var scale = exponent + 32 * (top - 2) + 1;
  if (top == 2 && (words[2] >> 31) == 0) {
    value = Fixed(words[0], words[1], words[2]);
    scale = exponent;
  }
  if (negative) { value = negated(value); }
  let nearest = rounded(value, scale);
  moments[place] = nearest.bits;
  residuals[place] = rounded(nearest.rest, scale).bits;
}

fn longer(a: Long) -> Longer {
  return Longer(a[0], a[1], a[2], a[3], 0, 0, 0, 0);
}

const finishThreads = 64u;

var<workgroup> totals: array<array<Long, 3>, finishThreads>;

// One workgroup a feature.
@compute @workgroup_size(finishThreads)
fn finish(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let f = linear(group, groups);
  if (f >= sizes.features) { return; }
  var weight = Long();
  var first = Long();
  var second = Long();
  for (var chunk = lane; chunk < sizes.allChunks; chunk += finishThreads) {
    let place = 9 * (f * sizes.allChunks + chunk);
    addTo(&weight, partAt(place));
    addTo(&first, partAt(place + 3));
    addTo(&second, partAt(place + 6));
  }
  totals[lane] = array<Long, 3>(weight, first, second);
  workgroupBarrier();
  if (lane != 0) { return; }
  for (var other = 1u; other < finishThreads; other++) {
    addTo(&weight, totals[other][0]);
    addTo(&first, totals[other][1]);
    addTo(&second, totals[other][2]);
  }

  let place = 3 * f;
  let unit = i32(exponentOf(greatest[f])) - 150;
  let unitOfWeight = i32(topWeightOf()) - 150 - 32;
  write(place, longer(weight), unitOfWeight, false);
  for (var i = 1u; i < 3; i++) {
    moments[place + i] = 0;
    residuals[place + i] = 0;
  }
  if (any(vec4u(weight[0], weight[1], weight[2], weight[3]) != vec4u())) {
    let negative = (first[3] >> 31) != 0;
    let magnitude = magnitudeOf(first);
    // With 96 bits behind the point, which is far below what counts.
    let sum = Longer(0, 0, 0, magnitude[0], magnitude[1], magnitude[2], magnitude[3], 0);
    write(place + 1, quotientOf(sum, weight), unit - 21 + 32 - 96, negative);
    var squares = differenceOf(productOf(weight, second), productOf(magnitude, magnitude));
    for (var i = 7u; i > 0; i--) { squares[i] = squares[i - 1]; }
    squares[0] = 0;
    write(place + 2, quotientOf(squares, weight), i32(topWeightOf()) - 150 + 2 * unit - 10 - 32, false);
  }
  let finiteWeights = !weighted || greatestWeight[0] < infinity;
  if (!finiteWeights) { moments[place] = notANumber; }
  if (!finiteWeights || greatest[f] >= infinity) {
    moments[place + 1] = notANumber;
    moments[place + 2] = notANumber;
  }
  for (var i = 0u; i < 3; i++) {
    if ((moments[place + i] & infinity) == infinity) { residuals[place + i] = 0; }
  }
}
