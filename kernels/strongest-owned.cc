// StrongestOwned: of the items a customer has the one that speaks most for each recommended item.
// owned CSR [m, n], factors [n, f], recommended [m, count], -1 for none → because [m, count], -1 for none
//
// What speaks for an item is the value of an owned one times the cosine of their factors, as far as it is above 0; of equals
// the first.
#include "kernels.h"
#include "sixteen.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Of no more than sixteen recommended items.
void strongest(Sparse owned, size_t row, const float* directions, size_t size, size_t f, const int32_t* recommended, size_t count,
               float* wanted, int32_t* because) {
  std::memset(wanted, 0, f * sixteen_lanes * sizeof(float));
  bool any = false;
  for (size_t rank = 0; rank < count; rank++) {
    if (recommended[rank] < 0) continue;
    any = true;
    const float* direction = directions + static_cast<size_t>(recommended[rank]) * size;
    for (size_t i = 0; i < f; i++) wanted[i * sixteen_lanes + rank] = direction[i];
  }
  float most[sixteen_lanes] = {};
  int32_t best[sixteen_lanes];
  for (size_t rank = 0; rank < sixteen_lanes; rank++) best[rank] = -1;
  const int32_t last = any ? owned.starts[row + 1] : owned.starts[row];
  for (int32_t entry = owned.starts[row]; entry < last; entry++) {
    const float* own = directions + static_cast<size_t>(owned.indices[entry]) * size;
    // Four sums, which need not wait for each other.
    Sixteen sums[4] = {zeros(), zeros(), zeros(), zeros()};
    size_t i = 0;
    for (; i + 4 <= f; i += 4) {
      KINDRED_UNROLL
      for (size_t s = 0; s < 4; s++) sums[s] = fma(own[i + s], sixteen(wanted + (i + s) * sixteen_lanes), sums[s]);
    }
    for (; i < f; i++) sums[0] = fma(own[i], sixteen(wanted + i * sixteen_lanes), sums[0]);
    float cosines[sixteen_lanes];
    store(cosines, add(add(sums[0], sums[1]), add(sums[2], sums[3])));
    const float weight = owned.values[entry];
    const int32_t item = owned.indices[entry];
    for (size_t rank = 0; rank < sixteen_lanes; rank++) {
      const float strength = weight * cosines[rank];
      const bool more = strength > most[rank];
      most[rank] = more ? strength : most[rank];
      best[rank] = more ? item : best[rank];
    }
  }
  for (size_t rank = 0; rank < count; rank++) because[rank] = best[rank];
}

}  // namespace

void strongest_owned(Sparse owned, Dense factors, const int32_t* recommended, size_t count, int32_t* because) {
  const size_t n = factors.rows;
  const size_t f = factors.columns;
  const size_t size = round_up(f, sixteen_lanes);
  const Scratch<float> directions(n * size);
  for (size_t item = 0; item < n; item++) {
    double square = 0;
    for (size_t i = 0; i < f; i++) square += static_cast<double>(factors.values[item * f + i]) * factors.values[item * f + i];
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (size_t i = 0; i < size; i++) directions[item * size + i] = i < f ? static_cast<float>(factors.values[item * f + i] * scale) : 0.0f;
  }
  constexpr size_t rows_of_chunk = 64;
  const size_t chunks = divide_up(owned.rows, rows_of_chunk);
  const double work = static_cast<double>(owned.starts[owned.rows]) * static_cast<double>(count * f);
  const unsigned workers = workers_for(chunks, work);
  // Recommended items side by side, feature after feature, so that an owned one meets sixteen of them at once.
  const Scratch<float> beside(workers * f * sixteen_lanes);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    float* wanted = beside + worker * f * sixteen_lanes;
    for (size_t row = chunk * rows_of_chunk; row < at_most(owned.rows, (chunk + 1) * rows_of_chunk); row++) {
      for (size_t first = 0; first < count; first += sixteen_lanes) {
        const size_t some = at_most(sixteen_lanes, count - first);
        strongest(owned, row, directions, size, f, recommended + row * count + first, some, wanted, because + row * count + first);
      }
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
