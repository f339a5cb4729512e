// The fused-kernel IR: one pass over an iteration space. What lower() makes, verify() checks, print() shows, and every
// backend runs.
//
// Example: mean and sum of exp(x - m), m per row, and the exponentials stored:
//   kernel rank=2 reduced=01
//     %0 = load f64 slot0 contiguous
//     %1 = load f64 slot1 broadcast-inner
//     %2 = subtract f64 %0 %1
//     %3 = exp f64 %2
//     store slot2 %3
//     reduce sum f64 %3 -> slot3
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dispatch/core/dtype.h"
#include "dispatch/core/small_vector.h"
#include "dispatch/graph/expr.h"
#include "dispatch/op.h"

namespace crossarray {

using Reg = uint16_t;  // SSA value: index into Kernel::values
inline constexpr Reg kNoReg = 0xFFFF;

enum class ValueKind : uint8_t {
  kLoad,    // element of slot `index`
  kScalar,  // scalar `index` of the launch
  kCast,    // a converted to `dtype`, NumPy's unsafe cast
  kApply,   // op(a, b, c); the inputs have the op's loop dtype, the result has `dtype`
};

/// One SSA value. All of a kernel's values are pure; order is topological.
struct Ssa {
  ValueKind kind;
  Op op = Op::add;
  DType loop = DType::kF64;   // kApply: loop dtype (of the inputs; of inputs 1 and 2 for where); never a half type
  DType dtype = DType::kF64;  // of the result
  uint16_t index = 0;
  Reg a = kNoReg, b = kNoReg, c = kNoReg;
};

enum class SlotRole : uint8_t { kLoad, kStore, kReduce };

/// How a slot's strides look on the collapsed space (part of the structure: programs are compiled for it).
enum class Access : uint8_t {
  kContiguous,  // element i of the flattened space
  kInner,       // innermost stride is the item size; outer axes strided
  kBroadcast,   // innermost stride 0
  kStrided,     // any other
};

struct Slot {
  DType dtype;
  SlotRole role;
  Access access;
};

struct StoreStmt {
  Reg value;  // has the slot's dtype
  uint16_t slot;
};

struct ReduceStmt {
  ReduceKind kind;
  Reg value;          // what is accumulated
  Reg mask = kNoReg;  // bool: elements to take part (where=)
  uint16_t slot;      // its strides are 0 on the reduced axes; the slot's dtype is the result's
  DType accumulate;   // dtype of the accumulator as NumPy defines it (engines may use a wider one for floats)
  bool has_initial = false;
  uint16_t initial = 0;  // scalar index
};

/// Structure of a fused pass. Equal structures share one compiled program whatever the sizes, pointers and scalars.
struct Kernel {
  uint8_t rank = 1;      // axes of the collapsed space (>= 1), outermost first
  uint64_t reduced = 0;  // bit per axis: reduced by every ReduceStmt (0: none)
  std::vector<Slot> slots;
  std::vector<DType> scalars;
  std::vector<Ssa> values;
  std::vector<StoreStmt> stores;
  std::vector<ReduceStmt> reduces;
};

/// What one run of a kernel works on.
struct Launch {
  struct Binding {
    std::byte* data = nullptr;  // first element, device pointer of the running backend
    Dims strides;               // bytes, one per axis
  };
  Dims shape;  // extents, one per axis
  std::vector<Binding> slots;
  std::vector<Scalar> scalars;
  std::vector<double> params;  // per ReduceStmt: ddof
  /// A store goes where a load of the same elements comes from: every element is read before it is written, and once
  /// the first is written the run neither throws nor can be interrupted. Elementwise kernels only.
  bool must_finish = false;
};

/// Stable text: golden tests and explain(). Contains no sizes or addresses.
std::string print(const Kernel& kernel);
/// Structure as bytes: equal iff the kernels are. The plan cache's and program cache's key.
std::string key(const Kernel& kernel);
/// Throws kRuntime naming the first rule broken: types match the op's loop, registers defined before use, slots in
/// range and of the right role, at least one store or reduce, no half-typed op.
void verify(const Kernel& kernel);

}  // namespace crossarray
