// Random kernels with their memory: any layouts, dtypes, ops and reductions, for comparing engines.
#pragma once

#include <algorithm>
#include <complex>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::test {

/// A kernel, a launch over memory of its own, and what to compare. Copies share nothing.
class RandomKernel {
 public:
  struct Options {
    bool reduce = true;
    // One float or integer dtype throughout: what register chains take.
    bool floats_only = false, integers_only = false;
    int64_t elements = 20000;
  };

  RandomKernel(unsigned seed, const Options& options) : random_(seed), options_(options) {
    draw_shape();
    const int loads = 1 + pick(4);
    static constexpr DType kIntegers[] = {DType::kI64, DType::kI32, DType::kU32, DType::kU64, DType::kI16, DType::kU8};
    one_dtype_ = options_.integers_only ? kIntegers[pick(6)] : pick(2) ? DType::kF32 : DType::kF64;
    for (int i = 0; i < loads; ++i) add_load();
    for (int i = pick(3); i > 0; --i) add_scalar();
    for (int i = pick(10); i > 0; --i) add_value();
    const bool reduces = options_.reduce && pick(2);
    if (reduces)
      for (int i = 1 + pick(2); i > 0; --i) add_reduce();
    for (int i = reduces ? pick(2) : 1 + pick(2); i > 0; --i) add_store();
  }
  RandomKernel(const RandomKernel& other) : kernel(other.kernel), launch(other.launch), memory_(other.memory_) {
    for (size_t i = 0; i < memory_.size(); ++i)
      launch.slots[i].data = memory_[i].data() + (other.launch.slots[i].data - other.memory_[i].data());
  }

  Kernel kernel;
  Launch launch;
  const std::vector<std::byte>& bytes(size_t slot) const { return memory_[slot]; }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void draw_shape() {
    static constexpr int64_t kExtents[] = {1, 2, 3, 4, 7, 16, 33, 100, 513, 600, 1024, 1500, 3000, 12345, 70000};
    const int rank = 1 + pick(4);
    int64_t total = 1;
    for (int axis = 0; axis < rank; ++axis) {
      int64_t extent = kExtents[pick(15)];
      while (total * extent > options_.elements) extent = (extent + 1) / 2;
      if (pick(60) == 0) extent = 0;
      total *= std::max<int64_t>(extent, 1);
      launch.shape.push_back(extent);
    }
    kernel.rank = static_cast<uint8_t>(rank);
    if (options_.reduce) kernel.reduced = 1 + random_() % ((1u << rank) - 1);
  }

  bool has_one_dtype() const { return options_.floats_only || options_.integers_only; }
  DType draw_dtype() { return has_one_dtype() ? one_dtype_ : static_cast<DType>(pick(kDTypeCount)); }

  /// Strides of a random layout: axes in any order, some reversed or spread out; `skip` axes get 0.
  Dims draw_strides(size_t item, uint64_t skip, int64_t& bytes, int64_t& offset) {
    const int rank = launch.shape.size();
    std::vector<int> order;
    for (int axis = rank - 1; axis >= 0; --axis) order.push_back(axis);
    if (pick(3) == 0) std::shuffle(order.begin(), order.end(), random_);
    const bool plain = pick(2);
    Dims strides(rank);
    int64_t step = static_cast<int64_t>(item);
    offset = 0;
    for (int axis : order) {
      if ((skip >> axis) & 1) continue;
      if (!plain && pick(4) == 0) step *= 2;
      const int64_t extent = launch.shape[axis];
      strides[axis] = step;
      if (!plain && pick(4) == 0) {
        strides[axis] = -step;
        offset += (std::max<int64_t>(extent, 1) - 1) * step;
      }
      step *= std::max<int64_t>(extent, 1);
    }
    bytes = step;
    return strides;
  }

  uint16_t add_slot(DType dtype, SlotRole role, uint64_t skip) {
    int64_t bytes, offset;
    Launch::Binding binding;
    binding.strides = draw_strides(itemsize(dtype), skip, bytes, offset);
    kernel.slots.push_back({dtype, role, Access::kStrided});
    memory_.emplace_back(static_cast<size_t>(bytes));
    launch.slots.push_back(binding);
    launch.slots.back().data = memory_.back().data() + offset;
    return static_cast<uint16_t>(kernel.slots.size() - 1);
  }

  /// Small numbers: every cast and every integer operation on them is defined.
  Scalar draw_number(DType dtype) {
    const double x = (pick(65) - 32) / 4.0;
    if (is_complex(dtype))
      return cast_scalar(Scalar::of(DType::kC128, std::complex<double>(x, (pick(33) - 16) / 4.0)), dtype);
    if (kind(dtype) == Kind::kUnsigned) return cast_scalar(Scalar::of(DType::kF64, x < 0 ? -x : x), dtype);
    return cast_scalar(Scalar::of(DType::kF64, x), dtype);
  }

  void add_load() {
    const DType dtype = draw_dtype();
    uint64_t skip = 0;
    for (int axis = 0; axis < launch.shape.size(); ++axis)
      if (pick(5) == 0) skip |= uint64_t{1} << axis;
    const uint16_t slot = add_slot(dtype, SlotRole::kLoad, skip);
    auto& memory = memory_[slot];
    const size_t item = itemsize(dtype);
    for (size_t at = 0; at + item <= memory.size(); at += item)
      std::memcpy(memory.data() + at, draw_number(dtype).bits, item);
    Ssa load{ValueKind::kLoad};
    load.dtype = load.loop = dtype;
    load.index = slot;
    kernel.values.push_back(load);
  }

  void add_scalar() {
    const DType dtype = draw_dtype();
    Ssa value{ValueKind::kScalar};
    value.dtype = value.loop = dtype;
    value.index = static_cast<uint16_t>(kernel.scalars.size());
    kernel.scalars.push_back(dtype);
    launch.scalars.push_back(draw_number(dtype));
    kernel.values.push_back(value);
  }

  Reg any_value() { return static_cast<Reg>(pick(static_cast<int>(kernel.values.size()))); }
  /// A value of `dtype`: one that has it, or a cast of another.
  Reg value_of(DType dtype) {
    for (int tries = 0; tries < 4; ++tries)
      if (const Reg r = any_value(); kernel.values[r].dtype == dtype) return r;
    const Reg r = any_value();
    if (kernel.values[r].dtype == dtype) return r;
    Ssa cast{ValueKind::kCast};
    cast.dtype = cast.loop = dtype;
    cast.a = r;
    kernel.values.push_back(cast);
    return static_cast<Reg>(kernel.values.size() - 1);
  }

  void add_value() {
    static constexpr Op kOps[] = {Op::add,  Op::subtract, Op::maximum,     Op::minimum, Op::negative, Op::absolute,
                                  Op::less, Op::equal,    Op::logical_and, Op::where,   Op::fmax,     Op::multiply};
    static constexpr Op kLight[] = {Op::add,      Op::subtract, Op::maximum, Op::minimum, Op::negative, Op::absolute,
                                    Op::multiply, Op::subtract, Op::add,     Op::square,  Op::divide,   Op::reciprocal};
    static constexpr Op kIntegers[] = {Op::add,      Op::subtract,     Op::maximum,    Op::minimum,
                                       Op::negative, Op::absolute,     Op::multiply,   Op::square,
                                       Op::invert,   Op::floor_divide, Op::bitwise_or, Op::bitwise_xor};
    const Op op = options_.floats_only     ? kLight[pick(12)]
                  : options_.integers_only ? kIntegers[pick(12)]
                                           : kOps[pick(12)];
    DType loop = draw_dtype();
    if (is_half(loop)) loop = DType::kF32;
    if (!contains(row(op).loops, loop)) return;
    Ssa value{ValueKind::kApply};
    value.op = op;
    value.loop = loop;
    value.dtype = row(op).result == Result::Bool ? DType::kBool : row(op).result == Result::Real ? real_of(loop) : loop;
    value.a = value_of(row(op).inputs == Inputs::BoolFirst ? DType::kBool : loop);
    if (row(op).arity > 1) value.b = value_of(loop);
    if (row(op).arity > 2) value.c = value_of(loop);
    kernel.values.push_back(value);
  }

  void add_store() {
    const Reg value = any_value();
    kernel.stores.push_back({value, add_slot(kernel.values[value].dtype, SlotRole::kStore, 0)});
  }

  void add_reduce() {
    static constexpr ReduceKind kKinds[] = {
        ReduceKind::kSum,    ReduceKind::kMin,   ReduceKind::kMax, ReduceKind::kFMin,
        ReduceKind::kFMax,   ReduceKind::kAll,   ReduceKind::kAny, ReduceKind::kArgMin,
        ReduceKind::kArgMax, ReduceKind::kMean,  ReduceKind::kVar, ReduceKind::kStd,
        ReduceKind::kBitXor, ReduceKind::kBitOr, ReduceKind::kSum, ReduceKind::kMean};
    ReduceStmt r{};
    r.kind = kKinds[pick(16)];
    r.value = any_value();
    DType value = kernel.values[r.value].dtype;
    const bool bits = r.kind == ReduceKind::kBitXor || r.kind == ReduceKind::kBitOr;
    if (bits && !is_integer(value)) r.value = value_of(value = DType::kI32);
    const bool moments = r.kind >= ReduceKind::kMean;
    const bool logic = r.kind == ReduceKind::kAll || r.kind == ReduceKind::kAny;
    if (logic) r.value = value_of(value = DType::kBool);
    if (moments && !is_float(value) && !is_complex(value)) r.value = value_of(value = DType::kF64);
    if (is_half(value)) r.value = value_of(value = DType::kF32);
    r.accumulate = value;
    DType result = value;
    const bool arg = r.kind == ReduceKind::kArgMin || r.kind == ReduceKind::kArgMax;
    if (arg) result = DType::kI64;
    if (r.kind == ReduceKind::kVar || r.kind == ReduceKind::kStd) result = real_of(value);
    const bool empty = std::find(launch.shape.begin(), launch.shape.end(), 0) != launch.shape.end();
    const bool extremum = r.kind >= ReduceKind::kMin && r.kind <= ReduceKind::kFMax;
    if ((arg || extremum) && empty) return;
    if (!arg && !moments && (extremum ? pick(3) == 0 : pick(4) == 0)) {
      r.has_initial = true;
      r.initial = static_cast<uint16_t>(kernel.scalars.size());
      kernel.scalars.push_back(value);
      launch.scalars.push_back(draw_number(value));
    }
    if (!arg && (!extremum || r.has_initial) && pick(3) == 0) r.mask = value_of(DType::kBool);
    r.slot = add_slot(result, SlotRole::kReduce, kernel.reduced);
    launch.params.push_back(pick(2));
    kernel.reduces.push_back(r);
  }

  std::mt19937 random_;
  Options options_;
  DType one_dtype_ = DType::kF64;
  std::vector<std::vector<std::byte>> memory_;
};

/// Empty if the two hold the same numbers: bit for bit, or floats within `tolerance` relative to `scale`.
inline std::string difference(DType dtype, const std::vector<std::byte>& a, const std::vector<std::byte>& b,
                              double tolerance, double scale) {
  const size_t item = itemsize(dtype);
  for (size_t at = 0; at + item <= a.size(); at += item) {
    if (std::memcmp(a.data() + at, b.data() + at, item) == 0) continue;
    Scalar x{dtype, {}}, y{dtype, {}};
    std::memcpy(x.bits, a.data() + at, item);
    std::memcpy(y.bits, b.data() + at, item);
    const auto p = cast_scalar(x, DType::kC128).as<std::complex<double>>();
    const auto q = cast_scalar(y, DType::kC128).as<std::complex<double>>();
    const auto near = [&](double u, double v) {
      return (u != u && v != v) || u == v || std::abs(u - v) <= tolerance * std::max(scale, std::abs(v));
    };
    // Of several complex NaNs any may be the one that comes through.
    const auto nan = [](const std::complex<double>& z) { return z.real() != z.real() || z.imag() != z.imag(); };
    if (is_complex(dtype) && nan(p) && nan(q)) continue;
    if (!is_integer(dtype) && dtype != DType::kBool && near(p.real(), q.real()) && near(p.imag(), q.imag())) continue;
    return "element " + std::to_string(at / item) + ": " + std::to_string(p.real()) + " " + std::to_string(p.imag()) +
           " is not " + std::to_string(q.real()) + " " + std::to_string(q.imag());
  }
  return "";
}

}  // namespace crossarray::test
