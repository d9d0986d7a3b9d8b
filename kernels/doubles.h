// Eight float64 lanes, for distances whose rounding must be that of the host's own arithmetic: a multiplication and an
// addition round one after the other, never fused, so all levels and JavaScript agree to the last bit.
#pragma once

#include "simd.h"

namespace kindred::KINDRED_LEVEL {

constexpr size_t octet_lanes = 8;

#if defined(KINDRED_AVX512)

struct Doubles {
  __m512d lanes;
};
KINDRED_INLINE Doubles doubles(double a) { return {_mm512_set1_pd(a)}; }
KINDRED_INLINE Doubles widen(const float* p) { return {_mm512_cvtps_pd(_mm256_loadu_ps(p))}; }
KINDRED_INLINE Doubles load(const double* p) { return {_mm512_loadu_pd(p)}; }
KINDRED_INLINE void store(double* p, Doubles a) { _mm512_storeu_pd(p, a.lanes); }
KINDRED_INLINE Doubles add(Doubles a, Doubles b) { return {_mm512_add_pd(a.lanes, b.lanes)}; }
KINDRED_INLINE Doubles subtract(Doubles a, Doubles b) { return {_mm512_sub_pd(a.lanes, b.lanes)}; }
KINDRED_INLINE Doubles multiply(Doubles a, Doubles b) { return {_mm512_mul_pd(a.lanes, b.lanes)}; }
KINDRED_INLINE Doubles maximum(Doubles a, Doubles b) { return {_mm512_max_pd(a.lanes, b.lanes)}; }
// A bit for each lane in which a < b, and a <= b.
KINDRED_INLINE uint32_t less(Doubles a, Doubles b) { return _mm512_cmp_pd_mask(a.lanes, b.lanes, _CMP_LT_OQ); }
KINDRED_INLINE uint32_t at_most(Doubles a, Doubles b) { return _mm512_cmp_pd_mask(a.lanes, b.lanes, _CMP_LE_OQ); }

#elif defined(KINDRED_AVX2)

struct Doubles {
  __m256d low;
  __m256d high;
};
KINDRED_INLINE Doubles doubles(double a) { return {_mm256_set1_pd(a), _mm256_set1_pd(a)}; }
KINDRED_INLINE Doubles widen(const float* p) { return {_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4))}; }
KINDRED_INLINE Doubles load(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
KINDRED_INLINE void store(double* p, Doubles a) {
  _mm256_storeu_pd(p, a.low);
  _mm256_storeu_pd(p + 4, a.high);
}
KINDRED_INLINE Doubles add(Doubles a, Doubles b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
KINDRED_INLINE Doubles subtract(Doubles a, Doubles b) { return {_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)}; }
KINDRED_INLINE Doubles multiply(Doubles a, Doubles b) { return {_mm256_mul_pd(a.low, b.low), _mm256_mul_pd(a.high, b.high)}; }
KINDRED_INLINE Doubles maximum(Doubles a, Doubles b) { return {_mm256_max_pd(a.low, b.low), _mm256_max_pd(a.high, b.high)}; }
KINDRED_INLINE uint32_t mask_of(__m256d low, __m256d high) {
  return static_cast<uint32_t>(_mm256_movemask_pd(low)) | static_cast<uint32_t>(_mm256_movemask_pd(high)) << 4;
}
KINDRED_INLINE uint32_t less(Doubles a, Doubles b) {
  return mask_of(_mm256_cmp_pd(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_pd(a.high, b.high, _CMP_LT_OQ));
}
KINDRED_INLINE uint32_t at_most(Doubles a, Doubles b) {
  return mask_of(_mm256_cmp_pd(a.low, b.low, _CMP_LE_OQ), _mm256_cmp_pd(a.high, b.high, _CMP_LE_OQ));
}

#else

struct Doubles {
  double lane[octet_lanes];
};

#define KINDRED_LANES(expression)                    \
  Doubles result;                                    \
  for (size_t l = 0; l < octet_lanes; l++) {         \
    result.lane[l] = (expression);                   \
  }                                                  \
  return result

KINDRED_INLINE Doubles doubles(double a) { KINDRED_LANES(a); }
KINDRED_INLINE Doubles widen(const float* p) { KINDRED_LANES(static_cast<double>(p[l])); }
KINDRED_INLINE Doubles load(const double* p) { KINDRED_LANES(p[l]); }
KINDRED_INLINE void store(double* p, const Doubles& a) { std::memcpy(p, a.lane, sizeof a.lane); }
KINDRED_INLINE Doubles add(const Doubles& a, const Doubles& b) { KINDRED_LANES(a.lane[l] + b.lane[l]); }
KINDRED_INLINE Doubles subtract(const Doubles& a, const Doubles& b) { KINDRED_LANES(a.lane[l] - b.lane[l]); }
KINDRED_INLINE Doubles multiply(const Doubles& a, const Doubles& b) { KINDRED_LANES(a.lane[l] * b.lane[l]); }
KINDRED_INLINE Doubles maximum(const Doubles& a, const Doubles& b) { KINDRED_LANES(a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l]); }
KINDRED_INLINE uint32_t less(const Doubles& a, const Doubles& b) {
  uint32_t mask = 0;
  for (size_t l = 0; l < octet_lanes; l++) mask |= uint32_t{a.lane[l] < b.lane[l]} << l;
  return mask;
}
KINDRED_INLINE uint32_t at_most(const Doubles& a, const Doubles& b) {
  uint32_t mask = 0;
  for (size_t l = 0; l < octet_lanes; l++) mask |= uint32_t{a.lane[l] <= b.lane[l]} << l;
  return mask;
}

#undef KINDRED_LANES

#endif

}  // namespace kindred::KINDRED_LEVEL
