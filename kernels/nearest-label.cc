// NearestLabel: labels[i] = argmin_j |x_i - c_j|^2, and whether x is finite.
// x [d, n], centroids [k, d] → labels [n]
//
// NearestCentroid without the distances: less to compute, half as much to write, and of the scores that find the winners
// it shows for nothing whether a value was NaN or infinite.
#include "nearest.h"

namespace kindred::KINDRED_LEVEL {

bool nearest_label(Dense x, Dense centroids, int32_t* labels) {
  const size_t n = x.columns;
  const PackedCentroids packed(centroids);
  constexpr size_t band = most_labelled;
  const double operations = static_cast<double>(n) * static_cast<double>(centroids.rows) * static_cast<double>(x.rows + 3);
  const size_t chunk = round_up(at_most(at_least(1024, divide_up(n, 256)), 65536), group);
  const size_t chunks = divide_up(n, chunk);
  const unsigned workers = workers_for(chunks, operations);
  const size_t share = tile_columns(x.rows) * x.rows + band;
  const Scratch<float> tiles(workers * share);
  const PerWorker<bool> finite(workers, true);
  for_each_chunk(chunks, workers, [&](size_t index, unsigned worker) {
    [[maybe_unused]] const auto registers = packed.registers();
    float* tile = tiles + worker * share;
    int32_t* found = reinterpret_cast<int32_t*>(tile + tile_columns(x.rows) * x.rows);
    const size_t end = at_most(n, (index + 1) * chunk);
    bool all = true;
    for_each_band(x, index * chunk, end, band, [&](size_t column, size_t count) KINDRED_LAMBDA_INLINE {
      // Whole groups are written: the last ones not in place.
      const bool in_place = count % group == 0;
      all = packed.label(x, column, count, tile, in_place ? labels + column : found) && all;
      if (!in_place) std::memcpy(labels + column, found, count * sizeof(int32_t));
    });
    if (!all) finite[worker] = false;
  });
  bool all = true;
  for (unsigned worker = 0; worker < workers; worker++) all = all && finite[worker];
  return all;
}

}  // namespace kindred::KINDRED_LEVEL
