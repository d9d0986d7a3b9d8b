// What the versions of half-product.wgsl have in common.

const productTile = 64u;

// By column: [productTile, productTile].
var<workgroup> products: array<f32, productTile * productTile>;

fn clampedToHalf(value: f32) -> f32 {
  return clamp(value, -65504, 65504);
}

// Of a float32 sum for each of its terms, with room to spare.
const termError = 2.4e-7f;

// How far a product of columns of so many terms can lie from the exact one (Cauchy and Schwarz), by their lengths.
fn productError(terms: u32, length: f32, otherLength: f32) -> f32 {
  let rounding = halfError + termError * f32(terms + 8);
  // Less than 2^-14 may count as nothing: factors, and what is added up in float16.
  let lost = 6.2e-5 * (sqrt(f32(terms)) * (length + otherLength) + 2 * f32(terms));
  return rounding * length * otherLength + lost;
}
