// Copies and casts over every size near a vector's, every start address and row length: tails, alignment, row ends. Memory
// has the exact size, so that AddressSanitizer sees what is read or written beside it.
#include <gtest/gtest.h>

#include <map>

#include "cpu/reference/reference.h"
#include "tests/cuda/emulated.h"

namespace crossarray {
namespace {

/// `bytes` at an address that is `misaligned` bytes past a multiple of 256.
class Memory {
 public:
  Memory(size_t bytes, size_t misaligned)
      : block_(static_cast<std::byte*>(std::aligned_alloc(256, (bytes + misaligned + 255) / 256 * 256 + 256))),
        data_(block_ + misaligned),
        bytes_(bytes) {
    for (size_t i = 0; i < bytes; ++i) data_[i] = static_cast<std::byte>(i * 7 & 1);
  }
  ~Memory() { std::free(block_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::byte* data() const { return data_; }
  std::vector<std::byte> bytes() const { return {data_, data_ + bytes_}; }

 private:
  std::byte *block_, *data_;
  size_t bytes_;
};

class EmulatedCopy : public testing::TestWithParam<std::pair<DType, DType>> {
 protected:
  /// Runs the copy of `shape` with these strides on the emulation and on the reference.
  void check(const Dims& shape, const Dims& in, const Dims& out, size_t in_offset, size_t out_offset) {
    const auto [from, to] = GetParam();
    const Kernel kernel = cuda::copy_kernel(from, to, shape.size());
    const size_t in_bytes = span(shape, in, itemsize(from)), out_bytes = span(shape, out, itemsize(to));
    const Memory source_memory(in_bytes, in_offset * itemsize(from)), got(out_bytes, out_offset * itemsize(to)),
        want(out_bytes, 0);
    Launch launch;
    launch.shape = shape;
    launch.slots = {{source_memory.data(), in}, {want.data(), out}};
    cpu::reference::run(kernel, launch);
    launch.slots[1].data = got.data();
    const cuda::LaunchPlan plan = cuda::plan_launch(kernel, launch);
    const cuda::Source source = cuda::generate(kernel, plan.variant);
    auto& library = compiled_[source.body];
    if (!library) library = std::make_unique<cuda::test::HostLibrary>(source.text);
    cuda::test::run_emulated(*library, source, kernel, launch, plan, cuda::test::Schedule::kInOrder);
    ASSERT_EQ(got.bytes(), want.bytes()) << "offsets " << in_offset << " " << out_offset << " " << plan.variant.key();
  }

 private:
  static size_t span(const Dims& shape, const Dims& strides, size_t item) {
    size_t bytes = item;
    for (int axis = 0; axis < shape.size(); ++axis) bytes += static_cast<size_t>((shape[axis] - 1) * strides[axis]);
    return bytes;
  }
  std::map<std::string, std::unique_ptr<cuda::test::HostLibrary>> compiled_;
};

TEST_P(EmulatedCopy, IsRightForEveryLengthAndAddress) {
  const auto a = static_cast<int64_t>(itemsize(GetParam().first)),
             b = static_cast<int64_t>(itemsize(GetParam().second));
  for (int64_t n : {1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 1023, 1025, 5000})
    for (size_t in : {0, 1, 3})
      for (size_t out : {0, 1}) check({n}, {a}, {b}, in, out);
}

TEST_P(EmulatedCopy, IsRightForRowsOfEveryLength) {
  const auto a = static_cast<int64_t>(itemsize(GetParam().first)),
             b = static_cast<int64_t>(itemsize(GetParam().second));
  for (int64_t n : {1, 4, 7, 16, 33, 64}) {
    check({5, n}, {a * 2 * n, a}, {b * n, b}, 0, 0);
    check({5, n}, {a * 64, a}, {b * 128, b}, 0, 0);
    check({5, n}, {0, a}, {b * n, b}, 0, 0);
    check({5, n}, {a, 0}, {b * n, b}, 0, 0);
    check({5, n}, {a, a * 5}, {b * n, b}, 1, 0);
    check({3, 2, n}, {a * 8 * n, a * 3 * n, a}, {b * 2 * n, b * n, b}, 0, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EmulatedCopy,
                         testing::Values(std::pair{DType::kF32, DType::kF32}, std::pair{DType::kU8, DType::kU8},
                                         std::pair{DType::kU8, DType::kF64}, std::pair{DType::kC128, DType::kC128},
                                         std::pair{DType::kI16, DType::kC64}),
                         [](const auto& info) {
                           return std::string(name(info.param.first)) + "_to_" + name(info.param.second);
                         });

}  // namespace
}  // namespace crossarray
