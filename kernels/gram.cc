// Gram: the inner products of the columns of y.
// y [n, f] → products [f, f]
//
// Float32 within a strip of 128 rows, float64 across strips, whose order only n decides.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t strip = 128;

struct Worker {
  explicit Worker(size_t factors) : tile(strip * round_up(factors, group)), packed(strip * rows) { (void)factors; }
  Scratch<float> tile;
  Scratch<float> packed;
};

}  // namespace

void gram(Dense y, float* products) {
  const size_t n = y.rows;
  const size_t factors = y.columns;
  const size_t columns = round_up(factors, group);
  const size_t size = factors * factors;
  const size_t rows_of_chunk = round_up(at_least(strip, divide_up(n, 64)), strip);
  const size_t chunks = divide_up(n, rows_of_chunk);
  const Scratch<double> sums(at_least(1, chunks) * size);
  std::memset(sums, 0, at_least(1, chunks) * size * sizeof(double));
  const unsigned workers = workers_for(chunks, static_cast<double>(n) * static_cast<double>(size));
  const PerWorker<Worker> scratch(workers, factors);
  const Blocks blocks(factors);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned index) {
    const Worker& worker = scratch[index];
    double* own = sums + chunk * size;
    const size_t end = at_most(n, (chunk + 1) * rows_of_chunk);
    for (size_t first = chunk * rows_of_chunk; first < end; first += strip) {
      const size_t depth = at_most(strip, end - first);
      for (size_t row = 0; row < depth; row++) {
        std::memcpy(worker.tile + row * columns, y.values + (first + row) * factors, factors * sizeof(float));
        std::memset(worker.tile + row * columns + factors, 0, (columns - factors) * sizeof(float));
      }
      for (size_t block = 0; block < blocks.blocks; block++) {
        const size_t i = blocks.first(block);
        with_size(blocks.first(block + 1) - i, [&]<int count>() KINDRED_LAMBDA_INLINE {
          for (size_t row = 0; row < depth; row++) {
            for (int r = 0; r < count; r++) worker.packed[row * count + r] = worker.tile[row * columns + i + r];
          }
          for (size_t column = 0; column < factors; column += group) {
            Floats found[count][vectors];
            KINDRED_UNROLL
            for (int r = 0; r < count; r++) {
              KINDRED_UNROLL
              for (int v = 0; v < vectors; v++) found[r][v] = broadcast(0.0f);
            }
            multiply_block<count>(worker.tile + column, columns, worker.packed, depth, found);
            float row[group];
            for (int r = 0; r < count; r++) {
              KINDRED_UNROLL
              for (int v = 0; v < vectors; v++) store(row + v * width, found[r][v]);
              double* target = own + (i + r) * factors + column;
              for (size_t c = 0; c < at_most(group, factors - column); c++) target[c] += row[c];
            }
          }
        });
      }
    }
  });
  for (size_t i = 0; i < size; i++) {
    double sum = 0;
    for (size_t chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * size + i];
    products[i] = static_cast<float>(sum);
  }
}

}  // namespace kindred::KINDRED_LEVEL
