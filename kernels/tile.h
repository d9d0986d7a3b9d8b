// The register-blocked product that the dense kernels share.
//
// One operand is a tile: `depth` rows of `columns` values (customers or items) in contiguous, zero-padded memory of the
// first cache. The other is a list of vectors (centroids or queries), packed in blocks of up to `rows` of them so that
// the values a step needs lie side by side. A step loads `vectors` vectors of the tile and broadcasts up to `rows`
// values, for vectors * rows multiply-adds: ten loads for 24 with AVX-512, so the arithmetic ports bind and not the loads.
#pragma once

#include "simd.h"
#include "threads.h"

namespace kindred::KINDRED_LEVEL {

KINDRED_INLINE size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
KINDRED_INLINE size_t round_up(size_t a, size_t b) { return divide_up(a, b) * b; }
KINDRED_INLINE size_t at_least(size_t a, size_t b) { return a > b ? a : b; }
KINDRED_INLINE size_t at_most(size_t a, size_t b) { return a < b ? a : b; }

// How `count` vectors fall into blocks of nearly equal size, none above `rows`: eight are 4 + 4 and not 6 + 2.
struct Blocks {
  size_t count;
  size_t blocks;

  KINDRED_INLINE explicit Blocks(size_t vectors_to_pack) : count(vectors_to_pack), blocks(divide_up(vectors_to_pack, rows)) {}
  KINDRED_INLINE size_t first(size_t block) const { return block * count / blocks; }
};

// Copies columns [column, column + count) of x into the tile, less the offset of each row, and zeroes up to `columns`.
KINDRED_INLINE void pack_tile(Dense x, size_t column, size_t count, const float* offset, float* tile, size_t columns) {
  for (size_t row = 0; row < x.rows; row++) {
    const float* source = x.values + row * x.columns + column;
    float* target = tile + row * columns;
    const Floats shift = broadcast(offset == nullptr ? 0.0f : offset[row]);
    size_t i = 0;
    for (; i + width <= count; i += width) {
      store(target + i, subtract(load(source + i), shift));
    }
    if (i < columns) {
      float rest[width] = {};
      if (i < count) {
        std::memcpy(rest, source + i, (count - i) * sizeof(float));
        store(target + i, subtract(load(rest), shift));
        i += width;
      }
      for (; i < columns; i += width) store(target + i, broadcast(0.0f));
    }
  }
}

// Calls visit(first, count) for columns [begin, end) of x, up to `band` at a time. Where the rows allow it, all but the first
// few begin at a line of the cache: a load across two lines costs twice as much, across two pages far more.
template <class Visit>
KINDRED_INLINE void for_each_band(Dense x, size_t begin, size_t end, size_t band, const Visit& visit) {
  constexpr size_t line = 64 / sizeof(float);
  const size_t place = reinterpret_cast<std::uintptr_t>(x.values + begin) / sizeof(float) % line;
  const size_t lead = x.columns % line == 0 && place != 0 ? line - place : 0;
  for (size_t first = begin; first < end;) {
    const size_t count = at_most(first == begin && lead != 0 ? lead : band, end - first);
    visit(first, count);
    first += count;
  }
}

// Fetches what the next tile will be packed from, a few cache lines at a time between the blocks of this one: with a
// row per feature there are more streams than the hardware follows, and fetched at once they would be waited for.
class Ahead {
 public:
  KINDRED_INLINE Ahead(Dense x, size_t column, size_t steps) : x_(x), next_(x.values + column), steps_(steps) {}

  // Called `steps` times for each group of columns, fetches one group.
  KINDRED_INLINE void step() {
    done_ += x_.rows;
    for (; done_ >= steps_; done_ -= steps_) {
      for (size_t i = 0; i < group; i += 16) prefetch(next_ + i);
      next_ += x_.columns;
    }
  }

  KINDRED_INLINE void next_group() { next_ = next_ - x_.rows * x_.columns + group; }

 private:
  Dense x_;
  const float* next_;
  size_t steps_;
  size_t done_ = 0;
};

// sums[r][v] += packed row r · column vector v, over the whole depth in ascending order.
template <int count>
KINDRED_INLINE void multiply_block(const float* KINDRED_RESTRICT tile, size_t columns, const float* KINDRED_RESTRICT packed,
                                   size_t depth, Floats (&sums)[count][vectors]) {
  for (size_t i = 0; i < depth; i++) {
    Floats x[vectors];
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) x[v] = load(tile + v * width);
    KINDRED_UNROLL
    for (int r = 0; r < count; r++) {
      const Floats factor = broadcast(packed[r]);
      KINDRED_UNROLL
      for (int v = 0; v < vectors; v++) sums[r][v] = fma(factor, x[v], sums[r][v]);
    }
    tile += columns;
    packed += count;
  }
}

// Calls visit with the size of the block as a constant.
template <class Visit>
KINDRED_INLINE void with_size(size_t size, Visit&& visit) {
  switch (size) {
    case 1:
      visit.template operator()<1>();
      break;
    case 2:
      visit.template operator()<2>();
      break;
    case 3:
      visit.template operator()<3>();
      break;
    case 4:
      visit.template operator()<4>();
      break;
#if !defined(KINDRED_PLAIN)
    case 5:
      visit.template operator()<5>();
      break;
    case 6:
      visit.template operator()<6>();
      break;
#endif
  }
}

}  // namespace kindred::KINDRED_LEVEL
