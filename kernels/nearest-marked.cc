// NearestMarked: of each query the nearest of some customers of a tree within a radius.
// tree, order [n], marks [n], queries [m, d] → places [m], -1 for nobody; of equally near ones the lowest customer
#include "wide-tree.h"

namespace kindred::KINDRED_LEVEL {
namespace {

struct Nearest {
  const WideTree& tree;
  const int32_t* order;
  const double* point;
  double distance;
  int32_t place = -1;

  KINDRED_INLINE uint32_t reachable(Doubles boxes) const { return at_most(boxes, doubles(distance)); }
  KINDRED_INLINE bool reachable(double box) const { return box <= distance; }
  KINDRED_INLINE bool enters(size_t, size_t) const { return true; }

  KINDRED_INLINE void leaf(size_t index) {
    const float* customers = tree.leaf(index);
    const size_t size = tree.leaf_count(index);
    for (size_t start = 0; start < size; start += octet_lanes) {
      const Doubles measured = to_customers(customers + start, point, tree.features);
      uint32_t hits = at_most(measured, doubles(distance));
      if (hits == 0) continue;
      double lanes[octet_lanes];
      store(lanes, measured);
      for (; hits != 0; hits &= hits - 1) {
        const size_t lane = lowest_bit(hits);
        const int32_t found = tree.places[index] + static_cast<int32_t>(start + lane);
        if (lanes[lane] > distance || (lanes[lane] == distance && place >= 0 && order[place] < order[found])) continue;
        distance = lanes[lane];
        place = found;
      }
    }
  }
};

}  // namespace

void nearest_marked(Tree source, const int32_t* order, const int32_t* marks, Dense queries, double squared_radius, int32_t* places) {
  const WideTree tree(source, marks);
  const double radius = finite(squared_radius);
  const size_t features = tree.features;
  constexpr size_t queries_of_chunk = 256;
  const size_t chunks = divide_up(queries.rows, queries_of_chunk);
  const unsigned workers = workers_for(chunks, 1000.0 * static_cast<double>(queries.rows) * static_cast<double>(features));
  const Scratch<double> points(workers * features);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    double* point = points + worker * features;
    for (size_t query = chunk * queries_of_chunk; query < at_most(queries.rows, (chunk + 1) * queries_of_chunk); query++) {
      for (size_t f = 0; f < features; f++) point[f] = queries.values[query * features + f];
      Nearest nearest{tree, order, point, radius};
      Walk<Nearest>(tree, point, nearest).run();
      places[query] = nearest.place;
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
