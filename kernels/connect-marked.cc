// ConnectMarked: groups of marked customers of a tree, linked by pairs that are within a radius.
// tree, marks [n], not 0 for those who count → groups [n]: the first place of the group; -1 for who is not marked
//
// Groups only ever merge, the later first place into the earlier one, without locks: whatever a thread reads of another's
// work was true once and stays true, and how groups end does not depend on the order in which they merged. First each
// subtree by itself, from its leaves up, then every two subtrees. Two boxes are compared only while they may still bring
// something new.
#include <atomic>

#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

using Link = std::atomic<int32_t>;

class Connector {
 public:
  Connector(Tree source, const WideTree& tree, const int32_t* marks, double squared_radius)
      : source_(source), tree_(tree), marks_(marks), squared_radius_(squared_radius), parent_(source.customers), together_(2 * tree.leaves) {
    for (size_t place = 0; place < source.customers; place++) new (parent_ + place) Link(static_cast<int32_t>(place));
    for (size_t node = 0; node < 2 * tree.leaves - 1; node++) new (together_ + node) Link(mixed);
  }

  int32_t find(int32_t place) const {
    for (;;) {
      const int32_t up = parent_[place].load(std::memory_order_relaxed);
      const int32_t above = parent_[up].load(std::memory_order_relaxed);
      if (up == above) return up;
      parent_[place].store(above, std::memory_order_relaxed);
      place = above;
    }
  }

  // Within the node, given what is below it.
  void connect(size_t level, size_t node) const {
    if (is_whole(level, node, level, node)) {
      unite_all(level, node);
    } else if (level == tree_.levels) {
      unite_leaf(node);
    } else {
      compare(level + 1, 2 * node, level + 1, 2 * node + 1);
    }
    note(level, node);
  }

  // Between two nodes.
  void compare(size_t level_a, size_t a, size_t level_b, size_t b) const {
    const int32_t one = known(level_a, a), other = known(level_b, b);
    if (one == nobody || other == nobody) return;
    if (one >= 0 && other >= 0 && find(one) == find(other)) return;
    if (between(level_a, a, level_b, b) > squared_radius_) return;
    if (is_whole(level_a, a, level_b, b)) {
      unite(unite_all(level_a, a), unite_all(level_b, b));
    } else if (level_a == tree_.levels && level_b == tree_.levels) {
      if (unite_leaves(a, b)) {
        note(level_a, a);
        note(level_b, b);
      }
    } else if (level_a <= level_b) {
      compare(level_a + 1, 2 * a, level_b, b);
      compare(level_a + 1, 2 * a + 1, level_b, b);
      note(level_a, a);
    } else {
      compare(level_a, a, level_b + 1, 2 * b);
      compare(level_a, a, level_b + 1, 2 * b + 1);
      note(level_b, b);
    }
  }

 private:
  // Of a node: not all of its marked customers are known to belong together, or there are none.
  static constexpr int32_t mixed = -1;
  static constexpr int32_t nobody = -2;

  size_t corner(size_t level, size_t node) const { return ((size_t{1} << level) - 1 + node) * source_.features; }
  Link& together(size_t level, size_t node) const { return together_[(size_t{1} << level) - 1 + node]; }
  int32_t known(size_t level, size_t node) const { return together(level, node).load(std::memory_order_relaxed); }

  void note(size_t level, size_t node) const {
    if (known(level, node) != mixed) return;
    const int32_t found = level == tree_.levels ? of_leaf(node) : of_both(known(level + 1, 2 * node), known(level + 1, 2 * node + 1));
    if (found != mixed) together(level, node).store(found, std::memory_order_relaxed);
  }

  int32_t of_both(int32_t left, int32_t right) const {
    if (left == mixed || right == mixed) return mixed;
    if (left == nobody) return right;
    return right == nobody || find(left) == find(right) ? left : mixed;
  }

  int32_t of_leaf(size_t leaf) const {
    int32_t first = nobody, root = nobody;
    for (int32_t place = tree_.places[leaf]; place < tree_.places[leaf + 1]; place++) {
      if (marks_[place] == 0) continue;
      if (first == nobody) {
        first = place;
        root = find(place);
      } else if (find(place) != root) {
        return mixed;
      }
    }
    return first;
  }

  // Joins all marked customers of a node that are in each other's reach anyway; returns the place of one.
  int32_t unite_all(size_t level, size_t node) const {
    const int32_t before = known(level, node);
    if (before != mixed) return before;
    const size_t shift = tree_.levels - level;
    int32_t first = nobody;
    for (int32_t place = tree_.places[node << shift]; place < tree_.places[(node + 1) << shift]; place++) {
      if (marks_[place] == 0) continue;
      if (first == nobody) first = place;
      unite(first, place);
    }
    together(level, node).store(first, std::memory_order_relaxed);
    return first;
  }

  void unite_leaf(size_t leaf) const {
    for (int32_t place = tree_.places[leaf]; place < tree_.places[leaf + 1]; place++) {
      if (marks_[place] != 0) unite_near(place, leaf, place + 1);
    }
  }

  bool unite_leaves(size_t a, size_t b) const {
    bool any = false;
    for (int32_t place = tree_.places[a]; place < tree_.places[a + 1]; place++) {
      if (marks_[place] == 0) continue;
      const size_t at = corner(tree_.levels, b);
      const float* point = source_.points + static_cast<size_t>(place) * source_.features;
      if (between_corners(point, point, source_.low + at, source_.high + at) > squared_radius_) continue;
      any = unite_near(place, b, 0) || any;
    }
    return any;
  }

  // With the customers of a leaf that are within the radius, from a place on.
  bool unite_near(int32_t place, size_t leaf, int32_t from) const {
    const float* customers = tree_.leaf(leaf);
    const size_t features = source_.features;
    const float* point = source_.points + static_cast<size_t>(place) * features;
    const int32_t begin = tree_.places[leaf];
    const size_t size = tree_.leaf_count(leaf);
    bool any = false;
    for (size_t start = 0; start < size; start += octet_lanes) {
      Doubles sum = doubles(0.0);
      for (size_t f = 0; f < features; f++) {
        const Doubles difference = subtract(doubles(point[f]), widen(customers + start + f * leaf_size));
        sum = add(sum, multiply(difference, difference));
      }
      for (uint32_t hits = at_most(sum, doubles(squared_radius_)); hits != 0; hits &= hits - 1) {
        const int32_t other = begin + static_cast<int32_t>(start + lowest_bit(hits));
        if (other >= from && unite(place, other)) any = true;
      }
    }
    return any;
  }

  bool unite(int32_t a, int32_t b) const {
    bool any = false;
    for (;;) {
      a = find(a);
      b = find(b);
      if (a == b) return any;
      if (a < b) {
        const int32_t earlier = a;
        a = b;
        b = earlier;
      }
      any = true;
      int32_t alone = a;
      if (parent_[a].compare_exchange_strong(alone, b, std::memory_order_relaxed)) return true;
    }
  }

  // The squared distance between two boxes, 0 where they meet, summed as the host does.
  double between_corners(const float* low_a, const float* high_a, const float* low_b, const float* high_b) const {
    double sum = 0;
    for (size_t f = 0; f < source_.features; f++) {
      const double below = static_cast<double>(low_b[f]) - static_cast<double>(high_a[f]);
      const double above = static_cast<double>(low_a[f]) - static_cast<double>(high_b[f]);
      const double apart = below > above ? below : above;
      const double gap = apart > 0 ? apart : 0;
      sum += gap * gap;
    }
    return sum;
  }

  double between(size_t level_a, size_t a, size_t level_b, size_t b) const {
    const size_t at_a = corner(level_a, a), at_b = corner(level_b, b);
    return between_corners(source_.low + at_a, source_.high + at_a, source_.low + at_b, source_.high + at_b);
  }

  // Whether all customers of two nodes are within the radius of each other.
  bool is_whole(size_t level_a, size_t a, size_t level_b, size_t b) const {
    const size_t at_a = corner(level_a, a), at_b = corner(level_b, b);
    double sum = 0;
    for (size_t f = 0; f < source_.features; f++) {
      const double up = static_cast<double>(source_.high[at_b + f]) - static_cast<double>(source_.low[at_a + f]);
      const double down = static_cast<double>(source_.high[at_a + f]) - static_cast<double>(source_.low[at_b + f]);
      const double reach = up > down ? up : down;
      sum += reach * reach;
    }
    return sum <= squared_radius_;
  }

  const Tree source_;
  const WideTree& tree_;
  const int32_t* marks_;
  const double squared_radius_;
  const Scratch<Link> parent_;
  const Scratch<Link> together_;
};

}  // namespace

void connect_marked(Tree source, const int32_t* marks, double squared_radius, int32_t* groups) {
  const WideTree tree(source, marks);
  const Connector connector(source, tree, marks, finite(squared_radius));
  const size_t level = at_most(tree.levels, 8);
  const size_t subtrees = size_t{1} << level;
  const double work = 1000.0 * static_cast<double>(source.customers) * static_cast<double>(source.features);
  const unsigned workers = workers_for(subtrees, work);
  for_each_chunk(subtrees, workers, [&](size_t subtree, unsigned) {
    for (size_t below = tree.levels + 1; below-- > level;) {
      const size_t shift = below - level;
      for (size_t node = subtree << shift; node < (subtree + 1) << shift; node++) connector.connect(below, node);
    }
  });
  // Neighbours in the tree first: they are the likeliest to have much in common.
  for_each_chunk(subtrees, workers, [&](size_t subtree, unsigned) {
    for (size_t other = subtree + 1; other < subtrees; other++) connector.compare(level, subtree, level, other);
  });
  for (size_t place = 0; place < source.customers; place++) {
    groups[place] = marks[place] != 0 ? connector.find(static_cast<int32_t>(place)) : -1;
  }
}

}  // namespace kindred::KINDRED_LEVEL
