// The search for the nearest centroid of a tile of customers, shared by NearestCentroid and LloydStep.
//
//   argmin_j |x - c_j|^2  =  argmin_j  |c_j|^2 / 2 - x · c_j
//
// so one multiply-add per feature, the sum starting at |c_j|^2 / 2 and the centroids packed with their sign changed.
// Both sides are first shifted by (nearly) the mean of the centroids: far from the origin the two terms would cancel.
#pragma once

#include "kernels.h"
#include "tile.h"
#if defined(KINDRED_AMX)
#include "amx-nearest.h"
#endif

namespace kindred::KINDRED_LEVEL {

// Customers of one tile: the tile (depth × columns) stays in the first cache beside the next one's source and the
// centroids.
KINDRED_INLINE size_t tile_columns(size_t depth) { return depth <= 8 ? 256 : depth <= 16 ? 128 : 64; }

// Customers that are labelled at once, at most.
constexpr size_t most_labelled = 4096;

class PackedCentroids {
 public:
  explicit PackedCentroids(Dense centroids)
      : blocks_(centroids.rows),
        depth_(centroids.columns),
        values_(centroids.rows * centroids.columns),
        starts_(centroids.rows),
        offset_(centroids.columns)
#if defined(KINDRED_AMX)
        ,
        filter_(centroids.rows, centroids.columns)
#endif
  {
    for (size_t i = 0; i < depth_; i++) offset_[i] = shift(centroids, i);
    for (size_t block = 0; block < blocks_.blocks; block++) {
      const size_t first = blocks_.first(block);
      const size_t size = blocks_.first(block + 1) - first;
      for (size_t r = 0; r < size; r++) {
        double square = 0;
        for (size_t i = 0; i < depth_; i++) {
          const float value = centroids.values[(first + r) * depth_ + i] - offset_[i];
          values_[first * depth_ + i * size + r] = -value;
          square += static_cast<double>(value) * value;
        }
        starts_[first + r] = static_cast<float>(square / 2);
      }
    }
#if defined(KINDRED_AMX)
    filter_.fill([&](size_t j, size_t i) KINDRED_LAMBDA_INLINE { return -(centroids.values[j * depth_ + i] - offset_[i]); }, starts_);
#endif
  }

  const float* offset() const { return offset_; }
  size_t depth() const { return depth_; }

  // What a thread keeps while it calls label().
#if defined(KINDRED_AMX)
  KINDRED_INLINE Tiles registers() const { return filter_.tiles(); }
#else
  struct NoTiles {};
  KINDRED_INLINE NoTiles registers() const { return {}; }
#endif

  // labels[i] = nearest centroid of column first + i of x, the lowest of equals; a column with a NaN gets 0. For at most
  // `most_labelled` columns. Writes whole groups: up to group - 1 labels more than `count`.
  // tile [depth, tile_columns(depth)]: memory for this thread.
  // Returns whether all scores are finite, which those of a column with a NaN or an infinity never are.
  KINDRED_INLINE bool label(Dense x, size_t first, size_t count, float* tile, int32_t* labels) const {
#if defined(KINDRED_AMX)
    bool finite;
    if (filter_.pays() && filter_.label(x, first, count, offset_, labels, finite)) return finite;
#endif
    Finite scores;
    const size_t columns = tile_columns(depth_);
    for (size_t done = 0; done < count; done += columns) {
      const size_t size = at_most(columns, count - done);
      pack_tile(x, first + done, size, offset_, tile, columns);
      search<Nearest>(tile, columns, size, x, first + done + columns, [labels, done, &scores](size_t column, const Nearest& found) KINDRED_LAMBDA_INLINE {
        for (int v = 0; v < vectors; v++) {
          store(labels + done + column + v * width, found.index[v]);
          scores.see(found.score[v]);
        }
      });
    }
    return scores.all();
  }

  // As label(), with the scores of the nearest and of the next: |x - c|^2 / 2 less |x|^2 / 2, infinity where there is none.
  KINDRED_INLINE void rank(const float* tile, size_t columns, size_t count, int32_t* labels, float* nearest, float* next, Dense x, size_t ahead_from) const {
    search<NearestTwo>(tile, columns, count, x, ahead_from, [labels, nearest, next](size_t column, const NearestTwo& found) KINDRED_LAMBDA_INLINE {
      for (int v = 0; v < vectors; v++) {
        store(labels + column + v * width, found.index[v]);
        store(nearest + column + v * width, found.score[v]);
        store(next + column + v * width, found.second[v]);
      }
    });
  }

 private:
  // Of a group of customers, the nearest centroid among those seen.
  struct Nearest {
    Floats score[vectors];
    Ints index[vectors];

    KINDRED_INLINE Nearest() {
      for (int v = 0; v < vectors; v++) {
        score[v] = broadcast(INFINITY);
        index[v] = broadcast(int32_t{0});
      }
    }

    KINDRED_INLINE void see(int v, Floats found, Ints candidate) {
      const Mask nearer = less(found, score[v]);
      score[v] = select(nearer, found, score[v]);
      index[v] = select(nearer, candidate, index[v]);
    }
  };

  // And the score of the next.
  struct NearestTwo : Nearest {
    Floats second[vectors];

    KINDRED_INLINE NearestTwo() {
      for (int v = 0; v < vectors; v++) second[v] = broadcast(INFINITY);
    }

    KINDRED_INLINE void see(int v, Floats found, Ints candidate) {
      second[v] = minimum(second[v], maximum(found, this->score[v]));
      Nearest::see(v, found, candidate);
    }
  };

  // Shows every centroid to a Best for each group of the tile, and calls keep(column, best). Fetches columns of x
  // meanwhile, from `next` on.
  template <class Best, class Keep>
  KINDRED_INLINE void search(const float* tile, size_t columns, size_t count, Dense x, size_t next, Keep keep) const {
    Ahead ahead(x, next, blocks_.blocks);
    for (size_t column = 0; column < count; column += group) {
      Best best;
      for (size_t block = 0; block < blocks_.blocks; block++) {
        const size_t first = blocks_.first(block);
        ahead.step();
        with_size(blocks_.first(block + 1) - first, [&]<int count>() KINDRED_LAMBDA_INLINE {
          Floats score[count][vectors];
          KINDRED_UNROLL
          for (int r = 0; r < count; r++) {
            KINDRED_UNROLL
            for (int v = 0; v < vectors; v++) score[r][v] = broadcast(starts_[first + r]);
          }
          multiply_block<count>(tile + column, columns, values_ + first * depth_, depth_, score);
          KINDRED_UNROLL
          for (int r = 0; r < count; r++) {
            const Ints candidate = broadcast(static_cast<int32_t>(first + r));
            KINDRED_UNROLL
            for (int v = 0; v < vectors; v++) best.see(v, score[r][v], candidate);
          }
        });
      }
      keep(column, best);
      ahead.next_group();
    }
  }

  // The mean of a feature's centroids on a grid of a 32nd or less of their spread, so that shifting whole numbers (and
  // other values of few digits) loses nothing and ties between them stay ties.
  static float shift(Dense centroids, size_t feature) {
    double mean = 0;
    for (size_t j = 0; j < centroids.rows; j++) mean += centroids.values[j * centroids.columns + feature];
    mean /= static_cast<double>(centroids.rows);
    double spread = 0;
    for (size_t j = 0; j < centroids.rows; j++) {
      const double distance = std::fabs(centroids.values[j * centroids.columns + feature] - mean);
      if (distance > spread) spread = distance;
    }
    if (!(spread > 0) || !std::isfinite(mean)) return std::isfinite(mean) ? static_cast<float>(mean) : 0.0f;
    const double grid = std::ldexp(1.0, std::ilogb(spread) - 4);
    return static_cast<float>(std::nearbyint(mean / grid) * grid);
  }

  Blocks blocks_;
  size_t depth_;
  Scratch<float> values_;
  Scratch<float> starts_;
  Scratch<float> offset_;
#if defined(KINDRED_AMX)
  CentroidFilter filter_;
#endif
};

}  // namespace kindred::KINDRED_LEVEL
