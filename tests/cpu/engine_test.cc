#include <gtest/gtest.h>

#include "cpu/backend.h"
#include "cpu/kernels/kernels.h"
#include "cpu/memory.h"
#include "cpu/reference/reference.h"
#include "dispatch/core/config.h"
#include "tests/cpu/random_kernel.h"

namespace crossarray {
namespace {

using test::RandomKernel;

bool is_float_sum(ReduceKind kind) { return kind == ReduceKind::kSum || kind >= ReduceKind::kMean; }

/// Sums round differently from the oracle's long double; everything else must agree bit for bit (NaN for NaN).
void expect_same(const RandomKernel& got, const RandomKernel& want, const std::string& what) {
  std::vector<double> tolerance(got.kernel.slots.size(), 0), scale(got.kernel.slots.size(), 0);
  for (const ReduceStmt& r : got.kernel.reduces) {
    if (!is_float_sum(r.kind)) continue;
    const DType real = real_of(got.kernel.values[r.value].dtype), result = real_of(got.kernel.slots[r.slot].dtype);
    const bool coarse = real == DType::kF32 || result == DType::kF32 || is_half(real);
    tolerance[r.slot] = is_half(real) || is_half(result) ? 1e-2 : coarse ? 2e-5 : 1e-11;
    scale[r.slot] = 1000;
  }
  for (size_t slot = 0; slot < got.kernel.slots.size(); ++slot) {
    const std::string d =
        test::difference(got.kernel.slots[slot].dtype, got.bytes(slot), want.bytes(slot), tolerance[slot], scale[slot]);
    ASSERT_EQ(d, "") << what << ", slot " << slot << "\n" << print(got.kernel);
  }
}

std::string text_of(const Dims& shape) {
  std::string text = "shape";
  for (int64_t extent : shape) text += " " + std::to_string(extent);
  return text;
}

void run_engine(RandomKernel& k) { cpu::backend().run(*cpu::backend().compile(k.kernel), k.launch); }

void check_seed(unsigned seed, const RandomKernel::Options& options) {
  RandomKernel want(seed, options);
  RandomKernel got = want;
  cpu::reference::run(want.kernel, want.launch);
  run_engine(got);
  expect_same(got, want,
              "seed " + std::to_string(seed) + " " + text_of(got.launch.shape) + " on " + cpu::simd_target());
}

class EveryTarget : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    before_ = cpu::simd_target();
    cpu::set_simd_target(GetParam());
  }
  void TearDown() override { cpu::set_simd_target(before_); }
  std::string before_;
};
INSTANTIATE_TEST_SUITE_P(Engine, EveryTarget, ::testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryTarget, RandomKernelsEqualTheReference) {
  for (unsigned seed = 0; seed < 600 && !HasFatalFailure(); ++seed) check_seed(seed, {});
}

TEST_P(EveryTarget, RandomElementwiseKernelsEqualTheReference) {
  for (unsigned seed = 0; seed < 300 && !HasFatalFailure(); ++seed) check_seed(seed, {.reduce = false});
}

TEST_P(EveryTarget, RandomFloatChainsEqualTheReference) {
  for (unsigned seed = 0; seed < 400 && !HasFatalFailure(); ++seed)
    check_seed(seed, {.reduce = seed % 3 == 0, .floats_only = true});
}

TEST_P(EveryTarget, RandomIntegerChainsEqualTheReference) {
  for (unsigned seed = 0; seed < 400 && !HasFatalFailure(); ++seed)
    check_seed(seed, {.reduce = seed % 3 == 0, .integers_only = true});
}

TEST(Engine, ResultsDoNotDependOnThreads) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    RandomKernel one(seed, {.elements = 1000000});
    RandomKernel many = one;
    config().threads = 1;
    run_engine(one);
    config().threads = 4;
    run_engine(many);
    config().threads = 0;
    for (size_t slot = 0; slot < one.kernel.slots.size(); ++slot)
      ASSERT_EQ(one.bytes(slot), many.bytes(slot)) << "seed " << seed << " slot " << slot << "\n" << print(one.kernel);
  }
}

TEST(Engine, FailedAllocationThrowsAndLeaksNothing) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomKernel k(seed, {});
    const auto program = cpu::backend().compile(k.kernel);
    const size_t before = cpu::memory_stats().in_use;
    for (int64_t fail = 1; fail < 1000; ++fail) {
      cpu::fail_allocation(fail);
      bool done = true;
      try {
        cpu::backend().run(*program, k.launch);
      } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::kMemory);
        done = false;
      }
      cpu::fail_allocation(0);
      EXPECT_EQ(cpu::memory_stats().in_use, before);
      if (done) break;
    }
  }
}

}  // namespace
}  // namespace crossarray
