// CosineTopK: for each query the items of greatest cosine (or dot product), owned ones left out.
// queries [f, m], items [f, n], exclude pattern [m, n] → indices, scores [m, K]
//
// A tile of items stays in the first cache while a chunk of queries passes over it in register blocks. A block of
// scores is compared with its query's threshold before it leaves the registers: only the few that beat it, about
// K (1 + ln(n / K)) of n, reach that query's buffer, so selection costs one comparison a score.
#include "columns.h"
#include "select.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t queries_of_chunk = 192;

}  // namespace

void cosine_topk(Dense queries, Dense items, bool normalise, Sparse exclude, TopK best) {
  const size_t m = queries.columns;
  const size_t n = items.columns;
  const size_t depth = queries.rows;
  const size_t wanted = best.count;
  if (m == 0 || wanted == 0) return;
  const Preparation preparation = normalise ? Preparation::unit : Preparation::none;
  const double operations = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(depth);

  const size_t tiles = divide_up(n, group);
  const Scratch<float> item_tiles(tiles * group * depth);
  {
    const Scratch<float> means(n);
    const Scratch<float> scales(n);
    const size_t tiles_of_chunk = 64;
    const size_t chunks = divide_up(tiles, tiles_of_chunk);
    for_each_chunk(chunks, workers_for(chunks, 4.0 * static_cast<double>(n) * static_cast<double>(depth)), [&](size_t chunk, unsigned) {
      const size_t end = at_most(tiles, (chunk + 1) * tiles_of_chunk);
      measure_columns(items, preparation, chunk * tiles_of_chunk * group, at_most(n, end * group), means, scales);
      for (size_t tile = chunk * tiles_of_chunk; tile < end; tile++) {
        pack_columns(items, tile * group, at_most(group, n - tile * group), means, scales, item_tiles + tile * group * depth, group);
      }
    });
  }

  // With few queries the threads share the items instead, each keeping the best of its segment.
  const unsigned available = workers_for(threads(), operations);
  const size_t per_chunk = at_most(queries_of_chunk, at_least(rows, divide_up(m, available)));
  const size_t query_chunks = divide_up(m, per_chunk);
  const size_t segments = query_chunks >= available ? 1 : at_least(1, at_most(divide_up(available, query_chunks), tiles / 64));
  const unsigned workers = workers_for(query_chunks * segments, operations);

  const Scratch<float> means(m);
  const Scratch<float> scales(m);
  measure_columns(queries, preparation, 0, m, means, scales);
  const size_t capacity = buffer_capacity(wanted);
  const Scratch<float> packed(workers * per_chunk * depth);
  const Scratch<float> thresholds(workers * per_chunk);
  const Scratch<std::uint64_t> keys(workers * per_chunk * capacity);
  const Scratch<Candidates> buffers(workers * per_chunk);
  // Keys of the best of each segment, where there is more than one.
  const size_t kept = segments > 1 ? m * segments * wanted : 0;
  const Scratch<std::uint64_t> segment_keys(kept);
  const Scratch<size_t> segment_counts(segments > 1 ? m * segments : 0);

  for_each_chunk(query_chunks * segments, workers, [&](size_t index, unsigned worker) {
    const size_t segment = index % segments;
    const size_t first = index / segments * per_chunk;
    const Blocks blocks(at_most(per_chunk, m - first));
    float* block_values = packed + worker * per_chunk * depth;
    float* threshold = thresholds + worker * per_chunk;
    Candidates* candidates = buffers + worker * per_chunk;
    pack_blocks(queries, first, blocks, means, scales, block_values);
    for (size_t q = 0; q < blocks.count; q++) {
      threshold[q] = -INFINITY;
      candidates[q] = {keys + (worker * per_chunk + q) * capacity, 0};
    }
    const size_t last_tile = (segment + 1) * tiles / segments;
    for (size_t tile = segment * tiles / segments; tile < last_tile; tile++) {
      const float* values = item_tiles + tile * group * depth;
      const size_t valid = at_most(group, n - tile * group);
      for (size_t block = 0; block < blocks.blocks; block++) {
        const size_t start = blocks.first(block);
        with_size(blocks.first(block + 1) - start, [&]<int count>() KINDRED_LAMBDA_INLINE {
          Floats score[count][vectors];
          KINDRED_UNROLL
          for (int r = 0; r < count; r++) {
            KINDRED_UNROLL
            for (int v = 0; v < vectors; v++) score[r][v] = broadcast(0.0f);
          }
          multiply_block<count>(values, group, block_values + start * depth, depth, score);
          KINDRED_UNROLL
          for (int r = 0; r < count; r++) {
            const size_t q = start + r;
            Floats top = score[r][0];
            KINDRED_UNROLL
            for (int v = 1; v < vectors; v++) top = maximum(top, score[r][v]);
            const Floats limit = broadcast(threshold[q]);
            if (bits(less(limit, top)) == 0) continue;
            float lanes[group];
            std::uint64_t hits = 0;
            KINDRED_UNROLL
            for (int v = 0; v < vectors; v++) {
              store(lanes + v * width, score[r][v]);
              hits |= static_cast<std::uint64_t>(bits(less(limit, score[r][v]))) << (v * width);
            }
            if (valid < group) hits &= (std::uint64_t{1} << valid) - 1;
            for (; hits != 0; hits &= hits - 1) {
              const size_t i = lowest_bit(hits);
              const size_t item = tile * group + i;
              // The threshold may have risen since.
              if (!(lanes[i] > threshold[q]) || has(exclude, first + q, static_cast<int32_t>(item))) continue;
              // Items come by ascending index, so a later one of equal score loses and the threshold itself is out.
              if (candidates[q].push(key_of(lanes[i], static_cast<uint32_t>(item)), wanted)) threshold[q] = score_of(candidates[q].keys[wanted - 1]);
            }
          }
        });
      }
    }
    for (size_t q = 0; q < blocks.count; q++) {
      if (segments == 1) {
        write_best(candidates[q].keys, candidates[q].count, best, first + q);
        continue;
      }
      const size_t place = (first + q) * segments + segment;
      const size_t count = at_most(candidates[q].count, wanted);
      keep_smallest(candidates[q].keys, candidates[q].count, wanted);
      std::memcpy(segment_keys + place * wanted, candidates[q].keys, count * sizeof(std::uint64_t));
      segment_counts[place] = count;
    }
  });

  for (size_t q = 0; segments > 1 && q < m; q++) {
    std::uint64_t* row = segment_keys + q * segments * wanted;
    size_t count = 0;
    for (size_t segment = 0; segment < segments; segment++) {
      const size_t of_segment = segment_counts[q * segments + segment];
      std::memmove(row + count, row + segment * wanted, of_segment * sizeof(std::uint64_t));
      count += of_segment;
    }
    write_best(row, count, best, q);
  }
}

}  // namespace kindred::KINDRED_LEVEL
