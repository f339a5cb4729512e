// Tile kernels for all rows of ops.def, by loop dtype: fill_column<DType::kF32>(column). Each op's loop is
//   - Highway, when expr-inl.h has an expression for these lanes (light ops unrolled four times), else
//   - its scalar expression in a plain loop, compiled for the target so that the compiler vectorises what it can.
#if defined(CROSSARRAY_CPU_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_TILE_INL_H_
#undef CROSSARRAY_CPU_KERNELS_TILE_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_TILE_INL_H_
#endif

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cpu/kernels/complex-inl.h"
#include "cpu/kernels/expr-inl.h"
#include "cpu/kernels/fmod-inl.h"
#include "cpu/kernels/int_divide-inl.h"
#include "cpu/kernels/mask-inl.h"
#include "cpu/kernels/tile_table.h"
#include "cpu/kernels/vector_math-inl.h"
#include "dispatch/scalar_fn.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

/// Lanes that a type's elements are computed in: numbers are their own, complex ones their parts, bools bytes; halves have
/// none.
template <class T> struct LaneOf { using type = T; };
template <> struct LaneOf<bool> { using type = uint8_t; };
template <class R> struct LaneOf<scalar::Complex<R>> { using type = R; };
template <class T> using Tag = hn::ScalableTag<typename LaneOf<T>::type>;
template <class T> inline constexpr bool kHasLanes = scalar::Real<T> || scalar::Cplx<T>;

/// Input i of a kernel: a run of elements or one element for all.
template <class T, bool single> struct Input {
  const T* p;
  explicit Input(const void* from) : p(static_cast<const T*>(from)) {}
  HWY_INLINE T at(size_t i) const { return single ? p[0] : p[i]; }
};
/// The same as vectors; a single element is broadcast once.
template <class T, bool single> struct VecInput {
  using D = Tag<T>;
  using V = decltype(broadcast(D(), T{}));
  const T* p;
  V first;
  explicit VecInput(const void* from) : p(static_cast<const T*>(from)), first(broadcast(D(), single ? *p : T{})) {}
  HWY_INLINE V at(size_t i) const { return single ? first : load(D(), p + i); }
  HWY_INLINE V some(size_t i, size_t count) const {
    return single ? first : load_some(D(), p + i, count, scalar::convert<T>(1.0f));
  }
};

/// Lanes to lanes: four vectors at a time for light ops, then one, then the rest under a mask.
template <int unroll, class D, class F, class R, class... In>
HWY_INLINE void run_lanes(D d, F f, R* out, size_t n, In... in) {
  const size_t N = hn::Lanes(d);
  size_t i = 0;
  if constexpr (unroll == 4) {
    for (; i + 4 * N <= n; i += 4 * N) {
      const auto r0 = f(d, in.at(i)...), r1 = f(d, in.at(i + N)...);
      const auto r2 = f(d, in.at(i + 2 * N)...), r3 = f(d, in.at(i + 3 * N)...);
      store(d, r0, out + i);
      store(d, r1, out + i + N);
      store(d, r2, out + i + 2 * N);
      store(d, r3, out + i + 3 * N);
    }
  }
  for (; i + N <= n; i += N) store(d, f(d, in.at(i)...), out + i);
  if (i < n) store_some(d, f(d, in.some(i, n - i)...), out + i, n - i);
}

/// Lanes to bools, 64 at a time.
template <class D, class F, class... In> HWY_INLINE void run_tests(D d, F f, bool* out, size_t n, In... in) {
  const size_t N = hn::Lanes(d);
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    uint64_t bits = 0;
    for (size_t j = 0; j < 64; j += N) bits |= mask_bits(d, f(d, in.at(i + j)...)) << j;
    store_bools(bits, out + i);
  }
  if (i == n) return;
  uint64_t bits = 0;
  size_t j = 0;
  const size_t rest = n - i;
  for (; j + N <= rest; j += N) bits |= mask_bits(d, f(d, in.at(i + j)...)) << j;
  if (j < rest) bits |= mask_bits(d, f(d, in.some(i + j, rest - j)...)) << j;
  bool bools[64];
  store_bools(bits, bools);
  std::memcpy(out + i, bools, rest);
}

/// The scalar expression, element by element. ivdep: out may be an input, element for element, nothing else overlaps.
template <class F, class R, class... In> HWY_INLINE void run_scalar(F f, R* out, size_t n, In... in) {
#pragma GCC ivdep
  for (size_t i = 0; i < n; ++i) out[i] = f(in.at(i)...);
}

/// Kernels of one row: `Simd` is its Highway expression (called with d and vectors), `Scalar` the scalar one.
template <class Simd, class Scalar, int flops, class... T> struct Kernel {
  using R = decltype(Scalar()(T{}...));
  using First = std::tuple_element_t<0, std::tuple<T...>>;

  static constexpr bool has_simd() {
    if constexpr (!kHasLanes<First> ||
                  !((std::is_same_v<T, First> || sizeof(T) == sizeof(typename LaneOf<First>::type)) && ...))
      return false;
    else
      return std::is_invocable_v<Simd, Tag<First>, typename VecInput<T, false>::V...>;
  }

  /// `single`: which inputs are one element for all.
  template <bool... single, size_t... i>
  static void loop(const void* const* in, R* out, size_t n, std::index_sequence<i...>) {
    if constexpr (has_simd()) {
      using D = Tag<First>;
      using Result = std::invoke_result_t<Simd, D, typename VecInput<T, single>::V...>;
      if constexpr (std::is_same_v<Result, hn::Mask<D>>)
        run_tests(D(), Simd(), out, n, VecInput<T, single>(in[i])...);
      else
        run_lanes<flops <= 6 ? 4 : 1>(D(), Simd(), out, n, VecInput<T, single>(in[i])...);
    } else {
      run_scalar(Scalar(), out, n, Input<T, single>(in[i])...);
    }
  }

  template <bool... single> static void run_modes(const void* const* in, void* out, size_t n) {
    loop<single...>(in, static_cast<R*>(out), n, std::index_sequence_for<T...>());
  }
  /// All inputs single: the result once, repeated.
  static void repeat(const void* const* in, void* out, size_t n) {
    run_modes<(sizeof(T) == 0)...>(in, out, std::min<size_t>(n, 1));
    R* to = static_cast<R*>(out);
    if (n > 1) std::fill_n(to + 1, n - 1, R(to[0]));
  }

  static void unary(const void* const* in, unsigned single, void* out, size_t n) {
    if (single & 1) return repeat(in, out, n);
    run_modes<false>(in, out, n);
  }
  /// Second input single. Some expressions are quicker for one second operand, prepared once.
  static void by_single(const void* const* in, void* out, size_t n) {
    using Second = std::tuple_element_t<sizeof...(T) - 1, std::tuple<T...>>;
    if constexpr (requires(Second second) { Simd::by(Tag<First>(), second); }) {
      const Tag<First> d;
      const Second second = *static_cast<const Second*>(in[1]);
      if (decltype(Simd::by(d, second))::takes(second))
        return run_lanes<4>(d, Simd::by(d, second), static_cast<R*>(out), n, VecInput<First, false>(in[0]));
    }
    run_modes<false, true>(in, out, n);
  }
  static void binary(const void* const* in, unsigned single, void* out, size_t n) {
    switch (single & 3) {
      case 0: return run_modes<false, false>(in, out, n);
      case 1: return run_modes<true, false>(in, out, n);
      case 2: return by_single(in, out, n);
      default: return repeat(in, out, n);
    }
  }
};

/// where: bools choose between two runs; a single condition copies one of them.
template <class T> struct WhereKernel {
  template <class D, class M, class V> static HWY_INLINE V select(D d, M mask, V a, V b) {
    if constexpr (scalar::Cplx<T>)
      return cexpr::where(d, mask, a, b);
    else
      return expr::where(d, mask, a, b);
  }
  template <bool single_a, bool single_b> static void choose(const void* const* in, T* out, size_t n) {
    const bool* condition = static_cast<const bool*>(in[0]);
    size_t i = 0;
    if constexpr (kHasLanes<T>) {
      const Tag<T> d;
      const size_t N = hn::Lanes(d);
      const VecInput<T, single_a> a(in[1]);
      const VecInput<T, single_b> b(in[2]);
      for (; i + N <= n; i += N) store(d, select(d, load_mask(d, condition + i), a.at(i), b.at(i)), out + i);
    }
    const Input<T, single_a> a(in[1]);
    const Input<T, single_b> b(in[2]);
#pragma GCC ivdep
    for (; i < n; ++i) out[i] = scalar::where(condition[i], a.at(i), b.at(i));
  }
  static void take_one(const void* from, bool single, T* out, size_t n) {
    const T* values = static_cast<const T*>(from);
    if (single)
      std::fill_n(out, n, T(*values));
    else if (values != out)
      std::memcpy(out, values, n * sizeof(T));
  }
  static void run(const void* const* in, unsigned single, void* to, size_t n) {
    T* out = static_cast<T*>(to);
    if (single & 1) {
      const int chosen = *static_cast<const bool*>(in[0]) ? 1 : 2;
      return take_one(in[chosen], (single >> chosen & 1) != 0, out, n);
    }
    switch (single >> 1 & 3) {
      case 0: return choose<false, false>(in, out, n);
      case 1: return choose<true, false>(in, out, n);
      case 2: return choose<false, true>(in, out, n);
      default: return choose<true, true>(in, out, n);
    }
  }
};

/// Functors of every row. simd_NAME can be called only with vectors that there is an expression for; by(d, second) is the
/// functor of one second operand, for expressions that have one.
#define XA_SIMD_FUNCTOR(name)                                               \
  struct simd_##name {                                                      \
    template <class D, class... V>                                          \
    requires requires(D d, V... v) { name(d, v...); }                       \
    HWY_INLINE auto operator()(D d, V... v) const { return name(d, v...); } \
    template <class D, class T>                                             \
    requires requires(D d, T second) { name##_by(d, second); }              \
    static auto by(D d, T second) { return name##_by(d, second); }          \
  };
namespace expr {
#define OP(name, ...) XA_SIMD_FUNCTOR(name)
#include "dispatch/ops.def"
}  // namespace expr
namespace cexpr {
#define OP(name, ...) XA_SIMD_FUNCTOR(name)
#include "dispatch/ops.def"
}  // namespace cexpr
namespace bexpr {
#define OP(name, ...) XA_SIMD_FUNCTOR(name)
#include "dispatch/ops.def"
}  // namespace bexpr
#undef XA_SIMD_FUNCTOR
#define OP(name, ...)                                                                             \
  struct scalar_##name {                                                                          \
    template <class... T> HWY_INLINE auto operator()(T... v) const { return scalar::name(v...); } \
  };                                                                                              \
  template <class T>                                                                              \
  using lanes_##name = std::conditional_t<scalar::Cplx<T>, cexpr::simd_##name,                    \
                                          std::conditional_t<scalar::Bool<T>, bexpr::simd_##name, expr::simd_##name>>;
#include "dispatch/ops.def"

template <class Simd, class Scalar, int arity, Inputs inputs, int flops, class T> constexpr TileFn kernel_of() {
  if constexpr (arity == 1)
    return &Kernel<Simd, Scalar, flops, T>::unary;
  else if constexpr (inputs == Inputs::IntSecond)
    return &Kernel<Simd, Scalar, flops, T, int64_t>::binary;
  else if constexpr (arity == 2)
    return &Kernel<Simd, Scalar, flops, T, T>::binary;
  else
    return &WhereKernel<T>::run;
}

/// Kernels of all rows that have a loop for dtype `t`.
template <DType t> void fill_column(TileColumn& column) {
#define OP(name, arity, set, inputs, result, ufunc, flops, ...) \
  if constexpr (has_expression(loops::set, t))                  \
    column[static_cast<size_t>(Op::name)] =                     \
        kernel_of<lanes_##name<scalar_t<t>>, scalar_##name, arity, Inputs::inputs, flops, scalar_t<t>>();
#include "dispatch/ops.def"
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_TILE_INL_H_
