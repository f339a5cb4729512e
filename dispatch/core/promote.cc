#include "dispatch/core/promote.h"

#include <algorithm>
#include <array>
#include <string>

#include "dispatch/core/error.h"

namespace crossarray {
namespace {

constexpr DType at(int i) { return static_cast<DType>(i); }

// Bits of the largest integer range (signed digits) or mantissa a float type must hold for a "safe" cast.
constexpr bool int_fits_float(DType from, DType to) {
  size_t bytes = itemsize(from);
  switch (real_of(to)) {
    case DType::kF16:
    case DType::kBF16: return bytes == 1;
    case DType::kF32: return bytes <= 2;
    default: return true;  // NumPy calls int64 -> float64 safe
  }
}

constexpr bool float_fits(DType from, DType to) {
  to = real_of(to);
  return from == to || (is_half(from) && !is_half(to)) || (from == DType::kF32 && to == DType::kF64);
}

constexpr bool safe(DType from, DType to) {
  if (from == to || from == DType::kBool) return true;
  switch (kind(from)) {
    case Kind::kSigned:
      return kind(to) == Kind::kSigned ? itemsize(to) >= itemsize(from)
                                       : kind(to) >= Kind::kFloat && int_fits_float(from, to);
    case Kind::kUnsigned:
      if (kind(to) == Kind::kUnsigned) return itemsize(to) >= itemsize(from);
      if (kind(to) == Kind::kSigned) return itemsize(to) > itemsize(from);
      return kind(to) >= Kind::kFloat && int_fits_float(from, to);
    case Kind::kFloat: return kind(to) >= Kind::kFloat && float_fits(from, to);
    case Kind::kComplex: return is_complex(to) && float_fits(real_of(from), to);
    default: return false;
  }
}

constexpr int order(Kind k) {
  switch (k) {
    case Kind::kBool: return 0;
    case Kind::kUnsigned: return 1;
    case Kind::kSigned: return 2;
    case Kind::kFloat: return 3;
    default: return 4;
  }
}

DType weak_default(WeakScalar::Type type) {
  switch (type) {
    case WeakScalar::Type::kBool: return DType::kBool;
    case WeakScalar::Type::kInt: return DType::kI64;
    case WeakScalar::Type::kFloat: return DType::kF64;
    default: return DType::kC128;
  }
}

DType complex_of(DType t) { return t == DType::kF64 || !is_float(t) ? DType::kC128 : DType::kC64; }

// A strong dtype meets a Python scalar's kind (NEP 50).
DType meet_weak(DType t, WeakScalar::Type type) {
  switch (type) {
    case WeakScalar::Type::kBool: return t;
    case WeakScalar::Type::kInt: return t == DType::kBool ? DType::kI64 : t;
    case WeakScalar::Type::kFloat: return is_float(t) || is_complex(t) ? t : DType::kF64;
    default: return is_complex(t) ? t : complex_of(t);
  }
}

// Ops whose boolean call NumPy refuses instead of promoting to int8.
const char* bool_refusal(Op op) {
  switch (op) {
    case Op::subtract:
      return "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or "
             "the "
             "logical_xor function instead.";
    case Op::negative:
      return "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not "
             "function instead.";
    case Op::positive:
    case Op::sign:
    case Op::gcd:
    case Op::lcm: return "";
    default: return nullptr;
  }
}

[[noreturn]] void refuse_bool(const OpRow& r, const char* text) {
  if (*text) raise(ErrorKind::kType, text);
  std::string types = "<class 'numpy.dtypes.BoolDType'>";
  if (r.arity == 2) types = "(" + types + ", " + types + ")";
  raise(ErrorKind::kUFuncType, std::string("ufunc '") + r.name +
                                   "' did not contain a loop with signature matching types " + types + " -> None");
}

[[noreturn]] void no_loop(const OpRow& r) {
  raise(ErrorKind::kType, std::string("ufunc '") + r.name +
                              "' not supported for the input types, and the inputs could not be safely coerced to any "
                              "supported types according to the casting rule ''safe''");
}

const char* rule_name(Casting casting) {
  constexpr const char* kNames[] = {"no", "equiv", "safe", "same_kind", "unsafe", "same_value"};
  return kNames[static_cast<size_t>(casting)];
}

DType result_of(const OpRow& r, DType loop) {
  switch (r.result) {
    case Result::Bool: return DType::kBool;
    case Result::Real: return real_of(loop);
    case Result::Int32: return DType::kI32;
    case Result::UInt8: return DType::kU8;
    default: return loop;
  }
}

// The first loop every input casts to safely: int8 with uint8 is float16 for arctan2, though their common type is int16.
DType smallest_loop(const OpRow& r, std::span<const DType> inputs) {
  for (int i = 0; i < kDTypeCount; ++i) {
    bool fits = contains(r.loops, at(i));
    for (DType in : inputs) fits = fits && safe(in, at(i));
    if (fits) return at(i);
  }
  no_loop(r);
}

Loop make_loop(const OpRow& r, DType loop) {
  Loop out{{loop, loop, loop}, result_of(r, loop)};
  if (r.inputs == Inputs::IntSecond) out.in[1] = DType::kI64;
  if (r.inputs == Inputs::BoolFirst) out.in[0] = DType::kBool;
  return out;
}

// Dtypes of the operands that decide the loop (all but where's condition and ldexp's exponent). A Python scalar takes
// the dtype its kind gives beside the strong operands.
struct Deciding {
  DType dtypes[3];
  size_t count = 0;
  std::span<const DType> span() const { return {dtypes, count}; }
};

Deciding deciding(const OpRow& r, std::span<const PromoteArg> operands) {
  std::span<const PromoteArg> all = r.inputs == Inputs::BoolFirst ? operands.subspan(1) : operands;
  bool strong = false;
  DType common = DType::kBool;
  for (const PromoteArg& each : all)
    if (!each.weak) {
      common = strong ? promote_types(common, each.dtype) : each.dtype;
      strong = true;
    }
  DType together = result_type(all);
  Deciding out;
  // ldexp of a Python int takes the smallest float, whatever the exponents are.
  if (r.inputs == Inputs::IntSecond && operands[0].weak && operands[0].weak_type <= WeakScalar::Type::kInt)
    return {{DType::kBool}, 1};
  for (const PromoteArg& each : r.inputs == Inputs::IntSecond ? all.first(1) : all)
    out.dtypes[out.count++] = !each.weak ? each.dtype : strong ? meet_weak(common, each.weak_type) : together;
  return out;
}

void check_exponent(const OpRow& r, std::span<const PromoteArg> operands) {
  if (r.inputs != Inputs::IntSecond) return;
  const PromoteArg& e = operands[1];
  if (e.weak ? e.weak_type > WeakScalar::Type::kInt : !safe(e.dtype, DType::kI64)) no_loop(r);
}

/// Whether NumPy takes an operand for a Python scalar under the rules 'no' and 'equiv': a bool and a lone one are arrays.
bool stays_weak(std::span<const PromoteArg> operands, const PromoteArg& one) {
  return one.weak && operands.size() > 1 && one.weak_type != WeakScalar::Type::kBool;
}

/// The rule 'equiv' refuses Python scalars of another dtype than the loop's. 'no' lets them pass.
void check_weak_equivalence(std::span<const PromoteArg> operands, const Loop& loop) {
  for (size_t i = 0; i < operands.size(); ++i) {
    const DType from = weak_default(operands[i].weak_type);
    if (!stays_weak(operands, operands[i]) || from == loop.in[i]) continue;
    const char* python = from == DType::kI64 ? "int" : from == DType::kF64 ? "float" : "complex";
    raise(ErrorKind::kType,
          std::string("cannot cast Python ") + python + " to " + name(loop.in[i]) + " under the casting rule 'equiv'");
  }
}

void check_input_casts(const OpRow& r, std::span<const PromoteArg> operands, const Loop& loop, Casting casting) {
  if (casting == Casting::kEquiv) check_weak_equivalence(operands, loop);
  for (size_t i = 0; i < operands.size(); ++i) {
    DType from = operands[i].weak ? weak_default(operands[i].weak_type) : operands[i].dtype;
    const bool both_whole = is_integer(from) && is_integer(loop.in[i]);
    bool weak_ok = operands[i].weak && (both_whole || order(kind(from)) <= order(kind(loop.in[i])));
    if (casting < Casting::kSafe) weak_ok = weak_ok && stays_weak(operands, operands[i]);
    // ldexp has loops for int32 exponents too.
    bool exponent_ok = r.inputs == Inputs::IntSecond && i == 1 && can_cast(from, DType::kI32, casting);
    if (weak_ok || exponent_ok || can_cast(from, loop.in[i], casting)) continue;
    raise(ErrorKind::kUFuncType, std::string("Cannot cast ufunc '") + r.name + "' input " +
                                     (r.arity > 1 ? std::to_string(i) + " " : std::string()) + "from dtype('" +
                                     name(from) + "') to dtype('" + name(loop.in[i]) + "') with casting rule '" +
                                     rule_name(casting) + "'");
  }
}

bool any_complex(std::span<const PromoteArg> operands) {
  for (const PromoteArg& each : operands)
    if (each.weak ? each.weak_type == WeakScalar::Type::kComplex : is_complex(each.dtype)) return true;
  return false;
}

Loop loop_for_dtype(const OpRow& r, std::span<const PromoteArg> operands, DType dtype, Casting casting) {
  // ldexp's first operand must cast safely, whatever casting= allows.
  const bool unsafe = r.inputs == Inputs::IntSecond && !operands[0].weak && !safe(operands[0].dtype, dtype);
  for (int i = 0; i < kDTypeCount && !unsafe; ++i) {
    if (!contains(r.loops, at(i)) || result_of(r, at(i)) != dtype) continue;
    // Several loops can give this output (comparisons, absolute of complex): then the inputs decide.
    bool one = r.result == Result::Same || (r.result == Result::Real && !any_complex(operands));
    Loop loop = make_loop(r, one ? at(i) : smallest_loop(r, deciding(r, operands).span()));
    check_input_casts(r, operands, loop, casting);
    return loop;
  }
  raise(ErrorKind::kType,
        std::string("No loop matching the specified signature and casting was found for ufunc ") + r.name);
}

}  // namespace

bool can_cast(DType from, DType to, Casting rule) {
  switch (rule) {
    case Casting::kNo:
    case Casting::kEquiv: return from == to;
    case Casting::kSafe: return safe(from, to);
    case Casting::kSameKind: return safe(from, to) || order(kind(from)) <= order(kind(to));
    default: return true;
  }
}

DType promote_types(DType a, DType b) {
  for (int i = 0; i < kDTypeCount; ++i)
    if (safe(a, at(i)) && safe(b, at(i))) return at(i);
  return DType::kC128;
}

DType result_type(std::span<const PromoteArg> operands) {
  bool strong = false;
  DType common = DType::kBool;
  for (const PromoteArg& each : operands)
    if (!each.weak) {
      common = strong ? promote_types(common, each.dtype) : each.dtype;
      strong = true;
    }
  WeakScalar::Type weakest = WeakScalar::Type::kBool;
  bool weak = false;
  for (const PromoteArg& each : operands)
    if (each.weak) {
      weakest = weak ? std::max(weakest, each.weak_type) : each.weak_type;
      weak = true;
    }
  if (!strong) return weak_default(weakest);
  return weak ? meet_weak(common, weakest) : common;
}

Loop resolve_loop(Op op, std::span<const PromoteArg> operands, std::optional<DType> dtype, Casting casting) {
  const OpRow& r = row(op);
  check_exponent(r, operands);
  if (dtype) return loop_for_dtype(r, operands, *dtype, casting);
  Deciding inputs = deciding(r, operands);
  Kind highest = Kind::kBool;
  for (DType in : inputs.span()) highest = std::max(highest, kind(in));
  if (highest == Kind::kBool)
    if (const char* text = bool_refusal(op)) refuse_bool(r, text);
  // Integer true division is float64 for every width (NumPy's rule), not the smallest safe float.
  const bool whole_division = op == Op::divide && highest < Kind::kFloat;
  const Loop loop = make_loop(r, whole_division ? DType::kF64 : smallest_loop(r, inputs.span()));
  if (casting < Casting::kSameKind) check_input_casts(r, operands, loop, casting);
  return loop;
}

}  // namespace crossarray
