// FusedMultiplyAdds: y = 0.75 y + 0.25, `rounds` times from y = x, to measure what the arithmetic can do at most.
// x [n] → y [n]
//
// A dozen vectors take their rounds together, more than a multiply-add's latency on two ports asks for.
#include "kernels.h"
#include "tile.h"

namespace kindred::KINDRED_LEVEL {
namespace {

constexpr int together = 12;

template <int count>
KINDRED_INLINE void run_rounds(const float* x, size_t rounds, float* y) {
  const Floats factor = broadcast(0.75f);
  const Floats summand = broadcast(0.25f);
  Floats values[count];
  KINDRED_UNROLL
  for (int v = 0; v < count; v++) values[v] = load(x + v * width);
  for (size_t round = 0; round < rounds; round++) {
    KINDRED_UNROLL
    for (int v = 0; v < count; v++) values[v] = fma(factor, values[v], summand);
  }
  KINDRED_UNROLL
  for (int v = 0; v < count; v++) store(y + v * width, values[v]);
}

}  // namespace

void fused_multiply_adds(const float* x, size_t n, size_t rounds, float* y) {
  constexpr size_t chunk = together * width * 16;
  const size_t chunks = divide_up(n, chunk);
  const unsigned workers = workers_for(chunks, static_cast<double>(n) * static_cast<double>(rounds));
  for_each_chunk(chunks, workers, [&](size_t index, unsigned) {
    const size_t end = at_most(n, (index + 1) * chunk);
    size_t i = index * chunk;
    for (; i + together * width <= end; i += together * width) run_rounds<together>(x + i, rounds, y + i);
    for (; i + width <= end; i += width) run_rounds<1>(x + i, rounds, y + i);
    if (i < end) {
      float rest[width] = {};
      std::memcpy(rest, x + i, (end - i) * sizeof(float));
      run_rounds<1>(rest, rounds, rest);
      std::memcpy(y + i, rest, (end - i) * sizeof(float));
    }
  });
}

}  // namespace kindred::KINDRED_LEVEL
