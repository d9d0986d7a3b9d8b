// StrongestOwned: of the items a customer has the one that speaks most for each recommended item.
// owned CSR [m, n], factors [n, f], recommended [m, count], -1 for none → because [m, count], -1 for none
//
// What speaks for an item is the value of an owned one times the cosine of their factors, as far as it is above 0; of equals
// the first.
#include "kernels.h"
#include "sixteen.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

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
  for_each_chunk(chunks, workers_for(chunks, work), [&](size_t chunk, unsigned) {
    for (size_t row = chunk * rows_of_chunk; row < at_most(owned.rows, (chunk + 1) * rows_of_chunk); row++) {
      for (size_t place = row * count; place < (row + 1) * count; place++) {
        because[place] = -1;
        if (recommended[place] < 0) continue;
        const float* wanted = directions + static_cast<size_t>(recommended[place]) * size;
        float most = 0;
        for (int32_t entry = owned.starts[row]; entry < owned.starts[row + 1]; entry++) {
          const float* own = directions + static_cast<size_t>(owned.indices[entry]) * size;
          Sixteen sum = zeros();
          for (size_t i = 0; i < size; i += sixteen_lanes) sum = fma(sixteen(wanted + i), sixteen(own + i), sum);
          const float strength = owned.values[entry] * total(sum);
          if (!(strength > most)) continue;
          most = strength;
          because[place] = owned.indices[entry];
        }
      }
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
