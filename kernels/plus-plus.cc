// PlusPlus: greedy k-means++ (D. Arthur and S. Vassilvitskii, SODA 2007, with the trials of its section 6).
// x [d, n], weights [n] or none, draws [k, trials] in [0, 1) → chosen [k], -1 where no customer is left to choose
//
// The customers that a round draws are tried side by side in one pass over x. Squared distances are float32 (summed as
// differences, so they lose nothing), their sums float64, in an order that only n decides.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Customers whose potentials are summed together.
constexpr size_t block = 256;
constexpr size_t lanes = 8;

class Seeding {
 public:
  Seeding(Dense x, const float* weights, size_t trials)
      : x_(x),
        weights_(weights),
        blocks_(divide_up(x.columns, block)),
        padded_(blocks_ * block),
        distances_(padded_),
        tried_(trials * padded_),
        sums_(blocks_),
        tried_sums_(trials * blocks_),
        places_(trials * x.rows) {
    for (size_t i = 0; i < x.columns; i++) distances_[i] = 1.0f;
    for (size_t b = 0; b < blocks_; b++) sums_[b] = potential(b, distances_);
  }

  double total() const {
    double sum = 0;
    for (size_t b = 0; b < blocks_; b++) sum += sums_[b];
    return sum;
  }

  // The customer at this part of the total, each as long as its potential.
  size_t at(double wanted) const {
    size_t b = 0;
    size_t last = 0;
    for (double before = 0; b < blocks_; b++) {
      if (sums_[b] > 0) last = b;
      if (before + sums_[b] > wanted) {
        wanted -= before;
        break;
      }
      before += sums_[b];
    }
    if (b == blocks_) b = last;
    size_t found = b * block;
    double before = 0;
    for (size_t i = b * block; i < at_most(x_.columns, (b + 1) * block); i++) {
      const double own = weight(i) * distances_[i];
      if (!(own > 0)) continue;
      found = i;
      before += own;
      if (before > wanted) break;
    }
    return found;
  }

  // Keeps the candidate that leaves the least potential.
  size_t add_best(const size_t* candidates, size_t trials, bool first) {
    for (size_t t = 0; t < trials; t++) {
      for (size_t f = 0; f < x_.rows; f++) places_[t * x_.rows + f] = x_.values[f * x_.columns + candidates[t]];
    }
    const size_t blocks_a_chunk = at_least(1, 65536 / (block * x_.rows * trials));
    const size_t chunks = divide_up(blocks_, blocks_a_chunk);
    const double operations = static_cast<double>(x_.columns) * static_cast<double>(x_.rows) * static_cast<double>(trials);
    for_each_chunk(chunks, workers_for(chunks, operations / 4), [&](size_t chunk, unsigned) {
      for (size_t b = chunk * blocks_a_chunk; b < at_most(blocks_, (chunk + 1) * blocks_a_chunk); b++) {
        for (size_t t = 0; t < trials; t += rows) {
          with_size(at_most(rows, trials - t), [&]<int count>() KINDRED_LAMBDA_INLINE { measure<count>(b, t, first); });
        }
      }
    });
    size_t best = 0;
    double least = INFINITY;
    for (size_t t = 0; t < trials; t++) {
      double sum = 0;
      for (size_t b = 0; b < blocks_; b++) sum += tried_sums_[t * blocks_ + b];
      if (sum >= least) continue;
      least = sum;
      best = t;
    }
    std::memcpy(distances_, tried_ + best * padded_, x_.columns * sizeof(float));
    std::memcpy(sums_, tried_sums_ + best * blocks_, blocks_ * sizeof(double));
    return candidates[best];
  }

 private:
  double weight(size_t i) const { return weights_ == nullptr ? 1.0 : weights_[i]; }

  double potential(size_t b, const float* distances) const {
    double sums[lanes] = {};
    const size_t begin = b * block;
    const size_t count = at_most(block, x_.columns - begin);
    size_t i = 0;
    if (weights_ == nullptr) {
      for (; i + lanes <= count; i += lanes) {
        for (size_t l = 0; l < lanes; l++) sums[l] += distances[begin + i + l];
      }
    } else {
      for (; i + lanes <= count; i += lanes) {
        for (size_t l = 0; l < lanes; l++) sums[l] += static_cast<double>(weights_[begin + i + l]) * distances[begin + i + l];
      }
    }
    for (size_t l = 0; i < count; i++, l++) sums[l] += weight(begin + i) * distances[begin + i];
    double sum = 0;
    for (size_t l = 0; l < lanes; l++) sum += sums[l];
    return sum;
  }

  // What distances and potential of the block become with each of `count` candidates from `from` on.
  template <int count>
  KINDRED_INLINE void measure(size_t b, size_t from, bool first) {
    const size_t begin = b * block;
    const size_t end = at_most(x_.columns, begin + block);
    for (size_t column = begin; column < end; column += group) {
      Floats sums[count][vectors];
      KINDRED_UNROLL
      for (int r = 0; r < count; r++) {
        KINDRED_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = broadcast(0.0f);
      }
      for (size_t f = 0; f < x_.rows; f++) {
        const float* source = x_.values + f * x_.columns + column;
        float rest[group] = {};
        if (column + group > x_.columns) {
          std::memcpy(rest, source, (x_.columns - column) * sizeof(float));
          source = rest;
        }
        Floats x[vectors];
        KINDRED_UNROLL
        for (int v = 0; v < vectors; v++) x[v] = load(source + v * width);
        KINDRED_UNROLL
        for (int r = 0; r < count; r++) {
          const Floats place = broadcast(places_[(from + r) * x_.rows + f]);
          KINDRED_UNROLL
          for (int v = 0; v < vectors; v++) {
            const Floats difference = subtract(x[v], place);
            sums[r][v] = fma(difference, difference, sums[r][v]);
          }
        }
      }
      for (int r = 0; r < count; r++) {
        float* target = tried_ + (from + r) * padded_ + column;
        for (int v = 0; v < vectors; v++) {
          store(target + v * width, first ? sums[r][v] : minimum(sums[r][v], load(distances_ + column + v * width)));
        }
      }
    }
    for (int r = 0; r < count; r++) tried_sums_[(from + r) * blocks_ + b] = potential(b, tried_ + (from + r) * padded_);
  }

  Dense x_;
  const float* weights_;
  size_t blocks_;
  size_t padded_;
  Scratch<float> distances_;
  Scratch<float> tried_;
  Scratch<double> sums_;
  Scratch<double> tried_sums_;
  Scratch<float> places_;
};

}  // namespace

void plus_plus(Dense x, const float* weights, const float* draws, size_t clusters, size_t trials, int32_t* chosen) {
  Seeding seeding(x, weights, trials);
  const Scratch<size_t> candidates(trials);
  for (size_t j = 0; j < clusters; j++) {
    const double total = seeding.total();
    if (!(total > 0)) {
      for (; j < clusters; j++) chosen[j] = -1;
      return;
    }
    const size_t tries = j == 0 ? 1 : trials;
    for (size_t t = 0; t < tries; t++) candidates[t] = seeding.at(static_cast<double>(draws[j * trials + t]) * total);
    chosen[j] = static_cast<int32_t>(seeding.add_best(candidates, tries, j == 0));
  }
}

}  // namespace kindred::KINDRED_LEVEL
