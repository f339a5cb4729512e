// The text of a few kernels, kept in tests/golden/cuda: a change of the generator shows as a diff of what it writes.
// CROSSARRAY_WRITE_GOLDEN=1 rewrites the files.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cuda/codegen/primitives.h"
#include "tests/cuda/op_kernels.h"

namespace crossarray {
namespace {

using test::load_value;
using test::store_value;

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(XA_SOURCE_DIR) + "/tests/golden/cuda/" + name + ".cu";
  if (std::getenv("CROSSARRAY_WRITE_GOLDEN")) std::ofstream(path) << text;
  std::ifstream in(path);
  std::stringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(text, kept.str()) << "CROSSARRAY_WRITE_GOLDEN=1 rewrites " << path;
}

Ssa apply(Op op, DType dtype, Reg a, Reg b) {
  Ssa v{ValueKind::kApply};
  v.op = op;
  v.loop = v.dtype = dtype;
  v.a = a;
  v.b = b;
  return v;
}

/// out = x * y + scalar
Kernel multiply_add() {
  Kernel kernel;
  kernel.values = {load_value(kernel, DType::kF32), load_value(kernel, DType::kF32)};
  Ssa scalar{ValueKind::kScalar};
  scalar.loop = scalar.dtype = DType::kF32;
  kernel.scalars = {DType::kF32};
  kernel.values.push_back(scalar);
  kernel.values.push_back(apply(Op::multiply, DType::kF32, 0, 1));
  kernel.values.push_back(apply(Op::add, DType::kF32, 3, 2));
  store_value(kernel, 4);
  return kernel;
}

void add_reduce(Kernel& kernel, ReduceKind kind, DType result, Reg mask = kNoReg) {
  ReduceStmt r{};
  r.kind = kind;
  r.value = 0;
  r.mask = mask;
  r.accumulate = kernel.values[0].dtype;
  r.slot = static_cast<uint16_t>(kernel.slots.size());
  kernel.slots.push_back({result, SlotRole::kReduce, Access::kBroadcast});
  kernel.reduces.push_back(r);
}

/// Sum of x where a mask is true, and the position of its largest.
Kernel masked_sum_and_argmax() {
  Kernel kernel;
  kernel.rank = 2;
  kernel.values = {load_value(kernel, DType::kF64), load_value(kernel, DType::kBool)};
  add_reduce(kernel, ReduceKind::kSum, DType::kF64, 1);
  add_reduce(kernel, ReduceKind::kArgMax, DType::kI64);
  return kernel;
}

cuda::Variant variant(uint8_t vector, uint8_t rank, uint64_t reduced, std::vector<uint8_t> repeat = {}) {
  cuda::Variant v;
  v.vector = vector;
  v.rank = rank;
  v.reduced = reduced;
  v.repeat = std::move(repeat);
  return v;
}

TEST(GoldenText, ElementwiseInVectors) {
  check_golden("multiply_add_vector", cuda::generate(multiply_add(), variant(4, 1, 0, {0, 0, 0})).body);
}

TEST(GoldenText, ElementwiseRowsWithABroadcastColumn) {
  check_golden("multiply_add_rows", cuda::generate(multiply_add(), variant(4, 2, 0, {0, 1, 0})).body);
}

TEST(GoldenText, ElementwiseStridedWithWideIndices) {
  cuda::Variant v = variant(0, 3, 0);
  v.index = cuda::IndexWidth::kI64;
  check_golden("multiply_add_strided", cuda::generate(multiply_add(), v).body);
}

TEST(GoldenText, ReductionOfRowsInVectors) {
  check_golden("sum_argmax_rows", cuda::generate(masked_sum_and_argmax(), variant(2, 2, 2, {0, 0, 1, 1})).body);
}

TEST(GoldenText, ReductionOfColumns) {
  check_golden("sum_argmax_columns", cuda::generate(masked_sum_and_argmax(), variant(0, 2, 1)).body);
}

TEST(GoldenText, PutWhereTheLastValueWins) {
  check_golden("put", cuda::generate({cuda::Primitive::kPut, cuda::IndexWidth::kU32, 8, 2, 1, 1}).body);
}

TEST(GoldenText, DependsOnStructureOnly) {
  const Kernel kernel = multiply_add();
  Launch launch;
  launch.shape = {1000};
  launch.scalars = {Scalar::of(DType::kF32, 1.5f)};
  for (int i = 0; i < 3; ++i) launch.slots.push_back({nullptr, {4}});
  const std::string first = cuda::generate(kernel, cuda::plan_launch(kernel, launch).variant).text;
  launch.shape = {123456};
  launch.scalars = {Scalar::of(DType::kF32, 2.5f)};
  launch.slots[0].data += 4096;
  EXPECT_EQ(cuda::generate(kernel, cuda::plan_launch(kernel, launch).variant).text, first);
}

// -- which variant and geometry sizes and addresses lead to

Launch flat_launch(int64_t n, int64_t misaligned = 0) {
  Launch launch;
  launch.shape = {n};
  launch.scalars = {Scalar::of(DType::kF32, 1.0f)};
  for (int i = 0; i < 3; ++i) launch.slots.push_back({reinterpret_cast<std::byte*>(256), {4}});
  launch.slots[0].data += misaligned;
  return launch;
}

TEST(Plan, AlignmentDecidesBetweenVectorsAndElements) {
  EXPECT_EQ(cuda::plan_launch(multiply_add(), flat_launch(1000)).variant.vector, 4);
  EXPECT_EQ(cuda::plan_launch(multiply_add(), flat_launch(1000, 4)).variant.vector, 0);
  EXPECT_EQ(cuda::plan_launch(multiply_add(), flat_launch(1000, 16)).variant.vector, 4);
}

TEST(Plan, SizesDecideTheIndexWidth) {
  EXPECT_EQ(cuda::plan_launch(multiply_add(), flat_launch(1 << 20)).variant.index, cuda::IndexWidth::kU32);
  EXPECT_EQ(cuda::plan_launch(multiply_add(), flat_launch(int64_t{1} << 29)).variant.index, cuda::IndexWidth::kI64)
      << "2 GiB of offsets do not fit 31 bits";
}

TEST(Plan, NothingRunsForNoElements) { EXPECT_TRUE(cuda::plan_launch(multiply_add(), flat_launch(0)).stages.empty()); }

TEST(Plan, ReductionsDependOnSizesOnly) {
  const Kernel kernel = cuda::count_true_kernel(1);
  Launch launch;
  launch.shape = {10000000};
  launch.slots = {{reinterpret_cast<std::byte*>(256), {1}}, {reinterpret_cast<std::byte*>(256), {0}}};
  const cuda::LaunchPlan small = cuda::plan_launch(kernel, launch, {.multiprocessors = 20});
  const cuda::LaunchPlan large = cuda::plan_launch(kernel, launch, {.multiprocessors = 200});
  ASSERT_EQ(small.stages.size(), 2u);
  EXPECT_EQ(small.stages[0].grid, large.stages[0].grid);
  EXPECT_EQ(small.chunk, large.chunk);
  EXPECT_EQ(small.splits, large.splits);
}

}  // namespace
}  // namespace crossarray
