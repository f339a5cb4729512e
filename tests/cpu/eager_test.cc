// The eager lane and the accumulators, on special values and small arrays.
#include "cpu/engine/eager.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cpu/backend.h"
#include "cpu/reference/reference.h"
#include "tests/cpu/kernel_values.h"
#include "tests/cpu/random_kernel.h"

namespace crossarray {
namespace {

Dims dense_strides(const Dims& shape, size_t item) { return contiguous_strides(shape, item); }

/// Values of `dtype`, half of them special, as one dense array.
std::vector<std::byte> draw_values(DType dtype, size_t n, unsigned seed) {
  return visit(dtype, [&](auto t) { return test::draw<scalar_t<t()>>(n, seed); });
}

/// Runs the reduction over `axes` of `shape` with the engine and with the oracle.
void check_reduce(ReduceKind kind, DType dtype, const Dims& shape, uint64_t axes, unsigned seed) {
  int64_t n = 1, outputs = 1;
  Dims out_strides(shape.size());
  const DType result = kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax ? DType::kI64 : dtype;
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    n *= shape[axis];
    if ((axes >> axis) & 1) continue;
    out_strides[axis] = outputs * static_cast<int64_t>(itemsize(result));
    outputs *= shape[axis];
  }
  const std::vector<std::byte> in = draw_values(dtype, static_cast<size_t>(n), seed);
  std::vector<std::byte> got(static_cast<size_t>(outputs) * itemsize(result)), want = got;
  const Dims in_strides = dense_strides(shape, itemsize(dtype));
  ReduceCall call{kind, dtype, dtype, result, in.data(), &in_strides, got.data(), &out_strides, &shape, axes, 0};
  cpu::run_reduce(call);
  call.out = want.data();
  cpu::reference::run(cpu::kernel_of(call), cpu::launch_of(call));
  EXPECT_EQ(test::difference(result, got, want, 0, 0), "")
      << "kind " << static_cast<int>(kind) << " of " << name(dtype) << ", axes " << axes << ", seed " << seed;
}

TEST(Reduce, ExtremaAndPositionsOfSpecialValuesEqualTheReference) {
  for (ReduceKind kind : {ReduceKind::kMin, ReduceKind::kMax, ReduceKind::kFMin, ReduceKind::kFMax, ReduceKind::kArgMin,
                          ReduceKind::kArgMax})
    for (int d = 0; d < kDTypeCount; ++d) {
      const auto dtype = static_cast<DType>(d);
      for (const Dims& shape : {Dims{5}, Dims{37}, Dims{3000}, Dims{7, 40}, Dims{600, 3}, Dims{20, 3, 30}})
        for (uint64_t axes = 1; axes < (uint64_t{1} << shape.size()); ++axes) {
          const bool arg = kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax;
          check_reduce(kind, dtype, shape, axes, static_cast<unsigned>(d) * 100 + static_cast<unsigned>(axes) + arg);
        }
    }
}

/// The eager lane's reduction of a dense matrix along one axis, and the engine's.
void check_same_bits(ReduceKind kind, DType dtype, const Dims& shape, uint64_t axes) {
  const bool arg = kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax;
  const DType result = arg ? DType::kI64 : dtype;
  const auto n = static_cast<size_t>(shape[0] * shape[1]);
  const std::vector<std::byte> in = draw_values(dtype, n, static_cast<unsigned>(kind));
  std::vector<std::byte> got(n * sizeof(double)), want = got;
  const Dims strides = dense_strides(shape, itemsize(dtype));
  Dims out(2);
  out[axes == 1 ? 1 : 0] = static_cast<int64_t>(itemsize(result));
  ReduceCall call{kind, dtype, dtype, result, in.data(), &strides, got.data(), &out, &shape, axes, 1};
  cpu::run_reduce(call);
  call.out = want.data();
  cpu::backend().run(*cpu::backend().compile(cpu::kernel_of(call)), cpu::launch_of(call));
  EXPECT_EQ(test::difference(result, got, want, 0, 0), "")
      << "kind " << static_cast<int>(kind) << " of " << name(dtype) << ", axes " << axes;
}

TEST(Reduce, SmallMatricesHaveTheEnginesBits) {
  using K = ReduceKind;
  for (const Dims& shape : {Dims{4, 4}, Dims{2, 64}, Dims{50, 3}, Dims{33, 31}})
    for (uint64_t axes : {1u, 2u}) {
      for (K kind : {K::kSum, K::kProd, K::kMin, K::kFMax, K::kArgMin, K::kArgMax, K::kMean, K::kVar, K::kStd})
        for (DType dtype : {DType::kF64, DType::kF32}) check_same_bits(kind, dtype, shape, axes);
      for (K kind : {K::kSum, K::kProd, K::kMax, K::kBitXor}) check_same_bits(kind, DType::kI64, shape, axes);
    }
}

TEST(Reduce, SumOfNegativeZerosIsZeroAsNumPys) {
  for (const Dims& shape : {Dims{1}, Dims{9}, Dims{1000}, Dims{4, 5}}) {
    for (uint64_t axes = 1; axes < (uint64_t{1} << shape.size()); ++axes) {
      std::vector<double> in(1000, -0.0), out(1000, 7.0);
      const Dims in_strides = dense_strides(shape, 8);
      Dims out_strides(shape.size());
      if (shape.size() == 2) out_strides = axes == 1 ? Dims{0, 8} : axes == 2 ? Dims{8, 0} : Dims{0, 0};
      cpu::run_reduce({ReduceKind::kSum, DType::kF64, DType::kF64, DType::kF64, reinterpret_cast<std::byte*>(in.data()),
                       &in_strides, reinterpret_cast<std::byte*>(out.data()), &out_strides, &shape, axes, 0});
      EXPECT_EQ(out[0], 0);
      EXPECT_FALSE(std::signbit(out[0])) << "axes " << axes;
    }
  }
}

TEST(Reduce, SumIsAsAccurateAsPairwise) {
  std::vector<float> in(1 << 20);
  std::mt19937 random(1);
  long double exact = 0, magnitude = 0;
  for (float& x : in) {
    x = std::ldexp(static_cast<float>(random()), -32);
    exact += static_cast<long double>(x);
    magnitude += static_cast<long double>(std::abs(x));
  }
  const Dims shape{1 << 20}, strides{4}, none{0};
  float sum;
  cpu::run_reduce({ReduceKind::kSum, DType::kF32, DType::kF32, DType::kF32, reinterpret_cast<std::byte*>(in.data()),
                   &strides, reinterpret_cast<std::byte*>(&sum), &none, &shape, 1, 0});
  EXPECT_LE(std::abs(static_cast<long double>(sum) - exact) / magnitude, 1.2e-7L);
}

TEST(Reduce, VarianceKeepsDigitsBesideALargeOffset) {
  for (const Dims& shape : {Dims{100000}, Dims{1000, 100}}) {
    std::vector<double> in(100000);
    for (size_t i = 0; i < in.size(); ++i) in[i] = 1e8 + static_cast<double>(i / 100 % 2);
    const Dims in_strides = dense_strides(shape, 8);
    std::vector<double> out(100);
    const Dims out_strides = shape.size() == 1 ? Dims{0} : Dims{0, 8};
    cpu::run_reduce({ReduceKind::kVar, DType::kF64, DType::kF64, DType::kF64, reinterpret_cast<std::byte*>(in.data()),
                     &in_strides, reinterpret_cast<std::byte*>(out.data()), &out_strides, &shape, 1, 0});
    EXPECT_NEAR(out[0], 0.25, 1e-13);
  }
}

/// One op with random dtypes, layouts and implied casts, against the oracle.
void check_op(Op op, unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const Dims shape = pick(2) ? Dims{1 + pick(600)} : Dims{1 + pick(9), 1 + pick(70)};
  DType loop = static_cast<DType>(pick(kDTypeCount));
  const OpRow& r = row(op);
  while (op != Op::copy && !contains(r.loops, loop)) loop = static_cast<DType>(pick(kDTypeCount));
  OpCall call{};
  call.op = op;
  call.arity = r.arity;
  call.shape = &shape;
  call.loop_out = r.result == Result::Bool ? DType::kBool : r.result == Result::Real ? real_of(loop) : loop;
  call.out_dtype = pick(3) ? call.loop_out : DType::kC128;
  std::vector<std::vector<std::byte>> memory;
  std::vector<Dims> strides;
  for (int i = 0; i < call.arity; ++i) {
    call.loop_in[i] = r.inputs == Inputs::BoolFirst && i == 0 ? DType::kBool : loop;
    call.in_dtype[i] = pick(3) ? call.loop_in[i] : DType::kBool;
    const auto item = static_cast<int64_t>(itemsize(call.in_dtype[i]));
    const int64_t step = item * (1 + pick(2));
    Dims s = shape.size() == 1 ? Dims{step} : pick(2) ? Dims{step * shape[1], step} : Dims{step, step * shape[0]};
    if (pick(4) == 0) s = Dims(shape.size());
    strides.push_back(s);
    memory.push_back(draw_values(call.in_dtype[i], 2000, seed + static_cast<unsigned>(i)));
  }
  for (int i = 0; i < call.arity; ++i) {
    call.in[i] = memory[static_cast<size_t>(i)].data();
    call.in_strides[i] = &strides[static_cast<size_t>(i)];
  }
  const auto item = static_cast<int64_t>(itemsize(call.out_dtype)) * (1 + pick(2));
  const Dims out_strides = shape.size() == 1 ? Dims{item} : Dims{item * shape[1], item};
  call.out_strides = &out_strides;
  std::vector<std::byte> got(2000 * 16), want = got;
  call.out = got.data();
  cpu::run_op(call);
  call.out = want.data();
  cpu::reference::run_op(call);
  EXPECT_EQ(test::difference(call.out_dtype, got, want, 0, 0), "")
      << r.name << " seed " << seed << " loop " << name(loop);
}

TEST(RunOp, AnyLayoutAndCastEqualsTheReference) {
  for (Op op :
       {Op::add, Op::subtract, Op::maximum, Op::negative, Op::less, Op::isnan, Op::where, Op::copy, Op::logical_and})
    for (unsigned seed = 0; seed < 150; ++seed) check_op(op, seed);
}

TEST(RunOp, WritesOverItsInput) {
  std::vector<double> x = {1, 2, 3, 4, 5};
  const Dims shape{5}, strides{8};
  OpCall call{};
  call.op = Op::add;
  call.arity = 2;
  call.in_dtype[0] = call.in_dtype[1] = call.loop_in[0] = call.loop_in[1] = call.loop_out = call.out_dtype =
      DType::kF64;
  call.in[0] = call.in[1] = call.out = reinterpret_cast<std::byte*>(x.data());
  call.in_strides[0] = call.in_strides[1] = call.out_strides = &strides;
  call.shape = &shape;
  cpu::run_op(call);
  EXPECT_EQ(x, (std::vector<double>{2, 4, 6, 8, 10}));
}

/// A kernel out = (x + y) * x - y over f64 with every slot on the same memory as in the caller's arrays.
Launch small_launch(std::vector<double>& x, std::vector<double>& y, std::vector<double>& out) {
  Launch launch;
  launch.shape = {static_cast<int64_t>(out.size())};
  for (auto* v : {&x, &y, &out}) launch.slots.push_back({reinterpret_cast<std::byte*>(v->data()), Dims{8}});
  return launch;
}

Kernel small_kernel() {
  Kernel k;
  k.slots = {{DType::kF64, SlotRole::kLoad, Access::kContiguous},
             {DType::kF64, SlotRole::kLoad, Access::kContiguous},
             {DType::kF64, SlotRole::kStore, Access::kContiguous}};
  Ssa x{ValueKind::kLoad}, y{ValueKind::kLoad}, sum{ValueKind::kApply}, product{ValueKind::kApply},
      rest{ValueKind::kApply};
  y.index = 1;
  sum.a = 0;
  sum.b = 1;
  product.op = Op::multiply;
  product.a = 2;
  product.b = 0;
  rest.op = Op::subtract;
  rest.a = 3;
  rest.b = 1;
  k.values = {x, y, sum, product, rest};
  k.stores = {{4, 2}};
  return k;
}

TEST(Engine, OutputMayBeAnInput) {
  for (size_t n : {3u, 64u, 1000u, 100000u}) {
    std::vector<double> x(n), y(n), want(n);
    for (size_t i = 0; i < n; ++i) {
      x[i] = static_cast<double>(i % 17);
      y[i] = static_cast<double>(i % 5) - 2;
      want[i] = (x[i] + y[i]) * x[i] - y[i];
    }
    const Kernel kernel = small_kernel();
    const auto program = cpu::backend().compile(kernel);
    Launch launch = small_launch(x, y, x);
    cpu::backend().run(*program, launch);
    EXPECT_EQ(x, want) << n;
  }
}

TEST(Engine, OutputsBeyondTheCachesAreTheSame) {
  const size_t n = 5000003;  // streamed, with an odd end
  std::vector<double> x(n, 1.5), y(n, 0.25), out(n + 1);
  for (size_t shift : {0u, 1u}) {  // the second output is not aligned to a vector
    std::fill(out.begin(), out.end(), -1.0);
    Launch launch = small_launch(x, y, out);
    launch.shape = {static_cast<int64_t>(n)};
    launch.slots[2].data += 8 * shift;
    cpu::backend().run(*cpu::backend().compile(small_kernel()), launch);
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(out[i + shift], (1.5 + 0.25) * 1.5 - 0.25) << i;
    EXPECT_EQ(out[shift ? 0 : n], -1);
  }
}

}  // namespace
}  // namespace crossarray
