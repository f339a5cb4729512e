#include "cpu/reference/reference.h"

#include <cstring>

#include "cpu/walk.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::cpu::reference {
namespace {

DType working(DType t) { return is_half(t) ? DType::kF32 : t; }

Scalar load(DType dtype, const std::byte* from) {
  Scalar s;
  s.dtype = dtype;
  std::memcpy(s.bits, from, itemsize(dtype));
  return s;
}

Scalar apply(Op op, DType loop, DType result, const Scalar* const* in, int arity) {
  const void* args[3] = {};
  for (int i = 0; i < arity; ++i) args[i] = in[i]->bits;
  Scalar out;
  out.dtype = result;
  scalar_fn(op, loop)(args, out.bits);
  return out;
}

/// A kernel's values at one position of the space.
class Element {
 public:
  Element(const Kernel& kernel, const Launch& launch)
      : kernel_(kernel), launch_(launch), values_(kernel.values.size()) {}

  void compute(const Dims& at) {
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = value(kernel_.values[i], at);
  }
  const Scalar& operator[](Reg r) const { return values_[r]; }
  std::byte* address(size_t slot, const Dims& at) const {
    std::byte* p = launch_.slots[slot].data;
    for (int axis = 0; axis < at.size(); ++axis) p += at[axis] * launch_.slots[slot].strides[axis];
    return p;
  }

 private:
  Scalar value(const Ssa& v, const Dims& at) const {
    switch (v.kind) {
      case ValueKind::kLoad: return load(v.dtype, address(v.index, at));
      case ValueKind::kScalar: return launch_.scalars[v.index];
      case ValueKind::kCast: return cast_scalar(values_[v.a], v.dtype);
      case ValueKind::kApply: break;
    }
    const int arity = row(v.op).arity;
    const Scalar* in[3] = {&values_[v.a], arity > 1 ? &values_[v.b] : nullptr, arity > 2 ? &values_[v.c] : nullptr};
    return apply(v.op, v.loop, v.dtype, in, arity);
  }

  const Kernel& kernel_;
  const Launch& launch_;
  std::vector<Scalar> values_;
};

bool next(Dims& at, const Dims& shape) {
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    if (++at[axis] < shape[axis]) return true;
    at[axis] = 0;
  }
  return false;
}

/// The values each output of each reduction takes, in order.
class Collected {
 public:
  Collected(const Kernel& kernel, const Launch& launch) : kernel_(kernel), launch_(launch), kept_(launch.shape) {
    for (int axis = 0; axis < kept_.size(); ++axis)
      if ((kernel.reduced >> axis) & 1) kept_[axis] = 1;
    taken_.assign(kernel.reduces.size(), std::vector<std::vector<Scalar>>(static_cast<size_t>(element_count(kept_))));
    for (size_t i = 0; i < kernel.reduces.size(); ++i)
      if (kernel.reduces[i].has_initial)
        for (auto& values : taken_[i]) values.push_back(launch.scalars[kernel.reduces[i].initial]);
  }
  void take(const Element& element, const Dims& at) {
    int64_t output = 0;
    for (int axis = 0; axis < at.size(); ++axis) output = output * kept_[axis] + (kept_[axis] == 1 ? 0 : at[axis]);
    for (size_t i = 0; i < taken_.size(); ++i) {
      const ReduceStmt& r = kernel_.reduces[i];
      if (r.mask == kNoReg || element[r.mask].as<bool>())
        taken_[i][static_cast<size_t>(output)].push_back(element[r.value]);
    }
  }
  void store(const Element& element) const {
    if (element_count(kept_) == 0) return;
    Dims at(kept_.size());
    size_t output = 0;
    do {
      for (size_t i = 0; i < taken_.size(); ++i) {
        const ReduceStmt& r = kernel_.reduces[i];
        const DType dtype = kernel_.slots[r.slot].dtype;
        const double ddof = i < launch_.params.size() ? launch_.params[i] : 0;
        const Scalar result = reduce(r.kind, r.accumulate, taken_[i][output], ddof, dtype);
        std::memcpy(element.address(r.slot, at), result.bits, itemsize(dtype));
      }
      ++output;
    } while (next(at, kept_));
  }

 private:
  const Kernel& kernel_;
  const Launch& launch_;
  Dims kept_;
  std::vector<std::vector<std::vector<Scalar>>> taken_;
};

}  // namespace

void run(const Kernel& kernel, const Launch& launch) {
  Element element(kernel, launch);
  Collected collected(kernel, launch);
  if (element_count(launch.shape) > 0) {
    Dims at(launch.shape.size());
    do {
      element.compute(at);
      for (const StoreStmt& s : kernel.stores)
        std::memcpy(element.address(s.slot, at), element[s.value].bits, itemsize(kernel.slots[s.slot].dtype));
      collected.take(element, at);
    } while (next(at, launch.shape));
  }
  collected.store(element);
}

void run_op(const OpCall& call) {
  if (element_count(*call.shape) == 0) return;
  Dims at(call.shape->size());
  do {
    Scalar values[3];
    const Scalar* in[3] = {&values[0], &values[1], &values[2]};
    for (int i = 0; i < call.arity; ++i) {
      const std::byte* from = call.in[i];
      for (int axis = 0; axis < at.size(); ++axis) from += at[axis] * (*call.in_strides[i])[axis];
      values[i] = cast_scalar(cast_scalar(load(call.in_dtype[i], from), call.loop_in[i]), working(call.loop_in[i]));
    }
    const DType loop = working(call.loop_in[call.op == Op::where ? 1 : 0]);
    Scalar result = values[0];
    if (call.op != Op::copy) result = apply(call.op, loop, working(call.loop_out), in, call.arity);
    result = cast_scalar(cast_scalar(result, call.loop_out), call.out_dtype);
    std::byte* to = call.out;
    for (int axis = 0; axis < at.size(); ++axis) to += at[axis] * (*call.out_strides)[axis];
    std::memcpy(to, result.bits, itemsize(call.out_dtype));
  } while (next(at, *call.shape));
}

}  // namespace crossarray::cpu::reference
