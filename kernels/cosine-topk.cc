// CosineTopK: for each query the items of greatest cosine (or dot product), owned ones left out.
// queries [f, m], items [f, n], exclude pattern [m, n] → indices, scores [m, K]
//
// A tile of items stays in the first cache while a chunk of queries passes over it in register blocks. Looking at each
// score as it is made would cost as much as making it where there are few factors: a block that holds a candidate is
// a branch nobody foresees. So of a stretch of tiles each query first keeps only the greatest score of every lane, one
// vector a tile and no branch. The K-th greatest of some groups of them bounds the K-th best score of all items from
// below, and tightly. Only the few tiles with something above it, little more than K of a stretch, are looked at: their
// scores are made again, to the same bits, or where that takes longer than to keep them, were kept.
#include "columns.h"
#include "select.h"
#if defined(KINDRED_AMX)
#include "amx-topk.h"
#endif

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t queries_of_chunk = 96;

// What waits of a query for a look: that of a chunk of queries fits the second cache.
constexpr size_t stretch_bytes = 8192;

// Factors from which on scores are kept.
constexpr size_t kept_depth = 24;

// Items are dealt to at most so many groups for the bound, in whole vectors.
constexpr size_t least_groups = 64;
constexpr size_t most_groups = 512;

constexpr float lowest = -INFINITY;

KINDRED_INLINE float highest(Floats values) {
#if defined(KINDRED_AVX512)
  return _mm512_reduce_max_ps(values);
#else
  float lanes[width];
  store(lanes, values);
  for (size_t half = width / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; l++) lanes[l] = lanes[l] > lanes[l + half] ? lanes[l] : lanes[l + half];
  }
  return lanes[0];
#endif
}

KINDRED_INLINE size_t count_bits(uint32_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
  return __popcnt(bits);
#else
  return static_cast<size_t>(__builtin_popcount(bits));
#endif
}

// Tiles that are passed over together where none has anything above the bound.
constexpr size_t tiles_at_once = 4;

KINDRED_INLINE bool any_above(float bound, const float* tops) {
  Floats most = load(tops);
  KINDRED_UNROLL
  for (size_t i = 1; i < tiles_at_once; i++) most = maximum(most, load(tops + i * width));
  return bits(less(broadcast(bound), most)) != 0;
}

// The greatest scores of one query so far, each of another group of items.
struct Groups {
  float* best;
  size_t vectors_of_groups;

  KINDRED_INLINE void clear() {
    for (size_t i = 0; i < vectors_of_groups; i++) store(best + i * width, broadcast(lowest));
  }

  // Takes in the greatest scores of `tiles` tiles, a vector each.
  KINDRED_INLINE void add(const float* tops, size_t tiles) {
    constexpr size_t side = 4;
    for (size_t first = 0; first < vectors_of_groups; first += side) {
      Floats group_best[side];
      KINDRED_UNROLL
      for (size_t i = 0; i < side; i++) group_best[i] = load(best + (first + i) * width);
      size_t tile = first;
      for (; tile + side <= tiles; tile += vectors_of_groups) {
        KINDRED_UNROLL
        for (size_t i = 0; i < side; i++) group_best[i] = maximum(group_best[i], load(tops + (tile + i) * width));
      }
      KINDRED_UNROLL
      for (size_t i = 0; i < side; i++) {
        if (tile + i < tiles) group_best[i] = maximum(group_best[i], load(tops + (tile + i) * width));
        store(best + (first + i) * width, group_best[i]);
      }
    }
  }

  KINDRED_INLINE size_t above(float bound) const {
    const Floats limit = broadcast(bound);
    size_t count = 0;
    for (size_t i = 0; i < vectors_of_groups; i++) count += count_bits(bits(less(limit, load(best + i * width))));
    return count;
  }

  // A score that `wanted` or more items exceed, few more if possible, and no less than `bound`, which they are known to exceed.
  KINDRED_INLINE float raise(float bound, size_t wanted) const {
    if (wanted * 2 > vectors_of_groups * width) return bound;
    Floats most = load(best), least = load(best);
    for (size_t i = 1; i < vectors_of_groups; i++) {
      most = maximum(most, load(best + i * width));
      least = minimum(least, load(best + i * width));
    }
    float high = highest(most);
    float low = bound;
    if (low == lowest) {
      low = -highest(subtract(broadcast(0.0f), least));
      if (above(low) < wanted) return bound;
    }
    for (int step = 0; step < 10; step++) {
      const float middle = low + (high - low) / 2;
      const size_t count = above(middle);
      if (count < wanted) {
        high = middle;
      } else {
        low = middle;
        if (count <= wanted + wanted / 4) break;
      }
    }
    return low > bound ? low : bound;
  }
};

// How many candidates exceed `bound`.
KINDRED_INLINE size_t exceed(const Candidates& candidates, float bound) {
  size_t count = 0;
  for (size_t i = 0; i < candidates.count; i++) count += score_of(candidates.keys[i]) > bound;
  return count;
}

// Drops the candidates whose index is `first` or more.
KINDRED_INLINE void forget_from(Candidates& candidates, uint32_t first) {
  size_t kept = 0;
  for (size_t i = 0; i < candidates.count; i++) {
    const std::uint64_t key = candidates.keys[i];
    candidates.keys[kept] = key;
    kept += static_cast<uint32_t>(key) < first;
  }
  candidates.count = kept;
}

// How many of the excluded of `row` lie in [first, end).
KINDRED_INLINE size_t excluded_between(Sparse exclude, size_t row, size_t first, size_t end) {
  if (exclude.starts == nullptr) return 0;
  const auto before = [&](size_t item) KINDRED_LAMBDA_INLINE {
    int32_t low = exclude.starts[row];
    int32_t high = exclude.starts[row + 1];
    while (low < high) {
      const int32_t middle = low + (high - low) / 2;
      if (static_cast<size_t>(exclude.indices[middle]) < item) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  return static_cast<size_t>(before(end) - before(first));
}

// The scores of one query with a tile, as multiply_block makes them. The query's values lie `stride` apart.
KINDRED_INLINE void score_tile(const float* tile, const float* query, size_t stride, size_t depth, float* scores) {
  Floats score[vectors];
  KINDRED_UNROLL
  for (int v = 0; v < vectors; v++) score[v] = broadcast(0.0f);
  for (size_t i = 0; i < depth; i++) {
    const Floats factor = broadcast(query[i * stride]);
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) score[v] = fma(factor, load(tile + i * group + v * width), score[v]);
  }
  KINDRED_UNROLL
  for (int v = 0; v < vectors; v++) store(scores + v * width, score[v]);
}

// Whether no product of such values with each other, nor a sum of products, is infinite or NaN.
KINDRED_INLINE bool tame(const float* values, size_t count) {
  bool all = true;
  for (size_t i = 0; i < count; i++) all &= std::fabs(values[i]) < 0x1p55f;
  return all;
}

// Which of a tile's first `valid` scores exceed `bound`.
KINDRED_INLINE std::uint64_t scores_above(float bound, const float* scores, size_t valid) {
  const Floats limit = broadcast(bound);
  std::uint64_t hits = 0;
  KINDRED_UNROLL
  for (int v = 0; v < vectors; v++) hits |= static_cast<std::uint64_t>(bits(less(limit, load(scores + v * width)))) << (v * width);
  return valid < group ? hits & ((std::uint64_t{1} << valid) - 1) : hits;
}

// All scores in float32.
void score_all(Dense queries, Dense items, Preparation preparation, Sparse exclude, TopK best) {
  const size_t m = queries.columns;
  const size_t n = items.columns;
  const size_t depth = queries.rows;
  const size_t wanted = best.count;
  const double operations = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(depth);

  const size_t tiles = divide_up(n, group);
  const Scratch<float> item_tiles(tiles * group * depth);
  const Scratch<bool> tame_tiles(tiles);
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
        tame_tiles[tile] = tame(item_tiles + tile * group * depth, group * depth);
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
  const size_t measured_together = 4096;
  const size_t measured = divide_up(m, measured_together);
  for_each_chunk(measured, workers_for(measured, 4.0 * static_cast<double>(m) * static_cast<double>(depth)), [&](size_t chunk, unsigned) {
    measure_columns(queries, preparation, chunk * measured_together, at_most(m, (chunk + 1) * measured_together), means, scales);
  });
  const size_t capacity = buffer_capacity(wanted);
  const Scratch<float> packed(workers * per_chunk * depth);
  const Scratch<float> thresholds(workers * per_chunk);
  const Scratch<std::uint64_t> keys(workers * per_chunk * capacity);
  const Scratch<Candidates> buffers(workers * per_chunk);
  const size_t lines_of_tile = group * depth * sizeof(float) / 64;
  const bool keeps = depth >= kept_depth;
  const size_t kept_of_tile = keeps ? group : 0;
  const size_t stretch = at_most(stretch_bytes / sizeof(float) / (width + kept_of_tile), divide_up(tiles, segments));
  // An odd number of cache lines: the queries' must not all fall into one set of the first cache.
  const size_t tops_of_query = (stretch | 1) * width;
  const Scratch<float> all_tops(workers * per_chunk * tops_of_query);
  const size_t kept_of_query = kept_of_tile == 0 ? 0 : stretch * kept_of_tile + width;
  const Scratch<float> all_kept(workers * per_chunk * kept_of_query);
  const size_t left_out = exclude.starts == nullptr ? 0 : static_cast<size_t>(exclude.starts[m] - exclude.starts[0]) / m;
  size_t groups = least_groups;
  while (groups < most_groups && groups < 5 * wanted / 2 + left_out) groups *= 2;
  const Scratch<float> all_groups(workers * per_chunk * groups);
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
    float* tops = all_tops + worker * per_chunk * tops_of_query;
    float* kept_scores = all_kept + worker * per_chunk * kept_of_query;
    float* group_values = all_groups + worker * per_chunk * groups;
    pack_blocks(queries, first, blocks, means, scales, block_values);
    const bool tame_queries = tame(block_values, blocks.count * depth);
    for (size_t q = 0; q < blocks.count; q++) {
      threshold[q] = lowest;
      Groups{group_values + q * groups, groups / width}.clear();
      candidates[q] = {keys + (worker * per_chunk + q) * capacity, 0};
    }
    const size_t first_tile = segment * tiles / segments;
    const size_t last_tile = (segment + 1) * tiles / segments;
    for (size_t begin = first_tile; begin < last_tile; begin += stretch) {
      const size_t end = at_most(last_tile, begin + stretch);
      for (size_t tile = begin; tile < end; tile++) {
        const float* values = item_tiles + tile * group * depth;
        const size_t valid = at_most(group, n - tile * group);
        const bool simple = valid == group && tame_queries && tame_tiles[tile];
        for (size_t block = 0; block < blocks.blocks; block++) {
          const size_t start = blocks.first(block);
          // The next tile comes from the third cache, a part of it meanwhile.
          const size_t lines_end = (block + 1) * lines_of_tile / blocks.blocks;
          for (size_t line = block * lines_of_tile / blocks.blocks; line < lines_end; line++) prefetch_far(values + (lines_of_tile + line) * 16);
          with_size(blocks.first(block + 1) - start, [&]<int count>() KINDRED_LAMBDA_INLINE {
            Floats score[count][vectors];
            KINDRED_UNROLL
            for (int r = 0; r < count; r++) {
              KINDRED_UNROLL
              for (int v = 0; v < vectors; v++) score[r][v] = broadcast(0.0f);
            }
            multiply_block<count>(values, group, block_values + start * depth, depth, score);
            if (keeps) {
              float* kept = kept_scores + start * kept_of_query + (tile - begin) * group;
              KINDRED_UNROLL
              for (int r = 0; r < count; r++, kept += kept_of_query) {
                KINDRED_UNROLL
                for (int v = 0; v < vectors; v++) store(kept + v * width, score[r][v]);
              }
            }
            float* target = tops + start * tops_of_query + (tile - begin) * width;
            if (simple) {
              KINDRED_UNROLL
              for (int r = 0; r < count; r++, target += tops_of_query) {
                Floats top = score[r][0];
                KINDRED_UNROLL
                for (int v = 1; v < vectors; v++) top = maximum(top, score[r][v]);
                store(target, top);
              }
            } else {
              for (int r = 0; r < count; r++, target += tops_of_query) {
                float lanes[group];
                KINDRED_UNROLL
                for (int v = 0; v < vectors; v++) store(lanes + v * width, score[r][v]);
                // A NaN would hide what the lane has seen.
                for (size_t i = 0; i < group; i++) {
                  if (i >= valid || lanes[i] != lanes[i]) lanes[i] = lowest;
                }
                Floats top = load(lanes);
                KINDRED_UNROLL
                for (int v = 1; v < vectors; v++) top = maximum(top, load(lanes + v * width));
                store(target, top);
              }
            }
          });
        }
      }
      for (size_t block = 0; block < blocks.blocks; block++) {
        const size_t start = blocks.first(block);
        const size_t stride = blocks.first(block + 1) - start;
        for (size_t q = start; q < start + stride; q++) {
          const float* query_tops = tops + q * tops_of_query;
          Groups best_of_groups{group_values + q * groups, groups / width};
          best_of_groups.add(query_tops, end - begin);
          const size_t out = excluded_between(exclude, first + q, first_tile * group, end * group);
          const float* query = block_values + start * depth + (q - start);
          const float* query_kept = kept_scores + q * kept_of_query;
          Candidates& found = candidates[q];
          float bound;
          // A bound for few excluded items among the best is tried first: where enough others exceed it, it was one.
          for (size_t spare = at_most(out, wanted);; spare = out) {
            const float tried = best_of_groups.raise(threshold[q], wanted + spare);
            bound = tried;
            for (size_t tile = begin; tile < end; tile++) {
              const float* top = query_tops + (tile - begin) * width;
              if ((tile - begin) % tiles_at_once == 0 && end - tile >= tiles_at_once && !any_above(bound, top)) {
                tile += tiles_at_once - 1;
                continue;
              }
              if (bits(less(broadcast(bound), load(top))) == 0) continue;
              float made[group];
              const float* scores = query_kept + (tile - begin) * group;
              if (!keeps) {
                score_tile(item_tiles + tile * group * depth, query, stride, depth, made);
                scores = made;
              }
              std::uint64_t hits = scores_above(bound, scores, at_most(group, n - tile * group));
              for (; hits != 0; hits &= hits - 1) {
                const size_t i = lowest_bit(hits);
                const size_t item = tile * group + i;
                // The bound may have risen since.
                if (!(scores[i] > bound) || has(exclude, first + q, static_cast<int32_t>(item))) continue;
                // Items come by ascending index, so a later one of equal score loses and the bound itself is out.
                if (!found.push(key_of(scores[i], static_cast<uint32_t>(item)), wanted)) continue;
                const float worst = score_of(found.keys[wanted - 1]);
                if (worst > bound) bound = worst;
              }
            }
            if (spare == out || tried == threshold[q] || exceed(found, tried) >= wanted) break;
            forget_from(found, static_cast<uint32_t>(begin * group));
          }
          threshold[q] = bound;
        }
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

#if defined(KINDRED_AMX)

// score_all() for some of the queries.
void score_some(Dense queries, const int32_t* chosen, size_t count, Dense items, Preparation preparation, Sparse exclude, TopK best) {
  const Scratch<float> values(queries.rows * count);
  for (size_t i = 0; i < queries.rows; i++) {
    for (size_t q = 0; q < count; q++) values[i * count + q] = queries.values[i * queries.columns + static_cast<size_t>(chosen[q])];
  }
  const bool excludes = exclude.starts != nullptr;
  const Scratch<int32_t> starts(count + 1);
  starts[0] = 0;
  for (size_t q = 0; q < count; q++) starts[q + 1] = starts[q] + (excludes ? exclude.starts[chosen[q] + 1] - exclude.starts[chosen[q]] : 0);
  const Scratch<int32_t> indices(static_cast<size_t>(starts[count]));
  for (size_t q = 0; excludes && q < count; q++) {
    std::memcpy(indices + starts[q], exclude.indices + exclude.starts[chosen[q]], static_cast<size_t>(starts[q + 1] - starts[q]) * sizeof(int32_t));
  }
  const Scratch<int32_t> found(count * best.count);
  const Scratch<float> scores(count * best.count);
  const Sparse left_out = {excludes ? static_cast<const int32_t*>(starts) : nullptr, indices, nullptr, count, exclude.columns};
  score_all({values, queries.rows, count}, items, preparation, left_out, {found, scores, best.count});
  for (size_t q = 0; q < count; q++) {
    std::memcpy(best.indices + static_cast<size_t>(chosen[q]) * best.count, found + q * best.count, best.count * sizeof(int32_t));
    std::memcpy(best.scores + static_cast<size_t>(chosen[q]) * best.count, scores + q * best.count, best.count * sizeof(float));
  }
}

// Returns how many queries the tiles leave: their indices are in `left`.
size_t filter_all(Dense queries, Dense items, Preparation preparation, Sparse exclude, TopK best, int32_t* left) {
  const size_t m = queries.columns;
  const ItemFilter filter(items, preparation, best.count);
  const double operations = static_cast<double>(m) * static_cast<double>(items.columns) * 2;
  const size_t per_chunk = at_most(ItemFilter::queries_of_chunk, at_least(32, round_up(divide_up(m, workers_for(threads(), operations)), 32)));
  const size_t chunks = divide_up(m, per_chunk);
  const unsigned workers = workers_for(chunks, operations);
  const PerWorker<ItemFilter::Search> searches(workers, filter, exclude, per_chunk);
  const Scratch<float> means(m);
  const Scratch<float> scales(m);
  const Scratch<size_t> counts(chunks);
  size_t seen = 0;
  size_t unsolved = 0;
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    const size_t first = chunk * per_chunk;
    const size_t count = at_most(per_chunk, m - first);
    // Where tiles tell too little, the rest is left alone.
    if (!filter.certain() || __atomic_load_n(&unsolved, __ATOMIC_RELAXED) * 2 > __atomic_load_n(&seen, __ATOMIC_RELAXED)) {
      for (size_t q = 0; q < count; q++) left[first + q] = static_cast<int32_t>(first + q);
      counts[chunk] = count;
      return;
    }
    counts[chunk] = searches[worker].run(queries, preparation, first, count, means, scales, best, left + first);
    __atomic_fetch_add(&unsolved, counts[chunk], __ATOMIC_RELAXED);
    __atomic_fetch_add(&seen, count, __ATOMIC_RELAXED);
  });
  size_t all = 0;
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    std::memmove(left + all, left + chunk * per_chunk, counts[chunk] * sizeof(int32_t));
    all += counts[chunk];
  }
  return all;
}

#endif

}  // namespace

void cosine_topk(Dense queries, Dense items, bool normalise, Sparse exclude, TopK best) {
  if (queries.columns == 0 || best.count == 0) return;
  const Preparation preparation = normalise ? Preparation::unit : Preparation::none;
#if defined(KINDRED_AMX)
  if (ItemFilter::pays(queries.columns, items.columns, queries.rows, best.count)) {
    const Scratch<int32_t> left(queries.columns);
    const size_t count = filter_all(queries, items, preparation, exclude, best, left);
    if (count > 0) score_some(queries, left, count, items, preparation, exclude, best);
    return;
  }
#endif
  score_all(queries, items, preparation, exclude, best);
}

}  // namespace kindred::KINDRED_LEVEL
