#include "dispatch/graph/simplify.h"

#include <array>

#include "dispatch/core/view.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

WeakScalar weak_int(int64_t i) {
  WeakScalar w;
  w.i = i;
  return w;
}

bool is_comparison(Op op) { return op >= Op::equal && op <= Op::greater_equal; }

Op mirrored(Op op) {
  switch (op) {
    case Op::less: return Op::greater;
    case Op::less_equal: return Op::greater_equal;
    case Op::greater: return Op::less;
    case Op::greater_equal: return Op::less_equal;
    default: return op;
  }
}

// Result of `inside the range` OP `an integer beyond it`.
bool compare_out_of_range(Op op, bool too_big) {
  switch (op) {
    case Op::less:
    case Op::less_equal: return too_big;
    case Op::greater:
    case Op::greater_equal: return !too_big;
    default: return op == Op::not_equal;
  }
}

std::optional<bool> outside(const WeakScalar& w, DType t) {
  using Range = WeakScalar::Range;
  if (w.range == Range::kTooBig) return true;
  if (w.range == Range::kTooSmall) return false;
  int bits = static_cast<int>(itemsize(t)) * 8;
  if (kind(t) == Kind::kUnsigned) {
    if (w.range == Range::kU64) return bits < 64 ? std::optional<bool>(true) : std::nullopt;
    if (w.i < 0) return false;
    if (bits < 64 && w.i >> bits) return true;
    return std::nullopt;
  }
  if (w.range == Range::kU64) return true;
  if (bits == 64) return std::nullopt;
  int64_t limit = int64_t{1} << (bits - 1);
  if (w.i >= limit) return true;
  if (w.i < -limit) return false;
  return std::nullopt;
}

std::optional<Array> compare_with_big_int(Op op, std::span<const Arg> args) {
  for (size_t i = 0; i < 2; ++i) {
    const Arg &array = args[i], &other = args[1 - i];
    if (!array.array || other.array || !is_integer(array.array->dtype())) continue;
    if (other.weak.type != WeakScalar::Type::kInt) continue;
    if (std::optional<bool> too_big = outside(other.weak, array.array->dtype())) {
      bool answer = compare_out_of_range(i == 0 ? op : mirrored(op), *too_big);
      Array out = full(array.array->shape(), Scalar::of(DType::kBool, answer));
      out.scalar_flag = out.rank() == 0;
      return out;
    }
  }
  return std::nullopt;
}

// Signed against uint64: they meet in float64 by promotion, but comparisons are exact in NumPy.
std::optional<Array> compare_mixed_sign(Op op, std::span<const Arg> args) {
  if (!args[0].array || !args[1].array) return std::nullopt;
  DType a = args[0].array->dtype(), b = args[1].array->dtype();
  if (a == DType::kU64 && kind(b) == Kind::kSigned)
    return compare_mixed_sign(mirrored(op), std::array{args[1], args[0]});
  if (b != DType::kU64 || kind(a) != Kind::kSigned) return std::nullopt;
  Array negative = apply(Op::less, {*args[0].array, weak_int(0)});
  Array as_unsigned = cast(*args[0].array, DType::kU64);
  Array compared = apply(op, {as_unsigned, *args[1].array});
  bool true_if_negative = op == Op::not_equal || op == Op::less || op == Op::less_equal;
  if (true_if_negative) return apply(Op::logical_or, {negative, compared});
  return apply(Op::logical_and, {apply(Op::logical_not, {negative}), compared});
}

bool has_negative(const Array& exponents) {
  if (exponents.size() == 0) return false;
  Array lowest = reduce(ReduceKind::kMin, exponents, ~uint64_t{0} >> (64 - std::max(1, exponents.rank())));
  Array as_int = cast(lowest, DType::kI64);
  return *reinterpret_cast<const int64_t*>(read_host(as_int)) < 0;
}

void check_integer_power(std::span<const Arg> args) {
  const Arg& e = args[1];
  bool int_base = args[0].array ? !is_float(args[0].array->dtype()) && !is_complex(args[0].array->dtype())
                                : args[0].weak.type <= WeakScalar::Type::kInt;
  if (!int_base) return;
  // A Python integer beyond the other's dtype is an OverflowError, raised where it is cast.
  const Array* array = args[0].array ? args[0].array : e.array;
  const WeakScalar& weak = args[0].array ? e.weak : args[0].weak;
  bool mixed = array && !(args[0].array && e.array) && is_integer(array->dtype());
  if (mixed && weak.type == WeakScalar::Type::kInt && outside(weak, array->dtype())) return;
  bool bad = e.array ? kind(e.array->dtype()) == Kind::kSigned && has_negative(*e.array)
                     : e.weak.type == WeakScalar::Type::kInt && e.weak.range == WeakScalar::Range::kI64 && e.weak.i < 0;
  if (bad) raise(ErrorKind::kValue, "Integers to negative integer powers are not allowed.");
}

// Exponents worth a rewrite: NumPy's own scalar-power cases, and small powers by multiplication.
std::optional<Array> cheap_power(const Array& x, const WeakScalar& e, const ApplyOptions& options) {
  bool inexact = is_float(x.dtype()) || is_complex(x.dtype());
  bool weak_float = e.type == WeakScalar::Type::kFloat;
  if (options.choose_loop() || options.order != 'K' || x.dtype() == DType::kBool) return std::nullopt;
  if (e.type == WeakScalar::Type::kComplex || (weak_float && !inexact)) return std::nullopt;
  double exponent = weak_float ? e.c.real() : static_cast<double>(e.i);
  if (exponent == 2) return apply(Op::square, {x});
  // Integer overflow wraps the same way however the product is grouped.
  if (is_complex(x.dtype())) return std::nullopt;
  if (exponent == 3) return apply(Op::multiply, {apply(Op::square, {x}), x});
  if (exponent == 4) return apply(Op::square, {apply(Op::square, {x})});
  if (!inexact) return std::nullopt;
  if (exponent == -1) return apply(Op::reciprocal, {x});
  return std::nullopt;
}

std::optional<Array> simplify_power(std::span<const Arg> args, const ApplyOptions& options) {
  check_integer_power(args);
  if (args[0].array && !args[1].array) return cheap_power(*args[0].array, args[1].weak, options);
  return std::nullopt;
}

}  // namespace

std::optional<Array> simplify(Op op, std::span<const Arg> args, const ApplyOptions& options) {
  if (op == Op::power) return simplify_power(args, options);
  if (!is_comparison(op) || args.size() != 2) return std::nullopt;
  if (std::optional<Array> constant = compare_with_big_int(op, args)) return constant;
  return compare_mixed_sign(op, args);
}

}  // namespace crossarray
