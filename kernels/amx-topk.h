// The best items of each query by AMX tiles (amx.h), for cosine-topk.cc.
//
// Tiles make rough scores. Let E bound what a rough score and the float32 score of the same pair may differ by. Where K
// items have rough scores above b, the K-th best float32 score exceeds b - E, so that no item whose rough score is
// b - 2 E or less can be among the best. Few others are left; they are scored in float32, in the order of operations of
// every other level, and only those scores decide.
//
// The bound b is the K-th greatest of the best rough scores of some groups of items, none of which holds an excluded
// one. The first items give it before anything is kept, and are gone over again at the end, when it is tight.
#pragma once

#include "amx.h"
#include "columns.h"
#include "select.h"

namespace kindred::KINDRED_LEVEL {

class ItemFilter {
 public:
  // Where it was measured to win. Needs enough items for a bound from some of them.
  static bool pays(size_t queries, size_t items, size_t depth, size_t wanted) {
    return depth >= 8 && tile_steps_of(depth) <= most_steps && queries >= 64 && warm_pairs(items, wanted) * 2 <= divide_up(items, pair_items);
  }

  ItemFilter(Dense items, Preparation preparation, size_t wanted)
      : items_(items.columns),
        depth_(items.rows),
        wanted_(wanted),
        steps_(tile_steps_of(depth_)),
        pairs_(divide_up(items.columns, pair_items)),
        warm_(warm_pairs(items.columns, wanted)),
        left_(pairs_ * together * steps_ * tile_bytes),
        row_(round_up(items.rows, turned)),
        rows_(items.columns * row_) {
    groups_ = 64;
    while (groups_ < 4 * wanted) groups_ *= 2;
    prepare(items, preparation);
  }

  // Whether all items have lengths that scores of float32 can be told of.
  bool certain() const { return certain_; }

  // The memory of a thread.
  class Search;

  static constexpr size_t queries_of_chunk = 512;

 private:
  // Tiles of items that stay in the first cache while a chunk of queries passes over them.
  static constexpr size_t block_bytes = 24576;

  // A pair of tiles of items.
  static constexpr size_t pair_items = together * tile_side;
  // Beyond such lengths a score could be infinite, or a NaN underway.
  static constexpr double longest_square = 0x1p100;

  // All of high · high + high · low + low · high where one step has the place for it, else high · high alone.
  static bool splits(size_t depth) { return 3 * divide_up(depth, 2) <= tile_side; }
  static size_t tile_steps_of(size_t depth) { return splits(depth) ? 1 : divide_up(depth, 2 * tile_side); }

  static size_t warm_pairs(size_t items, size_t wanted) { return at_least(divide_up(items, 8 * pair_items), 2 * wanted + 16); }

  // As split_left, with the higher part alone. Finds the squares of the lengths of the vector and of what is lost of it.
  KINDRED_INLINE static void round_left(const float* values, size_t depth, size_t row, char* left, double& square, double& lost_square) {
    const Ints half = broadcast(int32_t{0x8000}), upper = broadcast(static_cast<int32_t>(0xffff0000u));
    Floats squares = broadcast(0x1p-100f);
    Floats rests = broadcast(0x1p-100f);
    for (size_t i = 0; i < depth; i += 16) {
      const Floats value = _mm512_maskz_loadu_ps(static_cast<Mask>(depth - i < 16 ? (1u << (depth - i)) - 1 : 0xffffu), values + i);
      const Ints high = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(value), half), upper);
      const Floats rest = subtract(value, _mm512_castsi512_ps(high));
      squares = fma(value, value, squares);
      rests = fma(rest, rest, rests);
      char* target = left + i / 32 * tile_bytes + row * 64 + i % 32 * 2;
      _mm256_store_si256(reinterpret_cast<__m256i*>(target), _mm512_cvtepi32_epi16(_mm512_srli_epi32(high, 16)));
    }
    square = _mm512_reduce_add_ps(squares);
    lost_square = _mm512_reduce_add_ps(rests);
  }

  void prepare(Dense items, Preparation preparation) {
    const Scratch<float> means(items_);
    const Scratch<float> scales(items_);
    const size_t pairs_of_chunk = 16;
    const size_t chunks = divide_up(pairs_, pairs_of_chunk);
    // The greatest squares of a length and of what rounding leaves of a vector.
    const Scratch<double> squares(chunks);
    const Scratch<double> lost_squares(chunks);
    for_each_chunk(chunks, workers_for(chunks, 8.0 * static_cast<double>(items_) * static_cast<double>(depth_)), [&](size_t chunk, unsigned) {
      const size_t first = chunk * pairs_of_chunk * pair_items;
      const size_t end = at_most(items_, first + pairs_of_chunk * pair_items);
      measure_columns(items, preparation, first, end, means, scales);
      for (size_t i = 0; i < depth_; i++) {
        const float* source = items.values + i * items.columns;
        for (size_t j = first; j < end; j++) rows_[j * row_ + i] = (source[j] - means[j]) * scales[j];
      }
      for (size_t i = depth_; i < row_; i++) {
        for (size_t j = first; j < end; j++) rows_[j * row_ + i] = 0.0f;
      }
      const size_t bytes_of_tile = steps_ * tile_bytes;
      const size_t first_tile = chunk * pairs_of_chunk * together;
      const size_t end_tile = at_most(pairs_, (chunk + 1) * pairs_of_chunk) * together;
      std::memset(left_ + first_tile * bytes_of_tile, 0, (end_tile - first_tile) * bytes_of_tile);
      double square = 0;
      double lost_square = 0;
      for (size_t j = first; j < end; j++) {
        const float* row = rows_ + j * row_;
        double own = 0;
        double lost = 0;
        char* tile = left_ + j / tile_side * bytes_of_tile;
        if (splits(depth_)) {
          for (size_t i = 0; i < depth_; i++) own += static_cast<double>(row[i]) * row[i];
          split_left(row, 1, depth_, j % tile_side, tile);
        } else {
          round_left(row, depth_, j % tile_side, tile, own, lost);
        }
        // A NaN stays.
        if (own > square || own != own) square = own;
        if (lost > lost_square || lost != lost) lost_square = lost;
      }
      squares[chunk] = square;
      lost_squares[chunk] = lost_square;
    });
    double square = 0;
    double lost_square = 0;
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      if (squares[chunk] > square || squares[chunk] != squares[chunk]) square = squares[chunk];
      if (lost_squares[chunk] > lost_square || lost_squares[chunk] != lost_squares[chunk]) lost_square = lost_squares[chunk];
    }
    certain_ = square < longest_square && lost_square < longest_square;
    const double reach = std::sqrt(square);
    const double lost = std::sqrt(lost_square);
    // Both kinds of scores round: the float32 one `depth` times, a limit a few times.
    const double rounded = 1.02 * (roundings(steps_) + static_cast<double>(depth_) + 8) * 0x1p-24;
    const double vanished = static_cast<double>(8 * depth_ + 32 * steps_) * flushed;
    by_length_ = static_cast<float>(2.001 * (reach * (rounded + (splits(depth_) ? lost_part : 0)) + lost + vanished));
    by_lost_ = static_cast<float>(2.001 * (reach + lost));
    at_least_ = static_cast<float>(2.001 * (reach + 1) * vanished);
  }

  size_t items_;
  size_t depth_;
  size_t wanted_;
  size_t steps_;
  size_t pairs_;
  size_t warm_;
  size_t groups_;
  bool certain_ = false;
  // Twice the error of a query's scores: so much of its length, so much of the length of what rounding leaves of it.
  float by_length_ = 0;
  float by_lost_ = 0;
  float at_least_ = 0;
  Scratch<char> left_;
  // [items, depth] in float32, and zeros up to `row_`
  size_t row_;
  Scratch<float> rows_;
};

class ItemFilter::Search {
 public:
  Search(const ItemFilter& filter, Sparse exclude, size_t most_queries)
      : filter_(filter),
        exclude_(exclude),
        room_(round_up(most_queries, pair_items)),
        capacity_(8 * filter.wanted_ + 64),
        values_(room_ * filter.depth_),
        query_(filter.row_),
        right_(room_ / tile_side * filter.steps_ * tile_bytes),
        limits_(room_),
        bounds_(room_),
        doubts_(room_),
        groups_(filter.groups_ * room_),
        counts_(room_),
        keys_(room_ * capacity_),
        tainted_(exclude.starts == nullptr ? 0 : room_ / tile_side * filter.pairs_) {}

  // Writes the best of queries [first, first + count), which must not be more than there is room for. Of those that it
  // cannot tell, adds the indices to `left`; returns how many these are.
  KINDRED_INLINE size_t run(Dense queries, Preparation preparation, size_t first, size_t count, float* means, float* scales, TopK best, int32_t* left) {
    Tiles registers(true);
    first_ = first;
    columns_ = round_up(count, pair_items);
    start(queries, preparation, count, means, scales);
    const size_t pairs = filter_.pairs_;
    const size_t warm = filter_.warm_;
    pass<false>(0, warm);
    raise(warm, true);
    for (size_t begin = warm, end; begin < pairs; begin = end) {
      end = at_most(pairs, begin + divide_up(begin, 2));
      pass<true>(begin, end);
      raise(end, false);
    }
    pass<true>(0, warm);
    size_t unsolved = 0;
    for (size_t q = 0; q < count; q++) {
      if (!finish(q, best)) left[unsolved++] = static_cast<int32_t>(first + q);
    }
    return unsolved;
  }

 private:
  KINDRED_INLINE void start(Dense queries, Preparation preparation, size_t count, float* means, float* scales) {
    const size_t depth = filter_.depth_;
    measure_columns(queries, preparation, first_, first_ + count, means, scales);
    pack_columns(queries, first_, count, means, scales, values_, columns_);
    const size_t bytes_of_tile = filter_.steps_ * tile_bytes;
    for (size_t q = 0; q < columns_; q += tile_side) {
      char* right = right_ + q / tile_side * bytes_of_tile;
      Floats square = broadcast(0.0f);
      Floats lost = broadcast(0.0f);
      if (splits(depth)) {
        clear_padding(right, depth);
        square = split_right(values_ + q, columns_, depth, right);
      } else {
        round_right(values_ + q, depth, right, square, lost);
      }
      const Floats doubt = fma(root(square), broadcast(filter_.by_length_), fma(root(lost), broadcast(filter_.by_lost_), broadcast(filter_.at_least_)));
      store(doubts_ + q, doubt);
      for (size_t i = q; i < q + tile_side; i++) {
        counts_[i] = 0;
        bounds_[i] = -INFINITY;
        // What is certain to stay unsolved, and what is no query.
        limits_[i] = i < count && doubts_[i] < 0x1p100f ? -INFINITY : INFINITY;
      }
    }
    for (size_t i = 0; i < filter_.groups_ * columns_; i += width) store(groups_ + i, broadcast(-INFINITY));
    if (exclude_.starts == nullptr) return;
    std::memset(tainted_, 0, columns_ / tile_side * filter_.pairs_ * sizeof(std::uint16_t));
    for (size_t q = 0; q < count; q++) {
      std::uint16_t* of_tile = tainted_ + q / tile_side * filter_.pairs_;
      for (int32_t e = exclude_.starts[first_ + q]; e < exclude_.starts[first_ + q + 1]; e++) {
        of_tile[static_cast<size_t>(exclude_.indices[e]) / pair_items] |= static_cast<std::uint16_t>(1u << q % tile_side);
      }
    }
  }

  // As split_right, with the higher part alone. Adds up the squares of the values and of what is lost of them.
  KINDRED_INLINE void round_right(const float* values, size_t depth, char* right, Floats& square, Floats& lost) {
    const Ints half = broadcast(int32_t{0x8000}), upper = broadcast(static_cast<int32_t>(0xffff0000u));
    Floats squares[2] = {broadcast(0x1p-100f), broadcast(0.0f)};
    Floats rests[2] = {broadcast(0x1p-100f), broadcast(0.0f)};
    const auto rounded = [&](Floats value, int which) KINDRED_LAMBDA_INLINE {
      const Ints high = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(value), half), upper);
      const Floats rest = subtract(value, _mm512_castsi512_ps(high));
      squares[which] = fma(value, value, squares[which]);
      rests[which] = fma(rest, rest, rests[which]);
      return high;
    };
    for (size_t i = 0; i < filter_.steps_ * 2 * tile_side; i += 2, right += 64) {
      const Ints even = i < depth ? rounded(load(values + i * columns_), 0) : _mm512_setzero_si512();
      const Ints odd = i + 1 < depth ? rounded(load(values + (i + 1) * columns_), 1) : _mm512_setzero_si512();
      _mm512_store_si512(right, _mm512_or_si512(_mm512_srli_epi32(even, 16), odd));
    }
    square = add(squares[0], squares[1]);
    lost = add(rests[0], rests[1]);
  }

  // scores [2 tiles of queries, 2 of items] of 16 × 16
  KINDRED_INLINE void score(size_t pair, size_t q, float* scores) {
    const size_t bytes = filter_.steps_ * tile_bytes;
    const char* left = filter_.left_ + pair * together * bytes;
    const char* right = right_ + q / tile_side * bytes;
    zero_tile<0>();
    zero_tile<1>();
    zero_tile<2>();
    zero_tile<3>();
    for (size_t step = 0; step < filter_.steps_; step++, left += tile_bytes, right += tile_bytes) {
      load_tile<4>(left);
      load_tile<6>(right);
      multiply_tiles<0, 4, 6>();
      load_tile<7>(right + bytes);
      multiply_tiles<2, 4, 7>();
      load_tile<5>(left + bytes);
      multiply_tiles<1, 5, 6>();
      multiply_tiles<3, 5, 7>();
    }
    store_tile<0>(scores);
    store_tile<1>(scores + tile_floats);
    store_tile<2>(scores + 2 * tile_floats);
    store_tile<3>(scores + 3 * tile_floats);
  }

  template <bool collects>
  KINDRED_INLINE void pass(size_t begin, size_t end) {
    alignas(64) float scores[2][scores_together];
    // The scores of one product are looked at while the tiles work on the next.
    size_t made = 0;
    size_t last_pair = 0, last_q = 0;
    const size_t bytes_of_pair = together * filter_.steps_ * tile_bytes;
    const size_t pairs_of_block = at_least(1, block_bytes / bytes_of_pair);
    const size_t bytes_a_step = divide_up(bytes_of_pair, columns_ / pair_items);
    for (size_t block = begin; block < end; block += pairs_of_block) {
      const size_t block_end = at_most(end, block + pairs_of_block);
      // The next block comes from the third cache, a part of it meanwhile.
      const char* ahead = filter_.left_ + block_end * bytes_of_pair;
      for (size_t q = 0; q < columns_; q += pair_items) {
        for (size_t pair = block; pair < block_end; pair++) {
          score(pair, q, scores[made % 2]);
          for (size_t byte = 0; byte < bytes_a_step; byte += 64) prefetch_far(ahead + byte);
          ahead += bytes_a_step;
          if (made > 0) look<collects>(scores[(made - 1) % 2], last_pair, last_q);
          made++;
          last_pair = pair;
          last_q = q;
        }
      }
    }
    if (made > 0) look<collects>(scores[(made - 1) % 2], last_pair, last_q);
  }

  template <bool collects>
  KINDRED_INLINE void look(float* scores, size_t pair, size_t q) {
    if (pair * pair_items + pair_items > filter_.items_) {
      for (size_t i = filter_.items_ - pair * pair_items; i < pair_items; i++) {
        store(scores + i * tile_side, broadcast(-INFINITY));
        store(scores + 2 * tile_floats + i * tile_side, broadcast(-INFINITY));
      }
    }
    float* best = groups_of(q) + (pair & (filter_.groups_ - 1)) * pair_items;
    KINDRED_UNROLL
    for (size_t r = 0; r < together; r++) {
      const float* own = scores + r * together * tile_floats;
      const Floats tops[2] = {top(own), top(own + tile_floats)};
      const Mask clean = static_cast<Mask>(~taint(pair, q + r * tile_side));
      const Floats known = load(best + r * tile_side);
      store(best + r * tile_side, _mm512_mask_max_ps(known, clean, known, maximum(tops[0], tops[1])));
      if constexpr (collects) {
        const Floats limit = load(limits_ + q + r * tile_side);
        const uint32_t hits = bits(less(limit, tops[0])) | bits(less(limit, tops[1])) << 16;
        if (hits != 0) collect(own, pair, q + r * tile_side, hits);
      }
    }
  }

  // The best of each group, of a pair of tiles of queries.
  KINDRED_INLINE float* groups_of(size_t q) const { return groups_ + q * filter_.groups_; }

  KINDRED_INLINE uint32_t taint(size_t pair, size_t q) const {
    return exclude_.starts == nullptr ? 0u : tainted_[q / tile_side * filter_.pairs_ + pair];
  }

  // The greatest score of each query in a tile.
  KINDRED_INLINE static Floats top(const float* scores) {
    Floats most[2] = {load(scores), load(scores + tile_side)};
    KINDRED_UNROLL
    for (size_t row = 2; row < tile_side; row++) most[row % 2] = maximum(most[row % 2], load(scores + row * tile_side));
    return maximum(most[0], most[1]);
  }

  // Keeps what exceeds the limits of the queries that `hits` names, by tile of items.
  __attribute__((noinline)) void collect(const float* scores, size_t pair, size_t q, uint32_t hits) {
    const Ints column = _mm512_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
    const uint32_t tainted = taint(pair, q);
    for (; hits != 0; hits &= hits - 1) {
      const size_t hit = lowest_bit(hits);
      const size_t lane = hit % tile_side;
      const float* own = scores + hit / tile_side * tile_floats + lane;
      const size_t query = q + lane;
      const size_t first_item = (pair * together + hit / tile_side) * tile_side;
      uint32_t found = bits(less(broadcast(limits_[query]), gather(own, column)));
      for (; found != 0; found &= found - 1) {
        const size_t row = lowest_bit(found);
        const uint32_t item = static_cast<uint32_t>(first_item + row);
        if ((tainted >> lane & 1) != 0 && has(exclude_, first_ + query, static_cast<int32_t>(item))) continue;
        keys_[query * capacity_ + counts_[query]++] = key_of(own[row * tile_side], item);
        if (counts_[query] == capacity_) cut(query);
      }
    }
  }

  // Keeps the candidates that can still be among the best. Gives the query up where these are many.
  void cut(size_t q) {
    limits_[q] = limit_of(q);
    counts_[q] = within(q);
    if (counts_[q] * 2 > capacity_) give_up(q);
  }

  KINDRED_INLINE void give_up(size_t q) {
    limits_[q] = INFINITY;
    counts_[q] = 0;
  }

  // The limit by the candidates themselves, more than are wanted.
  KINDRED_INLINE float limit_of(size_t q) {
    std::uint64_t* keys = keys_ + q * capacity_;
    keep_smallest(keys, counts_[q], filter_.wanted_);
    const float limit = score_of(keys[filter_.wanted_ - 1]) - doubts_[q];
    return limit > limits_[q] ? limit : limits_[q];
  }

  KINDRED_INLINE size_t within(size_t q) {
    std::uint64_t* keys = keys_ + q * capacity_;
    size_t kept = 0;
    for (size_t i = 0; i < counts_[q]; i++) {
      const std::uint64_t key = keys[i];
      keys[kept] = key;
      kept += score_of(key) > limits_[q];
    }
    return kept;
  }

  // Raises the bounds of all queries, from the scores of `pairs` pairs.
  KINDRED_INLINE void raise(size_t pairs, bool first) {
    const size_t used = at_most(pairs, filter_.groups_);
    const Ints wanted = broadcast(static_cast<int32_t>(filter_.wanted_));
    const Ints one = broadcast(int32_t{1});
    for (size_t q = 0; q < columns_; q += tile_side) {
      const float* best = groups_of(q / pair_items * pair_items) + q % pair_items;
      const auto enough_above = [&](Floats bound) KINDRED_LAMBDA_INLINE {
        Ints counts[2] = {broadcast(int32_t{0}), broadcast(int32_t{0})};
        size_t g = 0;
        for (; g + 2 <= used; g += 2) {
          counts[0] = _mm512_mask_add_epi32(counts[0], less(bound, load(best + g * pair_items)), counts[0], one);
          counts[1] = _mm512_mask_add_epi32(counts[1], less(bound, load(best + (g + 1) * pair_items)), counts[1], one);
        }
        if (g < used) counts[0] = _mm512_mask_add_epi32(counts[0], less(bound, load(best + g * pair_items)), counts[0], one);
        return _mm512_cmpge_epi32_mask(_mm512_add_epi32(counts[0], counts[1]), wanted);
      };
      Floats low = load(bounds_ + q);
      Floats high = broadcast(-INFINITY);
      Floats least = broadcast(INFINITY);
      for (size_t g = 0; g < used; g++) {
        const Floats value = load(best + g * pair_items);
        high = maximum(high, value);
        least = minimum(least, select(less(broadcast(-INFINITY), value), value, broadcast(INFINITY)));
      }
      if (first) low = select(enough_above(least), least, low);
      for (int step = 0; step < 8; step++) {
        const Floats middle = fma(subtract(high, low), broadcast(0.5f), low);
        const Mask enough = enough_above(middle);
        low = select(enough, middle, low);
        high = select(enough, high, middle);
      }
      store(bounds_ + q, low);
      store(limits_ + q, maximum(subtract(low, load(doubts_ + q)), load(limits_ + q)));
      // Nothing to go by: such queries have next to nothing but excluded items.
      if (first) {
        for (size_t i = q; i < q + tile_side; i++) {
          if (!(bounds_[i] > -INFINITY)) give_up(i);
        }
      }
    }
  }

  // Returns whether the best of the query are known.
  KINDRED_INLINE bool finish(size_t q, TopK best) {
    if (counts_[q] < filter_.wanted_ || !(limits_[q] < INFINITY)) return false;
    if (counts_[q] > filter_.wanted_) {
      limits_[q] = limit_of(q);
      counts_[q] = within(q);
    }
    const size_t count = counts_[q];
    const size_t depth = filter_.depth_;
    std::uint64_t* keys = keys_ + q * capacity_;
    for (size_t i = 0; i < filter_.row_; i++) query_[i] = i < depth ? values_[i * columns_ + q] : 0.0f;
    for (size_t i = 0; i < count; i += together_rescored) rescore(keys + i, at_most(together_rescored, count - i));
    write_best(keys, count, best, first_ + q);
    return true;
  }

  static constexpr size_t together_rescored = 8;

  // The float32 scores of some candidates, as multiply_block makes them: zeros at the end add nothing.
  KINDRED_INLINE void rescore(std::uint64_t* keys, size_t count) {
    const float* rows[together_rescored];
    for (size_t r = 0; r < together_rescored; r++) rows[r] = filter_.rows_ + static_cast<uint32_t>(keys[r < count ? r : 0]) * filter_.row_;
    Octet sums = _mm256_setzero_ps();
    for (size_t i = 0; i < filter_.row_; i += turned) {
      Octet values[turned];
      transpose(rows, i, values);
      KINDRED_UNROLL
      for (size_t j = 0; j < turned; j++) sums = _mm256_fmadd_ps(_mm256_set1_ps(query_[i + j]), values[j], sums);
    }
    float scores[together_rescored];
    _mm256_storeu_ps(scores, sums);
    for (size_t r = 0; r < count; r++) keys[r] = key_of(scores[r], static_cast<uint32_t>(keys[r]));
  }

  const ItemFilter& filter_;
  Sparse exclude_;
  size_t room_;
  size_t capacity_;
  size_t first_ = 0;
  size_t columns_ = 0;
  // [depth, columns]
  Scratch<float> values_;
  Scratch<float> query_;
  Scratch<char> right_;
  Scratch<float> limits_;
  Scratch<float> bounds_;
  Scratch<float> doubts_;
  // [pairs of tiles of queries, groups, 32]
  Scratch<float> groups_;
  Scratch<size_t> counts_;
  Scratch<std::uint64_t> keys_;
  // [tiles of queries, pairs]: which of the queries exclude an item of the pair.
  Scratch<std::uint16_t> tainted_;
};

}  // namespace kindred::KINDRED_LEVEL
