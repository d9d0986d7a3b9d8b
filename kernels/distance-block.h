// The distances of a few columns to a tile of others, shared by PairwiseDistance, DistanceSums and RadiusNeighbours.
#pragma once

#include "columns.h"

namespace kindred::KINDRED_LEVEL {

struct Squares {
  KINDRED_INLINE static Floats step(Floats a, Floats b, Floats sum) {
    const Floats difference = subtract(a, b);
    return fma(difference, difference, sum);
  }
  KINDRED_INLINE static Floats finish(Floats sum) { return sum; }
};

struct RootOfSquares : Squares {
  KINDRED_INLINE static Floats finish(Floats sum) { return root(sum); }
};

struct Absolutes {
  KINDRED_INLINE static Floats step(Floats a, Floats b, Floats sum) { return add(absolute(subtract(a, b)), sum); }
  KINDRED_INLINE static Floats finish(Floats sum) { return sum; }
};

struct OneLessProduct {
  KINDRED_INLINE static Floats step(Floats a, Floats b, Floats sum) { return fma(a, b, sum); }
  KINDRED_INLINE static Floats finish(Floats sum) { return maximum(broadcast(0.0f), subtract(broadcast(1.0f), sum)); }
};

// The sums of the distances before they are finished.
template <class Distance, int count>
KINDRED_INLINE void measure_block(const float* KINDRED_RESTRICT tile, const float* KINDRED_RESTRICT packed, size_t depth,
                                  Floats (&sums)[count][vectors]) {
  KINDRED_UNROLL
  for (int r = 0; r < count; r++) {
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) sums[r][v] = broadcast(0.0f);
  }
  for (size_t i = 0; i < depth; i++) {
    Floats b[vectors];
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) b[v] = load(tile + i * group + v * width);
    KINDRED_UNROLL
    for (int r = 0; r < count; r++) {
      const Floats a = broadcast(packed[i * count + r]);
      KINDRED_UNROLL
      for (int v = 0; v < vectors; v++) sums[r][v] = Distance::step(a, b[v], sums[r][v]);
    }
  }
}

template <class Distance, int count>
KINDRED_INLINE void distance_block(const float* KINDRED_RESTRICT tile, const float* KINDRED_RESTRICT packed, size_t depth,
                                   float* target, size_t stride, size_t valid, bool aligned) {
  Floats sums[count][vectors];
  measure_block<Distance, count>(tile, packed, depth, sums);
  KINDRED_UNROLL
  for (int r = 0; r < count; r++) {
    float* row = target + r * stride;
    if (valid == group) {
      KINDRED_UNROLL
      for (int v = 0; v < vectors; v++) {
        const Floats distance = Distance::finish(sums[r][v]);
        if (aligned) {
          stream(row + v * width, distance);
        } else {
          store(row + v * width, distance);
        }
      }
    } else {
      float lanes[group];
      KINDRED_UNROLL
      for (int v = 0; v < vectors; v++) store(lanes + v * width, Distance::finish(sums[r][v]));
      std::memcpy(row, lanes, valid * sizeof(float));
    }
  }
}

// Calls visit with the distance of a metric and how its columns are prepared.
template <class Visit>
void with_metric(Metric metric, Visit&& visit) {
  switch (metric) {
    case Metric::squared_euclidean:
      return visit(Squares{}, Preparation::none);
    case Metric::euclidean:
      return visit(RootOfSquares{}, Preparation::none);
    case Metric::manhattan:
      return visit(Absolutes{}, Preparation::none);
    case Metric::cosine:
      return visit(OneLessProduct{}, Preparation::unit);
    case Metric::correlation:
      return visit(OneLessProduct{}, Preparation::centred_unit);
  }
}

}  // namespace kindred::KINDRED_LEVEL
