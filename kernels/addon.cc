// The addon's table of contents: checks of arguments, and which kernel each name calls.
#include <napi.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernels.h"
#include "levels.h"
#include "threads.h"

namespace kindred {
namespace {

const Kernels* active = nullptr;

[[noreturn]] void reject(const Napi::CallbackInfo& info, const std::string& expected) {
  throw Napi::TypeError::New(info.Env(), "expected " + expected);
}

template <class Array>
Array array(const Napi::CallbackInfo& info, const Napi::Value& value, const char* name, napi_typedarray_type type, size_t length) {
  const char* kind = type == napi_float64_array ? "Float64Array" : type == napi_float32_array ? "Float32Array" : "Int32Array";
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) reject(info, std::string(name) + " to be a " + kind);
  const Array result = value.As<Array>();
  if (result.ElementLength() != length) {
    reject(info, std::string(name) + " to have " + std::to_string(length) + " values, found " + std::to_string(result.ElementLength()));
  }
  return result;
}

float* floats(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  return array<Napi::Float32Array>(info, info[index], name, napi_float32_array, length).Data();
}

std::int32_t* integers(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  return array<Napi::Int32Array>(info, info[index], name, napi_int32_array, length).Data();
}

float* result_floats(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  float* values = floats(info, index, name, length);
  expect_writes(values, length * sizeof(float));
  return values;
}

std::int32_t* result_integers(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  std::int32_t* values = integers(info, index, name, length);
  expect_writes(values, length * sizeof(std::int32_t));
  return values;
}

size_t element_count(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsTypedArray()) reject(info, std::string(name) + " to be a typed array");
  return info[index].As<Napi::TypedArray>().ElementLength();
}

bool absent(const Napi::CallbackInfo& info, size_t index) {
  return info.Length() <= index || info[index].IsUndefined() || info[index].IsNull();
}

size_t size_value(const Napi::CallbackInfo& info, const Napi::Value& value, const char* name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  // Labels and indices are int32.
  if (!(number >= 0 && number <= 2147483647 && number == static_cast<double>(static_cast<std::int64_t>(number)))) {
    reject(info, std::string(name) + " to be a whole number from 0 to 2147483647");
  }
  return static_cast<size_t>(number);
}

size_t size(const Napi::CallbackInfo& info, size_t index, const char* name) { return size_value(info, info[index], name); }

bool flag(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsBoolean()) reject(info, std::string(name) + " to be a boolean");
  return info[index].As<Napi::Boolean>().Value();
}

// {rows, columns, indptr, indices, values}; the bounds are checked here so that no kernel reads outside of its memory.
Sparse sparse(const Napi::CallbackInfo& info, size_t index, const char* name, bool with_values, bool ascending = true) {
  if (!info[index].IsObject()) reject(info, std::string(name) + " to be an object {rows, columns, indptr, indices, values}");
  const Napi::Object object = info[index].As<Napi::Object>();
  const std::string of = std::string(name) + ".";
  Sparse result{};
  result.rows = size_value(info, object.Get("rows"), (of + "rows").c_str());
  result.columns = size_value(info, object.Get("columns"), (of + "columns").c_str());
  result.starts = array<Napi::Int32Array>(info, object.Get("indptr"), (of + "indptr").c_str(), napi_int32_array, result.rows + 1).Data();
  if (result.starts[0] != 0) reject(info, of + "indptr to start with 0");
  for (size_t i = 0; i < result.rows; i++) {
    if (result.starts[i] > result.starts[i + 1]) reject(info, of + "indptr to ascend");
  }
  const size_t entries = static_cast<size_t>(result.starts[result.rows]);
  result.indices = array<Napi::Int32Array>(info, object.Get("indices"), (of + "indices").c_str(), napi_int32_array, entries).Data();
  for (size_t i = 0; i < result.rows; i++) {
    std::int32_t previous = -1;
    for (std::int32_t e = result.starts[i]; e < result.starts[i + 1]; e++) {
      if (result.indices[e] <= previous || static_cast<size_t>(result.indices[e]) >= result.columns) {
        reject(info, of + (ascending ? "indices to ascend within each row and to be less than columns" : "indices to be less than columns"));
      }
      previous = ascending ? result.indices[e] : -1;
    }
  }
  if (with_values) {
    result.values = array<Napi::Float32Array>(info, object.Get("values"), (of + "values").c_str(), napi_float32_array, entries).Data();
  }
  return result;
}

Sparse pattern(const Napi::CallbackInfo& info, size_t index, size_t rows, size_t columns) {
  if (absent(info, index)) return {};
  const Sparse result = sparse(info, index, "exclude", false);
  if (result.rows != rows || result.columns != columns) reject(info, "exclude to have a row per query and a column per item");
  return result;
}

// nearestCentroid(x, centroids, d, n, k, labels, distances)
void nearest_centroid(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 2, "d"), n = size(info, 3, "n"), k = size(info, 4, "k");
  if (k == 0) reject(info, "k to be at least 1");
  active->nearest_centroid({floats(info, 0, "x", d * n), d, n}, {floats(info, 1, "centroids", k * d), k, d},
                           result_integers(info, 5, "labels", n), result_floats(info, 6, "distances", n));
}

// nearestLabel(x, centroids, d, n, k, labels) → whether x is finite
Napi::Value nearest_label(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 2, "d"), n = size(info, 3, "n"), k = size(info, 4, "k");
  if (k == 0) reject(info, "k to be at least 1");
  const bool finite = active->nearest_label({floats(info, 0, "x", d * n), d, n}, {floats(info, 1, "centroids", k * d), k, d},
                                            result_integers(info, 5, "labels", n));
  return Napi::Boolean::New(info.Env(), finite);
}

// centroidUpdate(x, labels, weights | undefined, d, n, k, sums, residuals, counts)
void centroid_update(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k");
  const float* weights = absent(info, 2) ? nullptr : floats(info, 2, "weights", n);
  active->centroid_update({floats(info, 0, "x", d * n), d, n}, integers(info, 1, "labels", n), weights,
                          {floats(info, 6, "sums", k * d), floats(info, 7, "residuals", k * d), floats(info, 8, "counts", k), k});
}

// lloydStep(x, centroids, weights | undefined, d, n, k, labels, sums, residuals, counts)
void lloyd_step(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k");
  if (k == 0) reject(info, "k to be at least 1");
  const float* weights = absent(info, 2) ? nullptr : floats(info, 2, "weights", n);
  active->lloyd_step({floats(info, 0, "x", d * n), d, n}, {floats(info, 1, "centroids", k * d), k, d}, weights,
                     result_integers(info, 6, "labels", n),
                     {floats(info, 7, "sums", k * d), floats(info, 8, "residuals", k * d), floats(info, 9, "counts", k), k});
}

// lloydStepsMemory(d, n, k) → int32 words of the state
Napi::Value lloyd_steps_memory(const Napi::CallbackInfo& info) {
  const size_t bytes = active->lloyd_steps_memory(size(info, 0, "d"), size(info, 1, "n"), size(info, 2, "k"));
  return Napi::Number::New(info.Env(), static_cast<double>((bytes + 3) / 4));
}

// lloydSteps(x, centroids, weights | undefined, d, n, k, steps, tolerance, state, sums, residuals, counts) → steps made
Napi::Value lloyd_steps(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k"), steps = size(info, 6, "steps");
  if (k == 0) reject(info, "k to be at least 1");
  if (steps == 0) reject(info, "steps to be at least 1");
  if (!info[7].IsNumber()) reject(info, "tolerance to be a number");
  const float* weights = absent(info, 2) ? nullptr : floats(info, 2, "weights", n);
  const size_t words = (active->lloyd_steps_memory(d, n, k) + 3) / 4;
  const size_t done = active->lloyd_steps({floats(info, 0, "x", d * n), d, n}, {floats(info, 1, "centroids", k * d), k, d}, weights, steps,
                                          info[7].As<Napi::Number>().DoubleValue(), result_integers(info, 8, "state", words),
                                          {floats(info, 9, "sums", steps * k * d), floats(info, 10, "residuals", steps * k * d),
                                           floats(info, 11, "counts", steps * k), k});
  return Napi::Number::New(info.Env(), static_cast<double>(done));
}

// lloydStarts(x, centroids, weights | undefined, d, n, k, starts, steps, tolerance, sums, residuals, counts, made)
// lloydSteps from several beginnings, each on one thread: little data is not worth sharing out.
void lloyd_starts(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k"), starts = size(info, 6, "starts"), steps = size(info, 7, "steps");
  if (k == 0 || steps == 0) reject(info, "k and steps to be at least 1");
  if (!info[8].IsNumber()) reject(info, "tolerance to be a number");
  const size_t values = steps * k * d, words = active->lloyd_steps_memory(d, n, k) / sizeof(double) + 1;
  const unsigned workers = workers_for(starts, static_cast<double>(starts * steps) * static_cast<double>(n * k * d));
  struct Work {
    Dense x, centroids;
    const float* weights;
    std::size_t steps;
    double tolerance;
    ClusterSums out;
    std::int32_t* made;
    // Of the start that each worker is at.
    std::vector<std::vector<double>> states;
    std::atomic<bool> lacks_memory{false};
  } work{{floats(info, 0, "x", d * n), d, n},
         {floats(info, 1, "centroids", starts * k * d), k, d},
         absent(info, 2) ? nullptr : floats(info, 2, "weights", n),
         steps,
         info[8].As<Napi::Number>().DoubleValue(),
         {floats(info, 9, "sums", starts * values), floats(info, 10, "residuals", starts * values), floats(info, 11, "counts", starts * steps * k), k},
         integers(info, 12, "made", starts),
         std::vector<std::vector<double>>(workers, std::vector<double>(words))};
  const Task task = [](const void* context, std::size_t start, unsigned worker) {
    Work& w = *const_cast<Work*>(static_cast<const Work*>(context));
    const std::size_t size = w.centroids.rows * w.centroids.columns;
    std::vector<double>& state = w.states[worker];
    std::fill(state.begin(), state.end(), 0.0);
    Dense first = w.centroids;
    first.values += start * size;
    const ClusterSums out{w.out.sums + start * w.steps * size, w.out.residuals + start * w.steps * size,
                          w.out.counts + start * w.steps * w.centroids.rows, w.centroids.rows};
    try {
      w.made[start] = static_cast<std::int32_t>(active->lloyd_steps(w.x, first, w.weights, w.steps, w.tolerance, state.data(), out));
    } catch (const std::bad_alloc&) {
      w.lacks_memory = true;
    }
  };
  run(starts, workers, task, &work);
  if (work.lacks_memory) throw std::bad_alloc();
}

// featureMoments(x, weights | undefined, d, n, moments)
void feature_moments(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 2, "d"), n = size(info, 3, "n");
  const float* weights = absent(info, 1) ? nullptr : floats(info, 1, "weights", n);
  active->feature_moments({floats(info, 0, "x", d * n), d, n}, weights,
                          array<Napi::Float64Array>(info, info[4], "moments", napi_float64_array, 3 * d).Data());
}

// plusPlus(x, weights | undefined, draws, d, n, k, trials, chosen)
void plus_plus(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k"), trials = size(info, 6, "trials");
  if (n == 0 || trials == 0) reject(info, "a customer and a trial at least");
  const float* weights = absent(info, 1) ? nullptr : floats(info, 1, "weights", n);
  active->plus_plus({floats(info, 0, "x", d * n), d, n}, weights, floats(info, 2, "draws", k * trials), k, trials,
                    integers(info, 7, "chosen", k));
}

// plusPlusStarts(x, weights | undefined, draws, d, n, k, trials, starts, chosen)
// plusPlus for several starts, each on one thread: little data is not worth sharing out.
void plus_plus_starts(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), n = size(info, 4, "n"), k = size(info, 5, "k"), trials = size(info, 6, "trials"), starts = size(info, 7, "starts");
  if (n == 0 || trials == 0) reject(info, "a customer and a trial at least");
  struct Work {
    Dense x;
    const float* weights;
    const float* draws;
    std::size_t clusters, trials;
    std::int32_t* chosen;
    std::atomic<bool> lacks_memory{false};
  } work{{floats(info, 0, "x", d * n), d, n},
         absent(info, 1) ? nullptr : floats(info, 1, "weights", n),
         floats(info, 2, "draws", starts * k * trials),
         k,
         trials,
         integers(info, 8, "chosen", starts * k)};
  const Task task = [](const void* context, std::size_t start, unsigned) {
    Work& w = *const_cast<Work*>(static_cast<const Work*>(context));
    try {
      active->plus_plus(w.x, w.weights, w.draws + start * w.clusters * w.trials, w.clusters, w.trials, w.chosen + start * w.clusters);
    } catch (const std::bad_alloc&) {
      w.lacks_memory = true;
    }
  };
  run(starts, workers_for(starts, static_cast<double>(starts * trials) * static_cast<double>(n * k * d)), task, &work);
  if (work.lacks_memory) throw std::bad_alloc();
}

Metric metric_value(const Napi::CallbackInfo& info, size_t index) {
  static const char* const names[] = {"squared-euclidean", "euclidean", "manhattan", "cosine", "correlation"};
  const std::string name = info[index].IsString() ? info[index].As<Napi::String>().Utf8Value() : std::string();
  for (int metric = 0; metric < 5; metric++) {
    if (name == names[metric]) return static_cast<Metric>(metric);
  }
  reject(info, "metric to be squared-euclidean, euclidean, manhattan, cosine or correlation");
}

// pairwiseDistance(a, b, metric, d, m, n, first, count, distances)
void pairwise_distance(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), m = size(info, 4, "m"), n = size(info, 5, "n");
  const Window window{size(info, 6, "first"), size(info, 7, "count")};
  if (window.first + window.count > m) reject(info, "columns of a");
  active->pairwise_distance({floats(info, 0, "a", d * m), d, m}, window, {floats(info, 1, "b", d * n), d, n}, metric_value(info, 2),
                            result_floats(info, 8, "distances", window.count * n));
}

// distanceSums(a, b, metric, d, m, n, starts, segments, sums)
void distance_sums(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 3, "d"), m = size(info, 4, "m"), n = size(info, 5, "n"), segments = size(info, 7, "segments");
  const std::int32_t* starts = integers(info, 6, "starts", segments + 1);
  bool ascend = starts[0] == 0 && static_cast<size_t>(starts[segments]) == n;
  for (size_t s = 0; s < segments; s++) ascend = ascend && starts[s] <= starts[s + 1];
  if (!ascend) reject(info, "starts to ascend from 0 to n");
  active->distance_sums({floats(info, 0, "a", d * m), d, m}, {floats(info, 1, "b", d * n), d, n}, starts, segments, metric_value(info, 2),
                        floats(info, 8, "sums", m * segments));
}

// radiusNeighbours(a, b, metric, limit, d, m, n, counts, marks | undefined)
void radius_neighbours(const Napi::CallbackInfo& info) {
  const size_t d = size(info, 4, "d"), m = size(info, 5, "m"), n = size(info, 6, "n");
  if (!info[3].IsNumber()) reject(info, "limit to be a number");
  active->radius_neighbours({floats(info, 0, "a", d * m), d, m}, {floats(info, 1, "b", d * n), d, n}, metric_value(info, 2),
                            info[3].As<Napi::Number>().FloatValue(), integers(info, 7, "counts", m),
                            absent(info, 8) ? nullptr : result_integers(info, 8, "marks", m * ((n + 31) / 32)));
}

// Items, or -1.
const std::int32_t* recommended_items(const Napi::CallbackInfo& info, size_t index, size_t places, size_t items) {
  const std::int32_t* recommended = integers(info, index, "recommended", places);
  for (size_t i = 0; i < places; i++) {
    if (recommended[i] < -1 || recommended[i] >= static_cast<std::int64_t>(items)) reject(info, "recommended to be items");
  }
  return recommended;
}

// strongestOwned(owned, factors, f, recommended, count, because)
void strongest_owned(const Napi::CallbackInfo& info) {
  const Sparse owned = sparse(info, 0, "owned", true);
  const size_t f = size(info, 2, "f"), count = size(info, 4, "count"), places = owned.rows * count;
  const std::int32_t* recommended = recommended_items(info, 3, places, owned.columns);
  active->strongest_owned(owned, {floats(info, 1, "factors", owned.columns * f), owned.columns, f}, recommended, count,
                          integers(info, 5, "because", places));
}

// strongestNeighbour(owned, similar, likers, recommended, count, because)
void strongest_neighbour(const Napi::CallbackInfo& info) {
  const Sparse owned = sparse(info, 0, "owned", true), similar = sparse(info, 1, "similar", true), likers = sparse(info, 2, "likers", true, false);
  const size_t n = owned.columns, count = size(info, 4, "count"), places = owned.rows * count;
  for (const Sparse& matrix : {similar, likers}) {
    if (matrix.rows != n || matrix.columns != n) reject(info, "similar and likers to have a row and a column per item");
  }
  active->strongest_neighbour(owned, similar, likers, recommended_items(info, 3, places, n), count, integers(info, 5, "because", places));
}

// cosineTopK(queries, items, f, m, n, topK, normalise, exclude | undefined, indices, scores)
void cosine_topk(const Napi::CallbackInfo& info) {
  const size_t f = size(info, 2, "f"), m = size(info, 3, "m"), n = size(info, 4, "n"), count = size(info, 5, "topK");
  active->cosine_topk({floats(info, 0, "queries", f * m), f, m}, {floats(info, 1, "items", f * n), f, n}, flag(info, 6, "normalise"),
                      pattern(info, 7, m, n), {result_integers(info, 8, "indices", m * count), result_floats(info, 9, "scores", m * count), count});
}

// sparseCosineTopK(a, bTransposed, topK, normalise, exclude | undefined, indices, scores)
void sparse_cosine_topk(const Napi::CallbackInfo& info) {
  const Sparse a = sparse(info, 0, "a", true), b = sparse(info, 1, "bTransposed", true);
  if (a.columns != b.rows) reject(info, "a to have as many columns as bTransposed has rows");
  const size_t count = size(info, 2, "topK");
  active->sparse_cosine_topk(a, b, flag(info, 3, "normalise"), pattern(info, 4, a.rows, b.columns),
                             {result_integers(info, 5, "indices", a.rows * count), result_floats(info, 6, "scores", a.rows * count), count});
}

double number(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsNumber()) reject(info, std::string(name) + " to be a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

// alsStep(weights, start, y, gram, f, regularisation, steps, x)
void als_step(const Napi::CallbackInfo& info) {
  const Sparse weights = sparse(info, 0, "weights", true);
  const size_t f = size(info, 4, "f"), steps = size(info, 6, "steps");
  active->als_step(weights, floats(info, 1, "start", weights.rows * f), {floats(info, 2, "y", weights.columns * f), weights.columns, f},
                   floats(info, 3, "gram", f * f), static_cast<float>(number(info, 5, "regularisation")), steps,
                   floats(info, 7, "x", weights.rows * f));
}

// gram(y, n, f, products)
void gram(const Napi::CallbackInfo& info) {
  const size_t n = size(info, 1, "n"), f = size(info, 2, "f");
  active->gram({floats(info, 0, "y", n * f), n, f}, floats(info, 3, "products", f * f));
}

// Nodes of the tree of so many customers.
size_t tree_nodes(size_t customers) {
  size_t leaves = 1;
  while (16 * leaves < customers) leaves *= 2;
  return 2 * leaves - 1;
}

// {points, low, high, customers, features}
Tree tree(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsObject()) reject(info, "tree to be an object {points, low, high, customers, features}");
  const Napi::Object object = info[index].As<Napi::Object>();
  Tree result{};
  result.customers = size_value(info, object.Get("customers"), "tree.customers");
  result.features = size_value(info, object.Get("features"), "tree.features");
  if (result.customers == 0 || result.features == 0) reject(info, "tree to have a customer and a feature at least");
  const size_t corners = tree_nodes(result.customers) * result.features;
  const auto values = [&](const char* name, size_t length) {
    return array<Napi::Float32Array>(info, object.Get(name), name, napi_float32_array, length).Data();
  };
  result.points = values("points", result.customers * result.features);
  result.low = values("low", corners);
  result.high = values("high", corners);
  return result;
}

// Places of customers, or -1; checked so that no kernel reads outside of its memory.
std::int32_t* tree_places(const Napi::CallbackInfo& info, size_t index, const char* name, size_t customers, std::int32_t least) {
  std::int32_t* values = integers(info, index, name, customers);
  for (size_t i = 0; i < customers; i++) {
    if (values[i] < least || values[i] >= static_cast<std::int64_t>(customers)) reject(info, std::string(name) + " to be places of customers");
  }
  return values;
}

// kdTree(x, n, d, points, order, low, high)
void kd_tree(const Napi::CallbackInfo& info) {
  const size_t n = size(info, 1, "n"), d = size(info, 2, "d"), corners = tree_nodes(n) * d;
  active->kd_tree(floats(info, 0, "x", n * d), n, d, floats(info, 3, "points", n * d), integers(info, 4, "order", n),
                  floats(info, 5, "low", corners), floats(info, 6, "high", corners));
}

// corePoints(tree, squaredRadius, minPoints, from, to, core) → customers of the leaves
Napi::Value core_points(const Napi::CallbackInfo& info) {
  const Tree of = tree(info, 0);
  const size_t from = size(info, 3, "from"), to = size(info, 4, "to");
  if (from > to || to > (tree_nodes(of.customers) + 1) / 2) reject(info, "from and to to be leaves of the tree");
  // The kernel writes no more than leaves hold, and knows how many that is.
  if (element_count(info, 5, "core") < std::min(of.customers, 16 * (to - from))) reject(info, "core to have 16 values for each leaf");
  const size_t count = active->core_points(of, number(info, 1, "squaredRadius"), size(info, 2, "minPoints"), from, to,
                                           integers(info, 5, "core", element_count(info, 5, "core")));
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// connectMarked(tree, marks, squaredRadius, groups)
void connect_marked(const Napi::CallbackInfo& info) {
  const Tree of = tree(info, 0);
  active->connect_marked(of, integers(info, 1, "marks", of.customers), number(info, 2, "squaredRadius"),
                         integers(info, 3, "groups", of.customers));
}

// nearestMarked(tree, order, marks, queries, m, squaredRadius, places)
void nearest_marked(const Napi::CallbackInfo& info) {
  const Tree of = tree(info, 0);
  const size_t m = size(info, 4, "m");
  active->nearest_marked(of, integers(info, 1, "order", of.customers), integers(info, 2, "marks", of.customers),
                         {floats(info, 3, "queries", m * of.features), m, of.features}, number(info, 5, "squaredRadius"),
                         integers(info, 6, "places", m));
}

// nearestNeighbours(tree, queries, m, count, places)
void nearest_neighbours(const Napi::CallbackInfo& info) {
  const Tree of = tree(info, 0);
  const size_t m = size(info, 2, "m"), count = size(info, 3, "count");
  active->nearest_neighbours(of, {floats(info, 1, "queries", m * of.features), m, of.features}, count, integers(info, 4, "places", m * count));
}

// nearestOther(tree, coreNeighbours, groups, others, bounds)
void nearest_other(const Napi::CallbackInfo& info) {
  const Tree of = tree(info, 0);
  active->nearest_other(of, tree_places(info, 1, "coreNeighbours", of.customers, -1), tree_places(info, 2, "groups", of.customers, 0),
                        tree_places(info, 3, "others", of.customers, -1), floats(info, 4, "bounds", of.customers));
}

// fusedMultiplyAdds(x, rounds, y)
void fused_multiply_adds(const Napi::CallbackInfo& info) {
  const size_t n = element_count(info, 0, "x");
  active->fused_multiply_adds(floats(info, 0, "x", n), n, size(info, 1, "rounds"), result_floats(info, 2, "y", n));
}

// streamCopy(x, y)
void stream_copy(const Napi::CallbackInfo& info) {
  const size_t n = element_count(info, 0, "x");
  active->stream_copy(floats(info, 0, "x", n), n, result_floats(info, 1, "y", n));
}

// simdLevels() → names of what this processor runs, best first
Napi::Value simd_levels(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (const Kernels* kernels : supported_levels()) names.Set(names.Length(), kernels->level);
  return names;
}

// simd(name?) → the level in use, after changing it if a name is given
Napi::Value simd(const Napi::CallbackInfo& info) {
  if (!absent(info, 0)) {
    const std::string name = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
    const Kernels* kernels = find_level(name);
    if (kernels == nullptr) reject(info, "a SIMD level that this processor has, found \"" + name + "\"");
    active = kernels;
  }
  return Napi::String::New(info.Env(), active->level);
}

// threads(count?) → threads in use, after changing their number if one is given; 0 means one for each processor
Napi::Value thread_count(const Napi::CallbackInfo& info) {
  if (!absent(info, 0)) {
    const size_t count = size(info, 0, "threads");
    if (count > 1024) reject(info, "at most 1024 threads");
    set_threads(static_cast<unsigned>(count));
  }
  return Napi::Number::New(info.Env(), threads());
}

// returnMemory() → from now on what is freed goes back to the system at once; without effect but with glibc, which else keeps
// ever larger pieces for later
void return_memory(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 17);
  mallopt(M_TRIM_THRESHOLD, 1 << 17);
  malloc_trim(0);
#endif
}

template <auto kernel>
auto guarded(const Napi::CallbackInfo& info) {
  try {
    return kernel(info);
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(info.Env(), "not enough memory for this kernel");
  }
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  const char* wanted = std::getenv("KINDRED_SIMD");
  active = wanted == nullptr ? nullptr : find_level(wanted);
  if (wanted != nullptr && *wanted != '\0' && active == nullptr) {
    throw Napi::Error::New(env, "KINDRED_SIMD names a SIMD level that this processor does not have: " + std::string(wanted));
  }
  if (active == nullptr) active = supported_levels().front();
  env.AddCleanupHook(stop_threads);

  exports.Set("nearestLabel", Napi::Function::New<guarded<nearest_label>>(env, "nearestLabel"));
  exports.Set("nearestCentroid", Napi::Function::New<guarded<nearest_centroid>>(env, "nearestCentroid"));
  exports.Set("centroidUpdate", Napi::Function::New<guarded<centroid_update>>(env, "centroidUpdate"));
  exports.Set("lloydStep", Napi::Function::New<guarded<lloyd_step>>(env, "lloydStep"));
  exports.Set("lloydStepsMemory", Napi::Function::New<lloyd_steps_memory>(env, "lloydStepsMemory"));
  exports.Set("lloydSteps", Napi::Function::New<guarded<lloyd_steps>>(env, "lloydSteps"));
  exports.Set("lloydStarts", Napi::Function::New<guarded<lloyd_starts>>(env, "lloydStarts"));
  exports.Set("featureMoments", Napi::Function::New<guarded<feature_moments>>(env, "featureMoments"));
  exports.Set("plusPlus", Napi::Function::New<guarded<plus_plus>>(env, "plusPlus"));
  exports.Set("plusPlusStarts", Napi::Function::New<guarded<plus_plus_starts>>(env, "plusPlusStarts"));
  exports.Set("pairwiseDistance", Napi::Function::New<guarded<pairwise_distance>>(env, "pairwiseDistance"));
  exports.Set("cosineTopK", Napi::Function::New<guarded<cosine_topk>>(env, "cosineTopK"));
  exports.Set("sparseCosineTopK", Napi::Function::New<guarded<sparse_cosine_topk>>(env, "sparseCosineTopK"));
  exports.Set("alsStep", Napi::Function::New<guarded<als_step>>(env, "alsStep"));
  exports.Set("gram", Napi::Function::New<guarded<gram>>(env, "gram"));
  exports.Set("distanceSums", Napi::Function::New<guarded<distance_sums>>(env, "distanceSums"));
  exports.Set("radiusNeighbours", Napi::Function::New<guarded<radius_neighbours>>(env, "radiusNeighbours"));
  exports.Set("strongestOwned", Napi::Function::New<guarded<strongest_owned>>(env, "strongestOwned"));
  exports.Set("strongestNeighbour", Napi::Function::New<guarded<strongest_neighbour>>(env, "strongestNeighbour"));
  exports.Set("kdTree", Napi::Function::New<guarded<kd_tree>>(env, "kdTree"));
  exports.Set("corePoints", Napi::Function::New<guarded<core_points>>(env, "corePoints"));
  exports.Set("connectMarked", Napi::Function::New<guarded<connect_marked>>(env, "connectMarked"));
  exports.Set("nearestMarked", Napi::Function::New<guarded<nearest_marked>>(env, "nearestMarked"));
  exports.Set("nearestNeighbours", Napi::Function::New<guarded<nearest_neighbours>>(env, "nearestNeighbours"));
  exports.Set("nearestOther", Napi::Function::New<guarded<nearest_other>>(env, "nearestOther"));
  exports.Set("fusedMultiplyAdds", Napi::Function::New<guarded<fused_multiply_adds>>(env, "fusedMultiplyAdds"));
  exports.Set("streamCopy", Napi::Function::New<guarded<stream_copy>>(env, "streamCopy"));
  exports.Set("simdLevels", Napi::Function::New<simd_levels>(env, "simdLevels"));
  exports.Set("simd", Napi::Function::New<simd>(env, "simd"));
  exports.Set("threads", Napi::Function::New<thread_count>(env, "threads"));
  exports.Set("returnMemory", Napi::Function::New<return_memory>(env, "returnMemory"));
  return exports;
}

NODE_API_MODULE(kindred, initialise)

}  // namespace
}  // namespace kindred
