// The nearest centroid by AMX tiles where that is certain (amx.h), for nearest.h.
//
// Let E bound what a tile score and a float32 score of the same pair may differ by. If no other tile score comes within
// 2 E of the least, the float32 scores have the same winner. E is found for each customer from its own length and that
// of the longest centroid. A customer for whom it is not certain, and one with a NaN or an infinity, is scored in float32.
#pragma once

#include "amx.h"

namespace kindred::KINDRED_LEVEL {

class CentroidFilter {
 public:
  CentroidFilter(size_t clusters, size_t depth)
      : clusters_(clusters),
        depth_(depth),
        steps_(tile_steps(depth)),
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
      split_left(by_feature_ + j, padded, depth_, j % tile_side, left_ + j / tile_side * steps_ * tile_bytes);
      for (size_t column = 0; column < tile_side; column++) starts_[j * tile_side + column] = start;
      places_[j] = static_cast<int32_t>(once + j);
      // A NaN stays.
      if (square > longest || square != square) longest = square;
    }
    // A float32 score takes depth roundings of at most |x| |c| + |c|^2 / 2, the limit below takes two.
    const double reach = std::sqrt(longest);
    const double rounded = (roundings(steps_) + static_cast<double>(depth_) + 8) * 0x1p-24;
    const double lost = static_cast<double>(8 * depth_ + 32 * steps_) * flushed;
    by_length_ = static_cast<float>(2.001 * (reach * (lost_part + rounded) + lost));
    at_least_ = static_cast<float>(2.001 * (longest / 2 * rounded + (reach + 1) * lost));
  }

  // The tile registers, where they are of use, for a thread that calls label().
  KINDRED_INLINE Tiles tiles() const { return Tiles(pays_); }

  // Whether to try. After a tile that was in doubt, some are not tried.
  KINDRED_INLINE bool pays() const {
    if (!pays_) return false;
    if (__atomic_load_n(&rest_, __ATOMIC_RELAXED) <= 0) return true;
    __atomic_fetch_sub(&rest_, 1, __ATOMIC_RELAXED);
    return false;
  }

  // labels[i] = nearest centroid of column i of the tile, as float32 scores have it. Writes whole sixteens. Returns false,
  // and has written nothing of use, where too many customers are close to two centroids.
  KINDRED_INLINE bool label(const float* tile, size_t columns, size_t count, int32_t* labels, Dense x, size_t next) const {
    alignas(64) char right[most_right * tile_bytes];
    alignas(64) float scores[2][scores_together];
    alignas(64) State states[most_groups];
    const size_t stride = steps_ * tile_bytes;
    const size_t groups = round_up(divide_up(count, tile_side), together);
    for (size_t g = 0; g < groups; g++) {
      clear_padding(right + g * stride, depth_);
      const Floats square = split_right(tile + g * tile_side, columns, depth_, right + g * stride);
      states[g].start(fma(root(square), broadcast(by_length_), broadcast(at_least_)));
    }
    // The scores of one product are searched while the tiles work on the next.
    size_t made = 0;
    State* waiting = nullptr;
    const int32_t* waiting_places = nullptr;
    size_t waiting_tiles = 0;
    const auto search = [&](const float* found) KINDRED_LAMBDA_INLINE {
      if (waiting_tiles == 1) {
        waiting[0].search<1>(found, waiting_places);
        waiting[1].search<1>(found + tile_floats, waiting_places);
      } else {
        waiting[0].search<2>(found, waiting_places);
        waiting[1].search<2>(found + 2 * tile_floats, waiting_places);
      }
    };
    const size_t products = divide_up(tiles_, together) * (group / tile_side / together);
    Ahead ahead(x, next, products);
    for (size_t first = 0; first < tiles_; first += together) {
      const size_t tiles = at_most(together, tiles_ - first);
      for (size_t g = 0; g < groups; g += together) {
        if (tiles == 1) {
          multiply<1>(left_ + first * stride, right + g * stride, steps_, starts_ + first * tile_floats, scores[made % 2]);
        } else {
          multiply<2>(left_ + first * stride, right + g * stride, steps_, starts_ + first * tile_floats, scores[made % 2]);
        }
        if (made > 0) search(scores[(made - 1) % 2]);
        made++;
        waiting = states + g;
        waiting_places = places_ + first * tile_side;
        waiting_tiles = tiles;
        ahead.step();
        if (made % products == 0) ahead.next_group();
      }
    }
    search(scores[(made - 1) % 2]);
    size_t doubtful = 0;
    uint32_t unsure[most_groups];
    for (size_t g = 0; g < groups; g++) {
      const size_t valid = at_most(tile_side, at_least(count, g * tile_side) - g * tile_side);
      unsure[g] = states[g].finish(labels + g * tile_side) & ((1u << valid) - 1);
      doubtful += static_cast<size_t>(__builtin_popcount(unsure[g]));
    }
    if (doubtful * 8 > count) {
      __atomic_store_n(&rest_, tiles_to_rest, __ATOMIC_RELAXED);
      return false;
    }
    for (size_t g = 0; g < groups; g++) {
      for (; unsure[g] != 0; unsure[g] &= unsure[g] - 1) {
        const size_t i = g * tile_side + lowest_bit(unsure[g]);
        labels[i] = label_one(tile + i, columns);
      }
    }
    return true;
  }

 private:
  static constexpr size_t most_groups = 16;
  static constexpr size_t most_right = 4 * most_steps;
  static constexpr int32_t tiles_to_rest = 15;
  // Counts one in the upper half of a number that has the place in its lower half.
  static constexpr size_t once = 1 << 16;

  // Where it was measured to win by half or so. With fewer features or centroids, splitting the customers and waiting for
  // tiles cost more than multiply-adds, the more so as virtual machines may share a core's tile unit with a neighbour.
  static bool pays(size_t clusters, size_t depth) {
    return clusters >= 128 && clusters < once / 2 && depth >= 48 && tile_steps(depth) <= most_steps;
  }

  template <class Visit>
  KINDRED_INLINE static void with_tiles(size_t tiles, Visit&& visit) {
    switch (tiles) {
      case 1:
        return visit.template operator()<1>();
      case 2:
        return visit.template operator()<2>();
      case 3:
        return visit.template operator()<3>();
      default:
        return visit.template operator()<4>();
    }
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

    // Counts the scores that are within the doubt of the least, and adds up their places: of one alone, its place.
    template <int tiles>
    KINDRED_INLINE void search(const float* scores, const int32_t* places) {
      Floats least[4] = {best, load(scores), load(scores + tile_side), load(scores + 2 * tile_side)};
      KINDRED_UNROLL
      for (int row = 3; row < tiles * 16; row++) least[row % 4] = minimum(load(scores + row * 16), least[row % 4]);
      const Floats nearest = minimum(minimum(least[0], least[1]), minimum(least[2], least[3]));
      const Floats limit = add(nearest, doubt);
      Ints counted[2] = {_mm512_maskz_mov_epi32(_mm512_cmp_ps_mask(best, limit, _CMP_LE_OQ), found), broadcast(int32_t{0})};
      KINDRED_UNROLL
      for (int row = 0; row < tiles * 16; row++) {
        const Mask within = _mm512_cmp_ps_mask(load(scores + row * 16), limit, _CMP_LE_OQ);
        counted[row % 2] = _mm512_mask_add_epi32(counted[row % 2], within, counted[row % 2], broadcast(places[row]));
      }
      best = nearest;
      found = _mm512_add_epi32(counted[0], counted[1]);
    }

    // Returns the customers that are not certain. Beyond 2^100 a score may have been infinite or a NaN underway.
    KINDRED_INLINE uint32_t finish(int32_t* labels) const {
      store(labels, _mm512_and_si512(found, broadcast(int32_t{0xffff})));
      const Mask single = _mm512_cmpeq_epi32_mask(_mm512_srli_epi32(found, 16), broadcast(int32_t{1}));
      return ~(bits(single) & bits(less(doubt, broadcast(0x1p100f))));
    }
  };

  // The nearest centroid of the column at `values` in float32, with the bits that PackedCentroids finds.
  int32_t label_one(const float* values, size_t stride) const {
    const size_t padded = tiles_ * tile_side;
    Floats best = broadcast(INFINITY);
    Ints index = broadcast(int32_t{0});
    const Ints lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (size_t first = 0; first < tiles_; first += 4) {
      with_tiles(at_most(4, tiles_ - first), [&]<int tiles>() KINDRED_LAMBDA_INLINE {
        const float* factors = by_feature_ + first * tile_side;
        Floats score[tiles];
        KINDRED_UNROLL
        for (int t = 0; t < tiles; t++) score[t] = load(factors + depth_ * padded + t * 16);
        for (size_t i = 0; i < depth_; i++) {
          const Floats value = broadcast(values[i * stride]);
          KINDRED_UNROLL
          for (int t = 0; t < tiles; t++) score[t] = fma(load(factors + i * padded + t * 16), value, score[t]);
        }
        KINDRED_UNROLL
        for (int t = 0; t < tiles; t++) {
          const Mask nearer = less(score[t], best);
          best = select(nearer, score[t], best);
          index = select(nearer, _mm512_add_epi32(lanes, broadcast(static_cast<int32_t>(first * tile_side) + t * 16)), index);
        }
      });
    }
    float scores[16];
    int32_t places[16];
    store(scores, best);
    store(places, index);
    size_t winner = 0;
    for (size_t l = 1; l < 16; l++) {
      if (scores[l] < scores[winner] || (scores[l] == scores[winner] && places[l] < places[winner])) winner = l;
    }
    return places[winner];
  }

  size_t clusters_;
  size_t depth_;
  size_t steps_;
  size_t tiles_;
  bool pays_;
  float by_length_ = 0;
  float at_least_ = 0;
  mutable int32_t rest_ = 0;
  Scratch<char> left_;
  Scratch<float> starts_;
  Scratch<int32_t> places_;
  Scratch<float> by_feature_;
};

}  // namespace kindred::KINDRED_LEVEL
