// Device memory: retry when it is short, order with copies, statistics, loss.
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

class Memory : public FakeDevice {
 protected:
  void TearDown() override {
    fake_cuda_reset();
    device().free_cached();
    EXPECT_EQ(device().memory().in_use, 0u);
    EXPECT_EQ(fake_cuda_count("live_blocks"), 0);
  }
};

/// exp-like work on a fresh array: three allocations, one of them scratch.
std::vector<double> sum_of_ones() {
  const size_t n = 300000;
  const std::vector<double> ones(n, 1.0);
  const DeviceBytes in(device(), n * 8), out(device(), 8);
  upload(device(), in.data(), ones.data(), n * 8);
  Kernel kernel = copy_kernel(DType::kF64, DType::kF64, 1);
  kernel.stores.clear();
  kernel.slots[1].role = SlotRole::kReduce;
  kernel.reduced = 1;
  ReduceStmt sum{};
  sum.kind = ReduceKind::kSum;
  sum.slot = 1;
  sum.accumulate = DType::kF64;
  kernel.reduces = {sum};
  Launch launch;
  launch.shape = {static_cast<int64_t>(n)};
  launch.slots = {{in.data(), {8}}, {out.data(), {0}}};
  launch.params = {0};
  device().run(*device().compile(kernel), launch);
  std::vector<double> result(1);
  download(device(), result.data(), out.data(), 8);
  return result;
}

TEST_F(Memory, FailureOfEachAllocationIsRetriedAfterTrimming) {
  sum_of_ones();
  int fired = 0;
  for (int k = 1; k < 10; ++k) {
    fake_cuda_reset();
    fake_cuda_set("oom_at", k);
    EXPECT_EQ(sum_of_ones(), std::vector<double>{300000}) << "allocation " << k;
    fired += fake_cuda_count("cuMemPoolTrimTo") > 0;
  }
  EXPECT_GE(fired, 3);
}

TEST_F(Memory, CachedMemoryIsTrimmedBeforeGivingUp) {
  device().free_cached();
  fake_cuda_reset();
  fake_cuda_set("capacity", 1 << 20);
  { const DeviceBytes half(device(), 600 << 10); }
  device().synchronize();
  EXPECT_EQ(fake_cuda_count("cached_bytes"), 600 << 10);
  const DeviceBytes most(device(), 900 << 10);
  EXPECT_EQ(fake_cuda_count("cuMemPoolTrimTo"), 1);
}

TEST_F(Memory, RefusalSaysWhatWasAskedAndWhatIsInUse) {
  fake_cuda_set("capacity", 1 << 20);
  const DeviceBytes half(device(), 512 << 10);
  try {
    device().allocate(1'000'000);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kMemory);
    EXPECT_NE(std::string(e.what()).find("Out of memory on cuda:0: asked 1,000,000 bytes"), std::string::npos)
        << e.what();
  }
  const DeviceBytes still_works(device(), 256 << 10);
}

TEST_F(Memory, TheTestHookFailsOnceAndIsNotRetried) {
  device().fail_allocation(2);
  const DeviceBytes first(device(), 100);
  EXPECT_THROW(device().allocate(100), Error);
  const DeviceBytes third(device(), 100);
  EXPECT_EQ(fake_cuda_count("cuMemPoolTrimTo"), 0);
}

TEST_F(Memory, StatisticsCountLiveAndPeakBytes) {
  const size_t peak = device().memory().peak;
  {
    const DeviceBytes a(device(), peak + 1000);
    EXPECT_EQ(device().memory().in_use, peak + 1000);
    EXPECT_EQ(device().memory().peak, peak + 1000);
  }
  EXPECT_EQ(device().memory().in_use, 0u);
  EXPECT_EQ(device().memory().peak, peak + 1000);
  device().free_cached();
  EXPECT_EQ(device().memory().cached, 0u);
  EXPECT_EQ(device().memory().capacity, size_t{8} << 30);
}

TEST_F(Memory, FreedMemoryStaysUntilTheCopyFromItIsOver) {
  const size_t n = 1 << 20;
  auto* pinned = static_cast<std::byte*>(device().allocate_pinned(n));
  Fence fence;
  {
    const DeviceBytes source(device(), n);
    const std::vector<std::byte> ones(n, std::byte{1});
    upload(device(), source.data(), ones.data(), n);
    fence = device().copy_to_host(pinned, source.data(), n, device().record());
  }
  // The copy has not run; the block is freed, and the compute stream runs to its end.
  device().wait(device().record());
  device().wait(fence);
  EXPECT_EQ(pinned[0], std::byte{1});
  EXPECT_EQ(pinned[n - 1], std::byte{1});
  device().deallocate_pinned(pinned, n);
}

TEST_F(Memory, PinnedMemoryThatIsNotToBeHadIsNull) {
  fake_cuda_set("pinned_oom_at", 1);
  EXPECT_EQ(device().allocate_pinned(1 << 20), nullptr);
}

}  // namespace
}  // namespace crossarray::cuda::test
