// The nearest centroid by AMX tiles where that is certain (amx.h), for nearest.h.
//
// Tiles make rough scores from numbers rounded to bfloat16. Let E bound what the difference between the scores of two
// centroids may be wrong by, the roundings of float32 included. If no other rough score comes within E of the least, the
// float32 scores have the same winner. Rounding a customer by r changes that difference by no more than |r| times the
// distance between the two centroids; rounding the centroids, by |x| times what is lost of both. A customer for whom the
// winner is not certain, and one with a NaN or an infinity, is scored in float32.
#pragma once

#include "amx.h"

namespace kindred::KINDRED_LEVEL {

class CentroidFilter {
 public:
  CentroidFilter(size_t clusters, size_t depth)
      : clusters_(clusters),
        depth_(depth),
        pairs_(divide_up(depth, 2)),
        splits_(2 * pairs_ <= tile_side),
        steps_(divide_up(splits_ ? 2 * pairs_ : pairs_, tile_side)),
        tiles_(divide_up(clusters, tile_side)),
        pays_(pays(clusters, depth)),
        left_(pays_ ? tiles_ * steps_ * tile_bytes : 0),
        starts_(pays_ ? tiles_ * tile_floats : 0),
        places_(pays_ ? tiles_ * tile_side : 0),
        by_feature_(pays_ ? (depth + 1) * tiles_ * tile_side : 0) {}

  // values(j, i): number i of centroid j, with its sign changed; starts [k]: what its scores begin at.
  template <class Values>
  void fill(const Values& values, const float* starts) {
    if (!pays_) return;
    const size_t padded = tiles_ * tile_side;
    std::memset(left_, 0, tiles_ * steps_ * tile_bytes);
    double longest = 0;
    double lost_square = 0;
    for (size_t j = 0; j < padded; j++) {
      const bool real = j < clusters_;
      double square = 0;
      for (size_t i = 0; i < depth_; i++) {
        const float value = real ? values(j, i) : 0.0f;
        by_feature_[i * padded + j] = value;
        square += static_cast<double>(value) * value;
      }
      // What no customer is nearest to.
      const float start = real ? starts[j] : INFINITY;
      by_feature_[depth_ * padded + j] = start;
      const double lost = round_left(by_feature_ + j, padded, j % tile_side, left_ + j / tile_side * steps_ * tile_bytes);
      for (size_t column = 0; column < tile_side; column++) starts_[j * tile_side + column] = start;
      places_[j] = static_cast<int32_t>(once + j);
      // A NaN stays.
      if (square > longest || square != square) longest = square;
      if (lost > lost_square || lost != lost) lost_square = lost;
    }
    // A float32 score takes depth roundings of at most |x| |c| + |c|^2 / 2, the limit below takes two.
    const double reach = std::sqrt(longest);
    const double rounded = (roundings(steps_) + static_cast<double>(depth_) + 8) * 0x1p-24;
    const double vanished = static_cast<double>(8 * depth_ + 32 * steps_) * flushed;
    by_length_ = static_cast<float>(2.001 * (std::sqrt(lost_square) + reach * rounded + vanished));
    by_lost_ = static_cast<float>(1.001 * (spread() + vanished));
    at_least_ = static_cast<float>(2.001 * (longest / 2 * rounded + (reach + 1) * vanished));
  }

  // The tile registers, where they are of use, for a thread that calls label().
  KINDRED_INLINE Tiles tiles() const { return Tiles(pays_); }

  // Whether to try. After customers of whom many were in doubt, some are not tried.
  KINDRED_INLINE bool pays() const {
    if (!pays_) return false;
    if (__atomic_load_n(&rest_, __ATOMIC_RELAXED) <= 0) return true;
    __atomic_fetch_sub(&rest_, 1, __ATOMIC_RELAXED);
    return false;
  }

  // labels[i] = nearest centroid of customer first + i of x, less the offset of each row, as float32 scores have it, for at
  // most `most_customers`. Writes whole sixteens. Returns false, and has written nothing of use, where too many are close to
  // two centroids. Says whether the scores of all are finite: those of whom the tiles are certain are.
  KINDRED_INLINE bool label(Dense x, size_t first, size_t count, const float* offset, int32_t* labels, bool& finite) const {
    alignas(64) char right[2 * together * most_steps * tile_bytes];
    alignas(64) float scores[scores_together];
    // Of the customers being rounded, those being multiplied, and those whose last scores are being searched.
    alignas(64) State states[3][together];
    alignas(64) int32_t unsure[most_customers + tile_side];
    size_t doubtful = 0;
    const auto right_of = [&](size_t pair) KINDRED_LAMBDA_INLINE { return right + pair % 2 * together * steps_ * tile_bytes; };
    const auto round = [&](size_t pair) KINDRED_LAMBDA_INLINE {
      for (size_t g = 0; g < together; g++) {
        const size_t column = pair * columns_together + g * tile_side;
        char* const target = right_of(pair) + g * steps_ * tile_bytes;
        states[pair % 3][g].start(round_right(x, first + column, lanes(count, column), offset, target));
      }
    };
    // The rough scores of one product are searched while the tiles work on the next, which they leave only then: a load
    // beside stores a page away would wait for them. Customers are rounded long before they are multiplied, since a tile
    // waits for what it loads to arrive in the cache.
    struct {
      size_t pair;
      size_t tile;
    } made{0, tiles_};
    const auto search_made = [&]() KINDRED_LAMBDA_INLINE {
      State* const some = states[made.pair % 3];
      const int32_t* const places = places_ + made.tile * tile_side;
      if (made.tile + 1 == tiles_) {
        search<1>(some, scores, places);
      } else {
        search<2>(some, scores, places);
      }
      if (made.tile + together < tiles_) return;
      for (size_t g = 0; g < together; g++) {
        const size_t column = made.pair * columns_together + g * tile_side;
        const Mask doubts = static_cast<Mask>(some[g].finish(labels + column) & lanes(count, column));
        _mm512_mask_compressstoreu_epi32(unsure + doubtful, doubts, _mm512_add_epi32(ascending(), broadcast(static_cast<int32_t>(column))));
        doubtful += static_cast<size_t>(__builtin_popcount(doubts));
      }
    };
    const size_t pairs = divide_up(count, columns_together);
    round(0);
    for (size_t pair = 0; pair < pairs; pair++) {
      if (pair + 1 < pairs) round(pair + 1);
      for (size_t tile = 0; tile < tiles_; tile += together) {
        const char* const left = left_ + tile * steps_ * tile_bytes;
        const float* const starts = starts_ + tile * tile_floats;
        const bool odd = tile + 1 == tiles_;
        if (odd) {
          multiply<1>(left, right_of(pair), steps_, starts);
        } else {
          multiply<2>(left, right_of(pair), steps_, starts);
        }
        if (made.tile < tiles_) search_made();
        if (odd) {
          store_scores<1>(scores);
        } else {
          store_scores<2>(scores);
        }
        made = {pair, tile};
      }
    }
    search_made();
    if (doubtful * 4 > count && count >= enough_to_judge) __atomic_store_n(&rest_, calls_to_rest, __ATOMIC_RELAXED);
    if (doubtful * 2 > count) return false;
    for (size_t i = doubtful; i < round_up(doubtful, tile_side); i++) unsure[i] = unsure[doubtful - 1];
    Finite scores_of_unsure;
    for (size_t i = 0; i < doubtful; i += tile_side) scores_of_unsure.see(label_some(x, first, unsure + i, offset, labels));
    finite = scores_of_unsure.all();
    return true;
  }

  static constexpr size_t most_customers = 4096;

 private:
  static constexpr size_t columns_together = together * tile_side;
  static constexpr int32_t calls_to_rest = 15;
  static constexpr size_t enough_to_judge = 128;
  // Columns that are fetched ahead of those at work; measured: 32 and 64 are slower by a tenth where pages are small.
  static constexpr size_t ahead = 48;
  // Counts one in the upper half of a number that has the place in its lower half.
  static constexpr size_t once = 1 << 16;

  // Where it was measured to win: with fewer, loading and storing tiles costs more than multiply-adds.
  static bool pays(size_t clusters, size_t depth) {
    return clusters >= 32 && clusters < once / 2 && depth >= 12 && clusters * depth >= 512 && divide_up(depth, 2 * tile_side) <= most_steps;
  }

  KINDRED_INLINE static Ints ascending() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

  // The lanes of the sixteen columns from `column` on that are below `count`.
  KINDRED_INLINE static Mask lanes(size_t count, size_t column) {
    return static_cast<Mask>((1u << at_most(tile_side, at_least(count, column) - column)) - 1);
  }

  // Row `row` of a left tile from the numbers of a centroid, `stride` apart: all of them rounded, and, where a step has
  // the place for it, what that loses of them. Returns the square of the length of what is lost of the centroid after all.
  double round_left(const float* values, size_t stride, size_t row, char* left) const {
    std::uint16_t* const numbers = reinterpret_cast<std::uint16_t*>(left) + row * 2 * tile_side;
    const auto put = [&](size_t place, std::uint16_t value) { numbers[place / 32 * (tile_bytes / 2) + place % 32] = value; };
    double lost = 0;
    for (size_t i = 0; i < depth_; i++) {
      const std::uint16_t high = bfloat16(values[i * stride]);
      put(i, high);
      float rest = values[i * stride] - widened(high);
      if (splits_) {
        const std::uint16_t low = bfloat16(rest);
        put(2 * pairs_ + i, low);
        rest -= widened(low);
      }
      lost += static_cast<double>(rest) * rest;
    }
    return lost;
  }

  // Sixteen columns of x as right tiles, twice where the left ones have what is lost besides. Returns E of each.
  KINDRED_INLINE Floats round_right(Dense x, size_t column, Mask valid, const float* offset, char* right) const {
    const Ints half = broadcast(int32_t{0x8000}), upper = broadcast(static_cast<int32_t>(0xffff0000u));
    Floats squares[2] = {broadcast(0x1p-100f), broadcast(0.0f)};
    Floats rests[2] = {broadcast(0x1p-100f), broadcast(0.0f)};
    const auto rounded = [&](size_t feature, int which) KINDRED_LAMBDA_INLINE {
      const float* const source = x.values + feature * x.columns + column;
      prefetch(source + ahead);
      const Floats value = subtract(_mm512_maskz_loadu_ps(valid, source), broadcast(offset[feature]));
      const Ints high = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(value), half), upper);
      const Floats rest = subtract(value, _mm512_castsi512_ps(high));
      squares[which] = fma(value, value, squares[which]);
      rests[which] = fma(rest, rest, rests[which]);
      return high;
    };
    const size_t again = splits_ ? pairs_ * 64 : 0;
    char* target = right;
    for (size_t feature = 0; feature < depth_; feature += 2, target += 64) {
      const Ints even = rounded(feature, 0);
      const Ints odd = feature + 1 < depth_ ? rounded(feature + 1, 1) : _mm512_setzero_si512();
      const Ints both = _mm512_or_si512(_mm512_srli_epi32(even, 16), odd);
      _mm512_store_si512(target, both);
      _mm512_store_si512(target + again, both);
    }
    for (target += again; target < right + steps_ * tile_bytes; target += 64) _mm512_store_si512(target, _mm512_setzero_si512());
    const Floats length = root_at_least(add(squares[0], squares[1])), lost = root_at_least(add(rests[0], rests[1]));
    return fma(length, broadcast(by_length_), fma(lost, broadcast(by_lost_), broadcast(at_least_)));
  }

  // No less than the square root, and hardly more; quicker than that.
  KINDRED_INLINE static Floats root_at_least(Floats square) {
    return multiply(multiply(square, _mm512_rsqrt14_ps(square)), broadcast(1 + 0x1p-13f));
  }

  // The greatest distance between two centroids.
  double spread() const {
    const size_t padded = tiles_ * tile_side;
    Floats most = broadcast(0.0f);
    for (size_t j = 0; j < clusters_; j++) {
      for (size_t tile = 0; tile <= j / tile_side; tile++) {
        Floats square = broadcast(0.0f);
        for (size_t i = 0; i < depth_; i++) {
          const Floats difference = subtract(load(by_feature_ + i * padded + tile * tile_side), broadcast(by_feature_[i * padded + j]));
          square = fma(difference, difference, square);
        }
        most = _mm512_mask_max_ps(most, lanes(j + 1, tile * tile_side), square, most);
      }
    }
    return std::sqrt(static_cast<double>(_mm512_reduce_max_ps(most)) * (1 + static_cast<double>(depth_ + 4) * 0x1p-23));
  }

  // The search over the centroids of 16 customers.
  struct State {
    Floats best;
    Floats doubt;
    Ints found;

    KINDRED_INLINE void start(Floats twice_the_error) {
      best = broadcast(INFINITY);
      doubt = twice_the_error;
      found = broadcast(int32_t{0});
    }

    // Returns the customers that are not certain. Beyond 2^100 a score may have been infinite or a NaN underway.
    KINDRED_INLINE uint32_t finish(int32_t* labels) const {
      store(labels, _mm512_and_si512(found, broadcast(int32_t{0xffff})));
      const Mask single = _mm512_cmpeq_epi32_mask(_mm512_srli_epi32(found, 16), broadcast(int32_t{1}));
      return ~(bits(single) & bits(less(doubt, broadcast(0x1p100f))));
    }
  };

  // Counts the scores [together, tiles of 16 × 16] that are within the doubt of the least, and adds up their places: of one
  // alone, its place. All the least first: what waits for them would keep the processor from looking ahead.
  template <int tiles>
  KINDRED_INLINE static void search(State* states, const float* scores, const int32_t* places) {
    Floats nearest[together];
    Floats limit[together];
    KINDRED_UNROLL
    for (size_t g = 0; g < together; g++) {
      const float* const own = scores + g * tiles * tile_floats;
      Floats least[4] = {states[g].best, load(own), load(own + tile_side), load(own + 2 * tile_side)};
      for (int row = 0; row < tiles * 16; row += 16) {
        KINDRED_UNROLL
        for (int r = 0; r < 16; r++) least[r % 4] = minimum(load(own + (row + r) * 16), least[r % 4]);
      }
      nearest[g] = minimum(minimum(least[0], least[1]), minimum(least[2], least[3]));
      limit[g] = add(nearest[g], states[g].doubt);
    }
    KINDRED_UNROLL
    for (size_t g = 0; g < together; g++) {
      const float* const own = scores + g * tiles * tile_floats;
      Ints counted[4] = {_mm512_maskz_mov_epi32(_mm512_cmp_ps_mask(states[g].best, limit[g], _CMP_LE_OQ), states[g].found)};
      for (int i = 1; i < 4; i++) counted[i] = broadcast(int32_t{0});
      for (int row = 0; row < tiles * 16; row += 16) {
        KINDRED_UNROLL
        for (int r = 0; r < 16; r++) {
          const Mask within = _mm512_cmp_ps_mask(load(own + (row + r) * 16), limit[g], _CMP_LE_OQ);
          counted[r % 4] = _mm512_mask_add_epi32(counted[r % 4], within, counted[r % 4], broadcast(places[row + r]));
        }
      }
      states[g].best = nearest[g];
      states[g].found = _mm512_add_epi32(_mm512_add_epi32(counted[0], counted[1]), _mm512_add_epi32(counted[2], counted[3]));
    }
  }

  // The nearest centroids of sixteen customers first + some[…] in float32, with the bits that PackedCentroids finds.
  // Returns their scores.
  KINDRED_INLINE Floats label_some(Dense x, size_t first, const int32_t* some, const float* offset, int32_t* labels) const {
    alignas(64) float values[most_steps * 2 * tile_side * tile_side];
    const Ints columns = load(some);
    for (size_t i = 0; i < depth_; i++) {
      store(values + i * tile_side, subtract(gather(x.values + i * x.columns + first, columns), broadcast(offset[i])));
    }
    const size_t padded = tiles_ * tile_side;
    Floats best = broadcast(INFINITY);
    Ints index = broadcast(int32_t{0});
    for (size_t from = 0; from < padded; from += tile_side) {
      const float* const factors = by_feature_ + from;
      Floats found[tile_side];
      KINDRED_UNROLL
      for (size_t j = 0; j < tile_side; j++) found[j] = broadcast(factors[depth_ * padded + j]);
      for (size_t i = 0; i < depth_; i++) {
        const Floats value = load(values + i * tile_side);
        KINDRED_UNROLL
        for (size_t j = 0; j < tile_side; j++) found[j] = fma(broadcast(factors[i * padded + j]), value, found[j]);
      }
      KINDRED_UNROLL
      for (size_t j = 0; j < tile_side; j++) {
        const Mask nearer = less(found[j], best);
        best = select(nearer, found[j], best);
        index = select(nearer, broadcast(static_cast<int32_t>(from + j)), index);
      }
    }
    alignas(64) int32_t winners[tile_side];
    store(winners, index);
    for (size_t i = 0; i < tile_side; i++) labels[some[i]] = winners[i];
    return best;
  }

  size_t clusters_;
  size_t depth_;
  // Pairs of features, which lie side by side in a row of a right tile.
  size_t pairs_;
  // Whether a step has the place for what rounding loses of the centroids, too.
  bool splits_;
  size_t steps_;
  size_t tiles_;
  bool pays_;
  // E: so much of the length of a customer, so much of the length of what rounding loses of it.
  float by_length_ = 0;
  float by_lost_ = 0;
  float at_least_ = 0;
  mutable int32_t rest_ = 0;
  Scratch<char> left_;
  Scratch<float> starts_;
  Scratch<int32_t> places_;
  Scratch<float> by_feature_;
};

}  // namespace kindred::KINDRED_LEVEL
