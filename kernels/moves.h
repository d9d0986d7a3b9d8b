// Customers that change their segment, and the sums of the segments after it.
//
// Few movers are cheaper to follow than all customers are to add up. They are listed first, without a branch on each
// customer, and then turned around in registers as sums.h does it: one load, one add and one store for eight features.
#pragma once

#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

class Moves {
 public:
  // Of at most `most` customers.
  KINDRED_INLINE Moves(size_t depth, size_t most) : depth_(depth), columns_(most + width), from_(most + width), to_(most + width), tile_(octet * block) {}

  KINDRED_INLINE void clear() { count_ = 0; }

  // How many of `count` customers differ in their labels.
  template <class Label>
  KINDRED_INLINE static size_t count(size_t count, const Label* from, const int32_t* to) {
    size_t moved = 0;
    size_t i = 0;
    for (; i + width <= count; i += width) moved += count_bits(different(load(from + i), load(to + i)));
    for (; i < count; i++) moved += static_cast<int32_t>(from[i]) != to[i];
    return moved;
  }

  KINDRED_INLINE size_t count() const { return count_; }

  // Customer `column` leaves segment `from` for segment `to`, if they differ.
  KINDRED_INLINE void add(size_t column, int32_t from, int32_t to) {
    columns_[count_] = static_cast<int32_t>(column);
    from_[count_] = from;
    to_[count_] = to;
    count_ += from != to;
  }

  // The same of customers [first, first + count).
  template <class Label>
  KINDRED_INLINE void add(size_t first, size_t count, const Label* from, const int32_t* to) {
    int32_t lanes[width];
    for (size_t l = 0; l < width; l++) lanes[l] = static_cast<int32_t>(l);
    const Ints ascending = load(lanes);
    size_t i = 0;
    size_t listed = count_;
    for (; i + width <= count; i += width) {
      const uint32_t moved = different(load(from + i), load(to + i));
      keep(columns_ + listed, moved, kindred::KINDRED_LEVEL::add(ascending, broadcast(static_cast<int32_t>(i))));
      listed += count_bits(moved);
    }
    for (size_t j = count_; j < listed; j++) {
      const int32_t place = columns_[j];
      from_[j] = static_cast<int32_t>(from[place]);
      to_[j] = to[place];
      columns_[j] = static_cast<int32_t>(first) + place;
    }
    count_ = listed;
    for (; i < count; i++) add(first + i, static_cast<int32_t>(from[i]), to[i]);
  }

  // Changes totals [segments, depth + 1], sums of features and then the count of members, by the moves in their order.
  KINDRED_INLINE void apply(Dense x, double* totals) const {
    for (size_t begin = 0; begin < count_; begin += block) {
      const size_t count = at_most(block, count_ - begin);
      const int32_t* const columns = columns_ + begin;
      const int32_t* const from = from_ + begin;
      const int32_t* const to = to_ + begin;
      const size_t row = depth_ + 1;
      size_t feature = 0;
      for (; feature + octet <= depth_; feature += octet) {
        const float* rows[octet];
        for (size_t r = 0; r < octet; r++) {
          const float* const source = x.values + (feature + r) * x.columns;
          float* const target = tile_ + r * block;
          for (size_t i = 0; i < count; i++) target[i] = source[columns[i]];
          rows[r] = target;
        }
        for (size_t first = 0; first < count; first += turned) {
          Octet values[turned];
          transpose(rows, first, values);
          const size_t some = at_most(turned, count - first);
          for (size_t i = 0; i < some; i++) {
            accumulate(totals + static_cast<size_t>(from[first + i]) * row + feature, values[i], -1.0);
            accumulate(totals + static_cast<size_t>(to[first + i]) * row + feature, values[i]);
          }
        }
      }
      for (size_t i = 0; i < count; i++) {
        double* const left = totals + static_cast<size_t>(from[i]) * row;
        double* const joined = totals + static_cast<size_t>(to[i]) * row;
        for (size_t f = feature; f < depth_; f++) {
          const double value = x.values[f * x.columns + static_cast<size_t>(columns[i])];
          left[f] -= value;
          joined[f] += value;
        }
        left[depth_] -= 1;
        joined[depth_] += 1;
      }
    }
  }

 private:
  static constexpr size_t octet = 8;
  static constexpr size_t block = 256;

  size_t depth_;
  size_t count_ = 0;
  Scratch<int32_t> columns_;
  Scratch<int32_t> from_;
  Scratch<int32_t> to_;
  // [8, block]: features of movers.
  Scratch<float> tile_;
};

}  // namespace kindred::KINDRED_LEVEL
