// LloydStep: NearestCentroid and CentroidUpdate in one pass over x.
// x [d, n], centroids [k, d], weights [n] or none → labels [n], sums + residuals [k, d], counts [k]
//
// A band of customers is labelled tile by tile and then summed while the second cache holds it, so x is read from
// memory once per iteration; with few clusters and features that reading is what binds.
#include "nearest.h"
#include "sums.h"

namespace kindred::KINDRED_LEVEL {

void lloyd_step(Dense x, Dense centroids, const float* weights, int32_t* labels, ClusterSums out) {
  const size_t n = x.columns;
  const PackedCentroids packed(centroids);
  const SumPlan plan(n, out.clusters, x.rows);
  const size_t columns = tile_columns(x.rows);
  const double operations = static_cast<double>(n) * static_cast<double>(centroids.rows + 4) * static_cast<double>(x.rows + 3);
  const unsigned workers = workers_for(plan.chunks, operations);
  const size_t share = out.clusters * (x.rows + 1);
  const Scratch<double> totals(at_least(1, plan.chunks) * share);
  const Scratch<float> tiles(workers * columns * x.rows);
  const Scratch<int32_t> found(workers * plan.band);
  const PerWorker<ClusterAccumulator> accumulators(workers, out.clusters, x.rows, plan.band);
  for_each_chunk(plan.chunks, workers, [&](size_t index, unsigned worker) {
    [[maybe_unused]] const auto registers = packed.registers();
    float* tile = tiles + worker * columns * x.rows;
    int32_t* band = found + worker * plan.band;
    ClusterAccumulator& accumulator = accumulators[worker];
    accumulator.clear();
    const size_t end = at_most(n, (index + 1) * plan.chunk);
    for_each_band(x, index * plan.chunk, end, plan.band, [&](size_t first, size_t size) KINDRED_LAMBDA_INLINE {
      packed.label(x, first, size, tile, band);
      std::memcpy(labels + first, band, size * sizeof(int32_t));
      accumulator.add(x, first, size, band, weights == nullptr ? nullptr : weights + first);
    });
    accumulator.write(totals + index * share);
  });
  reduce_totals(totals, plan.chunks, x.rows, out);
}

}  // namespace kindred::KINDRED_LEVEL
