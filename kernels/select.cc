#include "select.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace kindred {

namespace {

std::uint64_t median(std::uint64_t a, std::uint64_t b, std::uint64_t c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); }

}  // namespace

// Quickselect whose partition has no branch that depends on the data: with a dozen to a few hundred keys, most of
// std::nth_element's time goes into mispredicted ones.
void keep_smallest(std::uint64_t* keys, std::size_t count, std::size_t keep) {
  if (keep == 0 || keep >= count) return;
  constexpr std::size_t small = 8;
  std::size_t first = 0;
  std::size_t last = count;
  for (int rounds = 0; last - first > small; rounds++) {
    if (rounds == 64) return std::nth_element(keys + first, keys + keep - 1, keys + last);
    const std::uint64_t* middle = keys + first + (last - first) / 2;
    const std::uint64_t pivot = median(keys[first + 1], *middle, keys[last - 1]);
    std::size_t below = first;
    for (std::size_t i = first; i < last; i++) {
      const std::uint64_t key = keys[i];
      keys[i] = keys[below];
      keys[below] = key;
      below += key < pivot;
    }
    if (keep - 1 < below) {
      last = below;
    } else {
      first = below;
    }
  }
  std::sort(keys + first, keys + last);
}

float score_of(std::uint64_t key) {
  const std::uint32_t ascending = ~static_cast<std::uint32_t>(key >> 32);
  const std::uint32_t bits = ascending & 0x80000000u ? ascending & 0x7fffffffu : ~ascending;
  float score;
  std::memcpy(&score, &bits, sizeof score);
  return score;
}

void sort_keys(void* keys, std::size_t count) {
  std::uint64_t* first = static_cast<std::uint64_t*>(keys);
  std::sort(first, first + count);
}

void order_by_occurrence(const std::uint32_t* occurrences, std::size_t count, std::uint32_t* order) {
  std::iota(order, order + count, 0u);
  std::stable_sort(order, order + count, [&](std::uint32_t a, std::uint32_t b) { return occurrences[a] > occurrences[b]; });
}

void write_best(std::uint64_t* keys, std::size_t count, TopK best, std::size_t row) {
  keep_smallest(keys, count, best.count);
  const std::size_t kept = std::min(count, best.count);
  std::sort(keys, keys + kept);
  std::int32_t* indices = best.indices + row * best.count;
  float* scores = best.scores + row * best.count;
  for (std::size_t i = 0; i < kept; i++) {
    indices[i] = static_cast<std::int32_t>(keys[i] & 0xffffffffu);
    scores[i] = score_of(keys[i]);
  }
  std::fill(indices + kept, indices + best.count, -1);
  std::fill(scores + kept, scores + best.count, -std::numeric_limits<float>::infinity());
}

}  // namespace kindred
