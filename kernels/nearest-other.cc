// NearestOther: a round of Borůvka's algorithm, the shortest edges out of groups of customers.
// tree, core neighbours [n], groups [n], others [n], bounds [n] → others, bounds
//
// An edge is no shorter than the core distance of either end. Of the customers of a group those search whose edge may be the
// shortest: the bound below, known from the rounds before, is less than what others of their group have found. What
// a few neighbouring leaves find bounds their own searches only, so that nothing depends on the threads.
#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr int32_t mixed = -1;

// The greatest float32 that is not above.
KINDRED_INLINE float rounded_down(double value) {
  const float nearest = static_cast<float>(value);
  return static_cast<double>(nearest) > value ? std::nextafter(nearest, -INFINITY) : nearest;
}

// The groups and least core distances of the tree's nodes; a node of one group has its number, else it is mixed.
struct Nodes {
  Nodes(const WideTree& tree, const int32_t* groups, const double* core) : group(2 * tree.leaves), least_core(2 * tree.leaves) {
    const size_t first_leaf = tree.leaves - 1;
    for (size_t leaf = 0; leaf < tree.leaves; leaf++) {
      const int32_t start = tree.places[leaf];
      int32_t found = tree.leaf_count(leaf) > 0 ? groups[start] : mixed;
      double least = INFINITY;
      for (int32_t place = start; place < tree.places[leaf + 1]; place++) {
        if (groups[place] != found) found = mixed;
        least = core[place] < least ? core[place] : least;
      }
      group[first_leaf + leaf] = found;
      least_core[first_leaf + leaf] = least;
    }
    for (size_t node = first_leaf; node-- > 0;) {
      const size_t left = 2 * node + 1;
      group[node] = group[left] == group[left + 1] ? group[left] : mixed;
      least_core[node] = least_core[left] < least_core[left + 1] ? least_core[left] : least_core[left + 1];
    }
  }

  Scratch<int32_t> group;
  Scratch<double> least_core;
};

struct Search {
  const WideTree& tree;
  const Nodes& nodes;
  const int32_t* groups;
  const double* core;
  const double* point;
  int32_t group;
  double own_core;
  double length;
  int32_t other = -1;

  KINDRED_INLINE uint32_t reachable(Doubles boxes) const { return less(boxes, doubles(length)); }
  KINDRED_INLINE bool reachable(double box) const { return box < length && own_core < length; }
  KINDRED_INLINE bool enters(size_t level, size_t node) const {
    const size_t at = (size_t{1} << level) - 1 + node;
    return nodes.group[at] != group && nodes.least_core[at] < length;
  }

  KINDRED_INLINE void leaf(size_t index) {
    const float* customers = tree.leaf(index);
    const size_t size = tree.leaf_count(index);
    for (size_t start = 0; start < size; start += octet_lanes) {
      const Doubles measured = to_customers(customers + start, point, tree.features);
      uint32_t hits = less(measured, doubles(length));
      if (hits == 0) continue;
      double lanes[octet_lanes];
      store(lanes, measured);
      for (; hits != 0; hits &= hits - 1) {
        const size_t lane = lowest_bit(hits);
        const int32_t place = tree.places[index] + static_cast<int32_t>(start + lane);
        if (groups[place] == group) continue;
        double reach = lanes[lane] > own_core ? lanes[lane] : own_core;
        reach = reach > core[place] ? reach : core[place];
        if (!(reach < length)) continue;
        length = reach;
        other = place;
      }
    }
  }
};

constexpr size_t leaves_of_chunk = 16;

// The shortest edges that a chunk's own searches have found.
struct Found {
  int32_t group[leaves_of_chunk * leaf_size];
  double length[leaves_of_chunk * leaf_size];
  size_t count = 0;

  KINDRED_INLINE double& of(int32_t wanted, double known) {
    for (size_t i = count; i-- > 0;) {
      if (group[i] == wanted) return length[i];
    }
    group[count] = wanted;
    length[count] = known;
    return length[count++];
  }
};

}  // namespace

void nearest_other(Tree source, const int32_t* core_neighbours, const int32_t* groups, int32_t* others, float* bounds) {
  const WideTree tree(source, nullptr);
  const size_t customers = tree.customers;
  const size_t features = tree.features;
  const Scratch<double> core(customers);
  // By customer the length of the known edge, and by group the least of them.
  const Scratch<double> known(customers);
  const Scratch<double> least(customers);
  const auto point = [&](int32_t place) { return source.points + static_cast<size_t>(place) * features; };
  for (size_t i = 0; i < customers; i++) {
    const int32_t neighbour = core_neighbours[i];
    core[i] = neighbour < 0 ? 0.0 : squared_distance(point(static_cast<int32_t>(i)), point(neighbour), features);
    least[i] = INFINITY;
  }
  for (size_t i = 0; i < customers; i++) {
    const int32_t other = others[i];
    known[i] = INFINITY;
    if (other < 0 || groups[other] == groups[i]) continue;
    double length = squared_distance(point(static_cast<int32_t>(i)), point(other), features);
    length = length > core[i] ? length : core[i];
    length = length > core[other] ? length : core[other];
    known[i] = length;
    if (length < least[groups[i]]) least[groups[i]] = length;
  }
  const Nodes nodes(tree, groups, core);

  const size_t chunks = divide_up(tree.leaves, leaves_of_chunk);
  const unsigned workers = workers_for(chunks, 100.0 * static_cast<double>(customers) * static_cast<double>(features));
  const Scratch<double> points(workers * features);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    double* own = points + worker * features;
    Found found;
    const int32_t end = tree.places[at_most(tree.leaves, (chunk + 1) * leaves_of_chunk)];
    for (int32_t place = tree.places[chunk * leaves_of_chunk]; place < end; place++) {
      const int32_t group = groups[place];
      if (known[place] < INFINITY && !(rounded_down(known[place]) > bounds[place])) continue;
      if (!(bounds[place] < least[group])) continue;
      double& length = found.of(group, least[group]);
      if (!(bounds[place] < length)) continue;
      for (size_t f = 0; f < features; f++) own[f] = point(place)[f];
      Search search{tree, nodes, groups, core, own, group, core[place], length};
      if (core[place] < length) Walk<Search>(tree, own, search).run();
      bounds[place] = rounded_down(search.length);
      if (search.other < 0) continue;
      others[place] = search.other;
      length = search.length;
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
