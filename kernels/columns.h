// Columns of a matrix as vectors, prepared for products: their norms and means, tiles of them and blocks of them.
#pragma once

#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

// What is done to each column before products are taken: x' = (x - mean) * scale.
enum class Preparation { none, unit, centred_unit };

// scales[i] = 1 / |column i| (0 for a column without length) and means[i], summed in float64 over columns [first, end).
KINDRED_INLINE void measure_columns(Dense x, Preparation preparation, size_t first, size_t end, float* means, float* scales) {
  constexpr size_t strip = 64;
  double sum[strip];
  for (size_t start = first; start < end; start += strip) {
    const size_t count = at_most(strip, end - start);
    for (size_t i = 0; i < count; i++) means[start + i] = 0.0f;
    if (preparation == Preparation::none) {
      for (size_t i = 0; i < count; i++) scales[start + i] = 1.0f;
      continue;
    }
    if (preparation == Preparation::centred_unit) {
      for (size_t i = 0; i < count; i++) sum[i] = 0;
      for (size_t row = 0; row < x.rows; row++) {
        const float* source = x.values + row * x.columns + start;
        for (size_t i = 0; i < count; i++) sum[i] += source[i];
      }
      for (size_t i = 0; i < count; i++) means[start + i] = static_cast<float>(sum[i] / static_cast<double>(x.rows));
    }
    for (size_t i = 0; i < count; i++) sum[i] = 0;
    for (size_t row = 0; row < x.rows; row++) {
      const float* source = x.values + row * x.columns + start;
      for (size_t i = 0; i < count; i++) {
        const double value = source[i] - means[start + i];
        sum[i] += value * value;
      }
    }
    for (size_t i = 0; i < count; i++) scales[start + i] = sum[i] > 0 ? static_cast<float>(1 / std::sqrt(sum[i])) : 0.0f;
  }
}

// Columns [first, first + count) as one zero-padded tile [rows, columns].
KINDRED_INLINE void pack_columns(Dense x, size_t first, size_t count, const float* means, const float* scales, float* tile, size_t columns) {
  for (size_t row = 0; row < x.rows; row++) {
    const float* source = x.values + row * x.columns + first;
    float* target = tile + row * columns;
    for (size_t i = 0; i < count; i++) target[i] = (source[i] - means[first + i]) * scales[first + i];
    for (size_t i = count; i < columns; i++) target[i] = 0.0f;
  }
}

// The same columns as blocks for multiply_block: within a block, the values of one row lie side by side.
KINDRED_INLINE void pack_blocks(Dense x, size_t first, const Blocks& blocks, const float* means, const float* scales, float* packed) {
  for (size_t block = 0; block < blocks.blocks; block++) {
    const size_t start = blocks.first(block);
    const size_t size = blocks.first(block + 1) - start;
    for (size_t row = 0; row < x.rows; row++) {
      const float* source = x.values + row * x.columns + first + start;
      float* target = packed + start * x.rows + row * size;
      for (size_t r = 0; r < size; r++) target[r] = (source[r] - means[first + start + r]) * scales[first + start + r];
    }
  }
}

}  // namespace kindred::KINDRED_LEVEL
