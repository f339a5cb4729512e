// Random kernels on the emulation against the CPU's reference.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cpu/reference/reference.h"
#include "tests/cuda/emulated.h"
#include "tests/cuda/kernel_difference.h"

namespace crossarray {
namespace {

using test::difference;
using test::RandomKernel;

/// A batch of kernels behind one prelude: compiled once, checked one by one.
class Batch {
 public:
  Batch(unsigned first_seed, unsigned count, const RandomKernel::Options& options, const cuda::DeviceShape& device) {
    std::string text = cuda::prelude();
    for (unsigned seed = first_seed; seed < first_seed + count; ++seed) {
      Case c{seed, RandomKernel(seed, options), {}, {}};
      c.plan = cuda::plan_launch(c.kernel.kernel, c.kernel.launch, device);
      c.source = cuda::generate(c.kernel.kernel, c.plan.variant);
      if (text.find(c.source.body) == std::string::npos) text += c.source.body;
      cases_.push_back(std::move(c));
    }
    library_ = std::make_unique<cuda::test::HostLibrary>(text);
  }

  void check() const {
    for (const Case& c : cases_) {
      RandomKernel want = c.kernel;
      cpu::reference::run(want.kernel, want.launch);
      for (const auto schedule :
           {cuda::test::Schedule::kInOrder, cuda::test::Schedule::kReversed, cuda::test::Schedule::kShuffled}) {
        if (c.kernel.kernel.reduces.empty() && schedule != cuda::test::Schedule::kInOrder) continue;
        RandomKernel got = c.kernel;
        cuda::test::run_emulated(*library_, c.source, got.kernel, got.launch, c.plan, schedule);
        ASSERT_EQ(difference(got, want), "") << "seed " << c.seed << " variant " << c.plan.variant.key() << "\n"
                                             << print(got.kernel) << c.source.body;
      }
    }
  }

 private:
  struct Case {
    unsigned seed;
    RandomKernel kernel;
    cuda::LaunchPlan plan;
    cuda::Source source;
  };
  std::vector<Case> cases_;
  std::unique_ptr<cuda::test::HostLibrary> library_;
};

unsigned batches() { return std::getenv("CROSSARRAY_NIGHTLY") ? 40 : 4; }
constexpr unsigned kBatch = 40;

TEST(EmulatedKernels, EqualTheReference) {
  for (unsigned b = 0; b < batches() && !HasFatalFailure(); ++b) Batch(b * kBatch, kBatch, {}, {}).check();
}

TEST(EmulatedKernels, ElementwiseOnesEqualTheReference) {
  for (unsigned b = 0; b < batches() / 2 && !HasFatalFailure(); ++b)
    Batch(b * kBatch, kBatch, {.reduce = false}, {}).check();
}

TEST(EmulatedKernels, FloatChainsEqualTheReference) {
  for (unsigned b = 0; b < batches() / 2 && !HasFatalFailure(); ++b)
    Batch(b * kBatch, kBatch, {.reduce = b % 2 == 0, .floats_only = true}, {}).check();
}

TEST(EmulatedKernels, GeneralVariantsEqualTheReference) {
  for (unsigned b = 0; b < batches() / 2 && !HasFatalFailure(); ++b)
    Batch(b * kBatch, kBatch, {}, {.vectors = b % 2 == 0, .narrow_index = b % 2 != 0}).check();
}

}  // namespace
}  // namespace crossarray
