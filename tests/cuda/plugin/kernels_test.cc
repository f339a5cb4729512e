// Random kernels through the whole backend, on the fake driver, against the CPU's reference.
#include "cpu/reference/reference.h"
#include "tests/cuda/kernel_difference.h"
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

using crossarray::test::RandomKernel;

class Kernels : public FakeDevice {};

void run_on_device(RandomKernel& k) {
  std::vector<std::vector<std::byte>*> slots;
  for (size_t i = 0; i < k.kernel.slots.size(); ++i) slots.push_back(const_cast<std::vector<std::byte>*>(&k.bytes(i)));
  OnDevice moved(device(), k.launch, slots);
  device().run(*device().compile(k.kernel), moved.launch());
  moved.read_back();
}

void check(unsigned first, unsigned last, const RandomKernel::Options& options) {
  for (unsigned seed = first; seed < last; ++seed) {
    RandomKernel want(seed, options);
    RandomKernel got = want;
    crossarray::cpu::reference::run(want.kernel, want.launch);
    run_on_device(got);
    ASSERT_EQ(difference(got, want), "") << "seed " << seed << "\n" << print(got.kernel);
  }
  EXPECT_EQ(device().memory().in_use, 0u);
}

TEST_F(Kernels, RandomOnesEqualTheReference) { check(0, 80, {}); }
TEST_F(Kernels, MoreRandomOnesEqualTheReference) { check(80, 160, {}); }
TEST_F(Kernels, ElementwiseOnesEqualTheReference) { check(0, 50, {.reduce = false}); }
TEST_F(Kernels, FloatChainsEqualTheReference) { check(0, 30, {.floats_only = true}); }
TEST_F(Kernels, LargeReductionsEqualTheReference) { check(300, 330, {.elements = 300000}); }

TEST_F(Kernels, CountTrueWaitsForWhatIsInFlight) {
  std::vector<uint8_t> mask(1000);
  for (size_t i = 0; i < mask.size(); i += 3) mask[i] = 1;
  const DeviceBytes on_device(device(), mask.size());
  upload(device(), on_device.data(), mask.data(), mask.size());
  EXPECT_EQ(device().count_true({on_device.data(), {10, 100}, {100, 1}}), 334);
  EXPECT_EQ(device().count_true({on_device.data(), {0, 100}, {100, 1}}), 0);
}

}  // namespace
}  // namespace crossarray::cuda::test
