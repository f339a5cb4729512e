// Shared by the files that record operations: resolved calls, output layouts, and the choice between now and later.
#pragma once

#include <span>

#include "dispatch/graph/record.h"

namespace crossarray {

/// An elementwise call with everything decided: loop, broadcast shape, operands seen over that shape.
struct ElementwiseCall {
  Op op;
  Loop loop;
  DType out_dtype;  // of the result's memory: loop.out unless cast on the way out
  uint8_t arity;
  Dims shape;
  struct Input {
    const Array* array;  // null: scalar
    Scalar scalar;
    Dims strides;  // bytes over `shape`
  } in[Expr::kMaxInputs];
};

/// Loop of an op for these arguments: resolve_loop behind a table, since it is on the way of every tiny op.
Loop cached_loop(Op op, std::span<const Arg> args);
Loop fresh_loop(Op op, std::span<const Arg> args, const ApplyOptions& options);
/// Decides everything about op(args). Throws what apply() throws.
ElementwiseCall resolve_call(Op op, std::span<const Arg> args, const ApplyOptions& options);

/// A Python scalar as the loop's dtype; for logic only its truth counts, so no integer is out of bounds.
Scalar scalar_operand(Op op, const WeakScalar& weak, DType to);
/// op(args) into `out` (as Array::renew() takes it) at once, if every array is ready, contiguous, tiny and of one shape or
/// one element; false otherwise.
bool apply_tiny(Op op, std::span<const Arg> args, Array& out);
/// The same into an array that exists, if its dtype is the loop's.
bool apply_tiny_into(Op op, std::span<const Arg> args, Array& out);

/// Axes of `shape` from outermost to innermost as NumPy lays out a new output for these strides ('K' order).
Dims k_order(const Dims& shape, std::span<const Dims* const> strides);
/// Byte strides of a dense array whose axes nest as `order` says.
Dims dense_strides(const Dims& shape, const Dims& order, size_t itemsize);
/// Strides of a new output for the call under `order` 'K', 'C', 'F' or 'A'.
Dims output_strides(const ElementwiseCall& call, char order);

/// Runs the call at once into the elements of `out` (of call.shape) where writes to it belong; the host computes what a
/// device has no room for. Inputs must be computed and not overlap `out` in the wrong order.
void run_into(const ElementwiseCall& call, Array& out);
/// The same for the eager lane: `out` is ready, unshared, and may be changed.
void run_in_place(const ElementwiseCall& call, Array& out);
/// True if the call should run now: small and all inputs ready.
bool in_eager_lane(const ElementwiseCall& call);
/// Records the call as a node; runs it at once if laziness is off or an input's memory is shared with the outside.
Array record_call(const ElementwiseCall& call, const Dims& out_strides);
/// run_now or record_call into a fresh array.
Array new_result(const ElementwiseCall& call, Dims out_strides);

/// Evaluates what must not stay pending because of graph height or held bytes, before `inputs` are read by a new node.
void limit_graph(Expr& expr);
/// The call as an unattached node.
Ref<Expr> node_of(const ElementwiseCall& call);
/// The device that an operation on these values is pinned to: that of its pinned inputs, else the one asked for by
/// config(). Throws kValue naming `what` when two are pinned to different devices.
Device common_pin(const char* what, const Expr& expr);
/// The device of two pins, kAuto where there is none. Throws kValue naming `what` when they differ.
Device join_pins(const char* what, Device one, Device other);
/// For an input that is shared with somebody outside: waits until no device reads it, and forgets every copy but theirs.
void settle_shared(const Array& input);
/// Wraps a finished node in a fresh Array; runs it now when `at_once`.
Array finish_node(const Ref<Expr>& expr, const Dims& shape, const Dims& strides, bool at_once);

/// True if `a` is exactly the whole of its storage in some dense order, not shared with the outside: a write to all of
/// it can give the storage a new value.
bool covers_storage(const Array& a);

}  // namespace crossarray
