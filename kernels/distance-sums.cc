// DistanceSums: the sums of the distances of every column of a to the columns of each segment of b.
// a [d, m], b [d, n], its columns segment by segment, starts [s + 1] → sums [m, s]
//
// Distances of a strip of columns stay in the first cache, where they are summed in 16 lanes whatever the width of a
// vector; strips are added in float64.
#include "distance-block.h"
#include "kernels.h"
#include "sixteen.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t strip = 1024;

template <class Distance>
void sum_distances(Dense a, Dense b, const int32_t* starts, size_t segments, Preparation preparation, float* sums) {
  const size_t m = a.columns;
  const size_t n = b.columns;
  const size_t depth = a.rows;
  // Each segment begins with a tile of its own.
  const Scratch<size_t> first_tile(segments + 1);
  size_t tiles = 0;
  for (size_t s = 0; s < segments; s++) {
    first_tile[s] = tiles;
    tiles += divide_up(static_cast<size_t>(starts[s + 1] - starts[s]), group);
  }
  first_tile[segments] = tiles;
  const Scratch<float> b_tiles(tiles * group * depth);
  const Scratch<float> means(at_least(m, n));
  const Scratch<float> scales(at_least(m, n));
  measure_columns(b, preparation, 0, n, means, scales);
  constexpr size_t tiles_of_chunk = 64;
  const size_t chunks_of_tiles = divide_up(tiles, tiles_of_chunk);
  for_each_chunk(chunks_of_tiles, workers_for(chunks_of_tiles, static_cast<double>(n) * static_cast<double>(depth)), [&](size_t chunk, unsigned) {
    const size_t end = at_most(tiles, (chunk + 1) * tiles_of_chunk);
    size_t s = 0;
    for (size_t tile = chunk * tiles_of_chunk; tile < end; tile++) {
      while (tile >= first_tile[s + 1]) s++;
      const size_t column = static_cast<size_t>(starts[s]) + (tile - first_tile[s]) * group;
      pack_columns(b, column, at_most(group, static_cast<size_t>(starts[s + 1]) - column), means, scales, b_tiles + tile * group * depth, group);
    }
  });
  measure_columns(a, preparation, 0, m, means, scales);

  const size_t rows_of_chunk = 8 * rows;
  const size_t chunks = divide_up(m, rows_of_chunk);
  const unsigned workers = workers_for(chunks, static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(depth));
  const Scratch<float> packed(workers * rows_of_chunk * depth);
  const Scratch<float> strips(workers * rows * strip);
  const Scratch<double> totals(workers * rows_of_chunk);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    const size_t first = chunk * rows_of_chunk;
    const Blocks blocks(at_most(rows_of_chunk, m - first));
    float* block_values = packed + worker * rows_of_chunk * depth;
    float* distances = strips + worker * rows * strip;
    double* total_of = totals + worker * rows_of_chunk;
    pack_blocks(a, first, blocks, means, scales, block_values);
    for (size_t s = 0; s < segments; s++) {
      const size_t size = static_cast<size_t>(starts[s + 1] - starts[s]);
      for (size_t i = 0; i < blocks.count; i++) total_of[i] = 0;
      for (size_t start = 0; start < size; start += strip) {
        const size_t length = at_most(strip, size - start);
        for (size_t block = 0; block < blocks.blocks; block++) {
          const size_t of = blocks.first(block);
          const size_t count_of_block = blocks.first(block + 1) - of;
          with_size(count_of_block, [&]<int count>() KINDRED_LAMBDA_INLINE {
            for (size_t column = 0; column < length; column += group) {
              const float* tile = b_tiles + (first_tile[s] + (start + column) / group) * group * depth;
              distance_block<Distance, count>(tile, block_values + of * depth, depth, distances + column, strip, at_most(group, length - column), false);
            }
          });
          for (size_t r = 0; r < count_of_block; r++) {
            float* row = distances + r * strip;
            for (size_t column = length; column % sixteen_lanes != 0; column++) row[column] = 0.0f;
            Sixteen sum = zeros();
            for (size_t column = 0; column < length; column += sixteen_lanes) sum = add(sum, sixteen(row + column));
            total_of[of + r] += total(sum);
          }
        }
      }
      for (size_t i = 0; i < blocks.count; i++) sums[(first + i) * segments + s] = static_cast<float>(total_of[i]);
    }
  });
}

}  // namespace

void distance_sums(Dense a, Dense b, const int32_t* starts, size_t segments, Metric metric, float* sums) {
  with_metric(metric, [&]<class Distance>(Distance, Preparation preparation) {
    sum_distances<Distance>(a, b, starts, segments, preparation, sums);
  });
}

}  // namespace kindred::KINDRED_LEVEL
