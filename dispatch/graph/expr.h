// Expr: an immutable recorded operation. Shape and dtype are fixed when it is built.
#pragma once

#include "dispatch/core/array.h"
#include "dispatch/op.h"

namespace crossarray {

/// One input: a Value seen through byte strides over the expression's iteration space, or a scalar.
struct Operand {
  Ref<Value> value;           // null: `scalar`
  Scalar scalar;              // dtype already the loop's input dtype
  DType dtype = DType::kF64;  // element type of the value (a cast to the loop's input dtype is implied)
  Dims strides;               // bytes, one per axis of the space; 0 where broadcast
  int64_t offset = 0;         // bytes
};

/// What a reduction does with the elements. Sum-like kinds follow the op's reduce; the others have no ufunc.
enum class ReduceKind : uint8_t {
  kSum,
  kProd,
  kMin,
  kMax,
  kFMin,
  kFMax,
  kAll,
  kAny,
  kBitAnd,
  kBitOr,
  kBitXor,
  kArgMin,
  kArgMax,  // int64 index along the single reduced axis (or flat), first occurrence, NaN wins
  kMean,    // sum / count in f64 (f32 result rounded once)
  kVar,     // sum of squared deviations / (count - ddof): one pass, Chan merge; `param` is ddof
  kStd,     // sqrt of kVar
};

enum class ExprKind : uint8_t { kElementwise, kReduce };

class Expr : public RefCounted<Expr>, public Pooled<Expr> {
 public:
  static constexpr int kMaxInputs = 3;

  ExprKind kind = ExprKind::kElementwise;
  Op op = Op::add;                       // elementwise
  ReduceKind reduce = ReduceKind::kSum;  // reduction
  DType loop_in[kMaxInputs] = {};        // inputs are cast to these
  DType loop_out = DType::kF64;          // the op's (or reduction's) result
  DType accumulate = DType::kF64;        // reduction: dtype of the accumulator as NumPy defines it
  DType out_dtype = DType::kF64;         // of the value's memory: loop_out unless cast on the way out
  uint8_t arity = 1;
  Operand in[kMaxInputs];  // a reduction has one input, and a bool second one when where= was given
  Dims space;              // iteration space, outermost first
  uint64_t reduced = 0;    // reduction: bit per axis of the space
  double param = 0;        // kVar, kStd: ddof (correction)
  Scalar initial;          // reduction with initial=
  bool has_initial = false;
  Device pin = kAuto;          // of the result
  Dims out_strides;            // bytes, per space axis (0 on reduced axes); always dense in some order
  int height = 1;              // operations in the pending tree that ends here, shared ones once per reader
  size_t parameter_bytes = 0;  // a kernel may need for the tree, shared operations once per reader
  Value* out = nullptr;        // weak: the value clears it when it dies
  Expr* next_dead = nullptr;   // the next one waiting to be freed (Value::take_apart)
  size_t held = 0;             // bytes of ready inputs this node keeps alive
  Expr* noted_next = nullptr;  // in the list of a DeviceBlock
  Expr** noted_by = nullptr;   // what points here in that list; null: in none

  ~Expr();
  /// Counts the ready inputs into held_by_graph(); called once when the node is complete.
  void count_held();
  /// Takes itself out of the list of a DeviceBlock.
  void forget_block();
};

/// Bytes of ready inputs that pending expressions keep alive (an input of two nodes counts twice).
size_t held_by_graph();

/// True if `operand`, read over `space`, is the whole output of the elementwise `producer` index by index: the two can be
/// one kernel.
bool is_identity_read(const Operand& operand, const Dims& space, const Expr& producer);

}  // namespace crossarray
