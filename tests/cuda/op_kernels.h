// Kernels of one op or cast, for every row of the op table and every dtype.
#pragma once

#include "dispatch/ir/kernel_ir.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::test {

inline Ssa load_value(Kernel& kernel, DType dtype) {
  Ssa v{ValueKind::kLoad};
  v.loop = v.dtype = dtype;
  v.index = static_cast<uint16_t>(kernel.slots.size());
  kernel.slots.push_back({dtype, SlotRole::kLoad, Access::kContiguous});
  return v;
}

inline void store_value(Kernel& kernel, Reg value) {
  kernel.stores.push_back({value, static_cast<uint16_t>(kernel.slots.size())});
  kernel.slots.push_back({kernel.values[value].dtype, SlotRole::kStore, Access::kContiguous});
}

inline DType result_dtype(const OpRow& r, DType loop) {
  switch (r.result) {
    case Result::Bool: return DType::kBool;
    case Result::Real: return real_of(loop);
    case Result::Int32: return DType::kI32;
    case Result::UInt8: return DType::kU8;
    default: return loop;
  }
}

/// out = op(in...) on contiguous memory.
inline Kernel op_kernel(const OpRow& r, DType loop) {
  Kernel kernel;
  Ssa apply{ValueKind::kApply};
  apply.op = r.op;
  apply.loop = loop;
  apply.dtype = result_dtype(r, loop);
  Reg* const in[] = {&apply.a, &apply.b, &apply.c};
  for (int i = 0; i < r.arity; ++i) {
    const bool condition = r.inputs == Inputs::BoolFirst && i == 0, exponent = r.inputs == Inputs::IntSecond && i == 1;
    kernel.values.push_back(load_value(kernel, condition ? DType::kBool : exponent ? DType::kI64 : loop));
    *in[i] = static_cast<Reg>(i);
  }
  kernel.values.push_back(apply);
  store_value(kernel, static_cast<Reg>(r.arity));
  return kernel;
}

/// One load cast to every other dtype.
inline Kernel casts_kernel(DType from) {
  Kernel kernel;
  kernel.values.push_back(load_value(kernel, from));
  for (int to = 0; to < kDTypeCount; ++to) {
    if (static_cast<DType>(to) == from) continue;
    Ssa cast{ValueKind::kCast};
    cast.loop = from;
    cast.dtype = static_cast<DType>(to);
    cast.a = 0;
    kernel.values.push_back(cast);
    store_value(kernel, static_cast<Reg>(kernel.values.size() - 1));
  }
  return kernel;
}

/// Calls f(row, loop) for every expression of the table but copy, which is no kernel op.
template <class F> void for_each_loop(F f) {
  for (const OpRow& r : rows())
    for (int t = 0; t < kDTypeCount; ++t)
      if (r.op != Op::copy && has_expression(r.loops, static_cast<DType>(t))) f(r, static_cast<DType>(t));
}

}  // namespace crossarray::test
