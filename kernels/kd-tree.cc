// KdTree: customers sorted into the boxes of a balanced k-d tree.
// x [n, d] → points [n, d], order [n], low and high [nodes, d]
//
// Level by level: the box of every node, then its customers parted around the median of its widest feature. The parting is
// that of the host version, exchange by exchange, so that both make the same tree.
#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// The number of features is a constant where that is a small one: a customer then fits into registers.
template <size_t constant_features>
class Sorting {
 public:
  Sorting(float* points, int32_t* order, size_t features) : points_(points), order_(order), given_features_(features) {}

  // Writes the box of places [from, to); returns the feature in which it is widest.
  size_t bound(size_t from, size_t to, float* low, float* high) const {
    if constexpr (constant_features > 0) {
      float least[constant_features], most[constant_features];
      find_bounds(from, to, least, most);
      std::memcpy(low, least, sizeof(least));
      std::memcpy(high, most, sizeof(most));
    } else {
      find_bounds(from, to, low, high);
    }
    size_t widest = 0;
    double width = -1;
    for (size_t f = 0; f < features(); f++) {
      const double extent = static_cast<double>(high[f]) - static_cast<double>(low[f]);
      if (!(extent > width)) continue;
      width = extent;
      widest = f;
    }
    return widest;
  }

  // Puts at `place` who would stand there if places `low` to `high` were sorted by a feature.
  void select(size_t low, size_t high, size_t place, size_t feature) const {
    while (low < high) {
      const float pivot = middle_of(value(low, feature), value((low + high) / 2, feature), value(high, feature));
      size_t i = low;
      // One more than the place, which may come to lie below 0.
      size_t j = high + 1;
      while (i < j) {
        while (value(i, feature) < pivot) i++;
        while (value(j - 1, feature) > pivot) j--;
        if (i < j) exchange(i++, --j);
      }
      if (place < j) {
        high = j - 1;
      } else if (place >= i) {
        low = i;
      } else {
        return;
      }
    }
  }

 private:
  KINDRED_INLINE size_t features() const { return constant_features > 0 ? constant_features : given_features_; }

  KINDRED_INLINE void find_bounds(size_t from, size_t to, float* low, float* high) const {
    for (size_t f = 0; f < features(); f++) {
      low[f] = INFINITY;
      high[f] = -INFINITY;
    }
    for (size_t place = from; place < to; place++) {
      const float* point = points_ + place * features();
      for (size_t f = 0; f < features(); f++) {
        low[f] = point[f] < low[f] ? point[f] : low[f];
        high[f] = point[f] > high[f] ? point[f] : high[f];
      }
    }
  }

  float value(size_t place, size_t feature) const { return points_[place * features() + feature]; }

  static float middle_of(float a, float b, float c) {
    const float low = a < b ? a : b;
    const float high = a < b ? b : a;
    const float rest = high < c ? high : c;
    return low > rest ? low : rest;
  }

  void exchange(size_t i, size_t j) const {
    const int32_t customer = order_[i];
    order_[i] = order_[j];
    order_[j] = customer;
    for (size_t f = 0; f < features(); f++) {
      const float held = points_[i * features() + f];
      points_[i * features() + f] = points_[j * features() + f];
      points_[j * features() + f] = held;
    }
  }

  float* points_;
  int32_t* order_;
  size_t given_features_;
};

template <size_t constant_features>
void sort(const float* x, size_t customers, size_t features, float* points, int32_t* order, float* low, float* high) {
  std::memcpy(points, x, customers * features * sizeof(float));
  for (size_t i = 0; i < customers; i++) order[i] = static_cast<int32_t>(i);
  const size_t levels = tree_levels(customers);
  const Scratch<int32_t> places((size_t{1} << levels) + 1);
  leaf_places(customers, levels, places);
  const Sorting<constant_features> sorting(points, order, features);
  for (size_t level = 0; level <= levels; level++) {
    const size_t shift = levels - level;
    const size_t nodes = size_t{1} << level;
    const size_t nodes_of_chunk = at_least(1, nodes / 1024);
    const size_t chunks = divide_up(nodes, nodes_of_chunk);
    const double work = 4.0 * static_cast<double>(customers) * static_cast<double>(features);
    for_each_chunk(chunks, workers_for(chunks, work), [&](size_t chunk, unsigned) {
      for (size_t node = chunk * nodes_of_chunk; node < at_most(nodes, (chunk + 1) * nodes_of_chunk); node++) {
        const size_t from = static_cast<size_t>(places[node << shift]);
        const size_t to = static_cast<size_t>(places[(node + 1) << shift]);
        const size_t at = (nodes - 1 + node) * features;
        const size_t widest = sorting.bound(from, to, low + at, high + at);
        if (level < levels && to > from) sorting.select(from, to - 1, (from + to) / 2, widest);
      }
    });
  }
}

}  // namespace

void kd_tree(const float* x, size_t customers, size_t features, float* points, int32_t* order, float* low, float* high) {
  switch (features) {
    case 2:
      return sort<2>(x, customers, features, points, order, low, high);
    case 3:
      return sort<3>(x, customers, features, points, order, low, high);
    case 4:
      return sort<4>(x, customers, features, points, order, low, high);
    case 8:
      return sort<8>(x, customers, features, points, order, low, high);
    default:
      return sort<0>(x, customers, features, points, order, low, high);
  }
}

}  // namespace kindred::KINDRED_LEVEL
