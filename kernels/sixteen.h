// Sixteen float32 lanes on every level, for sums along memory: they are added in 16 lanes whatever the width of a vector,
// and the lanes in pairs of decreasing distance, so that all levels agree to the last bit.
#pragma once

#include "simd.h"

namespace kindred::KINDRED_LEVEL {

constexpr size_t sixteen_lanes = 16;
constexpr size_t sixteen_parts = sixteen_lanes / width;

struct Sixteen {
  Floats part[sixteen_parts];
};

KINDRED_INLINE Sixteen sixteen(const float* p) {
  Sixteen result;
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) result.part[i] = load(p + i * width);
  return result;
}
KINDRED_INLINE Sixteen zeros() {
  Sixteen result;
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) result.part[i] = broadcast(0.0f);
  return result;
}
KINDRED_INLINE void store(float* p, const Sixteen& a) {
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) store(p + i * width, a.part[i]);
}
KINDRED_INLINE Sixteen add(const Sixteen& a, const Sixteen& b) {
  Sixteen result;
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) result.part[i] = add(a.part[i], b.part[i]);
  return result;
}
KINDRED_INLINE Sixteen fma(const Sixteen& a, const Sixteen& b, const Sixteen& c) {
  Sixteen result;
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) result.part[i] = fma(a.part[i], b.part[i], c.part[i]);
  return result;
}
KINDRED_INLINE Sixteen fma(float a, const Sixteen& b, const Sixteen& c) {
  Sixteen result;
  const Floats factor = broadcast(a);
  KINDRED_UNROLL
  for (size_t i = 0; i < sixteen_parts; i++) result.part[i] = fma(factor, b.part[i], c.part[i]);
  return result;
}

#if defined(KINDRED_AVX512) || defined(KINDRED_AVX2)

KINDRED_INLINE float total(__m256 a) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

#endif

#if defined(KINDRED_AVX512)

KINDRED_INLINE float total(const Sixteen& a) {
  return total(_mm256_add_ps(_mm512_castps512_ps256(a.part[0]), _mm512_extractf32x8_ps(a.part[0], 1)));
}

// The totals of 16 at once.
KINDRED_INLINE __m512 totals(const __m512 (&a)[16]) {
  __m512 eighths[8];
  KINDRED_UNROLL
  for (int i = 0; i < 8; i++) {
    eighths[i] = _mm512_add_ps(_mm512_shuffle_f32x4(a[2 * i], a[2 * i + 1], 0x44), _mm512_shuffle_f32x4(a[2 * i], a[2 * i + 1], 0xee));
  }
  __m512 quarters[4];
  KINDRED_UNROLL
  for (int i = 0; i < 4; i++) {
    quarters[i] = _mm512_add_ps(_mm512_shuffle_f32x4(eighths[2 * i], eighths[2 * i + 1], 0x88),
                                _mm512_shuffle_f32x4(eighths[2 * i], eighths[2 * i + 1], 0xdd));
  }
  __m512 halves[2];
  KINDRED_UNROLL
  for (int i = 0; i < 2; i++) {
    halves[i] = _mm512_add_ps(_mm512_shuffle_ps(quarters[2 * i], quarters[2 * i + 1], 0x44),
                              _mm512_shuffle_ps(quarters[2 * i], quarters[2 * i + 1], 0xee));
  }
  const __m512 sums = _mm512_add_ps(_mm512_shuffle_ps(halves[0], halves[1], 0x88), _mm512_shuffle_ps(halves[0], halves[1], 0xdd));
  // Lane 4 a + b holds the total of 4 b + a.
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  return _mm512_permutexvar_ps(order, sums);
}

#elif defined(KINDRED_AVX2)

KINDRED_INLINE float total(const Sixteen& a) { return total(_mm256_add_ps(a.part[0], a.part[1])); }

#else

KINDRED_INLINE float total(const Sixteen& a) {
  float sums[sixteen_lanes];
  store(sums, a);
  for (size_t half = sixteen_lanes / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; l++) sums[l] += sums[l + half];
  }
  return sums[0];
}

#endif

}  // namespace kindred::KINDRED_LEVEL
