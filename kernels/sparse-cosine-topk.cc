// SparseCosineTopK: for each row of a the rows of b of greatest cosine (or dot product).
// a CSR [m, c], b transposed CSR [c, n], exclude pattern [m, n] → indices, scores [m, K]
//
// Gustavson's product, a row at a time: for each entry (u, v) of row i, sums[j] += v * w over the entries (j, w) of row u
// of b transposed. The sums are dense, float64 and cut into blocks of columns that the second cache holds; only scores
// that beat the K best so far are kept, so the product is never stored. The columns are first put in order of how often
// they occur: sales follow a steep law, so most additions then fall into the few kilobytes at the front.
#include "select.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Columns of one block: 512 KiB of sums.
constexpr size_t block_columns = 65536;

// No sum of products starts as -0 and an added +0 makes it +0, so this marks a column that nothing was added to.
constexpr double untouched = -0.0;

KINDRED_INLINE bool touched(double sum) {
  std::uint64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  return bits != std::uint64_t{1} << 63;
}

// Index and value side by side are one stream to read. As a little-endian 64-bit number it sorts by index.
struct Entry {
  float value;
  int32_t index;
};

// b transposed with its columns in order of descending occurrence.
class Ordered {
 public:
  explicit Ordered(Sparse b, bool normalise)
      : starts(b.starts), columns(b.columns), entries(static_cast<size_t>(b.starts[b.rows])), originals(b.columns), scales(b.columns) {
    const size_t count = static_cast<size_t>(b.starts[b.rows]);
    const Scratch<int32_t> places(columns);
    const Scratch<uint32_t> occurrences(columns);
    std::memset(occurrences, 0, columns * sizeof(uint32_t));
    for (size_t e = 0; e < count; e++) occurrences[b.indices[e]]++;
    order_by_occurrence(occurrences, columns, originals);
    for (size_t j = 0; j < columns; j++) {
      places[originals[j]] = static_cast<int32_t>(j);
      scales[j] = normalise ? 0.0 : 1.0;
    }
    constexpr size_t rows_of_chunk = 256;
    const size_t chunks = divide_up(b.rows, rows_of_chunk);
    for_each_chunk(chunks, workers_for(chunks, 8.0 * static_cast<double>(count)), [&](size_t chunk, unsigned) {
      const size_t end = at_most(b.rows, (chunk + 1) * rows_of_chunk);
      for (size_t row = chunk * rows_of_chunk; row < end; row++) {
        for (int32_t e = starts[row]; e < starts[row + 1]; e++) entries[e] = {b.values[e], places[b.indices[e]]};
        // Only blocks ask for entries in order: the rest of the row has to lie behind each block's end.
        if (columns > block_columns) sort_keys(entries + starts[row], static_cast<size_t>(starts[row + 1] - starts[row]));
      }
    });
    if (!normalise) return;
    for (size_t e = 0; e < count; e++) scales[entries[e].index] += static_cast<double>(entries[e].value) * entries[e].value;
    for (size_t j = 0; j < columns; j++) scales[j] = scales[j] > 0 ? 1 / std::sqrt(scales[j]) : 0.0;
  }

  const int32_t* starts;
  size_t columns;
  Scratch<Entry> entries;
  Scratch<uint32_t> originals;
  Scratch<double> scales;
};

// One row of the result in the making.
struct Row {
  const Ordered& b;
  Sparse exclude;
  size_t index;
  double scale;
  size_t wanted;
  Candidates candidates;
  std::uint64_t worst = ~std::uint64_t{0};
  // Just below the worst score: whatever is not greater cannot be among the best, ties included.
  float bar = -INFINITY;

  KINDRED_INLINE void offer(float score, size_t column) {
    const uint32_t original = b.originals[column];
    const std::uint64_t key = key_of(score, original);
    if (!(score > bar) || key > worst || has(exclude, index, static_cast<int32_t>(original))) return;
    if (candidates.push(key, wanted)) {
      worst = candidates.keys[wanted - 1];
      bar = std::nextafter(score_of(worst), -INFINITY);
    }
  }

  // Offers columns [first, first + count) and leaves their sums untouched again.
  KINDRED_INLINE void collect_all(double* KINDRED_RESTRICT sums, size_t first, size_t count) {
    constexpr size_t strip = 64;
    float scores[strip];
    const double* KINDRED_RESTRICT scales = b.scales + first;
    for (size_t start = 0; start < count; start += strip) {
      const size_t size = at_most(strip, count - start);
      for (size_t i = 0; i < size; i++) scores[i] = static_cast<float>(sums[start + i] * scales[start + i] * scale);
      for (size_t i = size; i < strip; i++) scores[i] = -INFINITY;
      std::uint64_t hits = 0;
      const Floats limit = broadcast(bar);
      KINDRED_UNROLL
      for (size_t i = 0; i < strip; i += width) hits |= static_cast<std::uint64_t>(bits(less(limit, load(scores + i)))) << i;
      for (; hits != 0; hits &= hits - 1) {
        const size_t i = lowest_bit(hits);
        if (touched(sums[start + i])) offer(scores[i], first + start + i);
      }
      for (size_t i = 0; i < size; i++) sums[start + i] = untouched;
    }
  }

  KINDRED_INLINE void collect(double* sum, size_t column) {
    if (!touched(*sum)) return;
    offer(static_cast<float>(*sum * b.scales[column] * scale), column);
    *sum = untouched;
  }
};

struct Worker {
  Scratch<double> sums;
  Scratch<std::uint64_t> keys;
  // How far each entry of the row has got in its row of b transposed.
  Scratch<int32_t> cursors;

  KINDRED_INLINE Worker(size_t block, size_t capacity, size_t longest_row) : sums(block), keys(capacity), cursors(longest_row) {
    for (size_t j = 0; j < block; j++) sums[j] = untouched;
  }
};

}  // namespace

void sparse_cosine_topk(Sparse a, Sparse b_transposed, bool normalise, Sparse exclude, TopK best) {
  const size_t m = a.rows;
  const size_t n = b_transposed.columns;
  const size_t wanted = best.count;
  if (m == 0 || wanted == 0) return;
  const Ordered b(b_transposed, normalise);

  double additions = 0;
  size_t longest = 0;
  for (size_t i = 0; i < m; i++) longest = at_least(longest, static_cast<size_t>(a.starts[i + 1] - a.starts[i]));
  for (int32_t e = 0; e < a.starts[m]; e++) additions += b.starts[a.indices[e] + 1] - b.starts[a.indices[e]];

  const size_t rows_of_chunk = at_most(16, at_least(1, m / 64));
  const size_t chunks = divide_up(m, rows_of_chunk);
  const unsigned workers = workers_for(chunks, additions * 8 + static_cast<double>(m));
  const size_t span = at_most(n, block_columns);
  const PerWorker<Worker> scratch(workers, span, buffer_capacity(wanted), longest);

  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned index) {
    const Worker& worker = scratch[index];
    double* const sums = worker.sums;
    int32_t* const cursors = worker.cursors;
    const Entry* const entries = b.entries;
    const size_t end = at_most(m, (chunk + 1) * rows_of_chunk);
    for (size_t i = chunk * rows_of_chunk; i < end; i++) {
      const int32_t from = a.starts[i];
      const int32_t to = a.starts[i + 1];
      double square = 0;
      size_t touches = 0;
      for (int32_t e = from; e < to; e++) {
        const int32_t u = a.indices[e];
        square += static_cast<double>(a.values[e]) * a.values[e];
        cursors[e - from] = b.starts[u];
        touches += static_cast<size_t>(b.starts[u + 1] - b.starts[u]);
      }
      const double scale = !normalise ? 1.0 : square > 0 ? 1 / std::sqrt(square) : 0.0;
      Row row = {b, exclude, i, scale, wanted, {worker.keys, 0}};

      if (touches * 8 < n && n <= span) {
        // Too few sums to look at all of them.
        for (int32_t e = from; e < to; e++) {
          const double value = a.values[e];
          for (int32_t at = b.starts[a.indices[e]]; at < b.starts[a.indices[e] + 1]; at++) sums[entries[at].index] += value * entries[at].value;
        }
        for (int32_t e = from; e < to; e++) {
          for (int32_t at = b.starts[a.indices[e]]; at < b.starts[a.indices[e] + 1]; at++) row.collect(sums + entries[at].index, static_cast<size_t>(entries[at].index));
        }
      } else {
        for (size_t first = 0; first < n; first += span) {
          const size_t count = at_most(span, n - first);
          const bool last = first + count == n;
          const int32_t limit = static_cast<int32_t>(first + count);
          double* const shifted = sums - first;
          for (int32_t e = from; e < to; e++) {
            const double value = a.values[e];
            const Entry* entry = entries + cursors[e - from];
            const Entry* const stop = entries + b.starts[a.indices[e] + 1];
            if (e + 2 < to) {
              const Entry* next = entries + cursors[e + 2 - from];
              for (size_t line = 0; line < 8; line++) prefetch(next + line * 8);
            }
            if (last) {
              for (; entry < stop; entry++) shifted[entry->index] += value * entry->value;
            } else {
              for (; entry < stop && entry->index < limit; entry++) shifted[entry->index] += value * entry->value;
            }
            cursors[e - from] = static_cast<int32_t>(entry - entries);
          }
          row.collect_all(sums, first, count);
        }
      }
      write_best(row.candidates.keys, row.candidates.count, best, i);
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
