// scan against one scalar expression after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <random>
#include <vector>

#include "cpu/primitives.h"
#include "cpu/walk.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::cpu {
namespace {

Scalar small_number(DType t, std::mt19937& random) {
  const int low = kind(t) == Kind::kUnsigned || t == DType::kBool ? 0 : -2;
  return cast_scalar(Scalar::of(DType::kI64, static_cast<int64_t>(low + static_cast<int>(random() % 4))), t);
}

/// op(a, b) of two scalars of the loop dtype, as one step of an accumulate.
Scalar apply(Op op, const Scalar& a, const Scalar& b) {
  const DType compute = scalar_fn(op, a.dtype) ? a.dtype : DType::kF32;  // halves without a loop of their own
  const Scalar x = cast_scalar(a, compute), y = cast_scalar(b, compute);
  Scalar result;
  result.dtype = row(op).result == Result::Bool ? DType::kBool : compute;
  const void* const operands[] = {x.bits, y.bits};
  scalar_fn(op, compute)(operands, result.bits);
  return cast_scalar(result, a.dtype);
}

/// The same bits; for ops with an error bound, which grows with every step, nearly the same number (or both NaN).
bool agree(Op op, const Scalar& got, const Scalar& want) {
  if (got == want) return true;
  if (row(op).ulp_cpu == 0 || is_integer(got.dtype)) return false;
  const auto a = cast_scalar(got, DType::kC128).as<std::complex<double>>();
  const auto b = cast_scalar(want, DType::kC128).as<std::complex<double>>();
  if (std::isnan(a.real()) || std::isnan(b.real())) return std::isnan(a.real()) && std::isnan(b.real());
  if (a == b) return true;  // infinities
  const double step = is_half(got.dtype) ? 0x1p-7 : itemsize(real_of(got.dtype)) == 4 ? 0x1p-23 : 0x1p-52;
  return std::abs(a - b) <= 256 * step * std::max(1.0, std::abs(b));
}

/// An array with room around it, so that any strides fit.
struct Memory {
  std::vector<std::byte> bytes;
  Dims strides;
  std::byte* first;
  DType dtype;

  enum class Order { kC, kF, kReversed, kSpaced, kBroadcast };
  Memory(DType t, const Dims& shape, Order order) : dtype(t) {
    const auto item = static_cast<int64_t>(itemsize(t));
    strides = order == Order::kF ? fortran_strides(shape, itemsize(t)) : contiguous_strides(shape, itemsize(t));
    bytes.resize(static_cast<size_t>(4 * item * (element_count(shape) + 1)));
    first = bytes.data();
    for (int axis = 0; axis < shape.size(); ++axis) {
      if (order == Order::kSpaced) strides[axis] *= 2;
      if (order == Order::kBroadcast && axis == 0) strides[axis] = 0;
      if (order == Order::kReversed) {
        if (shape[axis] > 0) first += (shape[axis] - 1) * strides[axis];
        strides[axis] = -strides[axis];
      }
    }
  }
  Scalar at(const Dims& index) const {
    Scalar value;
    value.dtype = dtype;
    std::memcpy(value.bits, address(index), itemsize(dtype));
    return value;
  }
  void set(const Dims& index, const Scalar& value) { std::memcpy(address(index), value.bits, itemsize(dtype)); }

 private:
  std::byte* address(const Dims& index) const {
    std::byte* p = first;
    for (int axis = 0; axis < index.size(); ++axis) p += index[axis] * strides[axis];
    return p;
  }
};

template <class Body> void for_each_index(const Dims& shape, const Body& body) {
  Dims index(shape.size());
  for (int64_t i = 0, n = element_count(shape); i < n; ++i) {
    int64_t rest = i;
    for (int axis = shape.size() - 1; axis >= 0; --axis) index[axis] = rest % shape[axis], rest /= shape[axis];
    body(index);
  }
}

void check(Op op, DType in_dtype, DType loop, DType out_dtype, const Dims& shape, int axis, Memory::Order order) {
  Memory in(in_dtype, shape, order);
  Memory out(out_dtype, shape, order == Memory::Order::kBroadcast ? Memory::Order::kC : order);
  std::mt19937 random(7);
  for_each_index(shape, [&](const Dims& index) { in.set(index, small_number(in_dtype, random)); });
  scan({op, in_dtype, loop, out_dtype, in.first, out.first, shape, in.strides, out.strides, axis});
  std::vector<Scalar> sums;  // running results in the loop dtype
  Dims starts = shape;
  starts[axis] = shape[axis] > 0 ? 1 : 0;
  for_each_index(starts, [&](Dims index) {
    Scalar sum;
    for (int64_t i = 0; i < shape[axis]; ++i) {
      index[axis] = i;
      const Scalar x = cast_scalar(in.at(index), loop);
      sum = i == 0 ? x : apply(op, sum, x);
      ASSERT_TRUE(agree(op, out.at(index), cast_scalar(sum, out_dtype)))
          << row(op).name << " " << name(in_dtype) << "->" << name(loop) << "->" << name(out_dtype) << " axis " << axis
          << " rank " << shape.size() << " order " << int(order) << " element " << i;
    }
  });
}

const Memory::Order kOrders[] = {Memory::Order::kC, Memory::Order::kF, Memory::Order::kReversed, Memory::Order::kSpaced,
                                 Memory::Order::kBroadcast};

TEST(Scan, EqualsOneStepAfterTheOtherForEveryBinaryOpAndDtype) {
  for (const OpRow& op : rows()) {
    if (op.arity != 2 || op.inputs != Inputs::Same || op.ulp_cpu > 0) continue;  // vector maths has other last bits
    for (int t = 0; t < kDTypeCount; ++t) {
      const DType loop = static_cast<DType>(t);
      if (!contains(op.loops, loop) || (op.result == Result::Bool && loop != DType::kBool)) continue;
      check(op.op, loop, loop, loop, {37}, 0, Memory::Order::kC);
      check(op.op, loop, loop, loop, {5, 37}, 0, Memory::Order::kC);
      check(op.op, loop, loop, loop, {5, 7}, 1, Memory::Order::kSpaced);
    }
  }
}

TEST(Scan, HoldsForEveryLayoutAndAxis) {
  for (DType t : {DType::kF64, DType::kI32, DType::kF16, DType::kC64})
    for (Memory::Order order : kOrders)
      for (int axis = 0; axis < 3; ++axis)
        for (const Dims& shape : {Dims{6, 5, 20}, Dims{20, 3, 2}, Dims{2, 1, 700}, Dims{1, 1, 1}})
          check(Op::add, t, t, t, shape, axis, order);
}

TEST(Scan, ConvertsToTheLoopDtypeAndFromIt) {
  for (int in = 0; in < kDTypeCount; ++in)
    for (DType loop : {DType::kI64, DType::kF64, DType::kF32})
      for (DType out : {DType::kF32, DType::kI16, DType::kC128}) {
        check(Op::add, static_cast<DType>(in), loop, out, {3, 1100}, 1, Memory::Order::kC);
        check(Op::multiply, static_cast<DType>(in), loop, out, {3, 40}, 0, Memory::Order::kReversed);
      }
}

TEST(Scan, OfNothingTouchesNothing) {
  check(Op::add, DType::kF64, DType::kF64, DType::kF64, {0}, 0, Memory::Order::kC);
  check(Op::add, DType::kF64, DType::kF64, DType::kF64, {3, 0}, 0, Memory::Order::kC);
  check(Op::add, DType::kF64, DType::kF64, DType::kF64, {0, 3}, 0, Memory::Order::kC);
}

TEST(Scan, WorksInPlace) {
  for (int axis : {0, 1}) {
    std::vector<double> a(40 * 33, 1.0);
    auto* data = reinterpret_cast<std::byte*>(a.data());
    scan({Op::add, DType::kF64, DType::kF64, DType::kF64, data, data, {40, 33}, {33 * 8, 8}, {33 * 8, 8}, axis});
    for (int i = 0; i < 40; ++i)
      for (int j = 0; j < 33; ++j) ASSERT_EQ(a[i * 33 + j], 1 + (axis == 0 ? i : j));
  }
}

TEST(Scan, PropagatesNanInExtrema) {
  const double nan = std::nan("");
  const double in[] = {1, 3, nan, 2, 5};
  double out[5];
  scan({Op::maximum,
        DType::kF64,
        DType::kF64,
        DType::kF64,
        reinterpret_cast<const std::byte*>(in),
        reinterpret_cast<std::byte*>(out),
        {5},
        {8},
        {8},
        0});
  EXPECT_EQ(out[1], 3);
  EXPECT_TRUE(std::isnan(out[2]) && std::isnan(out[4]));
}

TEST(Scan, OfManyLinesOnThreadsEqualsOneLine) {
  for (int axis : {0, 1}) {
    const Dims shape = {1000, 1000};
    std::vector<float> in(1000000), out(1000000);
    std::mt19937 random(1);
    for (float& x : in) x = std::uniform_real_distribution<float>(-1, 1)(random);
    scan({Op::add,
          DType::kF32,
          DType::kF32,
          DType::kF32,
          reinterpret_cast<const std::byte*>(in.data()),
          reinterpret_cast<std::byte*>(out.data()),
          shape,
          {4000, 4},
          {4000, 4},
          axis});
    const int along = axis == 0 ? 1000 : 1, across = axis == 0 ? 1 : 1000;
    for (int line = 0; line < 1000; ++line) {
      float sum = 0;
      for (int i = 0; i < 1000; ++i) {
        sum = i == 0 ? in[line * across] : sum + in[line * across + i * along];
        ASSERT_EQ(out[line * across + i * along], sum);
      }
    }
  }
}

}  // namespace
}  // namespace crossarray::cpu
