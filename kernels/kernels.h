// The kernels as pure functions over plain memory, and one table of them for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred {

// Row-major [rows, columns].
struct Dense {
  const float* values;
  std::size_t rows;
  std::size_t columns;
};

// Columns [first, first + count).
struct Window {
  std::size_t first;
  std::size_t count;
};

// Compressed sparse rows [rows, columns]; row i has the entries starts[i] … starts[i+1]. A pattern has no values, and
// one with null starts is empty.
struct Sparse {
  const std::int32_t* starts;
  const std::int32_t* indices;
  const float* values;
  std::size_t rows;
  std::size_t columns;
};

// Sum of the members of each cluster: sums + residuals [k, d] and counts [k].
struct ClusterSums {
  float* sums;
  float* residuals;
  float* counts;
  std::size_t clusters;
};

// The best `count` of each row, best first: indices and scores [m, count]; places left over have index -1 and score -infinity.
struct TopK {
  std::int32_t* indices;
  float* scores;
  std::size_t count;
};

// A k-d tree (kernels/wide-tree.h): points [n, d] sorted into its leaves, low and high [nodes, d] the corners of its boxes.
struct Tree {
  const float* points;
  const float* low;
  const float* high;
  std::size_t customers;
  std::size_t features;
};

enum class Metric { squared_euclidean, euclidean, manhattan, cosine, correlation };

struct Kernels {
  const char* level;
  // x [d, n], centroids [k, d] → labels [n], distances [n]
  void (*nearest_centroid)(Dense x, Dense centroids, std::int32_t* labels, float* distances);
  // x [d, n], centroids [k, d] → labels [n]; returns whether x is finite
  bool (*nearest_label)(Dense x, Dense centroids, std::int32_t* labels);
  // x [d, n], labels [n], weights [n] or null → sums
  void (*centroid_update)(Dense x, const std::int32_t* labels, const float* weights, ClusterSums out);
  // x [d, n], centroids [k, d], weights [n] or null → labels [n], sums
  void (*lloyd_step)(Dense x, Dense centroids, const float* weights, std::int32_t* labels, ClusterSums out);
  // Bytes of the state of lloyd_steps.
  std::size_t (*lloyd_steps_memory)(std::size_t d, std::size_t n, std::size_t k);
  // x [d, n], centroids [k, d], weights [n] or null, state, zero at first → the sums of each step; returns how many were made
  std::size_t (*lloyd_steps)(Dense x, Dense centroids, const float* weights, std::size_t steps, double tolerance, void* state,
                             ClusterSums out);
  // x [d, n], weights [n] or null → weight, mean and sum of squares around it [d, 3]
  void (*feature_moments)(Dense x, const float* weights, double* moments);
  // x [d, n], weights [n] or null, draws [k, trials] → chosen [k]
  void (*plus_plus)(Dense x, const float* weights, const float* draws, std::size_t clusters, std::size_t trials, std::int32_t* chosen);
  // a [d, m], some of its columns, b [d, n] → distances [window, n]
  void (*pairwise_distance)(Dense a, Window window, Dense b, Metric metric, float* distances);
  // queries [f, m], items [f, n], exclude pattern [m, n] → best [m]
  void (*cosine_topk)(Dense queries, Dense items, bool normalise, Sparse exclude, TopK best);
  // a [m, c], b transposed [c, n], exclude pattern [m, n] → best [m]
  void (*sparse_cosine_topk)(Sparse a, Sparse b_transposed, bool normalise, Sparse exclude, TopK best);
  // weights [m, n], start [m, f], y [n, f], gram [f, f] → x [m, f]
  void (*als_step)(Sparse weights, const float* start, Dense y, const float* gram, float regularisation, std::size_t steps, float* x);
  // y [n, f] → products [f, f]
  void (*gram)(Dense y, float* products);
  // a [d, m], b [d, n], starts [s + 1] → sums [m, s]
  void (*distance_sums)(Dense a, Dense b, const std::int32_t* starts, std::size_t segments, Metric metric, float* sums);
  // a [d, m], b [d, n], the limit of the distance → counts [m], marks [m, ceil(n / 32)] or null
  void (*radius_neighbours)(Dense a, Dense b, Metric metric, float limit, std::int32_t* counts, std::int32_t* marks);
  // owned [m, n], factors [n, f], recommended [m, count] → because [m, count]
  void (*strongest_owned)(Sparse owned, Dense factors, const std::int32_t* recommended, std::size_t count, std::int32_t* because);
  // owned [m, n], similar [n, n], likers [n, n], recommended [m, count] → because [m, count]
  void (*strongest_neighbour)(Sparse owned, Sparse similar, Sparse likers, const std::int32_t* recommended, std::size_t count,
                              std::int32_t* because);
  // x [n, d] → points [n, d], order [n], low and high [nodes, d]
  void (*kd_tree)(const float* x, std::size_t customers, std::size_t features, float* points, std::int32_t* order, float* low, float* high);
  // leaves [from, to) → core of their customers; returns how many these are
  std::size_t (*core_points)(Tree tree, double squared_radius, std::size_t wanted, std::size_t from, std::size_t to, std::int32_t* core);
  // marks [n] → groups [n]
  void (*connect_marked)(Tree tree, const std::int32_t* marks, double squared_radius, std::int32_t* groups);
  // order [n], marks [n], queries [m, d] → places [m]
  void (*nearest_marked)(Tree tree, const std::int32_t* order, const std::int32_t* marks, Dense queries, double squared_radius,
                         std::int32_t* places);
  // queries [m, d] → places [m, wanted]
  void (*nearest_neighbours)(Tree tree, Dense queries, std::size_t wanted, std::int32_t* places);
  // core neighbours [n], groups [n], others [n], bounds [n] → others, bounds
  void (*nearest_other)(Tree tree, const std::int32_t* core_neighbours, const std::int32_t* groups, std::int32_t* others, float* bounds);
  // x [n] → y [n]
  void (*fused_multiply_adds)(const float* x, std::size_t n, std::size_t rounds, float* y);
  void (*stream_copy)(const float* x, std::size_t n, float* y);
};

}  // namespace kindred

#ifdef KINDRED_LEVEL
namespace kindred::KINDRED_LEVEL {

void nearest_centroid(Dense x, Dense centroids, std::int32_t* labels, float* distances);
bool nearest_label(Dense x, Dense centroids, std::int32_t* labels);
void centroid_update(Dense x, const std::int32_t* labels, const float* weights, ClusterSums out);
void lloyd_step(Dense x, Dense centroids, const float* weights, std::int32_t* labels, ClusterSums out);
std::size_t lloyd_steps_memory(std::size_t d, std::size_t n, std::size_t k);
std::size_t lloyd_steps(Dense x, Dense centroids, const float* weights, std::size_t steps, double tolerance, void* state,
                        ClusterSums out);
void feature_moments(Dense x, const float* weights, double* moments);
void plus_plus(Dense x, const float* weights, const float* draws, std::size_t clusters, std::size_t trials, std::int32_t* chosen);
void pairwise_distance(Dense a, Window window, Dense b, Metric metric, float* distances);
void cosine_topk(Dense queries, Dense items, bool normalise, Sparse exclude, TopK best);
void sparse_cosine_topk(Sparse a, Sparse b_transposed, bool normalise, Sparse exclude, TopK best);
void als_step(Sparse weights, const float* start, Dense y, const float* gram, float regularisation, std::size_t steps, float* x);
void gram(Dense y, float* products);
void distance_sums(Dense a, Dense b, const std::int32_t* starts, std::size_t segments, Metric metric, float* sums);
void radius_neighbours(Dense a, Dense b, Metric metric, float limit, std::int32_t* counts, std::int32_t* marks);
void strongest_owned(Sparse owned, Dense factors, const std::int32_t* recommended, std::size_t count, std::int32_t* because);
void strongest_neighbour(Sparse owned, Sparse similar, Sparse likers, const std::int32_t* recommended, std::size_t count,
                         std::int32_t* because);
void kd_tree(const float* x, std::size_t customers, std::size_t features, float* points, std::int32_t* order, float* low, float* high);
std::size_t core_points(Tree tree, double squared_radius, std::size_t wanted, std::size_t from, std::size_t to, std::int32_t* core);
void connect_marked(Tree tree, const std::int32_t* marks, double squared_radius, std::int32_t* groups);
void nearest_marked(Tree tree, const std::int32_t* order, const std::int32_t* marks, Dense queries, double squared_radius,
                    std::int32_t* places);
void nearest_neighbours(Tree tree, Dense queries, std::size_t wanted, std::int32_t* places);
void nearest_other(Tree tree, const std::int32_t* core_neighbours, const std::int32_t* groups, std::int32_t* others, float* bounds);
void fused_multiply_adds(const float* x, std::size_t n, std::size_t rounds, float* y);
void stream_copy(const float* x, std::size_t n, float* y);

}  // namespace kindred::KINDRED_LEVEL
#endif
