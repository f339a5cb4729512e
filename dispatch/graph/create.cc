// Copies, casts and fills.
#include <cmath>

#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

ElementwiseCall copy_of(const Array& in, DType dtype) {
  ElementwiseCall call{Op::copy, {{in.dtype()}, in.dtype()}, dtype, 1, in.shape(), {}};
  call.in[0].array = &in;
  call.in[0].strides = in.strides();
  return call;
}

bool order_kept(const Array& in, char order) {
  if (order == 'C') return in.c_contiguous();
  if (order == 'F') return in.f_contiguous();
  return true;
}

// Not output_strides: in a copy, axes that stand still (broadcast views) nest innermost.
Dims copy_strides(const ElementwiseCall& call, const Array& in, char order) {
  if (order != 'K' || in.c_contiguous() || in.f_contiguous()) return output_strides(call, order);
  return dense_strides(in.shape(), axes_by_stride(in.layout()), itemsize(call.out_dtype));
}

template <class T> void fill_ramp(std::byte* out, T start, T step, int64_t count) {
  auto* to = reinterpret_cast<T*>(out);
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(start + static_cast<T>(i) * step);
}

// Counted in doubles, four at a time: converting each index costs more than the arithmetic.
template <> void fill_ramp(std::byte* out, double start, double step, int64_t count) {
  auto* to = reinterpret_cast<double*>(out);
  int64_t i = 0;
  for (double x = 0; i + 4 <= count; i += 4, x += 4) {
    to[i] = start + x * step;
    to[i + 1] = start + (x + 1) * step;
    to[i + 2] = start + (x + 2) * step;
    to[i + 3] = start + (x + 3) * step;
  }
  for (; i < count; ++i) to[i] = start + static_cast<double>(i) * step;
}

void fill_range(std::byte* out, const Scalar& start, const Scalar& step, int64_t count) {
  switch (start.dtype) {
    case DType::kF64: return fill_ramp(out, start.as<double>(), step.as<double>(), count);
    case DType::kF32: return fill_ramp(out, start.as<float>(), step.as<float>(), count);
    case DType::kC64: return fill_ramp(out, start.as<std::complex<float>>(), step.as<std::complex<float>>(), count);
    case DType::kC128: return fill_ramp(out, start.as<std::complex<double>>(), step.as<std::complex<double>>(), count);
    // Integers wrap: computed unsigned.
    default: return fill_ramp(out, start.as<uint64_t>(), step.as<uint64_t>(), count);
  }
}

}  // namespace

Array cast(const Array& in, DType dtype, char order) {
  ElementwiseCall call = copy_of(in, dtype);
  // A whole, unshared storage is copied by sharing its value; whoever writes first copies the bytes.
  if (dtype == in.dtype() && order_kept(in, order) && covers_storage(in) && in.value().bytes() > Value::kInlineBytes)
    return Array(Ref<Storage>(new Storage(in.storage()->value())), dtype, in.layout());
  return new_result(call, copy_strides(call, in, order));
}

Array copy(const Array& in, char order) { return cast(in, in.dtype(), order); }

Array as_contiguous(const Array& in) { return in.c_contiguous() ? in : copy(in, 'C'); }

Array full(const Dims& shape, const Scalar& value) {
  checked_bytes(shape, itemsize(value.dtype));
  ElementwiseCall call{Op::copy, {{value.dtype}, value.dtype}, value.dtype, 1, shape, {}};
  call.in[0].array = nullptr;
  call.in[0].scalar = value;
  call.in[0].strides = Dims(shape.size());
  return new_result(call, contiguous_strides(shape, itemsize(value.dtype)));
}

Array arange(const Scalar& start, const Scalar& step, int64_t count) {
  DType dtype = start.dtype;
  bool wide = dtype == DType::kF64 || dtype == DType::kF32 || is_complex(dtype);
  DType work = wide ? dtype : is_half(dtype) ? DType::kF32 : DType::kI64;
  Array out = Array::empty({count}, work);
  fill_range(out.host(), cast_scalar(start, work), cast_scalar(step, work), count);
  return work == dtype ? out : cast(out, dtype);
}

}  // namespace crossarray
