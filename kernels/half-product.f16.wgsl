// As half-product.wgsl, in float16: a thread has four rows and eight columns, and an instruction two or more numbers.
// Products of `depth` terms are added up in float16, these sums in float32.
//
// Uses half-tiles.wgsl.
enable f16;

// By column: the four rows.
alias Sums = array<vec4f, 8>;

// What an entry point has to ask for.
struct Subgroup {
  // Not looked at.
  @builtin(global_invocation_id) index: vec3u,
}

const depth = 16u;
// Of factors as in half-product.wgsl; of sums up to 2^-10 for each of their terms, as rounding may go either way.
const halfError = 0.0178f;
// Below this a product of lengths overflows nowhere.
const mostProduct = 60000f;

const quads = productTile / 4;

// [depth, productTile]
var<workgroup> left: array<vec4<f16>, depth * quads>;
var<workgroup> right: array<vec4<f16>, depth * quads>;

fn putFactors(place: u32, factors: vec2f) {
  left[place / 4][place % 4] = f16(clampedToHalf(factors.x));
  right[place / 4][place % 4] = f16(clampedToHalf(factors.y));
}

fn addProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  let row = lane % quads;
  let column = 2 * (lane / quads);
  var s0 = vec4<f16>(); var s1 = vec4<f16>(); var s2 = vec4<f16>(); var s3 = vec4<f16>();
  var s4 = vec4<f16>(); var s5 = vec4<f16>(); var s6 = vec4<f16>(); var s7 = vec4<f16>();
  for (var f = 0u; f < depth; f++) {
    let a = left[f * quads + row];
    let b = right[f * quads + column];
    let c = right[f * quads + column + 1];
    s0 = fma(a, vec4<f16>(b.x), s0); s1 = fma(a, vec4<f16>(b.y), s1);
    s2 = fma(a, vec4<f16>(b.z), s2); s3 = fma(a, vec4<f16>(b.w), s3);
    s4 = fma(a, vec4<f16>(c.x), s4); s5 = fma(a, vec4<f16>(c.y), s5);
    s6 = fma(a, vec4<f16>(c.z), s6); s7 = fma(a, vec4<f16>(c.w), s7);
  }
  (*sums)[0] += vec4f(s0); (*sums)[1] += vec4f(s1); (*sums)[2] += vec4f(s2); (*sums)[3] += vec4f(s3);
  (*sums)[4] += vec4f(s4); (*sums)[5] += vec4f(s5); (*sums)[6] += vec4f(s6); (*sums)[7] += vec4f(s7);
}

fn storeProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  for (var i = 0u; i < 8; i++) {
    for (var row = 0u; row < 4; row++) {
      products[(lane / quads * 8 + i) * productTile + 4 * (lane % quads) + row] = (*sums)[i][row];
    }
  }
}
