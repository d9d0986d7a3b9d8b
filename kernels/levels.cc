#include "levels.h"

#if defined(_MSC_VER) && defined(_M_X64)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace kindred {

#if defined(__x86_64__) || defined(_M_X64)
namespace avx512 {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
#elif defined(__aarch64__) || defined(_M_ARM64)
namespace neon {
extern const Kernels kernels;
}
#endif
namespace plain {
extern const Kernels kernels;
}

namespace {

#if defined(__x86_64__)

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#elif defined(_M_X64)

// Leaf 7's bits, where the operating system saves the registers they need (bits of XCR0).
bool has(int leaf7_bits, unsigned long long saved) {
  int leaf[4];
  __cpuid(leaf, 1);
  const bool has_xsave_and_fma = (leaf[2] & (1 << 27)) != 0 && (leaf[2] & (1 << 12)) != 0;
  __cpuidex(leaf, 7, 0);
  return has_xsave_and_fma && (leaf[1] & leaf7_bits) == leaf7_bits && (_xgetbv(0) & saved) == saved;
}

bool has_avx2() { return has(1 << 5, 0x6); }
bool has_avx512() { return has(1 << 5 | 1 << 16 | 1 << 17 | 1 << 30 | static_cast<int>(1u << 31), 0xe6); }

#endif

}  // namespace

std::vector<const Kernels*> supported_levels() {
  std::vector<const Kernels*> levels;
#if defined(__x86_64__) || defined(_M_X64)
  if (has_avx512()) levels.push_back(&avx512::kernels);
  if (has_avx2()) levels.push_back(&avx2::kernels);
#elif defined(__aarch64__) || defined(_M_ARM64)
  levels.push_back(&neon::kernels);
#endif
  levels.push_back(&plain::kernels);
  return levels;
}

const Kernels* find_level(const std::string& name) {
  for (const Kernels* kernels : supported_levels()) {
    if (name == kernels->level) return kernels;
  }
  return nullptr;
}

}  // namespace kindred
