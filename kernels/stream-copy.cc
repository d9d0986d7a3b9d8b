// StreamCopy: y = x, to measure the memory.
// x [n] → y [n]
//
// Stores go past the cache, as results do that nobody reads soon: a line is not fetched only to be overwritten.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {

void stream_copy(const float* x, size_t n, float* y) {
  constexpr size_t chunk = 65536;
  const size_t chunks = divide_up(n, chunk);
  const size_t alignment = width * sizeof(float);
  const size_t head = at_most(n, (alignment - reinterpret_cast<std::uintptr_t>(y) % alignment) % alignment / sizeof(float));
  for_each_chunk(chunks, workers_for(chunks, static_cast<double>(n)), [&](size_t index, unsigned) {
    const size_t end = index + 1 == chunks ? n : at_most(n, head + (index + 1) * chunk);
    size_t i = index == 0 ? 0 : head + index * chunk;
    if (index == 0) {
      std::memcpy(y, x, head * sizeof(float));
      i = head;
    }
    for (; i + width <= end; i += width) stream(y + i, load(x + i));
    if (i < end) std::memcpy(y + i, x + i, (end - i) * sizeof(float));
    fence();
  });
}

}  // namespace kindred::KINDRED_LEVEL
