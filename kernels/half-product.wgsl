// A product of 64 x 64 tiles with factors rounded to float16 and sums in float32, by 128 threads: the stand-in for
// half-product.f16.wgsl and half-product.matrix.wgsl on devices without float16, by which what builds on it is tested.
//
// Uses half-tiles.wgsl.

alias Sums = array<f32, 32>;

// What an entry point has to ask for.
struct Subgroup {
  // Not looked at.
  @builtin(global_invocation_id) index: vec3u,
}

const depth = 16u;
// Rounding may go either way, so that a factor is off by up to 2^-10.
const halfError = 0.00197f;
// Below this a product of lengths overflows nowhere.
const mostProduct = 1e30f;

// [depth, productTile]
var<workgroup> left: array<f32, depth * productTile>;
var<workgroup> right: array<f32, depth * productTile>;

fn putFactors(place: u32, factors: vec2f) {
  left[place] = quantizeToF16(clampedToHalf(factors.x));
  right[place] = quantizeToF16(clampedToHalf(factors.y));
}

fn addProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  for (var i = 0u; i < 32; i++) {
    let column = lane / productTile * 32 + i;
    for (var f = 0u; f < depth; f++) {
      (*sums)[i] = fma(left[f * productTile + lane % productTile], right[f * productTile + column], (*sums)[i]);
    }
  }
}

fn storeProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  for (var i = 0u; i < 32; i++) {
    products[(lane / productTile * 32 + i) * productTile + lane % productTile] = (*sums)[i];
  }
}
