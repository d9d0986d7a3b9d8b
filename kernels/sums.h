// The sums of each cluster's members, shared by CentroidUpdate and LloydStep.
//
// Eight features of some customers are turned around in registers, so that adding a customer's eight features to its
// cluster's float64 sums is one load, one add and one store instead of eight of each. Customers take turns among a few
// copies of the sums when there are few clusters: neighbours in the same cluster need not wait for each other's store.
// The order of additions is fixed by n, k and d alone: customers ascending within a chunk, then copies, then chunks.
#pragma once

#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

// How the customers are cut into chunks (one partial sum each) and bands (what is labelled and then summed while the
// second cache still holds it).
struct SumPlan {
  size_t band;
  size_t chunk;
  size_t chunks;

  KINDRED_INLINE SumPlan(size_t n, size_t clusters, size_t depth) {
    band = at_most(4096, at_least(256, 32768 / depth / 256 * 256));
    chunk = round_up(at_least(at_least(1024, 32 * clusters), divide_up(n, 128)), band);
    chunks = divide_up(n, chunk);
  }
};

class ClusterAccumulator {
 public:
  static constexpr uint32_t octet = 8;

  KINDRED_INLINE ClusterAccumulator(size_t clusters, size_t depth, size_t band)
      : clusters_(clusters),
        depth_(depth),
        octets_(divide_up(depth, octet)),
        copies_(clusters <= 64 ? 4 : clusters <= 128 ? 2 : 1),
        sums_(octets_ * copies_ * (clusters + 1) * octet),
        weights_(copies_ * (clusters + 1)),
        members_(copies_ * (clusters + 1)),
        places_(band),
        zeros_(band) {
    for (size_t i = 0; i < band; i++) zeros_[i] = 0;
  }

  KINDRED_INLINE void clear() {
    std::memset(sums_, 0, octets_ * copies_ * (clusters_ + 1) * octet * sizeof(double));
    std::memset(weights_, 0, copies_ * (clusters_ + 1) * sizeof(double));
    std::memset(members_, 0, copies_ * (clusters_ + 1) * sizeof(uint32_t));
  }

  // Adds columns [column, column + count) of x. A label outside of [0, clusters) counts for nothing.
  KINDRED_INLINE void add(Dense x, size_t column, size_t count, const int32_t* labels, const float* weights) {
    find_places(labels, static_cast<uint32_t>(column), static_cast<uint32_t>(count), static_cast<uint32_t>(clusters_), static_cast<uint32_t>(copies_ - 1), places_);
    if (weights == nullptr) {
      add_octets(x, column, count, Unweighted{members_});
    } else {
      add_octets(x, column, count, Weighted{weights, weights_});
    }
  }

  // totals [clusters, depth + 1]: the sums of a cluster, then its count.
  KINDRED_INLINE void write(double* totals) const {
    const size_t copy_size = (clusters_ + 1) * octet;
    for (size_t o = 0; o < octets_; o++) {
      const size_t features = at_most(octet, depth_ - o * octet);
      for (size_t j = 0; j < clusters_; j++) {
        const double* sums = table(o) + j * octet;
        double total[octet] = {};
        for (size_t copy = 0; copy < copies_; copy++, sums += copy_size) {
          for (size_t f = 0; f < octet; f++) total[f] += sums[f];
        }
        double* const target = totals + j * (depth_ + 1) + o * octet;
        if (features == octet) {
          // Of a size that is known, no call.
          std::memcpy(target, total, sizeof total);
        } else {
          std::memcpy(target, total, features * sizeof(double));
        }
      }
    }
    for (size_t j = 0; j < clusters_; j++) {
      double total = 0;
      for (size_t copy = 0; copy < copies_; copy++) {
        const size_t place = copy * (clusters_ + 1) + j;
        total += weights_[place] + members_[place];
      }
      totals[j * (depth_ + 1) + depth_] = total;
    }
  }

 private:
  KINDRED_INLINE double* table(size_t index) const { return sums_ + index * copies_ * (clusters_ + 1) * octet; }

  // Where each customer's sums are: its cluster's, of the copy whose turn it is, however the columns come.
  KINDRED_INLINE static void find_places(const int32_t* KINDRED_RESTRICT labels, uint32_t column, uint32_t count, uint32_t clusters,
                                         uint32_t last_copy, uint32_t* KINDRED_RESTRICT places) {
    for (uint32_t i = 0; i < count; i++) {
      const uint32_t label = static_cast<uint32_t>(labels[i]);
      const uint32_t row = label < clusters ? label : clusters;
      places[i] = (((column + i) & last_copy) * (clusters + 1) + row) * octet;
    }
  }

  // Whole numbers are counted beside the vector units, which the sums keep busy.
  struct Unweighted {
    uint32_t* members;
    KINDRED_INLINE double of(size_t) const { return 1.0; }
    KINDRED_INLINE void add(double* sums, const Octet& features, size_t) const { accumulate(sums, features); }
    KINDRED_INLINE void count(size_t place, size_t) const { members[place]++; }
  };

  struct Weighted {
    const float* weights;
    double* totals;
    KINDRED_INLINE double of(size_t i) const { return weights[i]; }
    KINDRED_INLINE void add(double* sums, const Octet& features, size_t i) const { accumulate(sums, features, of(i)); }
    KINDRED_INLINE void count(size_t place, size_t i) const { totals[place] += of(i); }
  };

  template <class Weights>
  KINDRED_INLINE void add_octets(Dense x, size_t column, size_t count, Weights weights) {
    const uint32_t* const places = places_;
    const size_t whole = count / turned * turned;
    for (size_t o = 0; o < octets_; o++) {
      const float* source[octet];
      for (size_t r = 0; r < octet; r++) {
        const size_t f = o * octet + r;
        source[r] = f < depth_ ? x.values + f * x.columns + column : static_cast<const float*>(zeros_);
      }
      double* sums = table(o);
      for (size_t i = 0; i < whole; i += turned) {
        Octet customers[turned];
        transpose(source, i, customers);
        KINDRED_UNROLL
        for (size_t c = 0; c < turned; c++) {
          const size_t place = places[i + c];
          weights.add(sums + place, customers[c], i + c);
          if (o == 0) weights.count(place / octet, i + c);
        }
      }
    }
    for (size_t i = whole; i < count; i++) {
      for (size_t f = 0; f < depth_; f++) {
        table(f / octet)[places[i] + f % octet] += weights.of(i) * x.values[f * x.columns + column + i];
      }
      weights.count(places[i] / octet, i);
    }
  }

  size_t clusters_;
  size_t depth_;
  size_t octets_;
  size_t copies_;
  Scratch<double> sums_;
  // What each copy of each cluster counts: the weights of its customers, and those that have none.
  Scratch<double> weights_;
  Scratch<uint32_t> members_;
  Scratch<uint32_t> places_;
  Scratch<float> zeros_;
};

// Adds up the chunks' totals in ascending order, the first holding the result, and splits each sum into what float32
// holds and the rest.
KINDRED_INLINE void reduce_totals(double* totals, size_t chunks, size_t depth, ClusterSums out) {
  const size_t size = out.clusters * (depth + 1);
  if (chunks == 0) std::memset(totals, 0, size * sizeof(double));
  for (size_t c = 1; c < chunks; c++) {
    for (size_t i = 0; i < size; i++) totals[i] += totals[c * size + i];
  }
  const double* total = totals;
  for (size_t j = 0; j < out.clusters; j++, total++) {
    for (size_t f = 0; f < depth; f++, total++) {
      const float rounded = static_cast<float>(*total);
      out.sums[j * depth + f] = rounded;
      // An infinite sum has no rest.
      out.residuals[j * depth + f] = std::isfinite(rounded) ? static_cast<float>(*total - rounded) : 0.0f;
    }
    out.counts[j] = static_cast<float>(*total);
  }
}

}  // namespace kindred::KINDRED_LEVEL
