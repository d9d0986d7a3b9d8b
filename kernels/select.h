// The best few of many scores. A candidate is one 64-bit key that sorts by score descending, then by index ascending.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels.h"

namespace kindred {

// Moves the `keep` smallest keys to the front, the greatest of them last.
void keep_smallest(std::uint64_t* keys, std::size_t count, std::size_t keep);

// Sorts the keys and writes the first best.count of them as row `row` of best.
void write_best(std::uint64_t* keys, std::size_t count, TopK best, std::size_t row);

// The score that a key was made of.
float score_of(std::uint64_t key);

// Sorts 64-bit little-endian numbers.
void sort_keys(void* keys, std::size_t count);

// order = 0 … count - 1, those that occur most first.
void order_by_occurrence(const std::uint32_t* occurrences, std::size_t count, std::uint32_t* order);

}  // namespace kindred

#ifdef KINDRED_LEVEL
#include "simd.h"

namespace kindred::KINDRED_LEVEL {

KINDRED_INLINE std::uint64_t key_of(float score, std::uint32_t index) {
  const float positive_zero = score + 0.0f;
  std::uint32_t bits;
  std::memcpy(&bits, &positive_zero, sizeof bits);
  const std::uint32_t ascending = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return static_cast<std::uint64_t>(~ascending) << 32 | index;
}

// Entries that a buffer for the best `wanted` holds: when it is full it is cut back to the best and the threshold rises.
KINDRED_INLINE size_t buffer_capacity(size_t wanted) { return wanted + (wanted > 16 ? wanted : 16); }

// Candidates of one row.
struct Candidates {
  std::uint64_t* keys;
  size_t count;

  // Returns whether the buffer was cut back: keys[wanted - 1] is then the worst that is kept.
  KINDRED_INLINE bool push(std::uint64_t key, size_t wanted) {
    keys[count++] = key;
    if (count < buffer_capacity(wanted)) return false;
    keep_smallest(keys, count, wanted);
    count = wanted;
    return true;
  }
};

// Whether row `row` of a pattern, whose indices ascend within the row, has `column`.
KINDRED_INLINE bool has(Sparse pattern, size_t row, int32_t column) {
  if (pattern.starts == nullptr) return false;
  int32_t low = pattern.starts[row];
  int32_t high = pattern.starts[row + 1];
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (pattern.indices[middle] < column) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < pattern.starts[row + 1] && pattern.indices[low] == column;
}

}  // namespace kindred::KINDRED_LEVEL
#endif
