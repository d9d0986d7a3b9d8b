// StrongestNeighbour: of the items a customer has the one that adds most to each recommended item.
// owned CSR [m, n], similar CSR [n, n], likers: its transpose, each row by descending similarity [n, n],
// recommended [m, count], -1 for none → because [m, count], -1 for none
//
// What an owned item adds is its value times its similarity to the recommended one; of equals the first. The owned items are
// marked, and the items that have a recommended one in their list are gone through from the most similar on: once the
// similarity times the customer's greatest value is less than the best found, nobody further can win. That takes a
// handful of steps for most. Where it does not, each owned item's list is searched instead.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

struct Strongest {
  double contribution = -INFINITY;
  int32_t item = -1;

  KINDRED_INLINE void offer(double found, int32_t other) {
    if (!(found > contribution) && !(found == contribution && other < item)) return;
    contribution = found;
    item = other;
  }
};

// How many likers are looked at for each owned item before their lists are searched.
constexpr int32_t steps_for_each = 8;

// `greatest` is above 0 and no value is greater; value_of is NaN for what the customer has not got. Returns whether the end
// was reached.
bool go_through(Sparse likers, int32_t recommended, const float* value_of, double greatest, int32_t steps, Strongest& best) {
  const int32_t last = likers.starts[recommended + 1];
  int32_t entry = likers.starts[recommended];
  for (const int32_t stop = steps < last - entry ? entry + steps : last; entry < stop; entry++) {
    const double similarity = likers.values[entry];
    // Below 0 the greatest value no longer gives the greatest product.
    if (similarity < 0) return false;
    if (greatest * similarity < best.contribution) return true;
    const int32_t other = likers.indices[entry];
    best.offer(static_cast<double>(value_of[other]) * similarity, other);
  }
  return entry == last;
}

// The place of a column in a row of ascending columns, or -1.
KINDRED_INLINE int32_t find(Sparse matrix, int32_t row, int32_t column) {
  int32_t low = matrix.starts[row];
  int32_t high = matrix.starts[row + 1];
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (matrix.indices[middle] < column) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < matrix.starts[row + 1] && matrix.indices[low] == column ? low : -1;
}

}  // namespace

void strongest_neighbour(Sparse owned, Sparse similar, Sparse likers, const int32_t* recommended, size_t count, int32_t* because) {
  constexpr size_t rows_of_chunk = 64;
  const size_t chunks = divide_up(owned.rows, rows_of_chunk);
  const size_t n = owned.columns;
  const unsigned workers = workers_for(chunks, 8.0 * static_cast<double>(owned.starts[owned.rows]) + 64.0 * static_cast<double>(owned.rows * count));
  const Scratch<float> values(workers * n);
  for (size_t i = 0; i < workers * n; i++) values[i] = NAN;
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    float* value_of = values + worker * n;
    for (size_t row = chunk * rows_of_chunk; row < at_most(owned.rows, (chunk + 1) * rows_of_chunk); row++) {
      const int32_t from = owned.starts[row];
      const int32_t to = owned.starts[row + 1];
      float greatest = 0;
      for (int32_t entry = from; entry < to; entry++) {
        value_of[owned.indices[entry]] = owned.values[entry];
        greatest = owned.values[entry] > greatest ? owned.values[entry] : greatest;
      }
      for (size_t rank = 0; rank < count; rank++) {
        const int32_t item = recommended[row * count + rank];
        Strongest best;
        if (item >= 0 && !(greatest > 0 && go_through(likers, item, value_of, greatest, steps_for_each * (to - from), best))) {
          for (int32_t entry = from; entry < to; entry++) {
            const int32_t place = find(similar, owned.indices[entry], item);
            if (place >= 0) best.offer(static_cast<double>(owned.values[entry]) * similar.values[place], owned.indices[entry]);
          }
        }
        because[row * count + rank] = best.item;
      }
      for (int32_t entry = from; entry < to; entry++) value_of[owned.indices[entry]] = NAN;
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
