// NearestCentroid: labels[i] = argmin_j |x_i - c_j|^2 and distances[i] = that minimum.
// x [d, n], centroids [k, d] → labels [n], distances [n]
//
// A tile of customers stays in the first cache while all centroids pass over it in register blocks, and the minimum is
// kept in registers, so the n × k scores never reach memory. The score that finds the winner leaves out |x|^2 and
// rounds (nearest.h); the winner's distance is then summed again as squared differences, which loses nothing.
#include "nearest.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// The centroids feature by feature, so that one feature of all of them is a table which labels index.
class CentroidTable {
 public:
  explicit CentroidTable(Dense centroids)
      : centroids_(centroids.rows),
        stride_(centroids.rows <= small_table ? small_table : centroids.rows),
        values_(stride_ * centroids.columns) {
    for (size_t f = 0; f < centroids.columns; f++) {
      for (size_t j = 0; j < stride_; j++) {
        values_[f * stride_ + j] = j < centroids_ ? centroids.values[j * centroids.columns + f] : 0.0f;
      }
    }
  }

  // distances[i] = |x_(column + i) - c_labels[i]|^2
  KINDRED_INLINE void distances(Dense x, size_t column, size_t count, const int32_t* labels, float* distances) const {
    if (centroids_ <= small_table) {
      sum(x, column, count, labels, distances, [](const float* table, Ints index) KINDRED_LAMBDA_INLINE { return lookup(table, index); });
    } else {
      sum(x, column, count, labels, distances, [](const float* table, Ints index) KINDRED_LAMBDA_INLINE { return gather(table, index); });
    }
  }

 private:
  template <class Find>
  KINDRED_INLINE void sum(Dense x, size_t column, size_t count, const int32_t* labels, float* distances, Find find) const {
    size_t i = 0;
    for (; i + group <= count; i += group) {
      Ints index[vectors];
      Floats total[vectors];
      for (int v = 0; v < vectors; v++) {
        index[v] = load(labels + i + v * width);
        total[v] = broadcast(0.0f);
      }
      for (size_t f = 0; f < x.rows; f++) {
        const float* source = x.values + f * x.columns + column + i;
        KINDRED_UNROLL
        for (int v = 0; v < vectors; v++) {
          const Floats difference = subtract(load(source + v * width), find(values_ + f * stride_, index[v]));
          total[v] = fma(difference, difference, total[v]);
        }
      }
      for (int v = 0; v < vectors; v++) store(distances + i + v * width, total[v]);
    }
    for (; i < count; i += width) {
      const size_t rest = at_most(width, count - i);
      int32_t label[width] = {};
      std::memcpy(label, labels + i, rest * sizeof(int32_t));
      Floats total = broadcast(0.0f);
      for (size_t f = 0; f < x.rows; f++) {
        float lanes[width] = {};
        std::memcpy(lanes, x.values + f * x.columns + column + i, rest * sizeof(float));
        const Floats difference = subtract(load(lanes), find(values_ + f * stride_, load(label)));
        total = fma(difference, difference, total);
      }
      float lanes[width];
      store(lanes, total);
      std::memcpy(distances + i, lanes, rest * sizeof(float));
    }
  }

  size_t centroids_;
  size_t stride_;
  Scratch<float> values_;
};

}  // namespace

void nearest_centroid(Dense x, Dense centroids, int32_t* labels, float* distances) {
  const size_t n = x.columns;
  const PackedCentroids packed(centroids);
  const CentroidTable table(centroids);
  // Labelled, and then looked at again, while the second cache holds them.
  const size_t band = at_most(most_labelled, at_least(256, 32768 / x.rows / 256 * 256));
  const double operations = static_cast<double>(n) * static_cast<double>(centroids.rows) * static_cast<double>(x.rows + 3);
  const size_t chunk = round_up(at_most(at_least(1024, divide_up(n, 256)), 65536), band);
  const size_t chunks = divide_up(n, chunk);
  const unsigned workers = workers_for(chunks, operations);
  const size_t share = tile_columns(x.rows) * x.rows + band;
  const Scratch<float> tiles(workers * share);
  for_each_chunk(chunks, workers, [&](size_t index, unsigned worker) {
    [[maybe_unused]] const auto registers = packed.registers();
    float* tile = tiles + worker * share;
    int32_t* found = reinterpret_cast<int32_t*>(tile + tile_columns(x.rows) * x.rows);
    const size_t end = at_most(n, (index + 1) * chunk);
    for_each_band(x, index * chunk, end, band, [&](size_t column, size_t count) KINDRED_LAMBDA_INLINE {
      packed.label(x, column, count, tile, found);
      std::memcpy(labels + column, found, count * sizeof(int32_t));
      table.distances(x, column, count, found, distances + column);
    });
  });
}

}  // namespace kindred::KINDRED_LEVEL
