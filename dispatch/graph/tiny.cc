// The shortest way from an op on tiny arrays to its kernel: contiguous inputs of one shape and single elements.
#include "dispatch/graph/tiny.h"

#include "dispatch/core/config.h"
#include "dispatch/graph/build.h"
#include "dispatch/graph/simplify.h"
#include "dispatch/plan/backend.h"

namespace crossarray {
namespace {

constexpr int kMaxTinyRank = 4;

bool dense(const Array& a) {
  return a.rank() == 1 ? a.strides()[0] == static_cast<int64_t>(a.item()) : a.c_contiguous();
}

/// What a tiny call needs to know of its operands.
struct TinyCall {
  const Array* lead = nullptr;  // the array whose shape the result has
  unsigned singles = 0;         // bit per operand that is one element
  bool plain = false;           // memory is of the loop's dtypes already
  Loop loop;
  const void* in[Expr::kMaxInputs];
  Scalar scalars[Expr::kMaxInputs];
};

/// Finds the lead. False if this is not the tiny case.
bool read_shapes(std::span<const Arg> args, TinyCall& call) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Array* a = args[i].array;
    if (!a) {
      call.singles |= 1u << i;
      continue;
    }
    if (!a->ready() || a->rank() > kMaxTinyRank || !dense(*a)) return false;
    if (a->rank() == 0) call.singles |= 1u << i;
    if (!call.lead || call.lead->rank() == 0) {
      call.lead = a;
    } else if (a->rank() != 0 && !(a->shape() == call.lead->shape())) {
      return false;
    }
  }
  return call.lead != nullptr;
}

void read_operands(Op op, std::span<const Arg> args, TinyCall& call) {
  call.loop = cached_loop(op, args);
  call.plain = op != Op::copy;
  for (size_t i = 0; i < args.size(); ++i) {
    const DType loop = call.loop.in[i];
    if (const Array* a = args[i].array) {
      call.in[i] = a->host();
      call.plain = call.plain && a->dtype() == loop && !is_half(loop);
    } else {
      call.scalars[i] = scalar_operand(op, args[i].weak, loop);
      call.in[i] = call.scalars[i].bits;
      call.plain = call.plain && !is_half(loop);
    }
  }
}

/// Operands of other dtypes than the loop's.
void run_with_casts(Op op, std::span<const Arg> args, const TinyCall& call, const Array& out, std::byte* memory) {
  const Dims still(out.rank());
  OpCall run;
  run.op = op;
  run.arity = static_cast<uint8_t>(args.size());
  run.loop_out = run.out_dtype = call.loop.out;
  for (size_t i = 0; i < args.size(); ++i) {
    const Array* a = args[i].array;
    run.loop_in[i] = call.loop.in[i];
    run.in_dtype[i] = a ? a->dtype() : call.loop.in[i];
    run.in[i] = static_cast<const std::byte*>(call.in[i]);
    run.in_strides[i] = a && a->rank() > 0 ? &a->strides() : &still;
  }
  run.out = memory;
  run.out_strides = &out.strides();
  run.shape = &out.shape();
  cpu_backend().run_op(run);
}

bool is_tiny(int64_t n) { return static_cast<size_t>(n) * kMaxItemSize < config().eager_bytes; }

/// A kernel may write `out` while it reads this operand: the same elements, or other bytes.
bool can_run_onto(const std::byte* out, size_t out_bytes, const Array& in, int64_t n, bool single) {
  const std::byte* from = in.host();
  const size_t bytes = single ? in.item() : static_cast<size_t>(n) * in.item();
  if (from == out && bytes == out_bytes) return true;
  return from + bytes <= out || out + out_bytes <= from;
}

}  // namespace

bool apply_tiny(Op op, std::span<const Arg> args, Array& out) {
  TinyCall call;
  if (!read_shapes(args, call)) return false;
  if (call.lead->rank() == 0) call.singles = 0;  // one element each: as dense as it gets
  const int64_t n = call.lead->size();
  if (!is_tiny(n)) return false;
  read_operands(op, args, call);
  std::byte* memory = renew_contiguous(out, call.lead->shape(), call.loop.out);
  if (n > 0 && call.plain) {
    cpu_backend().run_dense(op, call.loop, call.singles, call.in, memory, n);
  } else if (n > 0) {
    run_with_casts(op, args, call, out, memory);
  }
  out.scalar_flag = out.rank() == 0;
  return true;
}

bool apply_tiny_into(Op op, std::span<const Arg> args, Array& out) {
  if (has_rewrites(op) || !out.writeable || out.rank() > kMaxTinyRank || !dense(out)) return false;
  if (!writes_at_once(out)) return false;
  TinyCall call;
  if (!read_shapes(args, call)) return false;
  if (call.lead->rank() != 0 && !(call.lead->shape() == out.shape())) return false;
  const int64_t n = out.size();
  if (!is_tiny(n)) return false;
  read_operands(op, args, call);
  if (!call.plain || call.loop.out != out.dtype()) return false;
  std::byte* memory = out.host();
  for (size_t i = 0; i < args.size(); ++i)
    if (const Array* a = args[i].array)
      if (!can_run_onto(memory, static_cast<size_t>(n) * out.item(), *a, n, call.singles >> i & 1)) return false;
  if (n > 0) cpu_backend().run_dense(op, call.loop, call.singles, call.in, memory, n);
  return true;
}

std::byte* renew_contiguous(Array& out, const Dims& shape, DType dtype) {
  const size_t item = itemsize(dtype);
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  std::byte* memory = out.renew(dtype, static_cast<size_t>(n) * item);
  Layout& layout = out.new_layout();
  layout.shape = shape;
  layout.strides.resize(shape.size());
  auto step = static_cast<int64_t>(item);
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    layout.strides[axis] = n > 0 ? step : 0;
    step *= shape[axis];
  }
  return memory;
}

bool cast_tiny(const Array& in, DType dtype, Array& out) {
  if (!in.ready() || !in.c_contiguous()) return false;
  const int64_t n = in.size();
  const size_t bytes = static_cast<size_t>(n) * in.item();
  if (dtype == in.dtype() ? bytes > Value::kInlineBytes : !is_tiny(n)) return false;  // cast() shares larger values
  std::byte* memory = renew_contiguous(out, in.shape(), dtype);
  if (dtype == in.dtype()) {
    std::memcpy(memory, in.host(), bytes);
  } else if (n > 0) {
    cpu_backend().run_op({Op::copy,
                          {in.dtype()},
                          {in.dtype()},
                          in.dtype(),
                          dtype,
                          1,
                          {in.host()},
                          {&in.strides()},
                          memory,
                          &out.strides(),
                          &out.shape()});
  }
  return true;
}

bool assign_tiny(const Array& src, Array& dst) {
  if (src.dtype() != dst.dtype() || src.rank() > kMaxTinyRank || !(src.shape() == dst.shape())) return false;
  if (!src.ready() || !dense(src) || !dense(dst) || !is_tiny(dst.size()) || !writes_at_once(dst)) return false;
  std::memmove(dst.host(), src.host(), static_cast<size_t>(dst.size()) * dst.item());
  return true;
}

}  // namespace crossarray
