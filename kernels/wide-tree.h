// The k-d tree of src/ops/tree as the kernels walk it: eight boxes are measured at once.
//
// Three levels of the binary tree are one step here. Boxes lie in blocks of eight, the great-grandchildren of one node,
// feature by feature; the customers of a leaf likewise, 16 side by side. Places that hold nobody are infinitely far away.
// Distances are summed feature by feature in float64, so that a box is never farther than its nearest customer.
#pragma once

#include "doubles.h"
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

constexpr size_t leaf_size = 16;

// The levels of the binary tree above its leaves.
KINDRED_INLINE size_t tree_levels(size_t customers) {
  size_t levels = 0;
  while ((leaf_size << levels) < customers) levels++;
  return levels;
}

// places [leaves + 1]: the first customer of each leaf, where every node halves its customers.
KINDRED_INLINE void leaf_places(size_t customers, size_t levels, int32_t* places) {
  const size_t leaves = size_t{1} << levels;
  places[0] = 0;
  places[leaves] = static_cast<int32_t>(customers);
  for (size_t step = leaves; step > 1; step /= 2) {
    for (size_t leaf = 0; leaf < leaves; leaf += step) places[leaf + step / 2] = (places[leaf] + places[leaf + step]) / 2;
  }
}

// Whom a walk may find: places that are not marked are left out. Null: everybody.
class WideTree {
 public:
  WideTree(Tree tree, const int32_t* marks)
      : customers(tree.customers),
        features(tree.features),
        levels(tree_levels(tree.customers)),
        leaves(size_t{1} << levels),
        top(levels % 3 == 0 ? at_most(levels, 3) : levels % 3),
        places(leaves + 1),
        points(leaves * leaf_size * tree.features),
        boxes(box_blocks() * 2 * octet_lanes * tree.features) {
    leaf_places(customers, levels, places);
    const size_t leaves_of_chunk = 256;
    const size_t chunks = divide_up(leaves, leaves_of_chunk);
    const double work = static_cast<double>(customers) * static_cast<double>(features);
    for_each_chunk(chunks, workers_for(chunks, work), [&](size_t chunk, unsigned) {
      for (size_t leaf = chunk * leaves_of_chunk; leaf < at_most(leaves, (chunk + 1) * leaves_of_chunk); leaf++) {
        pack_leaf(tree, marks, leaf);
      }
    });
    if (levels == 0) return;
    size_t start = 0;
    for (size_t level = top, blocks = 1; level <= levels; level += 3) {
      first_block[level] = start;
      for (size_t block = 0; block < blocks; block++) pack_boxes(tree, marks, level, block);
      start += blocks;
      blocks = size_t{1} << level;
    }
  }

  const float* leaf(size_t index) const { return points + index * leaf_size * features; }
  // The boxes of block `block` of a level: low [features, 8], then high.
  const float* box(size_t level, size_t block) const { return boxes + (first_block[level] + block) * 2 * octet_lanes * features; }
  size_t leaf_count(size_t index) const { return static_cast<size_t>(places[index + 1] - places[index]); }
  // Customers of a node, marked or not.
  size_t node_count(size_t level, size_t node) const {
    const size_t shift = levels - level;
    return static_cast<size_t>(places[(node + 1) << shift] - places[node << shift]);
  }

  const size_t customers;
  const size_t features;
  const size_t levels;
  const size_t leaves;
  // The first level whose boxes are kept.
  const size_t top;
  const Scratch<int32_t> places;

 private:
  size_t box_blocks() const {
    size_t blocks = 1;
    for (size_t level = top; level + 3 <= levels && level > 0; level += 3) blocks += size_t{1} << level;
    return blocks;
  }

  void pack_leaf(Tree tree, const int32_t* marks, size_t index) {
    float* target = points + index * leaf_size * features;
    const size_t start = static_cast<size_t>(places[index]);
    const size_t count = leaf_count(index);
    for (size_t f = 0; f < features; f++) {
      for (size_t i = 0; i < leaf_size; i++) {
        const bool counts = i < count && (marks == nullptr || marks[start + i] != 0);
        target[f * leaf_size + i] = counts ? tree.points[(start + i) * features + f] : INFINITY;
      }
    }
  }

  void pack_boxes(Tree tree, const int32_t* marks, size_t level, size_t block) {
    float* low = boxes + (first_block[level] + block) * 2 * octet_lanes * features;
    float* high = low + octet_lanes * features;
    const size_t nodes = level < 3 ? size_t{1} << level : octet_lanes;
    for (size_t lane = 0; lane < octet_lanes; lane++) {
      const size_t node = block * octet_lanes + lane;
      const size_t shift = levels - level;
      bool reachable = lane < nodes && node_count(level, node) > 0;
      if (reachable && marks != nullptr) {
        reachable = false;
        for (int32_t place = places[node << shift]; place < places[(node + 1) << shift] && !reachable; place++) reachable = marks[place] != 0;
      }
      const size_t at = ((size_t{1} << level) - 1 + node) * features;
      for (size_t f = 0; f < features; f++) {
        low[f * octet_lanes + lane] = reachable ? tree.low[at + f] : INFINITY;
        high[f * octet_lanes + lane] = reachable ? tree.high[at + f] : INFINITY;
      }
    }
  }

  const Scratch<float> points;
  const Scratch<float> boxes;
  size_t first_block[40] = {};
};

// The squared distances of a point from eight boxes, 0 within.
KINDRED_INLINE Doubles to_boxes(const float* low, const double* point, size_t features) {
  const float* high = low + octet_lanes * features;
  Doubles sum = doubles(0.0);
  for (size_t f = 0; f < features; f++) {
    const Doubles value = doubles(point[f]);
    const Doubles below = subtract(widen(low + f * octet_lanes), value);
    const Doubles above = subtract(value, widen(high + f * octet_lanes));
    const Doubles gap = maximum(maximum(below, above), doubles(0.0));
    sum = add(sum, multiply(gap, gap));
  }
  return sum;
}

// The squared distances of a point from the farthest places of eight boxes.
KINDRED_INLINE Doubles across_boxes(const float* low, const double* point, size_t features) {
  const float* high = low + octet_lanes * features;
  Doubles sum = doubles(0.0);
  for (size_t f = 0; f < features; f++) {
    const Doubles value = doubles(point[f]);
    const Doubles reach = maximum(subtract(widen(high + f * octet_lanes), value), subtract(value, widen(low + f * octet_lanes)));
    sum = add(sum, multiply(reach, reach));
  }
  return sum;
}

// The squared distances of a point from eight customers of a leaf.
KINDRED_INLINE Doubles to_customers(const float* customers, const double* point, size_t features) {
  Doubles sum = doubles(0.0);
  for (size_t f = 0; f < features; f++) {
    const Doubles difference = subtract(doubles(point[f]), widen(customers + f * leaf_size));
    sum = add(sum, multiply(difference, difference));
  }
  return sum;
}

// A radius that no customer is beyond stays below the distance of places that hold nobody.
KINDRED_INLINE double finite(double squared_radius) { return squared_radius < 1e300 ? squared_radius : 1e300; }

KINDRED_INLINE size_t bits_set(uint32_t mask) {
  size_t count = 0;
  for (; mask != 0; mask &= mask - 1) count++;
  return count;
}

KINDRED_INLINE double squared_distance(const float* a, const float* b, size_t features) {
  double sum = 0;
  for (size_t f = 0; f < features; f++) {
    const double difference = static_cast<double>(a[f]) - static_cast<double>(b[f]);
    sum += difference * difference;
  }
  return sum;
}

// Visits leaves from near to far. `Visitor` says how far is too far, box(distance) and node(level, index) whether to go
// on, and takes the leaves: leaf(index).
template <class Visitor>
class Walk {
 public:
  Walk(const WideTree& tree, const double* point, Visitor& visitor) : tree_(tree), point_(point), visitor_(visitor) {}

  KINDRED_INLINE void run() {
    if (tree_.levels == 0) {
      visitor_.leaf(0);
    } else {
      descend(tree_.top, 0);
    }
  }

 private:
  void descend(size_t level, size_t block) {
    double distance[octet_lanes];
    const Doubles measured = to_boxes(tree_.box(level, block), point_, tree_.features);
    store(distance, measured);
    uint32_t open = visitor_.reachable(measured);
    while (open != 0) {
      size_t nearest = lowest_bit(open);
      for (uint32_t rest = open & (open - 1); rest != 0; rest &= rest - 1) {
        const size_t lane = lowest_bit(rest);
        if (distance[lane] < distance[nearest]) nearest = lane;
      }
      // The others are no nearer.
      if (!visitor_.reachable(distance[nearest])) return;
      open &= ~(uint32_t{1} << nearest);
      const size_t node = block * octet_lanes + nearest;
      if (!visitor_.enters(level, node)) continue;
      if (level == tree_.levels) {
        visitor_.leaf(node);
      } else {
        descend(level + 3, node);
      }
    }
  }

  const WideTree& tree_;
  const double* point_;
  Visitor& visitor_;
};

}  // namespace kindred::KINDRED_LEVEL
