// One vector of float32 and what the kernels do with it, for the instruction set this file is compiled for.
//
// Lanes never mix: a lane is one customer (or one item), every operation is a single IEEE rounding, and fma is fused on
// every level. So a result does not depend on the width, and all levels agree to the last bit.
//
// KINDRED_LEVEL names the level (amx, avx512, avx2, neon, plain); everything that is compiled once per level lives in a
// namespace of that name, since two instruction sets must never share one symbol. For the same reason this code keeps
// away from templates of the standard library: the linker would keep one copy of them, perhaps the one that an older
// processor cannot run.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(_MSC_VER)
#include <intrin.h>
#endif
#if defined(KINDRED_AVX512) || defined(KINDRED_AVX2)
#include <immintrin.h>
#elif defined(KINDRED_NEON)
#include <arm_neon.h>
#endif

#if defined(_MSC_VER)
#define KINDRED_INLINE __forceinline
#define KINDRED_LAMBDA_INLINE
#define KINDRED_RESTRICT __restrict
#define KINDRED_UNROLL
#elif defined(__clang__)
#define KINDRED_INLINE inline __attribute__((always_inline))
#define KINDRED_LAMBDA_INLINE __attribute__((always_inline))
#define KINDRED_RESTRICT __restrict__
#define KINDRED_UNROLL _Pragma("unroll")
#else
#define KINDRED_INLINE inline __attribute__((always_inline))
#define KINDRED_LAMBDA_INLINE __attribute__((always_inline))
#define KINDRED_RESTRICT __restrict__
#define KINDRED_UNROLL _Pragma("GCC unroll 16")
#endif

namespace kindred::KINDRED_LEVEL {

using std::int32_t;
using std::size_t;
using std::uint32_t;
using std::uint8_t;

#if defined(KINDRED_AVX512)

constexpr size_t width = 16;
// A register block is `vectors` vectors of columns by up to `rows` broadcast rows: 24 accumulators of 32 registers.
constexpr int vectors = 4;
constexpr int rows = 6;

using Floats = __m512;
using Ints = __m512i;
using Mask = __mmask16;
using Octet = __m256;

KINDRED_INLINE Floats load(const float* p) { return _mm512_loadu_ps(p); }
KINDRED_INLINE void store(float* p, Floats a) { _mm512_storeu_ps(p, a); }
// Past the cache, for results nobody reads soon; `p` must lie on a multiple of the vector.
KINDRED_INLINE void stream(float* p, Floats a) { _mm512_stream_ps(p, a); }
KINDRED_INLINE void store(int32_t* p, Ints a) { _mm512_storeu_si512(p, a); }
KINDRED_INLINE Ints load(const int32_t* p) { return _mm512_loadu_si512(p); }
// Whole numbers below 256, of a byte each.
KINDRED_INLINE Ints load(const uint8_t* p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
KINDRED_INLINE void store(uint8_t* p, Ints a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a)); }
KINDRED_INLINE Floats broadcast(float a) { return _mm512_set1_ps(a); }
KINDRED_INLINE Ints broadcast(int32_t a) { return _mm512_set1_epi32(a); }
KINDRED_INLINE Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
KINDRED_INLINE Floats subtract(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
KINDRED_INLINE Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
KINDRED_INLINE Floats divide(Floats a, Floats b) { return _mm512_div_ps(a, b); }
KINDRED_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
KINDRED_INLINE Floats absolute(Floats a) { return _mm512_abs_ps(a); }
KINDRED_INLINE Floats root(Floats a) { return _mm512_sqrt_ps(a); }
KINDRED_INLINE Floats maximum(Floats a, Floats b) { return _mm512_max_ps(a, b); }
KINDRED_INLINE Floats minimum(Floats a, Floats b) { return _mm512_min_ps(a, b); }
KINDRED_INLINE Mask less(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
KINDRED_INLINE Floats select(Mask m, Floats yes, Floats no) { return _mm512_mask_mov_ps(no, m, yes); }
KINDRED_INLINE Ints select(Mask m, Ints yes, Ints no) { return _mm512_mask_mov_epi32(no, m, yes); }
KINDRED_INLINE uint32_t bits(Mask m) { return m; }
KINDRED_INLINE Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
KINDRED_INLINE Ints add(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
KINDRED_INLINE uint32_t different(Ints a, Ints b) { return _mm512_cmpneq_epi32_mask(a, b); }
KINDRED_INLINE Floats gather(const float* table, Ints index) { return _mm512_i32gather_ps(index, table, 4); }

constexpr size_t small_table = 32;
KINDRED_INLINE Floats lookup(const float* table, Ints index) {
  return _mm512_permutex2var_ps(_mm512_loadu_ps(table), index, _mm512_loadu_ps(table + 16));
}

#elif defined(KINDRED_AVX2)

constexpr size_t width = 8;
constexpr int vectors = 2;
constexpr int rows = 6;

using Floats = __m256;
using Ints = __m256i;
using Mask = __m256;
using Octet = __m256;

KINDRED_INLINE Floats load(const float* p) { return _mm256_loadu_ps(p); }
KINDRED_INLINE void store(float* p, Floats a) { _mm256_storeu_ps(p, a); }
KINDRED_INLINE void stream(float* p, Floats a) { _mm256_stream_ps(p, a); }
KINDRED_INLINE void store(int32_t* p, Ints a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a); }
KINDRED_INLINE Ints load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
KINDRED_INLINE Ints load(const uint8_t* p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))); }
KINDRED_INLINE void store(uint8_t* p, Ints a) {
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}
KINDRED_INLINE Floats broadcast(float a) { return _mm256_set1_ps(a); }
KINDRED_INLINE Ints broadcast(int32_t a) { return _mm256_set1_epi32(a); }
KINDRED_INLINE Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
KINDRED_INLINE Floats subtract(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
KINDRED_INLINE Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
KINDRED_INLINE Floats divide(Floats a, Floats b) { return _mm256_div_ps(a, b); }
KINDRED_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
KINDRED_INLINE Floats absolute(Floats a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
KINDRED_INLINE Floats root(Floats a) { return _mm256_sqrt_ps(a); }
KINDRED_INLINE Floats maximum(Floats a, Floats b) { return _mm256_max_ps(a, b); }
KINDRED_INLINE Floats minimum(Floats a, Floats b) { return _mm256_min_ps(a, b); }
KINDRED_INLINE Mask less(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
KINDRED_INLINE Floats select(Mask m, Floats yes, Floats no) { return _mm256_blendv_ps(no, yes, m); }
KINDRED_INLINE Ints select(Mask m, Ints yes, Ints no) { return _mm256_blendv_epi8(no, yes, _mm256_castps_si256(m)); }
KINDRED_INLINE uint32_t bits(Mask m) { return static_cast<uint32_t>(_mm256_movemask_ps(m)); }
KINDRED_INLINE Mask either(Mask a, Mask b) { return _mm256_or_ps(a, b); }
KINDRED_INLINE Ints add(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
KINDRED_INLINE uint32_t different(Ints a, Ints b) {
  return ~static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)))) & 0xffu;
}
KINDRED_INLINE Floats gather(const float* table, Ints index) { return _mm256_i32gather_ps(table, index, 4); }

constexpr size_t small_table = 8;
KINDRED_INLINE Floats lookup(const float* table, Ints index) { return _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index); }

#elif defined(KINDRED_NEON)

constexpr size_t width = 4;
constexpr int vectors = 4;
constexpr int rows = 6;

using Floats = float32x4_t;
using Ints = int32x4_t;
using Mask = uint32x4_t;

KINDRED_INLINE Floats load(const float* p) { return vld1q_f32(p); }
KINDRED_INLINE void store(float* p, Floats a) { vst1q_f32(p, a); }
KINDRED_INLINE void stream(float* p, Floats a) { vst1q_f32(p, a); }
KINDRED_INLINE void store(int32_t* p, Ints a) { vst1q_s32(p, a); }
KINDRED_INLINE Ints load(const int32_t* p) { return vld1q_s32(p); }
KINDRED_INLINE Ints load(const uint8_t* p) {
  uint32_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(bytes)))));
}
KINDRED_INLINE void store(uint8_t* p, Ints a) {
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(a));
  const uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
  std::memcpy(p, &bytes, sizeof bytes);
}
KINDRED_INLINE Floats broadcast(float a) { return vdupq_n_f32(a); }
KINDRED_INLINE Ints broadcast(int32_t a) { return vdupq_n_s32(a); }
KINDRED_INLINE Floats add(Floats a, Floats b) { return vaddq_f32(a, b); }
KINDRED_INLINE Floats subtract(Floats a, Floats b) { return vsubq_f32(a, b); }
KINDRED_INLINE Floats multiply(Floats a, Floats b) { return vmulq_f32(a, b); }
KINDRED_INLINE Floats divide(Floats a, Floats b) { return vdivq_f32(a, b); }
KINDRED_INLINE Floats fma(Floats a, Floats b, Floats c) { return vfmaq_f32(c, a, b); }
KINDRED_INLINE Floats absolute(Floats a) { return vabsq_f32(a); }
KINDRED_INLINE Floats root(Floats a) { return vsqrtq_f32(a); }
KINDRED_INLINE Floats maximum(Floats a, Floats b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
KINDRED_INLINE Floats minimum(Floats a, Floats b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
KINDRED_INLINE Mask less(Floats a, Floats b) { return vcltq_f32(a, b); }
KINDRED_INLINE Floats select(Mask m, Floats yes, Floats no) { return vbslq_f32(m, yes, no); }
KINDRED_INLINE Ints select(Mask m, Ints yes, Ints no) { return vbslq_s32(m, yes, no); }
KINDRED_INLINE uint32_t bits(Mask m) {
  const uint32_t weights[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m, vld1q_u32(weights)));
}
KINDRED_INLINE Mask either(Mask a, Mask b) { return vorrq_u32(a, b); }
KINDRED_INLINE Ints add(Ints a, Ints b) { return vaddq_s32(a, b); }
KINDRED_INLINE uint32_t different(Ints a, Ints b) { return bits(vmvnq_u32(vceqq_s32(a, b))); }
KINDRED_INLINE Floats gather(const float* table, Ints index) {
  const float lanes[4] = {table[vgetq_lane_s32(index, 0)], table[vgetq_lane_s32(index, 1)],
                          table[vgetq_lane_s32(index, 2)], table[vgetq_lane_s32(index, 3)]};
  return vld1q_f32(lanes);
}

constexpr size_t small_table = 0;
KINDRED_INLINE Floats lookup(const float* table, Ints index) { return gather(table, index); }

#else

constexpr size_t width = 4;
constexpr int vectors = 2;
constexpr int rows = 4;

struct Floats {
  float lane[width];
};
struct Ints {
  int32_t lane[width];
};
struct Mask {
  bool lane[width];
};

// Applies an expression in `l` to every lane.
#define KINDRED_LANES(type, expression)      \
  type result;                               \
  for (size_t l = 0; l < width; l++) {       \
    result.lane[l] = (expression);           \
  }                                          \
  return result

KINDRED_INLINE Floats load(const float* p) { KINDRED_LANES(Floats, p[l]); }
KINDRED_INLINE void store(float* p, Floats a) { std::memcpy(p, a.lane, sizeof a.lane); }
KINDRED_INLINE void stream(float* p, Floats a) { std::memcpy(p, a.lane, sizeof a.lane); }
KINDRED_INLINE void store(int32_t* p, Ints a) { std::memcpy(p, a.lane, sizeof a.lane); }
KINDRED_INLINE Ints load(const int32_t* p) { KINDRED_LANES(Ints, p[l]); }
KINDRED_INLINE Ints load(const uint8_t* p) { KINDRED_LANES(Ints, p[l]); }
KINDRED_INLINE void store(uint8_t* p, Ints a) {
  for (size_t l = 0; l < width; l++) p[l] = static_cast<uint8_t>(a.lane[l]);
}
KINDRED_INLINE Floats broadcast(float a) { KINDRED_LANES(Floats, a); }
KINDRED_INLINE Ints broadcast(int32_t a) { KINDRED_LANES(Ints, a); }
KINDRED_INLINE Floats add(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] + b.lane[l]); }
KINDRED_INLINE Floats subtract(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] - b.lane[l]); }
KINDRED_INLINE Floats multiply(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] * b.lane[l]); }
KINDRED_INLINE Floats divide(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] / b.lane[l]); }
// The product of two float32 is exact in float64, so this is the fused operation but for one case in 2^29.
KINDRED_INLINE Floats fma(Floats a, Floats b, Floats c) {
  KINDRED_LANES(Floats, static_cast<float>(static_cast<double>(a.lane[l]) * b.lane[l] + c.lane[l]));
}
KINDRED_INLINE Floats absolute(Floats a) { KINDRED_LANES(Floats, std::fabs(a.lane[l])); }
KINDRED_INLINE Floats root(Floats a) { KINDRED_LANES(Floats, std::sqrt(a.lane[l])); }
KINDRED_INLINE Floats maximum(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l]); }
KINDRED_INLINE Floats minimum(Floats a, Floats b) { KINDRED_LANES(Floats, a.lane[l] < b.lane[l] ? a.lane[l] : b.lane[l]); }
KINDRED_INLINE Mask less(Floats a, Floats b) { KINDRED_LANES(Mask, a.lane[l] < b.lane[l]); }
KINDRED_INLINE Floats select(Mask m, Floats yes, Floats no) { KINDRED_LANES(Floats, m.lane[l] ? yes.lane[l] : no.lane[l]); }
KINDRED_INLINE Ints select(Mask m, Ints yes, Ints no) { KINDRED_LANES(Ints, m.lane[l] ? yes.lane[l] : no.lane[l]); }
KINDRED_INLINE uint32_t bits(Mask m) {
  return uint32_t{m.lane[0]} | uint32_t{m.lane[1]} << 1 | uint32_t{m.lane[2]} << 2 | uint32_t{m.lane[3]} << 3;
}
KINDRED_INLINE Mask either(Mask a, Mask b) { KINDRED_LANES(Mask, a.lane[l] || b.lane[l]); }
// Unsigned, so that it may wrap.
KINDRED_INLINE Ints add(Ints a, Ints b) { KINDRED_LANES(Ints, static_cast<int32_t>(static_cast<uint32_t>(a.lane[l]) + static_cast<uint32_t>(b.lane[l]))); }
KINDRED_INLINE uint32_t different(Ints a, Ints b) {
  uint32_t result = 0;
  for (size_t l = 0; l < width; l++) result |= static_cast<uint32_t>(a.lane[l] != b.lane[l]) << l;
  return result;
}
KINDRED_INLINE Floats gather(const float* table, Ints index) { KINDRED_LANES(Floats, table[index.lane[l]]); }

#undef KINDRED_LANES

constexpr size_t small_table = 0;
KINDRED_INLINE Floats lookup(const float* table, Ints index) { return gather(table, index); }

#endif

// Whether all numbers seen are finite.
class Finite {
 public:
  KINDRED_INLINE void see(Floats values) { zeros_ = fma(values, broadcast(0.0f), zeros_); }

  KINDRED_INLINE bool all() const { return bits(less(absolute(zeros_), broadcast(1.0f))) == (uint32_t{1} << width) - 1; }

 private:
  // A NaN once a number was not.
  Floats zeros_ = broadcast(0.0f);
};

// Makes streamed stores visible to other threads.
KINDRED_INLINE void fence() {
#if defined(KINDRED_AVX512) || defined(KINDRED_AVX2)
  _mm_sfence();
#endif
}

// Columns that one register block covers.
constexpr size_t group = vectors * width;

// An octet is eight features of one customer. transpose() turns eight rows of `turned` columns into as many octets;
// accumulate() adds an octet, times a weight where there is one, to eight float64 sums.
#if defined(KINDRED_AVX512)

constexpr size_t turned = 16;

KINDRED_INLINE void transpose(const float* const* source, size_t column, Octet (&octets)[turned]) {
  // Rows 0-3 of the customers c, c + 4, c + 8 and c + 12, then rows 4-7.
  __m512 quarters[8];
  KINDRED_UNROLL
  for (int half = 0; half < 8; half += 4) {
    const __m512 r[4] = {load(source[half] + column), load(source[half + 1] + column), load(source[half + 2] + column), load(source[half + 3] + column)};
    const __m512 a = _mm512_unpacklo_ps(r[0], r[1]);
    const __m512 b = _mm512_unpackhi_ps(r[0], r[1]);
    const __m512 c = _mm512_unpacklo_ps(r[2], r[3]);
    const __m512 d = _mm512_unpackhi_ps(r[2], r[3]);
    quarters[half] = _mm512_shuffle_ps(a, c, 0x44);
    quarters[half + 1] = _mm512_shuffle_ps(a, c, 0xee);
    quarters[half + 2] = _mm512_shuffle_ps(b, d, 0x44);
    quarters[half + 3] = _mm512_shuffle_ps(b, d, 0xee);
  }
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), last = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  KINDRED_UNROLL
  for (int c = 0; c < 4; c++) {
    const __m512d low = _mm512_castps_pd(quarters[c]), high = _mm512_castps_pd(quarters[c + 4]);
    const __m512 two = _mm512_castpd_ps(_mm512_permutex2var_pd(low, first, high));
    const __m512 others = _mm512_castpd_ps(_mm512_permutex2var_pd(low, last, high));
    octets[c] = _mm512_castps512_ps256(two);
    octets[c + 4] = _mm512_extractf32x8_ps(two, 1);
    octets[c + 8] = _mm512_castps512_ps256(others);
    octets[c + 12] = _mm512_extractf32x8_ps(others, 1);
  }
}

#elif defined(KINDRED_AVX2)

constexpr size_t turned = 8;

KINDRED_INLINE void transpose(const float* const* source, size_t column, Octet (&octets)[turned]) {
  __m256 r[8];
  // Columns 0-3 of rows 0-3 beside those of rows 4-7: half of the shuffling is done by the loads.
  KINDRED_UNROLL
  for (int i = 0; i < 4; i++) {
    const float* low = source[i] + column;
    const float* high = source[i + 4] + column;
    r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
    r[i + 4] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low + 4)), _mm_loadu_ps(high + 4), 1);
  }
  KINDRED_UNROLL
  for (int half = 0; half < 8; half += 4) {
    const __m256 a = _mm256_unpacklo_ps(r[half], r[half + 1]);
    const __m256 b = _mm256_unpackhi_ps(r[half], r[half + 1]);
    const __m256 c = _mm256_unpacklo_ps(r[half + 2], r[half + 3]);
    const __m256 d = _mm256_unpackhi_ps(r[half + 2], r[half + 3]);
    octets[half] = _mm256_shuffle_ps(a, c, 0x44);
    octets[half + 1] = _mm256_shuffle_ps(a, c, 0xee);
    octets[half + 2] = _mm256_shuffle_ps(b, d, 0x44);
    octets[half + 3] = _mm256_shuffle_ps(b, d, 0xee);
  }
}

#else

constexpr size_t turned = 8;

struct Octet {
  float lane[8];
};

KINDRED_INLINE void transpose(const float* const* source, size_t column, Octet (&octets)[turned]) {
  for (int row = 0; row < 8; row++) {
    for (size_t i = 0; i < turned; i++) octets[i].lane[row] = source[row][column + i];
  }
}

#endif

#if defined(KINDRED_AVX512)

KINDRED_INLINE void accumulate(double* sums, Octet octet) {
  _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), _mm512_cvtps_pd(octet)));
}
KINDRED_INLINE void accumulate(double* sums, Octet octet, double weight) {
  _mm512_storeu_pd(sums, _mm512_fmadd_pd(_mm512_set1_pd(weight), _mm512_cvtps_pd(octet), _mm512_loadu_pd(sums)));
}

#elif defined(KINDRED_AVX2)

KINDRED_INLINE void accumulate(double* sums, Octet octet) {
  const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(octet));
  const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(octet, 1));
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), low));
  _mm256_storeu_pd(sums + 4, _mm256_add_pd(_mm256_loadu_pd(sums + 4), high));
}
KINDRED_INLINE void accumulate(double* sums, Octet octet, double weight) {
  const __m256d w = _mm256_set1_pd(weight);
  const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(octet));
  const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(octet, 1));
  _mm256_storeu_pd(sums, _mm256_fmadd_pd(w, low, _mm256_loadu_pd(sums)));
  _mm256_storeu_pd(sums + 4, _mm256_fmadd_pd(w, high, _mm256_loadu_pd(sums + 4)));
}

#else

KINDRED_INLINE void accumulate(double* sums, const Octet& octet) {
  for (int i = 0; i < 8; i++) sums[i] += octet.lane[i];
}
// The product of two float32 is exact in float64: fused or not, the sum is the same.
KINDRED_INLINE void accumulate(double* sums, const Octet& octet, double weight) {
  for (int i = 0; i < 8; i++) sums[i] += weight * octet.lane[i];
}

#endif

// Of bits that are not all zero.
KINDRED_INLINE size_t lowest_bit(std::uint64_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long index;
  _BitScanForward64(&index, bits);
  return index;
#else
  return static_cast<size_t>(__builtin_ctzll(bits));
#endif
}

KINDRED_INLINE size_t count_bits(std::uint64_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
  bits -= bits >> 1 & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
  return static_cast<size_t>(((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
#else
  return static_cast<size_t>(__builtin_popcountll(bits));
#endif
}

// Puts the lanes that `bits` names side by side; writes up to a whole vector.
#if defined(KINDRED_AVX512)
KINDRED_INLINE void keep(int32_t* target, uint32_t bits, Ints a) {
  _mm512_storeu_si512(target, _mm512_maskz_compress_epi32(static_cast<Mask>(bits), a));
}
#else
KINDRED_INLINE void keep(int32_t* target, uint32_t bits, Ints a) {
  int32_t lanes[width];
  store(lanes, a);
  for (; bits != 0; bits &= bits - 1) *target++ = lanes[lowest_bit(bits)];
}
#endif

KINDRED_INLINE void prefetch(const void* p) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(p);
#else
  (void)p;
#endif
}

// Into the second cache.
KINDRED_INLINE void prefetch_far(const void* p) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(p, 0, 2);
#else
  (void)p;
#endif
}

}  // namespace kindred::KINDRED_LEVEL
