// Kernels leave no upper halves of vector registers in use: until something clears them, SSE code anywhere in the process
// (NumPy's loops, libm) waits for them and runs at a fraction of its speed on some processors.
#include <gtest/gtest.h>

#include "cpu/backend.h"
#include "cpu/kernels/kernels.h"
#include "tests/cpu/random_kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>

namespace crossarray {
namespace {

/// Does XGETBV with ECX = 1 tell which parts of the registers are in use?
bool can_tell() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && __get_cpuid_count(0xD, 1, &a, &b, &c, &d) && (a & 4);
}

/// Bit 2: bits 128..255 of registers 0..15; bit 6: bits 256..511.
bool upper_halves_in_use() {
  constexpr unsigned kAvx = 1 << 2, kUpperZmm = 1 << 6;
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
  return low & (kAvx | kUpperZmm);
}

class Registers : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryTarget, Registers, ::testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& target) { return target.param; });

TEST_P(Registers, UpperHalvesAreClearAfterEveryKernel) {
  if (!can_tell()) GTEST_SKIP() << "this processor does not say which registers are in use";
  const std::string before = cpu::simd_target();
  cpu::set_simd_target(GetParam());
  for (unsigned seed = 0; seed < 400; ++seed) {
    test::RandomKernel k(seed, {.reduce = seed % 2 == 0, .floats_only = seed % 3 == 0, .integers_only = seed % 3 == 1});
    const auto program = cpu::backend().compile(k.kernel);
    cpu::backend().run(*program, k.launch);
    ASSERT_FALSE(upper_halves_in_use()) << "seed " << seed << "\n" << print(k.kernel);
  }
  cpu::set_simd_target(before);
}

}  // namespace
}  // namespace crossarray
#endif
