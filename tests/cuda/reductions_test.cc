// Every reduction at every dtype, all of one dtype in one pass, over each shape of space: on the emulation against the
// CPU's reference. Exact ones to the bit, float sums and moments to a few ulp of the result.
#include <gtest/gtest.h>

#include <random>

#include "cpu/reference/reference.h"
#include "tests/cpu/random_kernel.h"
#include "tests/cuda/emulated.h"
#include "tests/cuda/op_kernels.h"

namespace crossarray {
namespace {

struct Shape {
  const char* what;
  Dims extents;
  uint64_t reduced;
};
const Shape kShapes[] = {
    {"all, several blocks", {30011}, 1},
    {"rows", {7, 900}, 2},
    {"columns", {900, 37}, 1},
    {"middle axis", {5, 300, 7}, 2},
    {"outer and inner axis", {7, 5, 90}, 5},
    {"many short rows", {3000, 3}, 2},
    {"few columns", {9000, 3}, 1},
    {"one element", {1}, 1},
};

constexpr int kKinds = static_cast<int>(ReduceKind::kStd) + 1;

bool takes(ReduceKind kind, DType dtype) {
  const bool bits = kind == ReduceKind::kBitAnd || kind == ReduceKind::kBitOr || kind == ReduceKind::kBitXor;
  if (bits) return is_integer(dtype);
  return kind < ReduceKind::kMean || is_float(dtype) || is_complex(dtype);
}

DType result_of(ReduceKind kind, DType dtype) {
  if (kind == ReduceKind::kAll || kind == ReduceKind::kAny) return DType::kBool;
  if (kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax) return DType::kI64;
  return kind == ReduceKind::kVar || kind == ReduceKind::kStd ? real_of(dtype) : dtype;
}

/// All reductions of a dtype over one array, with memory. Every other one that may has a mask; some have initial values.
struct AllReductions {
  Kernel kernel;
  Launch launch;
  std::vector<std::vector<std::byte>> memory;

  AllReductions(DType dtype, const Shape& shape) {
    kernel.rank = static_cast<uint8_t>(shape.extents.size());
    kernel.reduced = shape.reduced;
    launch.shape = shape.extents;
    kernel.values = {test::load_value(kernel, dtype), test::load_value(kernel, DType::kBool)};
    for (const Slot& slot : kernel.slots) bind(slot.dtype, 0);
    fill(dtype);
    for (int k = 0; k < kKinds; ++k)
      if (takes(static_cast<ReduceKind>(k), dtype)) add(static_cast<ReduceKind>(k), dtype);
    for (size_t i = 0; i < memory.size(); ++i) launch.slots[i].data = memory[i].data();
  }
  AllReductions(const AllReductions& other) : kernel(other.kernel), launch(other.launch), memory(other.memory) {
    for (size_t i = 0; i < memory.size(); ++i) launch.slots[i].data = memory[i].data();
  }

 private:
  void bind(DType dtype, uint64_t skip) {
    Launch::Binding binding;
    binding.strides = Dims(launch.shape.size());
    auto step = static_cast<int64_t>(itemsize(dtype));
    for (int axis = launch.shape.size() - 1; axis >= 0; --axis) {
      if (skip >> axis & 1) continue;
      binding.strides[axis] = step;
      step *= launch.shape[axis];
    }
    memory.emplace_back(static_cast<size_t>(step));
    launch.slots.push_back(binding);
  }

  /// Halves and small whole numbers, mostly ones for the products' sake; complex ones along one axis, so that no part
  /// cancels.
  void fill(DType dtype) {
    std::mt19937 random(11);
    const size_t item = itemsize(dtype);
    for (size_t i = 0; i * item < memory[0].size(); ++i) {
      const double x = random() % 64 ? (random() % 2 ? 1.0 : -1.0) : static_cast<double>(random() % 9) / 2 - 2;
      std::complex<double> z(x == 0 ? 1 : x);
      if (is_complex(dtype) && random() % 4 == 0) z = std::complex<double>(0, z.real());
      Scalar value = cast_scalar(Scalar::of(DType::kC128, z), dtype);
      if (kind(dtype) == Kind::kUnsigned) value = cast_scalar(Scalar::of(DType::kF64, std::abs(z.real())), dtype);
      std::memcpy(memory[0].data() + i * item, value.bits, item);
    }
    for (std::byte& m : memory[1]) m = static_cast<std::byte>(random() % 3 != 0);
  }

  void add(ReduceKind kind, DType dtype) {
    ReduceStmt r{};
    r.kind = kind;
    r.value = 0;
    r.accumulate = dtype;
    const bool position = kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax;
    const bool extremum = kind >= ReduceKind::kMin && kind <= ReduceKind::kFMax;
    if (!position && kind < ReduceKind::kMean && kernel.reduces.size() % 2) {
      r.has_initial = true;
      r.initial = static_cast<uint16_t>(kernel.scalars.size());
      kernel.scalars.push_back(dtype);
      launch.scalars.push_back(cast_scalar(Scalar::of(DType::kF64, 1.0), dtype));
    }
    if (!position && kind < ReduceKind::kMean && (!extremum || r.has_initial)) r.mask = 1;
    r.slot = static_cast<uint16_t>(kernel.slots.size());
    kernel.slots.push_back({result_of(kind, dtype), SlotRole::kReduce, Access::kStrided});
    bind(result_of(kind, dtype), kernel.reduced);
    launch.params.push_back(kind >= ReduceKind::kVar && launch.shape[0] > 1 ? 1 : 0);
    kernel.reduces.push_back(r);
  }
};

/// Relative to the result. Products round once per element, as NumPy's do.
double tolerance(const ReduceStmt& r) {
  if (is_integer(r.accumulate) || r.accumulate == DType::kBool) return 0;
  const double ulp = real_of(r.accumulate) == DType::kF32 ? 0x1p-23 : 0x1p-52;
  switch (r.kind) {
    case ReduceKind::kSum:
    case ReduceKind::kMean: return 2 * ulp;
    case ReduceKind::kProd: return 1000 * ulp;
    case ReduceKind::kVar:
    case ReduceKind::kStd: return 40 * ulp;
    default: return 0;
  }
}

class EmulatedReductions : public testing::TestWithParam<int> {};

TEST_P(EmulatedReductions, EqualTheReferenceOverEveryShape) {
  const auto dtype = static_cast<DType>(GetParam());
  if (is_half(dtype)) GTEST_SKIP() << "the IR has no half reductions";
  std::string text = cuda::prelude();
  std::vector<AllReductions> cases;
  std::vector<cuda::LaunchPlan> plans;
  std::vector<cuda::Source> sources;
  for (const Shape& shape : kShapes) {
    cases.emplace_back(dtype, shape);
    plans.push_back(cuda::plan_launch(cases.back().kernel, cases.back().launch));
    sources.push_back(cuda::generate(cases.back().kernel, plans.back().variant));
    if (text.find(sources.back().body) == std::string::npos) text += sources.back().body;
  }
  const cuda::test::HostLibrary library(text);
  for (size_t i = 0; i < cases.size(); ++i) {
    AllReductions want = cases[i], got = cases[i];
    cpu::reference::run(want.kernel, want.launch);
    cuda::test::run_emulated(library, sources[i], got.kernel, got.launch, plans[i], cuda::test::Schedule::kShuffled);
    for (const ReduceStmt& r : got.kernel.reduces)
      EXPECT_EQ(
          test::difference(got.kernel.slots[r.slot].dtype, got.memory[r.slot], want.memory[r.slot], tolerance(r), 0),
          "")
          << name(dtype) << ", " << kShapes[i].what << ", reduction " << static_cast<int>(r.kind);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EmulatedReductions, testing::Range(0, kDTypeCount),
                         [](const auto& info) { return std::string(name(static_cast<DType>(info.param))); });

/// The first NaN wins in argmin and argmax, wherever lanes and blocks put it.
TEST(EmulatedArg, FindsTheFirstNanAndTheFirstOfEqualElements) {
  Kernel kernel;
  kernel.reduced = 1;
  kernel.values = {test::load_value(kernel, DType::kF32)};
  for (const ReduceKind kind : {ReduceKind::kArgMin, ReduceKind::kArgMax, ReduceKind::kMin, ReduceKind::kFMax}) {
    ReduceStmt r{};
    r.kind = kind;
    r.accumulate = DType::kF32;
    r.slot = static_cast<uint16_t>(kernel.slots.size());
    kernel.slots.push_back({result_of(kind, DType::kF32), SlotRole::kReduce, Access::kStrided});
    kernel.reduces.push_back(r);
  }
  std::vector<float> x(50000, 1.0f);
  int64_t at[2];
  float extrema[2];
  Launch launch;
  launch.shape = {static_cast<int64_t>(x.size())};
  launch.slots = {{reinterpret_cast<std::byte*>(x.data()), {4}},
                  {reinterpret_cast<std::byte*>(&at[0]), {0}},
                  {reinterpret_cast<std::byte*>(&at[1]), {0}},
                  {reinterpret_cast<std::byte*>(&extrema[0]), {0}},
                  {reinterpret_cast<std::byte*>(&extrema[1]), {0}}};
  const cuda::LaunchPlan plan = cuda::plan_launch(kernel, launch);
  const cuda::Source source = cuda::generate(kernel, plan.variant);
  const cuda::test::HostLibrary library(source.text);
  const auto run = [&] {
    cuda::test::run_emulated(library, source, kernel, launch, plan, cuda::test::Schedule::kReversed);
  };
  run();
  EXPECT_EQ(at[0], 0);
  EXPECT_EQ(at[1], 0);
  x[40001] = x[31003] = 0;
  x[29999] = x[49999] = 7;
  run();
  EXPECT_EQ(at[0], 31003);
  EXPECT_EQ(at[1], 29999);
  x[45000] = x[33333] = std::numeric_limits<float>::quiet_NaN();
  run();
  EXPECT_EQ(at[0], 33333);
  EXPECT_EQ(at[1], 33333);
  EXPECT_TRUE(extrema[0] != extrema[0]) << "min hands NaN on";
  EXPECT_EQ(extrema[1], 7) << "fmax skips it";
}

}  // namespace
}  // namespace crossarray
