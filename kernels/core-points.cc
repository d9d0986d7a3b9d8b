// CorePoints: who has at least so many customers, themselves included, within a radius.
// tree, leaves [from, to) → core of their customers, 1 or 0
//
// Begins with the customer's own leaf and goes on to ever greater boxes around it, near ones first, until there are enough;
// a box that lies within the radius counts as a whole.
#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

struct Counter {
  const WideTree& tree;
  const double* point;
  double squared_radius;
  size_t wanted;
  size_t count = 0;

  void climb(size_t leaf) {
    add_leaf(leaf);
    size_t node = leaf;
    for (size_t level = tree.levels; level > 0 && count < wanted; level -= 3) {
      const size_t block = level == tree.top ? 0 : node / octet_lanes;
      add_block(level, block, ~(uint32_t{1} << node % octet_lanes));
      if (level == tree.top) return;
      node = block;
    }
  }

 private:
  void add_leaf(size_t leaf) {
    const float* customers = tree.leaf(leaf);
    const size_t size = tree.leaf_count(leaf);
    const Doubles radius = doubles(squared_radius);
    for (size_t start = 0; start < size; start += octet_lanes) {
      count += bits_set(at_most(to_customers(customers + start, point, tree.features), radius));
    }
  }

  void add_block(size_t level, size_t block, uint32_t lanes) {
    const float* boxes = tree.box(level, block);
    const Doubles measured = to_boxes(boxes, point, tree.features);
    uint32_t open = lanes & at_most(measured, doubles(squared_radius));
    if (open == 0) return;
    const uint32_t whole = at_most(across_boxes(boxes, point, tree.features), doubles(squared_radius));
    double distance[octet_lanes];
    store(distance, measured);
    while (open != 0 && count < wanted) {
      size_t nearest = lowest_bit(open);
      for (uint32_t rest = open & (open - 1); rest != 0; rest &= rest - 1) {
        const size_t lane = lowest_bit(rest);
        if (distance[lane] < distance[nearest]) nearest = lane;
      }
      open &= ~(uint32_t{1} << nearest);
      const size_t node = block * octet_lanes + nearest;
      if ((whole >> nearest & 1) != 0) {
        count += tree.node_count(level, node);
      } else if (level == tree.levels) {
        add_leaf(node);
      } else {
        add_block(level + 3, node, ~uint32_t{0});
      }
    }
  }
};

}  // namespace

size_t core_points(Tree source, double squared_radius, size_t wanted, size_t from, size_t to, int32_t* core) {
  const WideTree tree(source, nullptr);
  const size_t first = static_cast<size_t>(tree.places[from]);
  const double radius = finite(squared_radius);
  constexpr size_t leaves_of_chunk = 64;
  const size_t chunks = divide_up(to - from, leaves_of_chunk);
  const unsigned workers = workers_for(chunks, 100.0 * static_cast<double>(to - from) * static_cast<double>(leaf_size * tree.features));
  const Scratch<double> points(workers * tree.features);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    double* point = points + worker * tree.features;
    for (size_t leaf = from + chunk * leaves_of_chunk; leaf < at_most(to, from + (chunk + 1) * leaves_of_chunk); leaf++) {
      for (size_t place = static_cast<size_t>(tree.places[leaf]); place < static_cast<size_t>(tree.places[leaf + 1]); place++) {
        for (size_t f = 0; f < tree.features; f++) point[f] = source.points[place * tree.features + f];
        Counter counter{tree, point, radius, wanted};
        counter.climb(leaf);
        core[place - first] = counter.count >= wanted ? 1 : 0;
      }
    }
  });
  return static_cast<size_t>(tree.places[to]) - first;
}

}  // namespace kindred::KINDRED_LEVEL
