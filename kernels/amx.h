// Products of many vectors at once by AMX tiles, as a filter in front of float32.
//
// A tile instruction multiplies 16 × 32 by 32 × 16 numbers of bfloat16, eight bits of precision each, and adds up in
// float32, at sixteen times the rate of float32 multiply-adds. Each number is split in two, v = high + low, so that
//
//   a · b  ≈  high(a) · high(b)  +  high(a) · low(b)  +  low(a) · high(b)
//
// which three times the depth does in one product: one side lists (high, high, low), the other (high, low, high). What is
// lost is at most `lost_part` of |a| |b|. The kernels use such scores only to tell what cannot be the answer; whatever
// comes within the error is scored again in float32, so that labels and scores have the bits of every other level.
//
//   left side (centroids, items)     16 vectors a tile: row = vector, 32 numbers
//   right side (customers, queries)  16 vectors a tile: row = two numbers of each, which lie side by side
//   scores                           16 × 16 float32: row = vector of the left side
#pragma once

#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

constexpr size_t tile_side = 16;
constexpr size_t tile_bytes = 1024;
constexpr size_t tile_floats = tile_bytes / sizeof(float);

// Tiles of either side that one product takes, and the scores it makes.
constexpr size_t together = 2;
constexpr size_t scores_together = together * together * tile_floats;

// Tiles that a vector of `depth` numbers spans. More than `most_steps` are left to float32.
KINDRED_INLINE size_t tile_steps(size_t depth) { return divide_up(3 * divide_up(depth, 2), tile_side); }
constexpr size_t most_steps = 16;

// Of |a| |b|: high is v rounded to 8 bits, so |low| is at most 2^-8 |v|. The right side cuts low off at 8 bits (2^-15 |v|),
// the left rounds it (2^-16 |v|), and the product of both lows (2^-16) is left out.
constexpr double lost_part = 4 * 0x1p-16 * 1.05;

// Roundings of a float32 sum: in a step 16 of two by two products, and then one into the other and into the score.
KINDRED_INLINE double roundings(size_t steps) { return 18.0 + static_cast<double>(steps); }

// The tile instructions take numbers below 2^-126 for zero.
constexpr double flushed = 0x1p-126;

// Makes this thread's tile registers usable while it lives, if they are wanted.
class Tiles {
 public:
  KINDRED_INLINE explicit Tiles(bool wanted) : wanted_(wanted) {
    if (!wanted) return;
    struct alignas(64) {
      unsigned char palette = 1;
      unsigned char reserved[15] = {};
      unsigned short bytes_of_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      unsigned char rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } const configuration;
    asm volatile("ldtilecfg %0" ::"m"(configuration) : "memory");
  }
  KINDRED_INLINE ~Tiles() {
    if (wanted_) asm volatile("tilerelease" ::: "memory");
  }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

 private:
  bool wanted_;
};

template <int tile>
KINDRED_INLINE void load_tile(const void* memory) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(memory), "r"(size_t{64}), "i"(tile) : "memory");
}
template <int tile>
KINDRED_INLINE void zero_tile() {
  asm volatile("tilezero %%tmm%c0" ::"i"(tile));
}
template <int tile>
KINDRED_INLINE void store_tile(void* memory) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(memory), "r"(size_t{64}), "i"(tile) : "memory");
}
template <int scores, int left, int right>
KINDRED_INLINE void multiply_tiles() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(scores), "i"(left), "i"(right));
}

// The score tiles, 0 to 3, = starts [lefts tiles] + left [lefts, steps tiles] · right [2, steps tiles]: each tile is loaded
// once for two products.
template <int lefts>
KINDRED_INLINE void multiply(const char* left, const char* right, size_t steps, const float* starts) {
  const size_t stride = steps * tile_bytes;
  load_tile<0>(starts);
  load_tile<2>(starts);
  if constexpr (lefts > 1) {
    load_tile<1>(starts + tile_floats);
    load_tile<3>(starts + tile_floats);
  }
  for (size_t step = 0; step < steps; step++, left += tile_bytes, right += tile_bytes) {
    load_tile<4>(left);
    load_tile<6>(right);
    multiply_tiles<0, 4, 6>();
    load_tile<7>(right + stride);
    multiply_tiles<2, 4, 7>();
    if constexpr (lefts > 1) {
      load_tile<5>(left + stride);
      multiply_tiles<1, 5, 6>();
      multiply_tiles<3, 5, 7>();
    }
  }
}

// scores [2, lefts tiles] = the score tiles.
template <int lefts>
KINDRED_INLINE void store_scores(float* scores) {
  store_tile<0>(scores);
  store_tile<2>(scores + lefts * tile_floats);
  if constexpr (lefts > 1) {
    store_tile<1>(scores + tile_floats);
    store_tile<3>(scores + 3 * tile_floats);
  }
}

// Rounded to the nearest, the even one of two.
KINDRED_INLINE std::uint16_t bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return 0x7fc0;
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

KINDRED_INLINE float widened(std::uint16_t value) {
  const uint32_t bits = static_cast<uint32_t>(value) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// Vector `row` of left tiles [steps tiles], which must be zero before, from its numbers `stride` apart.
KINDRED_INLINE void split_left(const float* values, size_t stride, size_t depth, size_t row, char* left) {
  std::uint16_t* numbers = reinterpret_cast<std::uint16_t*>(left) + row * 2 * tile_side;
  const auto put = [&](size_t place, std::uint16_t value) { numbers[place / 32 * (tile_bytes / 2) + place % 32] = value; };
  const size_t padded = round_up(depth, 2);
  for (size_t i = 0; i < depth; i++) {
    const std::uint16_t high = bfloat16(values[i * stride]);
    put(i, high);
    put(padded + i, high);
    put(2 * padded + i, bfloat16(values[i * stride] - widened(high)));
  }
}

// The rows of right tiles that split_right leaves alone.
KINDRED_INLINE void clear_padding(char* right, size_t depth) {
  for (size_t row = 3 * divide_up(depth, 2); row < tile_steps(depth) * tile_side; row++) {
    _mm512_store_si512(right + row * 64, _mm512_setzero_si512());
  }
}

// The 16 columns at `values`, rows `stride` apart, as right tiles [steps tiles].
// Returns the sum of their squares on top of 2^-100, which makes up for squares that vanish.
KINDRED_INLINE Floats split_right(const float* values, size_t stride, size_t depth, char* right) {
  const Ints half = broadcast(int32_t{0x8000}), upper = broadcast(static_cast<int32_t>(0xffff0000u));
  const size_t third = divide_up(depth, 2) * 64;
  Floats squares[2] = {broadcast(0x1p-100f), broadcast(0.0f)};
  for (size_t i = 0; i < depth; i += 2, right += 64) {
    const Floats even = load(values + i * stride);
    const Floats odd = i + 1 < depth ? load(values + (i + 1) * stride) : broadcast(0.0f);
    squares[0] = fma(even, even, squares[0]);
    squares[1] = fma(odd, odd, squares[1]);
    const Ints even_rounded = _mm512_add_epi32(_mm512_castps_si512(even), half);
    const Ints odd_high = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(odd), half), upper);
    const Ints even_low = _mm512_castps_si512(subtract(even, _mm512_castsi512_ps(_mm512_and_si512(even_rounded, upper))));
    const Ints odd_low = _mm512_castps_si512(subtract(odd, _mm512_castsi512_ps(odd_high)));
    // a | (b & c)
    const Ints high = _mm512_ternarylogic_epi32(_mm512_srli_epi32(even_rounded, 16), odd_high, upper, 0xf8);
    const Ints low = _mm512_ternarylogic_epi32(_mm512_srli_epi32(even_low, 16), odd_low, upper, 0xf8);
    _mm512_store_si512(right, high);
    _mm512_store_si512(right + third, low);
    _mm512_store_si512(right + 2 * third, high);
  }
  return add(squares[0], squares[1]);
}

}  // namespace kindred::KINDRED_LEVEL
