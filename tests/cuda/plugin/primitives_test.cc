// take, put, nonzero, scan and matmul on the fake driver against the CPU's.
#include <random>

#include "cpu/backend.h"
#include "tests/cpu/kernel_values.h"
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

class Primitives : public FakeDevice {
 protected:
  void TearDown() override {
    EXPECT_EQ(device().memory().in_use, 0u);
    FakeDevice::TearDown();
  }
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  /// Small whole numbers: sums and products of a few are exact in every float type.
  std::vector<std::byte> draw(DType dtype, int64_t count) {
    std::vector<std::byte> bytes(static_cast<size_t>(count) * itemsize(dtype));
    for (int64_t i = 0; i < count; ++i) {
      const double re = pick(9) - (kind(dtype) == Kind::kUnsigned ? 0 : 4), im = pick(5) - 2;
      const Scalar s =
          is_complex(dtype) ? Scalar::of(DType::kC128, std::complex<double>(re, im)) : Scalar::of(DType::kF64, re);
      std::memcpy(bytes.data() + static_cast<size_t>(i) * itemsize(dtype), cast_scalar(s, dtype).bits, itemsize(dtype));
    }
    return bytes;
  }
  std::mt19937 random_{3};
};

/// Host bytes on the device for the object's life.
class Moved {
 public:
  explicit Moved(const std::vector<std::byte>& host) : memory_(device(), host.size()) {
    upload(device(), memory_.data(), host.data(), host.size());
  }
  std::byte* data() const { return memory_.data(); }
  std::vector<std::byte> home() const {
    std::vector<std::byte> bytes(memory_.bytes());
    download(device(), bytes.data(), memory_.data(), bytes.size());
    return bytes;
  }

 private:
  DeviceBytes memory_;
};

std::vector<std::byte> bytes_of(const std::vector<int64_t>& values) {
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  return {data, data + 8 * values.size()};
}

TEST_F(Primitives, TakeAndPutMoveWhatTheCpuMoves) {
  for (size_t item : {1, 2, 4, 8, 16}) {
    const int64_t rows = 50, columns = 7, n = 33;
    std::vector<int64_t> index;
    for (int64_t i = 0; i < n; ++i) index.push_back(pick(rows));
    const auto step = static_cast<int64_t>(item);
    IndexCall call;
    call.item = item;
    call.index_shape = {n};
    call.base_step = {columns * step};
    call.rest_shape = {columns};
    call.base_rest = {step};
    call.value_index = {columns * step};
    call.value_rest = {step};
    std::vector<std::byte> base = crossarray::test::draw<uint8_t>(rows * columns * item, 1);
    std::vector<std::byte> values = crossarray::test::draw<uint8_t>(n * columns * item, 2);
    for (const bool put : {false, true}) {
      const Moved d_base(base), d_values(values), d_index(bytes_of(index));
      IndexCall on_device = call;
      on_device.base = d_base.data();
      on_device.values = d_values.data();
      on_device.index = {reinterpret_cast<const int64_t*>(d_index.data())};
      call.base = base.data();
      call.values = values.data();
      call.index = {index.data()};
      put ? device().put(on_device) : device().take(on_device);
      put ? crossarray::cpu::backend().put(call) : crossarray::cpu::backend().take(call);
      EXPECT_EQ(d_base.home(), base) << item;
      EXPECT_EQ(d_values.home(), values) << item;
    }
  }
}

TEST_F(Primitives, NonzeroGivesPositionsInOrder) {
  for (int64_t n : {1, 100, 10000, 100000}) {
    std::vector<std::byte> mask = crossarray::test::draw<bool>(static_cast<size_t>(n), 5);
    const Moved moved(mask);
    const MaskCall here{mask.data(), {n}, {1}}, there{moved.data(), {n}, {1}};
    const int64_t count = crossarray::cpu::backend().count_true(here);
    EXPECT_EQ(device().count_true(there), count);
    std::vector<int64_t> want(static_cast<size_t>(count));
    crossarray::cpu::backend().nonzero(here, want.data());
    const DeviceBytes positions(device(), 8 * want.size());
    device().nonzero(there, reinterpret_cast<int64_t*>(positions.data()));
    std::vector<int64_t> got(want.size());
    download(device(), got.data(), positions.data(), 8 * got.size());
    EXPECT_EQ(got, want);
  }
}

TEST_F(Primitives, ScansEqualTheCpu) {
  struct Case {
    Op op;
    DType in, loop, out;
    Dims shape;
    int axis;
  };
  const std::vector<Case> cases = {
      {Op::add, DType::kF64, DType::kF64, DType::kF64, {10000}, 0},        // CUB, in place
      {Op::add, DType::kI32, DType::kI64, DType::kI64, {5000}, 0},         // CUB after a cast
      {Op::add, DType::kBool, DType::kI64, DType::kI32, {5000}, 0},        // casts on both sides
      {Op::maximum, DType::kF32, DType::kF32, DType::kF32, {2, 6000}, 1},  // CUB line by line
      {Op::multiply, DType::kU64, DType::kU64, DType::kU64, {4100}, 0},    // wraps
      {Op::add, DType::kF16, DType::kF16, DType::kF16, {40, 30}, 0},       // a thread a line
      {Op::logical_or, DType::kBool, DType::kBool, DType::kBool, {9, 4, 5}, 1},
      {Op::minimum, DType::kC128, DType::kC128, DType::kC128, {3, 300}, 1},
      {Op::subtract, DType::kI8, DType::kI8, DType::kI8, {200, 3}, 0},
  };
  for (const Case& c : cases) {
    int64_t count = 1;
    Dims in(c.shape.size()), out(c.shape.size());
    for (int axis = c.shape.size() - 1; axis >= 0; --axis) {
      in[axis] = count * static_cast<int64_t>(itemsize(c.in));
      out[axis] = count * static_cast<int64_t>(itemsize(c.out));
      count *= c.shape[axis];
    }
    const std::vector<std::byte> source = draw(c.in, count);
    std::vector<std::byte> want(static_cast<size_t>(count) * itemsize(c.out));
    ScanCall call{c.op, c.in, c.loop, c.out, source.data(), want.data(), c.shape, in, out, c.axis};
    crossarray::cpu::backend().scan(call);
    const Moved moved(source), result(std::vector<std::byte>(want.size()));
    call.in = moved.data();
    call.out = result.data();
    EXPECT_TRUE(device().supports(call));
    device().scan(call);
    EXPECT_EQ(result.home(), want) << row(c.op).name << " " << name(c.in) << " " << name(c.out);
  }
}

TEST_F(Primitives, LongLinesThatCubDoesNotHaveGoToTheCpu) {
  ScanCall call{Op::add, DType::kC64, DType::kC64, DType::kC64, nullptr, nullptr, {100000}, {8}, {8}, 0};
  EXPECT_FALSE(device().supports(call));
  call.shape = {1000};
  EXPECT_TRUE(device().supports(call));
}

class Matmul : public Primitives, public ::testing::WithParamInterface<DType> {};
INSTANTIATE_TEST_SUITE_P(Primitives, Matmul,
                         ::testing::Values(DType::kF16, DType::kBF16, DType::kF32, DType::kF64, DType::kC64,
                                           DType::kC128),
                         [](const auto& info) { return std::string(name(info.param)); });

/// A matrix of a random layout, as elements from its start: rows first, columns first, every other element, repeated.
struct Layout {
  int64_t row, col, elements;
};
Layout draw_layout(int kind, int64_t rows, int64_t cols) {
  switch (kind) {
    case 0: return {cols, 1, rows * cols};
    case 1: return {1, rows, rows * cols};
    case 2: return {cols + 3, 1, rows * (cols + 3)};
    case 3: return {2 * cols, 2, 2 * rows * cols};
    default: return {0, 1, cols};
  }
}

TEST_P(Matmul, EveryLayoutEqualsTheCpu) {
  const DType dtype = GetParam();
  const auto item = static_cast<int64_t>(itemsize(dtype));
  for (int round = 0; round < 120; ++round) {
    MatmulCall call{};
    call.dtype = dtype;
    call.m = 1 + pick(5), call.n = 1 + pick(5), call.k = pick(12) ? 1 + pick(6) : 0;
    if (round % 4 == 0) call.n = 1;
    if (round % 8 == 0) call.m = 1;
    call.conjugate_a = is_complex(dtype) && pick(3) == 0;
    call.fast_math = pick(2) == 0;
    const int64_t batch = pick(2) ? 1 + pick(3) : 0;
    const Layout a = draw_layout(pick(5), call.m, call.k), b = draw_layout(pick(5), call.k, call.n),
                 out = draw_layout(pick(4), call.m, call.n);
    call.a_row = a.row * item, call.a_col = a.col * item;
    call.b_row = b.row * item, call.b_col = b.col * item;
    call.out_row = out.row * item, call.out_col = out.col * item;
    if (batch) {
      call.batch = {batch};
      call.a_batch = {pick(3) ? a.elements * item : 0};
      call.b_batch = {pick(3) ? b.elements * item : 0};
      call.out_batch = {out.elements * item};
    }
    const int64_t times = std::max<int64_t>(batch, 1);
    const auto host_a = draw(dtype, a.elements * times + 1), host_b = draw(dtype, b.elements * times + 1);
    std::vector<std::byte> want(static_cast<size_t>(out.elements * times * item));
    const Moved d_a(host_a), d_b(host_b), d_out(want);
    MatmulCall there = call;
    call.a = host_a.data(), call.b = host_b.data(), call.out = want.data();
    there.a = d_a.data(), there.b = d_b.data(), there.out = d_out.data();
    crossarray::cpu::backend().matmul(call);
    EXPECT_TRUE(device().supports(there));
    device().matmul(there);
    ASSERT_EQ(d_out.home(), want) << "round " << round << ": " << call.m << " " << call.n << " " << call.k;
  }
}

TEST_F(Primitives, ProductsOfOrderedMatricesCopyNothing) {
  MatmulCall call{};
  call.dtype = DType::kF32;
  call.m = call.n = call.k = 4;
  call.a_row = 16, call.a_col = 4;  // C order
  call.b_row = 4, call.b_col = 16;  // transposed
  call.out_row = 16, call.out_col = 4;
  const Moved a(draw(DType::kF32, 16)), b(draw(DType::kF32, 16)), out(draw(DType::kF32, 16));
  call.a = a.data(), call.b = b.data(), call.out = out.data();
  device().matmul(call);
  EXPECT_EQ(fake_cuda_count("cublasGemmEx_64"), 1);
  EXPECT_EQ(fake_cuda_count("cuLaunchKernel"), 0);
}

TEST_F(Primitives, IntegersAreMultipliedOnTheCpu) {
  MatmulCall call{};
  call.dtype = DType::kI64;
  EXPECT_FALSE(device().supports(call));
}

}  // namespace
}  // namespace crossarray::cuda::test
