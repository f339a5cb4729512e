#include "dispatch/scalar_fn.h"

#include <array>
#include <utility>

namespace crossarray {
namespace {

template <class T> T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T> void store(void* to, T value) { std::memcpy(to, &value, sizeof value); }

/// Calls `expression` with a row's input types: T unless `inputs` says otherwise.
template <int arity, Inputs inputs, class T, class F> void call(F expression, const void* const* in, void* out) {
  if constexpr (arity == 1)
    store(out, expression(load<T>(in[0])));
  else if constexpr (inputs == Inputs::IntSecond)
    store(out, expression(load<T>(in[0]), load<int64_t>(in[1])));
  else if constexpr (arity == 2)
    store(out, expression(load<T>(in[0]), load<T>(in[1])));
  else
    store(out, expression(load<bool>(in[0]), load<T>(in[1]), load<T>(in[2])));
}

using Row = std::array<ScalarFn, kDTypeCount>;

#define OP(name, arity, set, inputs, ...)                                                                \
  template <DType t> ScalarFn fn_##name() {                                                              \
    if constexpr (has_expression(loops::set, t)) {                                                       \
      return [](const void* const* in, void* out) {                                                      \
        call<arity, Inputs::inputs, scalar_t<t>>([](auto... v) { return scalar::name(v...); }, in, out); \
      };                                                                                                 \
    } else {                                                                                             \
      return nullptr;                                                                                    \
    }                                                                                                    \
  }
#include "dispatch/ops.def"

template <size_t... i> std::array<Row, kOpCount> make_ops(std::index_sequence<i...>) {
  return {{
#define OP(name, ...) Row{fn_##name<static_cast<DType>(i)>()...},
#include "dispatch/ops.def"
  }};
}

template <DType from, size_t... to> Row cast_row(std::index_sequence<to...>) {
  return {[](const void* const* in, void* out) {
    store(out, scalar::convert<scalar_t<static_cast<DType>(to)>>(load<scalar_t<from>>(in[0])));
  }...};
}
template <size_t... from> std::array<Row, kDTypeCount> make_casts(std::index_sequence<from...> all) {
  return {{cast_row<static_cast<DType>(from)>(all)...}};
}

}  // namespace

ScalarFn scalar_fn(Op op, DType loop) {
  static const auto table = make_ops(std::make_index_sequence<kDTypeCount>());
  return table[static_cast<size_t>(op)][static_cast<size_t>(loop)];
}

ScalarFn scalar_cast_fn(DType from, DType to) {
  static const auto table = make_casts(std::make_index_sequence<kDTypeCount>());
  return table[static_cast<size_t>(from)][static_cast<size_t>(to)];
}

}  // namespace crossarray
