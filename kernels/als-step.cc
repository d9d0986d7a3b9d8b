// AlsStep: steps of conjugate gradients towards the factors of customers, given those of items.
// weights CSR [m, n], start [m, f], y [n, f], gram [f, f] → x [m, f]
//
// A product with a row's matrix is one pass over its entries: y is read once for the inner product and, still in the first
// cache, for what it adds. The inner products of 16 entries are turned around in registers to be totalled at once. Entries
// take turns between two sums, which need not wait for each other.
#include "kernels.h"
#include "sixteen.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr size_t lanes = sixteen_lanes;

struct Problem {
  Sparse weights;
  // [n, blocks * 16], padded with zeros, and [f, blocks * 16], the regularisation on its diagonal.
  const float* y;
  const float* matrix;
  size_t factors;
  size_t blocks;
  // Whether the matrix is that of one who has nothing after a change of basis: 1 on its diagonal, 0 elsewhere.
  bool identity;
};

bool is_identity(const float* matrix, size_t size, size_t factors) {
  for (size_t i = 0; i < factors; i++) {
    for (size_t j = 0; j < factors; j++) {
      if (matrix[i * size + j] != (i == j ? 1.0f : 0.0f)) return false;
    }
  }
  return true;
}

KINDRED_INLINE float coefficient(float weight, float product, bool residual) {
  const float weighted = weight * product;
  return residual ? (1.0f + weight) - weighted : weighted;
}

// into += Σ c y over the entries from … to - 1, with c = w (y · v), or (1 + w) - w (y · v) for the residual. `count` blocks
// of 16 factors are a constant where they fit into registers.
template <int count>
void add_entries(const Problem& problem, int32_t from, int32_t to, const float* v, float* into, bool residual) {
  const int32_t* indices = problem.weights.indices;
  const float* weights = problem.weights.values;
  const auto row = [&](int32_t entry) KINDRED_LAMBDA_INLINE { return problem.y + static_cast<size_t>(indices[entry]) * count * lanes; };
  Sixteen direction[count], even[count], odd[count];
  KINDRED_UNROLL
  for (int b = 0; b < count; b++) {
    direction[b] = sixteen(v + b * lanes);
    even[b] = zeros();
    odd[b] = zeros();
  }
  int32_t entry = from;
#if defined(KINDRED_AVX512)
  for (; entry + 16 <= to; entry += 16) {
    if (entry + 32 <= to) {
      for (int32_t i = 16; i < 32; i++) {
        for (int b = 0; b < count; b++) prefetch(row(entry + i) + b * lanes);
      }
    }
    __m512 products[16];
    KINDRED_UNROLL
    for (int i = 0; i < 16; i++) {
      const float* values = row(entry + i);
      Sixteen sum = zeros();
      KINDRED_UNROLL
      for (int b = 0; b < count; b++) sum = fma(sixteen(values + b * lanes), direction[b], sum);
      products[i] = sum.part[0];
    }
    const __m512 weight = load(weights + entry);
    __m512 factors = multiply(weight, totals(products));
    if (residual) factors = subtract(add(broadcast(1.0f), weight), factors);
    float each[16];
    store(each, factors);
    KINDRED_UNROLL
    for (int i = 0; i < 16; i += 2) {
      const float* one = row(entry + i);
      const float* other = row(entry + i + 1);
      KINDRED_UNROLL
      for (int b = 0; b < count; b++) {
        even[b] = fma(each[i], sixteen(one + b * lanes), even[b]);
        odd[b] = fma(each[i + 1], sixteen(other + b * lanes), odd[b]);
      }
    }
  }
#endif
  const auto take = [&](int32_t at, Sixteen(&sums)[count]) KINDRED_LAMBDA_INLINE {
    const float* values = row(at);
    Sixteen sum = zeros();
    KINDRED_UNROLL
    for (int b = 0; b < count; b++) sum = fma(sixteen(values + b * lanes), direction[b], sum);
    const float factor = coefficient(weights[at], total(sum), residual);
    KINDRED_UNROLL
    for (int b = 0; b < count; b++) sums[b] = fma(factor, sixteen(values + b * lanes), sums[b]);
  };
  for (; entry + 1 < to; entry += 2) {
    take(entry, even);
    take(entry + 1, odd);
  }
  if (entry < to) take(entry, even);
  KINDRED_UNROLL
  for (int b = 0; b < count; b++) store(into + b * lanes, add(sixteen(into + b * lanes), add(even[b], odd[b])));
}

// The same for any number of blocks; `spare` holds the sums of odd entries.
void add_entries_of_many(const Problem& problem, int32_t from, int32_t to, const float* v, float* into, bool residual, float* even, float* odd) {
  const size_t size = problem.blocks * lanes;
  std::memset(even, 0, size * sizeof(float));
  std::memset(odd, 0, size * sizeof(float));
  for (int32_t entry = from; entry < to; entry++) {
    const float* values = problem.y + static_cast<size_t>(problem.weights.indices[entry]) * size;
    float* sums = (entry - from) % 2 == 0 ? even : odd;
    Sixteen sum = zeros();
    for (size_t i = 0; i < size; i += lanes) sum = fma(sixteen(values + i), sixteen(v + i), sum);
    const float factor = coefficient(problem.weights.values[entry], total(sum), residual);
    for (size_t i = 0; i < size; i += lanes) store(sums + i, fma(factor, sixteen(values + i), sixteen(sums + i)));
  }
  for (size_t i = 0; i < size; i += lanes) store(into + i, add(sixteen(into + i), add(sixteen(even + i), sixteen(odd + i))));
}

class Solver {
 public:
  explicit Solver(const Problem& problem)
      : problem_(problem),
        size_(problem.blocks * lanes),
        x_(size_),
        residual_(size_),
        direction_(size_),
        product_(size_),
        even_(size_),
        odd_(size_) {}

  void solve(size_t row, const float* start, size_t steps, float* result) const {
    const size_t factors = problem_.factors;
    const int32_t from = problem_.weights.starts[row];
    const int32_t to = problem_.weights.starts[row + 1];
    if (from == to) {
      std::memset(result, 0, factors * sizeof(float));
      return;
    }
    std::memset(x_, 0, size_ * sizeof(float));
    std::memcpy(x_, start, factors * sizeof(float));
    multiply_matrix(x_, product_);
    for (size_t i = 0; i < size_; i++) residual_[i] = -product_[i];
    entries(from, to, x_, residual_, true);
    std::memcpy(direction_, residual_, size_ * sizeof(float));
    double square = product_of(residual_, residual_);
    // Below this a squared residual is nothing but rounding.
    const double settled = square > 1e-7 ? 1e-13 * square : 1e-20;
    for (size_t step = 0; step < steps && square > settled; step++) {
      multiply_matrix(direction_, product_);
      entries(from, to, direction_, product_, false);
      const float length = static_cast<float>(square / product_of(direction_, product_));
      for (size_t i = 0; i < size_; i += lanes) {
        store(x_ + i, fma(length, sixteen(direction_ + i), sixteen(x_ + i)));
        store(residual_ + i, fma(-length, sixteen(product_ + i), sixteen(residual_ + i)));
      }
      const double next = product_of(residual_, residual_);
      const float turn = static_cast<float>(next / square);
      for (size_t i = 0; i < size_; i += lanes) store(direction_ + i, fma(turn, sixteen(direction_ + i), sixteen(residual_ + i)));
      square = next;
    }
    std::memcpy(result, x_, factors * sizeof(float));
  }

 private:
  double product_of(const float* a, const float* b) const {
    Sixteen sum = zeros();
    for (size_t i = 0; i < size_; i += lanes) sum = fma(sixteen(a + i), sixteen(b + i), sum);
    return total(sum);
  }

  void multiply_matrix(const float* v, float* into) const {
    if (problem_.identity) {
      std::memcpy(into, v, size_ * sizeof(float));
      return;
    }
    // Blocks of 64 factors: four sums, each of even and of odd rows.
    for (size_t start = 0; start < size_; start += 4 * lanes) {
      switch (at_most(4, (size_ - start) / lanes)) {
        case 1:
          return multiply_columns<1>(v, start, into);
        case 2:
          return multiply_columns<2>(v, start, into);
        case 3:
          return multiply_columns<3>(v, start, into);
        default:
          multiply_columns<4>(v, start, into);
      }
    }
  }

  template <int count>
  void multiply_columns(const float* v, size_t start, float* into) const {
    Sixteen even[count], odd[count];
    KINDRED_UNROLL
    for (int b = 0; b < count; b++) {
      even[b] = zeros();
      odd[b] = zeros();
    }
    const float* row = problem_.matrix + start;
    size_t j = 0;
    for (; j + 1 < problem_.factors; j += 2, row += 2 * size_) {
      KINDRED_UNROLL
      for (int b = 0; b < count; b++) {
        even[b] = fma(v[j], sixteen(row + b * lanes), even[b]);
        odd[b] = fma(v[j + 1], sixteen(row + size_ + b * lanes), odd[b]);
      }
    }
    if (j < problem_.factors) {
      KINDRED_UNROLL
      for (int b = 0; b < count; b++) even[b] = fma(v[j], sixteen(row + b * lanes), even[b]);
    }
    KINDRED_UNROLL
    for (int b = 0; b < count; b++) store(into + start + b * lanes, add(even[b], odd[b]));
  }

  void entries(int32_t from, int32_t to, const float* v, float* into, bool residual) const {
    switch (problem_.blocks) {
      case 1:
        return add_entries<1>(problem_, from, to, v, into, residual);
      case 2:
        return add_entries<2>(problem_, from, to, v, into, residual);
      case 3:
        return add_entries<3>(problem_, from, to, v, into, residual);
      case 4:
        return add_entries<4>(problem_, from, to, v, into, residual);
      default:
        return add_entries_of_many(problem_, from, to, v, into, residual, even_, odd_);
    }
  }

  const Problem& problem_;
  const size_t size_;
  const Scratch<float> x_;
  const Scratch<float> residual_;
  const Scratch<float> direction_;
  const Scratch<float> product_;
  const Scratch<float> even_;
  const Scratch<float> odd_;
};

// Rows of x, each padded with zeros.
void pad(const float* x, size_t rows_of_x, size_t factors, size_t size, float* padded) {
  for (size_t row = 0; row < rows_of_x; row++) {
    std::memcpy(padded + row * size, x + row * factors, factors * sizeof(float));
    std::memset(padded + row * size + factors, 0, (size - factors) * sizeof(float));
  }
}

}  // namespace

void als_step(Sparse weights, const float* start, Dense y, const float* gram, float regularisation, size_t steps, float* x) {
  const size_t factors = y.columns;
  const size_t blocks = divide_up(factors, lanes);
  const size_t size = blocks * lanes;
  if (weights.rows == 0 || factors == 0) return;
  const bool padded = size != factors;
  const Scratch<float> copy(padded ? y.rows * size : 0);
  if (padded) pad(y.values, y.rows, factors, size, copy);
  const Scratch<float> matrix(factors * size);
  pad(gram, factors, factors, size, matrix);
  for (size_t i = 0; i < factors; i++) matrix[i * size + i] += regularisation;
  const Problem problem = {weights, padded ? static_cast<const float*>(copy) : y.values, matrix, factors, blocks, is_identity(matrix, size, factors)};

  // Chunks of like work: an entry weighs as much as a row of the matrix.
  const size_t entries = static_cast<size_t>(weights.starts[weights.rows]);
  const size_t wanted = at_least(1024, (entries + weights.rows * factors) / 512);
  const Scratch<size_t> firsts(weights.rows + 1);
  size_t chunks = 0;
  size_t work = wanted;
  for (size_t row = 0; row < weights.rows; row++) {
    if (work >= wanted) {
      firsts[chunks++] = row;
      work = 0;
    }
    work += static_cast<size_t>(weights.starts[row + 1] - weights.starts[row]) + factors;
  }
  firsts[chunks] = weights.rows;
  const double operations = static_cast<double>(entries + weights.rows * factors) * static_cast<double>(factors * (steps + 1));
  const unsigned workers = workers_for(chunks, operations);
  const PerWorker<Solver> solvers(workers, problem);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    for (size_t row = firsts[chunk]; row < firsts[chunk + 1]; row++) solvers[worker].solve(row, start + row * factors, steps, x + row * factors);
  });
}

}  // namespace kindred::KINDRED_LEVEL
