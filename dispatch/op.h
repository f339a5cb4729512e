// The op table: enum Op and its rows, generated from ops.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "dispatch/core/dtype.h"

namespace crossarray {

/// One bit per DType (1 << enumerator).
using DTypeSet = uint16_t;
constexpr DTypeSet set_of(DType t) { return static_cast<DTypeSet>(1u << static_cast<unsigned>(t)); }
constexpr bool contains(DTypeSet set, DType t) { return (set & set_of(t)) != 0; }

/// Which input dtypes an op has loops for. Integer input to a Floats op is promoted (int8 -> float16 ...).
namespace loops {
inline constexpr DTypeSet Bool = 1u << 0;
inline constexpr DTypeSet Ints = 0x1FEu;
inline constexpr DTypeSet Halves = (1u << 9) | (1u << 10);
inline constexpr DTypeSet Floats = Halves | (1u << 11) | (1u << 12);
inline constexpr DTypeSet Complexes = (1u << 13) | (1u << 14);
inline constexpr DTypeSet BoolInts = Bool | Ints;
inline constexpr DTypeSet Inexact = Floats | Complexes;
inline constexpr DTypeSet IntsFloats = Ints | Floats;
inline constexpr DTypeSet Reals = BoolInts | Floats;
inline constexpr DTypeSet Numbers = Ints | Inexact;
inline constexpr DTypeSet All = BoolInts | Inexact;
inline constexpr DTypeSet Doubles = (1u << 12) | (1u << 14);  // float_power
/// Marks rows whose float16 and bfloat16 loops are kernels of their own, on the two-byte types: the neighbour of a half
/// is not the rounded neighbour of a float. All other half loops are the float32 loop, rounded.
inline constexpr DTypeSet OwnHalf = 1u << 15;
inline constexpr DTypeSet FloatsOwnHalf = Floats | OwnHalf;
}  // namespace loops

/// Output dtype of a loop.
enum class Result : uint8_t {
  Same,   // the loop's dtype
  Bool,   // comparisons, tests, logic
  Real,   // complex -> its real type, else the same (absolute, real, imag, angle)
  Int32,  // frexp's exponent
  UInt8,  // bitwise_count
};

/// How the inputs of a loop relate.
enum class Inputs : uint8_t {
  Same,       // all of the loop's dtype
  IntSecond,  // ldexp: second input int32 or int64
  BoolFirst,  // where: first input bool
};

enum class Op : uint8_t {
#define OP(name, ...) name,
#include "dispatch/ops.def"
  kCount,
};
inline constexpr int kOpCount = static_cast<int>(Op::kCount);

/// One row of ops.def.
struct OpRow {
  Op op;
  const char* name;  // NumPy's ufunc name, or the internal name
  uint8_t arity;
  DTypeSet loops;
  Inputs inputs;
  Result result;
  bool ufunc;               // a public numpy.ufunc (false: internal or a plain function such as where)
  uint8_t flops;            // cost of one f64 element in units of one add; the cost model's and lower's only knowledge
  float ulp_cpu, ulp_cuda;  // largest error against the exact result; 0 = the same bits as NumPy
  std::string_view domain;  // where tests draw inputs: see tests/python/domains.py
  const char* identity;     // of reduce: "0" "1" "-1" "True" "False" or "" (none)
  const char* doc;          // first line of the docstring
};

/// True if `op` on halves is computed on the halves themselves (nextafter, spacing) and so must not be widened.
constexpr bool has_half_loop(DTypeSet loops) { return (loops & loops::OwnHalf) != 0; }

/// Row of an op; valid for the life of the process.
const OpRow& row(Op op);
std::span<const OpRow> rows();
/// The dtype that `op`'s kernel works at for a loop of dtype `t`: float32 for halves, unless the row has half loops.
inline DType working_dtype(Op op, DType t) { return is_half(t) && !has_half_loop(row(op).loops) ? DType::kF32 : t; }
/// Op by NumPy name, or kCount.
Op find_op(std::string_view name);

}  // namespace crossarray
