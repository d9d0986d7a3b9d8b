// Sums of float32 products without rounding, in integers of 96 bits: integers may be added in any order, by
// atomics too, and give the same sum. Sums in pairs of float32 would depend on a fixed order, and on compilers
// that leave "(s - a) - b" alone, which those for Metal and Direct3D do not.
//
// The unit is 2^(top - 316), where `top` is the greatest biased exponent of a first factor plus that of a
// second. The greatest product then ends at bit 63, which leaves room for 2^31 of them and for the sign, and a
// product loses bits only below 2^-63 of the greatest.

// Two's complement, lowest word first.
struct Fixed {
  low: u32,
  middle: u32,
  high: u32,
}

fn exponentOf(bits: u32) -> u32 {
  return max((bits >> 23) & 0xff, 1);
}

fn mantissaOf(bits: u32) -> u32 {
  return (bits & 0x7fffff) | select(0u, 0x800000u, ((bits >> 23) & 0xff) != 0);
}

fn negated(a: Fixed) -> Fixed {
  let low = ~a.low + 1;
  let middle = ~a.middle + u32(low == 0);
  return Fixed(low, middle, ~a.high + u32(low == 0 && middle == 0));
}

fn plus(a: Fixed, b: Fixed) -> Fixed {
  let low = a.low + b.low;
  let carry = u32(low < a.low);
  let middle = a.middle + b.middle;
  let sum = middle + carry;
  return Fixed(low, sum, a.high + b.high + u32(middle < a.middle) + u32(sum < middle));
}

// Both shifts are of bits, for 0 <= count < 96, and to the right without the sign.
fn shiftedLeft(a: Fixed, count: u32) -> Fixed {
  var words = array<u32, 4>(0, a.low, a.middle, a.high);
  let whole = count / 32;
  let part = count % 32;
  if (whole == 1) { words = array<u32, 4>(0, 0, a.low, a.middle); }
  if (whole == 2) { words = array<u32, 4>(0, 0, 0, a.low); }
  if (part == 0) { return Fixed(words[1], words[2], words[3]); }
  let rest = 32 - part;
  return Fixed(
    words[1] << part, (words[2] << part) | (words[1] >> rest), (words[3] << part) | (words[2] >> rest));
}

fn shiftedRight(a: Fixed, count: u32) -> Fixed {
  var words = array<u32, 4>(a.low, a.middle, a.high, 0);
  let whole = count / 32;
  let part = count % 32;
  if (whole == 1) { words = array<u32, 4>(a.middle, a.high, 0, 0); }
  if (whole == 2) { words = array<u32, 4>(a.high, 0, 0, 0); }
  if (part == 0) { return Fixed(words[0], words[1], words[2]); }
  let rest = 32 - part;
  return Fixed(
    (words[0] >> part) | (words[1] << rest), (words[1] >> part) | (words[2] << rest), words[2] >> part);
}

// The product of two finite floats, given by their bits.
fn fixedProduct(a: u32, b: u32, top: u32) -> Fixed {
  let ma = mantissaOf(a);
  let mb = mantissaOf(b);
  // 24 x 24 bits, in halves of 12.
  let outer = (ma >> 12) * (mb >> 12);
  let inner = (ma & 0xfff) * (mb & 0xfff);
  let cross = (ma & 0xfff) * (mb >> 12) + (ma >> 12) * (mb & 0xfff);
  let part = inner + (cross << 12);
  let low = part + (outer << 24);
  let high = (outer >> 8) + (cross >> 20) + u32(part < inner) + u32(low < part);
  // Its place: bit 16 if the exponents are the greatest there are.
  let below = top - exponentOf(a) - exponentOf(b);
  var product = Fixed(0, 0, 0);
  if (below <= 16) {
    product = shiftedLeft(Fixed(low, high, 0), 16 - below);
  } else if (below < 80) {
    product = shiftedRight(Fixed(low, high, 0), below - 16);
  }
  if (((a ^ b) >> 31) != 0) { return negated(product); }
  return product;
}

// The same of a finite float alone, which is to say times 1; with less than half of the work.
fn fixedValue(a: u32, top: u32) -> Fixed {
  let mantissa = mantissaOf(a);
  // Its place: bit 39 if the exponent is the greatest there is, and then it ends at bit 63.
  let below = top - exponentOf(a) - 127;
  var low = 0u;
  var middle = 0u;
  if (below <= 7) {
    middle = mantissa << (7 - below);
  } else if (below < 39) {
    middle = mantissa >> (below - 7);
    low = mantissa << (39 - below);
  } else if (below < 63) {
    low = mantissa >> (below - 39);
  }
  let value = Fixed(low, middle, 0);
  if ((a >> 31) != 0) { return negated(value); }
  return value;
}

struct Rounded {
  // Of the nearest float32.
  bits: u32,
  // What rounding dropped.
  rest: Fixed,
}

fn highestBit(a: Fixed) -> u32 {
  if (a.high != 0) { return 64 + firstLeadingBit(a.high); }
  if (a.middle != 0) { return 32 + firstLeadingBit(a.middle); }
  return firstLeadingBit(a.low);
}

// a * 2^exponent, to the nearest float32.
fn rounded(a: Fixed, exponent: i32) -> Rounded {
  if ((a.low | a.middle | a.high) == 0) { return Rounded(0, a); }
  let negative = (a.high >> 31) != 0;
  var magnitude = a;
  if (negative) { magnitude = negated(a); }
  let sign = select(0u, 0x80000000u, negative);
  let highest = highestBit(magnitude);
  var mantissa = magnitude.low;
  var biased = exponent + 127 + i32(highest);
  var rest = Fixed(0, 0, 0);
  if (highest <= 23) {
    mantissa <<= 23 - highest;
  } else {
    let dropped = highest - 23;
    mantissa = shiftedRight(magnitude, dropped).low;
    rest = plus(magnitude, negated(shiftedLeft(Fixed(mantissa, 0, 0), dropped)));
    // To the nearest, and of two that are as near to the even one.
    let half = shiftedLeft(Fixed(1, 0, 0), dropped - 1);
    let isHalf = rest.low == half.low && rest.middle == half.middle && rest.high == half.high;
    let atLeastHalf = (shiftedRight(rest, dropped - 1).low & 1) != 0;
    if (atLeastHalf && (!isHalf || (mantissa & 1) != 0)) {
      mantissa++;
      rest = plus(rest, negated(shiftedLeft(Fixed(1, 0, 0), dropped)));
    }
    if (mantissa == 0x1000000) {
      mantissa = 0x800000;
      biased++;
    }
  }
  if (negative) { rest = negated(rest); }
  // Too great is infinite; too small loses bits, then all.
  if (biased >= 255) { return Rounded(sign | 0x7f800000, Fixed(0, 0, 0)); }
  if (biased <= 0) { return Rounded(sign | (mantissa >> u32(min(1 - biased, 31))), Fixed(0, 0, 0)); }
  return Rounded(sign | (u32(biased) << 23) | (mantissa & 0x7fffff), rest);
}
