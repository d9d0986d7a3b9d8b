// CentroidUpdate: sums[j] = Σ over i with labels[i] = j of w_i x_i, counts[j] = Σ of w_i.
// x [d, n], labels [n], weights [n] or none → sums + residuals [k, d], counts [k]
//
// The sums run in float64 (sums.h); a band of customers is read eight features at a time, so that the sums being added
// to (k × 8 of them) stay in the first cache.
#include "sums.h"

namespace kindred::KINDRED_LEVEL {

void centroid_update(Dense x, const int32_t* labels, const float* weights, ClusterSums out) {
  const size_t n = x.columns;
  const SumPlan plan(n, out.clusters, x.rows);
  const unsigned workers = workers_for(plan.chunks, 4.0 * static_cast<double>(n) * static_cast<double>(x.rows));
  const size_t share = out.clusters * (x.rows + 1);
  const Scratch<double> totals(at_least(1, plan.chunks) * share);
  const PerWorker<ClusterAccumulator> accumulators(workers, out.clusters, x.rows, plan.band);
  for_each_chunk(plan.chunks, workers, [&](size_t index, unsigned worker) {
    ClusterAccumulator& accumulator = accumulators[worker];
    accumulator.clear();
    const size_t end = at_most(n, (index + 1) * plan.chunk);
    for (size_t column = index * plan.chunk; column < end; column += plan.band) {
      accumulator.add(x, column, at_most(plan.band, end - column), labels + column, weights == nullptr ? nullptr : weights + column);
    }
    accumulator.write(totals + index * share);
  });
  reduce_totals(totals, plan.chunks, x.rows, out);
}

}  // namespace kindred::KINDRED_LEVEL
