// The shortest way from an op on tiny arrays to its kernel: contiguous inputs of one shape and single elements.
#include "dispatch/core/config.h"
#include "dispatch/graph/build.h"
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
    run.in_strides[i] = call.singles >> i & 1 ? &still : &a->strides();
  }
  run.out = memory;
  run.out_strides = &out.strides();
  run.shape = &out.shape();
  cpu_backend().run_op(run);
}

void set_contiguous(Layout& layout, const Dims& shape, size_t item) {
  layout.shape = shape;
  if (shape.size() != 1) {
    layout.strides = contiguous_strides(shape, item);
    return;
  }
  layout.strides.resize(1);
  layout.strides[0] = static_cast<int64_t>(item);
}

}  // namespace

bool apply_tiny(Op op, std::span<const Arg> args, Array& out) {
  TinyCall call;
  if (!read_shapes(args, call)) return false;
  const int64_t n = call.lead->size();
  if (static_cast<size_t>(n) * kMaxItemSize >= config().eager_bytes) return false;
  read_operands(op, args, call);
  const size_t item = itemsize(call.loop.out);
  std::byte* memory = out.renew(call.loop.out, static_cast<size_t>(n) * item);
  set_contiguous(out.new_layout(), call.lead->shape(), item);
  if (n > 0 && call.plain) {
    cpu_backend().run_dense(op, call.loop, call.singles, call.in, memory, n);
  } else if (n > 0) {
    run_with_casts(op, args, call, out, memory);
  }
  out.scalar_flag = out.rank() == 0;
  return true;
}

}  // namespace crossarray
