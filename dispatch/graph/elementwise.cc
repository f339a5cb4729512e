// apply(): the way of every elementwise ufunc call that makes a new array.
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/graph/simplify.h"

namespace crossarray {
namespace {

bool all_same_shape(std::span<const Arg> args, const Dims*& shape) {
  shape = nullptr;
  for (const Arg& arg : args) {
    if (!arg.array || arg.array->rank() == 0) continue;
    if (shape && !(*shape == arg.array->shape())) return false;
    shape = &arg.array->shape();
  }
  return true;
}

Dims common_shape(std::span<const Arg> args) {
  static const Dims kNone{};
  const Dims* shape = nullptr;
  if (all_same_shape(args, shape)) return shape ? *shape : kNone;
  const Dims* shapes[Expr::kMaxInputs];
  size_t count = 0;
  for (const Arg& arg : args) shapes[count++] = arg.array ? &arg.array->shape() : &kNone;
  return broadcast_shapes({shapes, count});
}

}  // namespace

ElementwiseCall resolve_call(Op op, std::span<const Arg> args, const ApplyOptions& options) {
  ElementwiseCall call;
  call.op = op;
  call.arity = static_cast<uint8_t>(args.size());
  call.loop = options.choose_loop() ? fresh_loop(op, args, options) : cached_loop(op, args);
  call.out_dtype = call.loop.out;
  call.shape = common_shape(args);
  for (size_t i = 0; i < args.size(); ++i) {
    auto& in = call.in[i];
    in.array = args[i].array;
    if (!in.array) {
      in.scalar = scalar_operand(op, args[i].weak, call.loop.in[i]);
      in.strides = Dims(call.shape.size());
    } else if (in.array->shape() == call.shape) {
      in.strides = in.array->strides();
    } else if (in.array->rank() == 0) {
      in.strides = Dims(call.shape.size());
    } else {
      in.strides = broadcast_to(in.array->layout(), call.shape).strides;
    }
  }
  return call;
}

namespace {

Array apply_general(Op op, std::span<const Arg> args, const ApplyOptions& options) {
  ElementwiseCall call = resolve_call(op, args, options);
  Dims strides = output_strides(call, options.order);
  Array out = new_result(call, std::move(strides));
  out.scalar_flag = call.shape.empty();
  return out;
}

}  // namespace

void apply_over(Op op, std::span<const Arg> args, Array& out) {
  if (has_rewrites(op))
    if (std::optional<Array> simpler = simplify(op, args, {})) return void(out = *std::move(simpler));
  if (!apply_tiny(op, args, out)) out = apply_general(op, args, {});
}

Array apply(Op op, std::span<const Arg> args, const ApplyOptions& options) {
  if (std::optional<Array> simpler = simplify(op, args, options)) return *std::move(simpler);
  Array out;
  if (!options.choose_loop() && options.order != 'F' && apply_tiny(op, args, out)) return out;
  return apply_general(op, args, options);
}

Array apply(Op op, std::initializer_list<Arg> args, const ApplyOptions& options) {
  return apply(op, std::span<const Arg>(args.begin(), args.size()), options);
}

}  // namespace crossarray
