// NearestNeighbours: the `wanted` nearest customers of a tree, for each query.
// tree, queries [m, d] → places [m, wanted], the nearest first, -1 where there are no more; of equally far ones any
#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

struct Neighbours {
  const WideTree& tree;
  const double* point;
  double* distances;
  int32_t* places;
  size_t wanted;
  size_t found = 0;
  double reach = INFINITY;

  KINDRED_INLINE uint32_t reachable(Doubles boxes) const { return less(boxes, doubles(reach)); }
  KINDRED_INLINE bool reachable(double box) const { return box < reach; }
  KINDRED_INLINE bool enters(size_t, size_t) const { return true; }

  KINDRED_INLINE void leaf(size_t index) {
    const float* customers = tree.leaf(index);
    const size_t size = tree.leaf_count(index);
    for (size_t start = 0; start < size; start += octet_lanes) {
      const Doubles measured = to_customers(customers + start, point, tree.features);
      uint32_t hits = less(measured, doubles(reach));
      if (hits == 0) continue;
      double lanes[octet_lanes];
      store(lanes, measured);
      for (; hits != 0; hits &= hits - 1) {
        const size_t lane = lowest_bit(hits);
        if (lanes[lane] < reach) insert(tree.places[index] + static_cast<int32_t>(start + lane), lanes[lane]);
      }
    }
  }

 private:
  KINDRED_INLINE void insert(int32_t place, double distance) {
    size_t at = found < wanted ? found++ : wanted - 1;
    for (; at > 0 && distances[at - 1] > distance; at--) {
      distances[at] = distances[at - 1];
      places[at] = places[at - 1];
    }
    distances[at] = distance;
    places[at] = place;
    if (found == wanted) reach = distances[wanted - 1];
  }
};

}  // namespace

void nearest_neighbours(Tree source, Dense queries, size_t wanted, int32_t* places) {
  if (wanted == 0) return;
  const WideTree tree(source, nullptr);
  const size_t features = tree.features;
  constexpr size_t queries_of_chunk = 64;
  const size_t chunks = divide_up(queries.rows, queries_of_chunk);
  const unsigned workers = workers_for(chunks, 1000.0 * static_cast<double>(queries.rows) * static_cast<double>(features));
  const Scratch<double> points(workers * features);
  const Scratch<double> distances(workers * wanted);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    double* point = points + worker * features;
    for (size_t query = chunk * queries_of_chunk; query < at_most(queries.rows, (chunk + 1) * queries_of_chunk); query++) {
      for (size_t f = 0; f < features; f++) point[f] = queries.values[query * features + f];
      Neighbours neighbours{tree, point, distances + worker * wanted, places + query * wanted, wanted};
      Walk<Neighbours>(tree, point, neighbours).run();
      for (size_t i = neighbours.found; i < wanted; i++) places[query * wanted + i] = -1;
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
