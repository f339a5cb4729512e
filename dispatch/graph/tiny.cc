// The shortest way from an op on tiny arrays to its kernel: contiguous inputs of one shape and Python scalars.
#include "dispatch/core/config.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/backend.h"

namespace crossarray {
namespace {

constexpr int kMaxTinyRank = 4;

bool dense(const Array& a) {
  return a.rank() == 1 ? a.strides()[0] == static_cast<int64_t>(a.item()) : a.c_contiguous();
}

// The array whose shape all array arguments share, or null if this is not the tiny case.
const Array* common_array(std::span<const Arg> args) {
  const Array* lead = nullptr;
  for (const Arg& arg : args) {
    const Array* a = arg.array;
    if (!a) continue;
    if (!a->ready() || a->rank() > kMaxTinyRank || !dense(*a)) return nullptr;
    if (lead && !(a->shape() == lead->shape())) return nullptr;
    lead = a;
  }
  return lead;
}

}  // namespace

std::optional<Array> apply_tiny(Op op, std::span<const Arg> args) {
  static const Dims kStill[kMaxTinyRank + 1] = {Dims(0), Dims(1), Dims(2), Dims(3), Dims(4)};
  const Array* lead = common_array(args);
  if (!lead) return std::nullopt;
  auto n = static_cast<size_t>(lead->size());
  if (n * kMaxItemSize >= config().eager_bytes) return std::nullopt;
  Loop loop = cached_loop(op, args);
  Scalar scalars[Expr::kMaxInputs];
  OpCall call;
  call.op = op;
  call.arity = static_cast<uint8_t>(args.size());
  call.loop_out = call.out_dtype = loop.out;
  for (size_t i = 0; i < args.size(); ++i) {
    const Array* a = args[i].array;
    call.loop_in[i] = loop.in[i];
    if (!a) scalars[i] = scalar_operand(op, args[i].weak, loop.in[i]);
    call.in_dtype[i] = a ? a->dtype() : loop.in[i];
    call.in[i] = a ? a->host() : scalars[i].bits;
    call.in_strides[i] = a ? &a->strides() : &kStill[lead->rank()];
  }
  Ref<Value> value(new Value(n * itemsize(loop.out)));
  call.out = static_cast<std::byte*>(value->allocate(cpu_backend()));
  Layout layout{lead->shape(), lead->strides(), 0};
  if (itemsize(loop.out) != lead->item()) layout.strides = contiguous_strides(layout.shape, itemsize(loop.out));
  call.out_strides = &layout.strides;
  call.shape = &lead->shape();
  cpu_backend().run_op(call);
  Array out(Ref<Storage>(new Storage(std::move(value))), loop.out, std::move(layout));
  out.scalar_flag = out.rank() == 0;
  return out;
}

}  // namespace crossarray
