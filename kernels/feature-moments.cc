// FeatureMoments: Σ w, the mean of each feature, and Σ w (x - mean)^2.
// x [d, n], weights [n] or none → moments [d, 3] in float64
//
// One read of x: a strip is summed, then its squares around its own mean while the first cache holds it, and strips are
// joined by the formula of T. F. Chan, G. H. Golub and R. J. LeVeque ("Updating formulae and a pairwise algorithm for
// computing sample variances", COMPSTAT 1982), always in the same order.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t strip = 4096;
constexpr size_t chunk = 16 * strip;
constexpr size_t lanes = 16;

struct Moments {
  double weight = 0;
  double mean = 0;
  double squares = 0;

  void join(const Moments& other) {
    if (!(other.weight > 0)) return;
    const double both = weight + other.weight;
    const double difference = other.mean - mean;
    squares += other.squares + difference * difference * (weight * other.weight / both);
    mean += difference * (other.weight / both);
    weight = both;
  }
};

// Σ term(i) for i < count, in lanes.
template <class Term>
KINDRED_INLINE double sum_of(size_t count, Term term) {
  double sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (size_t l = 0; l < lanes; l++) sums[l] += term(i + l);
  }
  for (size_t l = 0; i < count; i++, l++) sums[l] += term(i);
  double sum = 0;
  for (size_t l = 0; l < lanes; l++) sum += sums[l];
  return sum;
}

KINDRED_INLINE Moments moments_of(const float* KINDRED_RESTRICT x, const float* KINDRED_RESTRICT weights, size_t count) {
  Moments result;
  if (weights == nullptr) {
    result.weight = static_cast<double>(count);
    result.mean = sum_of(count, [x](size_t i) KINDRED_LAMBDA_INLINE { return static_cast<double>(x[i]); }) / result.weight;
    const double mean = result.mean;
    result.squares = sum_of(count, [x, mean](size_t i) KINDRED_LAMBDA_INLINE { return (x[i] - mean) * (x[i] - mean); });
    return result;
  }
  result.weight = sum_of(count, [weights](size_t i) KINDRED_LAMBDA_INLINE { return static_cast<double>(weights[i]); });
  const double sum = sum_of(count, [x, weights](size_t i) KINDRED_LAMBDA_INLINE { return static_cast<double>(weights[i]) * x[i]; });
  if (result.weight > 0) result.mean = sum / result.weight;
  const double mean = result.mean;
  result.squares = sum_of(count, [x, weights, mean](size_t i) KINDRED_LAMBDA_INLINE { return weights[i] * ((x[i] - mean) * (x[i] - mean)); });
  return result;
}

}  // namespace

void feature_moments(Dense x, const float* weights, double* moments) {
  const size_t chunks = divide_up(x.columns, chunk);
  const Scratch<Moments> parts(at_least(1, x.rows * chunks));
  const unsigned workers = workers_for(x.rows * chunks, 4.0 * static_cast<double>(x.rows) * static_cast<double>(x.columns));
  for_each_chunk(x.rows * chunks, workers, [&](size_t index, unsigned) {
    const size_t begin = index % chunks * chunk;
    const size_t end = at_most(x.columns, begin + chunk);
    const float* row = x.values + index / chunks * x.columns;
    Moments total;
    for (size_t first = begin; first < end; first += strip) {
      total.join(moments_of(row + first, weights == nullptr ? nullptr : weights + first, at_most(strip, end - first)));
    }
    parts[index] = total;
  });
  for (size_t f = 0; f < x.rows; f++) {
    Moments total;
    for (size_t c = 0; c < chunks; c++) total.join(parts[f * chunks + c]);
    moments[3 * f] = total.weight;
    moments[3 * f + 1] = total.mean;
    moments[3 * f + 2] = total.squares;
  }
}

}  // namespace kindred::KINDRED_LEVEL
