// PairwiseDistance: the distance of columns of a to every column of b.
// a [d, m], a window of its columns, b [d, n] → distances [window, n]
//
//   squared-euclidean  Σ (a - b)²        euclidean  its root        manhattan  Σ |a - b|
//   cosine             1 - a·b / (|a| |b|), 1 where a vector has no length        correlation  the same of centred vectors
//
// A tile of b stays in the first cache while a few blocks of a pass over it. Differences are taken before they are
// squared: that is one operation more than |a|² + |b|² - 2 a·b, but writing the result costs more than either, and
// equal columns are at distance 0 exactly. Results leave past the cache, where rows lie on its lines.
#include "distance-block.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Rows of a that share a pass over tiles of b, and the most tiles of one pass: few rows are spread over threads by columns.
constexpr size_t rows_of_chunk = 8 * rows;
constexpr size_t tiles_of_chunk = 64;

template <class Distance>
void all_distances(Dense a, Window window, Dense b, Preparation preparation, float* distances) {
  const size_t n = b.columns;
  const size_t depth = a.rows;
  const size_t tiles = divide_up(n, group);
  const size_t columns_of_chunk = tiles_of_chunk * group;
  const size_t parts = divide_up(n, columns_of_chunk);
  const double work = static_cast<double>(n) * static_cast<double>(depth);
  const Scratch<float> b_tiles(tiles * group * depth);
  const Scratch<float> means(at_least(a.columns, n));
  const Scratch<float> scales(at_least(a.columns, n));
  for_each_chunk(parts, workers_for(parts, work), [&](size_t part, unsigned) {
    const size_t end = at_most(n, (part + 1) * columns_of_chunk);
    measure_columns(b, preparation, part * columns_of_chunk, end, means, scales);
    for (size_t column = part * columns_of_chunk; column < end; column += group) {
      pack_columns(b, column, at_most(group, end - column), means, scales, b_tiles + column * depth, group);
    }
  });
  measure_columns(a, preparation, window.first, window.first + window.count, means, scales);

  const size_t chunks = divide_up(window.count, rows_of_chunk) * parts;
  const unsigned workers = workers_for(chunks, static_cast<double>(window.count) * work);
  const Scratch<float> packed(workers * rows_of_chunk * depth);
  const bool aligned = reinterpret_cast<std::uintptr_t>(distances) % (width * sizeof(float)) == 0 && n % width == 0;
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    const size_t first = chunk / parts * rows_of_chunk;
    const size_t part = chunk % parts;
    const Blocks blocks(at_most(rows_of_chunk, window.count - first));
    float* block_values = packed + worker * rows_of_chunk * depth;
    pack_blocks(a, window.first + first, blocks, means, scales, block_values);
    for (size_t tile = part * tiles_of_chunk; tile < at_most(tiles, (part + 1) * tiles_of_chunk); tile++) {
      const size_t valid = at_most(group, n - tile * group);
      for (size_t block = 0; block < blocks.blocks; block++) {
        const size_t start = blocks.first(block);
        float* target = distances + (first + start) * n + tile * group;
        with_size(blocks.first(block + 1) - start, [&]<int count>() KINDRED_LAMBDA_INLINE {
          distance_block<Distance, count>(b_tiles + tile * group * depth, block_values + start * depth, depth, target, n, valid, aligned);
        });
      }
    }
    fence();
  });
}

}  // namespace

void pairwise_distance(Dense a, Window window, Dense b, Metric metric, float* distances) {
  with_metric(metric, [&]<class Distance>(Distance, Preparation preparation) { all_distances<Distance>(a, window, b, preparation, distances); });
}

}  // namespace kindred::KINDRED_LEVEL
