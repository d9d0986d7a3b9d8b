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

// Owned items that meet the recommended ones at once: their sums need not wait for each other, and fill the registers.
constexpr int at_once = 8 / static_cast<int>(sixteen_parts < 4 ? sixteen_parts : 4);

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
  const auto direction = [&](int32_t entry) KINDRED_LAMBDA_INLINE { return directions + static_cast<size_t>(owned.indices[entry]) * size; };
  const auto take = [&]<int some>(int32_t entry) KINDRED_LAMBDA_INLINE {
    const float* own[some];
    Sixteen sums[some];
    KINDRED_UNROLL
    for (int s = 0; s < some; s++) {
      own[s] = direction(entry + s);
      sums[s] = zeros();
    }
    for (size_t i = 0; i < f; i++) {
      const Sixteen values = sixteen(wanted + i * sixteen_lanes);
      KINDRED_UNROLL
      for (int s = 0; s < some; s++) sums[s] = fma(own[s][i], values, sums[s]);
    }
    for (int s = 0; s < some; s++) {
      float cosines[sixteen_lanes];
      store(cosines, sums[s]);
      const float weight = owned.values[entry + s];
      const int32_t item = owned.indices[entry + s];
      for (size_t rank = 0; rank < sixteen_lanes; rank++) {
        const float strength = weight * cosines[rank];
        const bool more = strength > most[rank];
        most[rank] = more ? strength : most[rank];
        best[rank] = more ? item : best[rank];
      }
    }
  };
  int32_t entry = owned.starts[row];
  for (; entry + at_once <= last; entry += at_once) {
    for (int32_t next = entry + at_once; next < last && next < entry + 2 * at_once; next++) {
      for (size_t i = 0; i < f; i += sixteen_lanes) prefetch(direction(next) + i);
    }
    take.template operator()<at_once>(entry);
  }
  for (; entry < last; entry++) take.template operator()<1>(entry);
  for (size_t rank = 0; rank < count; rank++) because[rank] = best[rank];
}

}  // namespace

void strongest_owned(Sparse owned, Dense factors, const int32_t* recommended, size_t count, int32_t* because) {
  const size_t n = factors.rows;
  const size_t f = factors.columns;
  const size_t size = round_up(f, sixteen_lanes);
  const Scratch<float> directions(n * size);
  constexpr size_t items_of_chunk = 256;
  const size_t item_chunks = divide_up(n, items_of_chunk);
  for_each_chunk(item_chunks, workers_for(item_chunks, 4.0 * static_cast<double>(n * f)), [&](size_t chunk, unsigned) {
    for (size_t item = chunk * items_of_chunk; item < at_most(n, (chunk + 1) * items_of_chunk); item++) {
      double square = 0;
      for (size_t i = 0; i < f; i++) square += static_cast<double>(factors.values[item * f + i]) * factors.values[item * f + i];
      const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
      for (size_t i = 0; i < size; i++) directions[item * size + i] = i < f ? static_cast<float>(factors.values[item * f + i] * scale) : 0.0f;
    }
  });
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
