// The scalar expressions behind run-time op and dtype: the oracle's and constant folding's way in.
#pragma once

#include "dispatch/op.h"
#include "dispatch/ops_scalar.h"

namespace crossarray {

/// One element: in[i] point to one value each (input dtypes as the row's Inputs say for `loop`), out to the result.
using ScalarFn = void (*)(const void* const* in, void* out);

/// Expression of `op` for a loop dtype; null if the row has no such loop. ldexp's second input is int64.
ScalarFn scalar_fn(Op op, DType loop);
/// NumPy's unsafe cast of one element.
ScalarFn scalar_cast_fn(DType from, DType to);

/// Type the expressions use for a dtype: Complex in place of std::complex, the same bytes.
template <DType t> struct ScalarType { using type = dtype_t<t>; };
template <> struct ScalarType<DType::kC64> { using type = scalar::Complex<float>; };
template <> struct ScalarType<DType::kC128> { using type = scalar::Complex<double>; };
template <DType t> using scalar_t = typename ScalarType<t>::type;

/// Is there an expression (and a kernel) for this loop of a row? Halves are widened except where the row says otherwise.
constexpr bool has_expression(DTypeSet loops, DType t) {
  return contains(loops, t) && (!is_half(t) || has_half_loop(loops));
}

}  // namespace crossarray
