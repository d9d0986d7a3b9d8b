// A product of 64 x 64 tiles with factors rounded to float16 and sums in float32, by 128 threads: the stand-in for
// half-product.matrix.wgsl on devices without its units, by which what builds on it is tested.

alias Half = f32;

alias Sums = array<f32, 32>;

// What an entry point has to ask for.
struct Subgroup {
  // Not looked at.
  @builtin(global_invocation_id) index: vec3u,
}

const productTile = 64u;
const depth = 16u;

// [depth, productTile]
var<workgroup> left: array<Half, depth * productTile>;
var<workgroup> right: array<Half, depth * productTile>;
// By column: [productTile, productTile].
var<workgroup> products: array<f32, productTile * productTile>;

fn toHalf(value: f32) -> Half {
  return quantizeToF16(clamp(value, -65504, 65504));
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
