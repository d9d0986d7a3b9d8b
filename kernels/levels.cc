#include "levels.h"

#if defined(_MSC_VER) && defined(_M_X64)
#include <immintrin.h>
#include <intrin.h>
#endif
#if defined(KINDRED_HAS_AMX)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
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

#if defined(KINDRED_HAS_AMX)
namespace amx {
void nearest_centroid(Dense x, Dense centroids, std::int32_t* labels, float* distances);
bool nearest_label(Dense x, Dense centroids, std::int32_t* labels);
void lloyd_step(Dense x, Dense centroids, const float* weights, std::int32_t* labels, ClusterSums out);
void cosine_topk(Dense queries, Dense items, bool normalise, Sparse exclude, TopK best);
}  // namespace amx
#endif

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

#if defined(KINDRED_HAS_AMX)

// Linux saves the tile registers only for a process that has asked for them: before, using them ends it.
bool has_amx() {
  unsigned a, b, c, d;
  constexpr unsigned tiles_and_bfloat16 = 1u << 24 | 1u << 22;
  constexpr long request_state = 0x1023;
  constexpr long tile_data = 18;
  return has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & tiles_and_bfloat16) == tiles_and_bfloat16 &&
         syscall(SYS_arch_prctl, request_state, tile_data) == 0;
}

// The kernels of AVX-512, but for those that tiles make faster.
Kernels amx_kernels() {
  Kernels kernels = avx512::kernels;
  kernels.level = "amx";
  kernels.nearest_centroid = amx::nearest_centroid;
  kernels.nearest_label = amx::nearest_label;
  kernels.lloyd_step = amx::lloyd_step;
  kernels.cosine_topk = amx::cosine_topk;
  return kernels;
}

#endif

}  // namespace

std::vector<const Kernels*> supported_levels() {
  std::vector<const Kernels*> levels;
#if defined(KINDRED_HAS_AMX)
  static const bool present = has_amx();
  static const Kernels kernels = amx_kernels();
  if (present) levels.push_back(&kernels);
#endif
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
