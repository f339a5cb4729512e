// Copies: counted, ordered by fences and by nothing else, beside the compute stream.
#include <cstring>
#include <numeric>

#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

class Transfers : public FakeDevice {};

std::vector<int> numbers(size_t n) {
  std::vector<int> v(n);
  std::iota(v.begin(), v.end(), 0);
  return v;
}

TEST_F(Transfers, BytesComeBackInAnySize) {
  for (size_t n : {size_t{1}, size_t{1000}, (size_t{4} << 20) / 4, size_t{9'000'001}}) {
    fake_cuda_reset();
    const std::vector<int> sent = numbers(n);
    std::vector<int> got(n, -1);
    const DeviceBytes memory(device(), 4 * n);
    upload(device(), memory.data(), sent.data(), 4 * n);
    download(device(), got.data(), memory.data(), 4 * n);
    EXPECT_EQ(got, sent);
    EXPECT_EQ(fake_cuda_count("h2d_bytes"), static_cast<int64_t>(4 * n));
    EXPECT_EQ(fake_cuda_count("d2h_bytes"), static_cast<int64_t>(4 * n));
  }
}

TEST_F(Transfers, PageableSourceMayChangeOnceTheCallReturns) {
  std::vector<int> sent = numbers(5000);
  const DeviceBytes memory(device(), 20000);
  const Fence fence = device().copy_from_host(memory.data(), sent.data(), 20000, device().record());
  std::fill(sent.begin(), sent.end(), -1);
  device().order_after(fence);
  std::vector<int> got(5000);
  download(device(), got.data(), memory.data(), 20000);
  EXPECT_EQ(got, numbers(5000));
}

TEST_F(Transfers, PinnedMemoryIsCopiedDirectlyAndLater) {
  const size_t n = 3000;
  auto* pinned = static_cast<int*>(device().allocate_pinned(4 * n));
  std::iota(pinned, pinned + n, 0);
  const DeviceBytes memory(device(), 4 * n);
  const Fence up = device().copy_from_host(memory.data(), pinned, 4 * n, device().record());
  EXPECT_GT(fake_cuda_count("pending"), 0);
  device().wait(up);
  std::fill(pinned, pinned + n, -1);
  const Fence down = device().copy_to_host(pinned, memory.data(), 4 * n, device().record());
  EXPECT_EQ(pinned[1], -1);  // not before the fence
  device().wait(down);
  EXPECT_EQ(pinned[1], 1);
  EXPECT_EQ(fake_cuda_count("cuMemcpyHtoDAsync"), 1);
  device().deallocate_pinned(pinned, 4 * n);
}

TEST_F(Transfers, AnAddressSaysWhoseMemoryItIs) {
  auto* pinned = static_cast<std::byte*>(device().allocate_pinned(4096));
  const DeviceBytes memory(device(), 4096);
  const std::vector<int> pageable(10);
  EXPECT_EQ(device().kind_of(pinned + 4095), MemoryKind::kPinned);
  EXPECT_EQ(device().kind_of(memory.data()), MemoryKind::kOwn);
  EXPECT_EQ(device().kind_of(pageable.data()), MemoryKind::kPageable);
  device().deallocate_pinned(pinned, 4096);
  EXPECT_EQ(device().software(), "driver 13.0");
}

TEST_F(Transfers, AnUploadDoesNotWaitForComputeWorkAfterItsFence) {
  const DeviceBytes target(device(), 4000), other(device(), 4000), third(device(), 4000);
  const Fence fresh = device().record();
  device().copy_within(third.data(), other.data(), 4000);
  const std::vector<int> sent = numbers(1000);
  const Fence copied = device().copy_from_host(target.data(), sent.data(), 4000, fresh);
  const int64_t before = fake_cuda_count("pending");
  device().wait(copied);
  EXPECT_GE(fake_cuda_count("pending"), 1) << "the copy within the device was not waited for";
  EXPECT_LT(fake_cuda_count("pending"), before);
  device().synchronize();
  EXPECT_EQ(fake_cuda_count("pending"), 0);
}

TEST_F(Transfers, AnUploadIntoItsOwnMemoryWaitsForNoComputeWork) {
  const DeviceBytes other(device(), 4000), third(device(), 4000);
  device().copy_within(third.data(), other.data(), 4000);
  void* fresh = device().allocate_for_upload(4000);
  const std::vector<int> sent = numbers(1000);
  const Fence copied = device().copy_from_host(fresh, sent.data(), 4000, {});
  const int64_t before = fake_cuda_count("pending");
  device().wait(copied);
  EXPECT_GE(fake_cuda_count("pending"), 1) << "the copy within the device was not waited for";
  EXPECT_LT(fake_cuda_count("pending"), before);
  std::vector<int> got(1000);
  device().order_after(copied);
  download(device(), got.data(), fresh, 4000);
  EXPECT_EQ(got, sent);
  device().deallocate(fresh, 4000);
}

TEST_F(Transfers, MemoryForAnUploadThatNeverComesIsFreedAfterItsAllocation) {
  const DeviceBytes memory(device(), 4000);
  const std::vector<int> sent = numbers(1000);
  device().copy_from_host(memory.data(), sent.data(), 4000, device().record());  // what the upload stream has to do
  void* fresh = device().allocate_for_upload(4000);
  device().deallocate(fresh, 4000);
  device().wait(device().record());
  EXPECT_FALSE(device().lost()) << "freed on a stream that did not know of it";
  device().synchronize();
}

TEST_F(Transfers, ComputeWorkWaitsForTheFenceItIsGiven) {
  const std::vector<int> sent = numbers(1000);
  std::vector<int> got(1000);
  const DeviceBytes a(device(), 4000), b(device(), 4000);
  device().order_after(device().copy_from_host(a.data(), sent.data(), 4000, device().record()));
  device().copy_within(b.data(), a.data(), 4000);
  download(device(), got.data(), b.data(), 4000);
  EXPECT_EQ(got, sent);
}

TEST_F(Transfers, WithoutPinnedMemoryCopiesStillWork) {
  CudaBackend fresh(0);
  fake_cuda_set("pinned_oom_at", 1);
  const std::vector<int> sent = numbers(3'000'000);
  std::vector<int> got(sent.size());
  const DeviceBytes memory(fresh, 4 * sent.size());
  upload(fresh, memory.data(), sent.data(), memory.bytes());
  fake_cuda_set("pinned_oom_at", 1);
  download(fresh, got.data(), memory.data(), memory.bytes());
  EXPECT_EQ(got, sent);
}

TEST_F(Transfers, FencesLongPastAreReached) {
  const Fence early = device().record();
  for (int i = 0; i < 3000; ++i) device().record();
  EXPECT_TRUE(device().reached(early));
  EXPECT_TRUE(device().reached(Fence{}));
  device().wait(early);
}

TEST_F(Transfers, PeersCopyFromOneAnother) {
  fake_cuda_set("devices", 2);
  CudaBackend second(1);
  const std::vector<int> sent = numbers(1000);
  std::vector<int> got(1000);
  const DeviceBytes here(device(), 4000), there(second, 4000);
  upload(device(), here.data(), sent.data(), 4000);
  EXPECT_TRUE(second.copy_from_peer(there.data(), device(), here.data(), 4000, device().record()));
  download(second, got.data(), there.data(), 4000);
  EXPECT_EQ(got, sent);
}

TEST_F(Transfers, FirstThingsADeviceDoesMayBeCopiesFromAPeer) {
  fake_cuda_set("devices", 2);
  CudaBackend first(0), second(1);  // no event of either is there yet
  const DeviceBytes here(first, 64), there(second, 64);
  EXPECT_TRUE(second.copy_from_peer(there.data(), first, here.data(), 64, {}));
  EXPECT_TRUE(first.copy_from_peer(here.data(), second, there.data(), 64, {}));
}

TEST_F(Transfers, AnEmptyCopyDoesNotEndTheWaitForOneInFlight) {
  const size_t bytes = 1 << 20;
  void* pinned = device().allocate_pinned(bytes);
  std::memset(pinned, 1, bytes);
  {
    const DeviceBytes memory(device(), bytes);
    device().copy_from_host(memory.data(), pinned, bytes, device().record());
    device().copy_from_host(memory.data(), nullptr, 0, {});
  }  // freed while the copy is under way
  device().synchronize();
  EXPECT_FALSE(device().lost()) << "the copy wrote to freed memory";
  device().deallocate_pinned(pinned, bytes);
}

}  // namespace
}  // namespace crossarray::cuda::test
