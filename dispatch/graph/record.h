// Applying operations to arrays: infer the result now, compute it now (eager lane) or later (a node in the graph).
//
// Every function checks its arguments and raises before anything is recorded. Results may be pending: `evaluate` (in
// plan/executor.h) makes them ready. All calls happen under the graph lock.
#pragma once

#include <optional>
#include <span>

#include "dispatch/core/array.h"
#include "dispatch/core/promote.h"
#include "dispatch/graph/expr.h"

namespace crossarray {

/// An argument of an op: an array, or a Python scalar (weak).
struct Arg {
  const Array* array = nullptr;
  WeakScalar weak;

  Arg(const Array& a) : array(&a) {}     // NOLINT: implicit on purpose, apply(op, {a, b})
  Arg(const WeakScalar& w) : weak(w) {}  // NOLINT
};

struct ApplyOptions {
  std::optional<DType> dtype;  // ufunc dtype=
  Casting casting = Casting::kSameKind;
  char order = 'K';  // layout of a new output: K, C, F, A
  /// True if the loop, or whether there is one, depends on more than the operands.
  bool choose_loop() const { return dtype || casting < Casting::kSameKind; }
};

/// op(args...) as a new array: broadcast, promoted, in NumPy's output layout.
/// Throws kUFuncType (no loop), kValue (shapes do not broadcast; integer ** negative scalar), kOverflow (weak int).
/// A 0-d result carries the scalar flag.
Array apply(Op op, std::span<const Arg> args, const ApplyOptions& options = {});
Array apply(Op op, std::initializer_list<Arg> args, const ApplyOptions& options = {});

/// apply() without options into a dead array, whose memory a small result takes over (see Array::renew).
void apply_over(Op op, std::span<const Arg> args, Array& out);

/// op(args..., out=out, where=where): writes through `out` (any view, may overlap inputs: the result is as if inputs
/// were read first). `where` null = everywhere. Throws as apply, kValue when out's shape is not the broadcast shape,
/// kUFuncType when the result cannot be cast to out's dtype under options.casting, kValue when out is read-only.
void apply_into(Op op, std::span<const Arg> args, Array& out, const Array* where = nullptr,
                const ApplyOptions& options = {});

struct ReduceOptions {
  bool keepdims = false;
  std::optional<DType> dtype = {};  // accumulator and result dtype
  std::optional<Scalar> initial = {};
  const Array* where = nullptr;  // bool, broadcast against the input
  double ddof = 0;               // kVar, kStd
};
/// Reduction over the axes whose bit is set in `axes` (all: reduce to 0-d with the scalar flag). Empty min/max/arg
/// without initial: kValue in NumPy's words. Result dtype: NumPy's rule for the kind (sum of int8 is int64 ...).
Array reduce(ReduceKind kind, const Array& in, uint64_t axes, const ReduceOptions& options = {});
/// Kind that `op`.reduce maps to, if it is one the engine reduces natively.
std::optional<ReduceKind> reduce_kind(Op op, DType loop);

/// dst[...] = src: broadcasts, casts (unsafe, as NumPy's assignment), overlap-safe. Throws kValue on shape or
/// read-only or if the two are pinned to different devices (naming `name`), kOverflow on a weak int that does not fit.
void assign(Array& dst, const Arg& src, const char* name = "copyto");

/// A new array with `dtype`; `order` as NumPy's astype. Same dtype gives a copy (O(1): shares the value until a write).
Array cast(const Array& in, DType dtype, char order = 'K');
Array copy(const Array& in, char order = 'K');
/// `in` itself when it is C-contiguous, else a C-contiguous copy.
Array as_contiguous(const Array& in);
/// A filled array (also lazily: a constant expression needs no memory until somebody looks).
Array full(const Dims& shape, const Scalar& value);
/// start + i * step, computed as NumPy's arange does.
Array arange(const Scalar& start, const Scalar& step, int64_t count);

/// Host pointer for writing some elements of `a` now: evaluates it, waits for plans, copies the value first if a
/// pending expression or a copy() still reads it. Foreign and exported storages are written in place.
std::byte* write_host(Array& a);
/// Host pointer for reading now: evaluates `a` if pending, copies its bytes to the host if they are elsewhere. Good until the graph lock is released, as by any other evaluate().
const std::byte* read_host(const Array& a);
/// `a`, evaluated; if its bytes are on a device only and it is part of more, a copy of its elements: read_host() of that
/// moves no others.
Array only_elements(const Array& a);
/// What `a` holds now, evaluated and on the host, in a storage of its own: stays ready and as it is whatever other threads do to `a`.
Array settled(const Array& a);

/// Where writes to some elements of `a` belong (evaluated first): where somebody outside has its address, else where it
/// is pinned, else the host if the host has it, else a device that has it.
Device write_device(Array& a);
/// write_host() for any device: the address of the first element there, ready to be written by work enqueued next. Throws
/// kMemory, kDevice. When it is enqueued, changed_on() says so.
std::byte* write_on(Array& a, Device device);

}  // namespace crossarray
