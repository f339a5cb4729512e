#include "cpu/kernels/chain.h"

#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/chain.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// Per target, hence after foreach_target.h:
#include "cpu/kernels/prefetch.h"
#include "cpu/kernels/tile-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Ops of at most this cost (ops.def) are chained: the loads and stores of the next blocks overlap with their arithmetic,
/// which they do not with a tile's (sigmoid 1.4x, GELU 1.5x at 1M on one thread, Zen 5). Above it nothing is gained.
constexpr int kChainedFlops = 20;
/// Integers: divisions have kernels of their own for a single divisor.
constexpr int kChainedIntFlops = 3;
/// How far ahead of the block in hand inputs are asked for, in bytes: at 10M elements 1.1-1.6x a chain of one input and
/// 1.6-2.2x one of three, which the processor's own prefetching serves worst (1, 2, 4 and 8 KiB tried; Zen 5).
constexpr size_t kPrefetchAhead = 2048;

template <class T> struct Chain {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr size_t kN = HWY_LANES(T), kBytes = kN * sizeof(T);
  using Fn = void (*)(const Link*, size_t, V, V, V, V, V, V, V, V);

  static HWY_INLINE T* at(const Link* link, size_t offset) {
    return reinterpret_cast<T*>(link->memory + (offset & link->mask));
  }
// The call is the last thing each link does and takes the same registers: a jump.
#define XA_JUMP(links, a0, a1, a2, a3, a4, a5, a6, a7) \
  return reinterpret_cast<Fn>(link[links].run)(link + (links), offset, a0, a1, a2, a3, a4, a5, a6, a7)
#define XA_NEXT(...) XA_JUMP(1, __VA_ARGS__)

  static void end(const Link*, size_t, V, V, V, V, V, V, V, V) {}

  static void prefetch(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    prefetch_lines(reinterpret_cast<const std::byte*>(at(link, offset)) + kPrefetchAhead, 8 * kBytes);
    XA_NEXT(a0, a1, a2, a3, a4, a5, a6, a7);
  }
  static void load(const Link* link, size_t offset, V, V, V, V, V, V, V, V) {
    const D d;
    const T* p = at(link, offset);
    XA_NEXT(hn::LoadU(d, p), hn::LoadU(d, p + kN), hn::LoadU(d, p + 2 * kN), hn::LoadU(d, p + 3 * kN),
            hn::LoadU(d, p + 4 * kN), hn::LoadU(d, p + 5 * kN), hn::LoadU(d, p + 6 * kN), hn::LoadU(d, p + 7 * kN));
  }
  /// x[0], x[2], ... of the block's elements number `vector` * kN on. The second half is loaded one element early: what lies
  /// behind the last element taken may not be ours.
  static HWY_INLINE V every_other(const T* x, size_t vector) {
    const D d;
    const T* p = x + 2 * vector * kN;
    const V low = hn::LoadU(d, p), high = hn::LoadU(d, p + kN - 1);
#if HWY_TARGET <= HWY_AVX3
    const hn::RebindToUnsigned<D> bits;
    const __m512i a = hn::BitCast(bits, low).raw, b = hn::BitCast(bits, high).raw;
    if constexpr (sizeof(T) == 8) {
      const __m512i at = _mm512_setr_epi64(0, 2, 4, 6, 9, 11, 13, 15);
      return hn::BitCast(d, hn::Vec<decltype(bits)>{_mm512_permutex2var_epi64(a, at, b)});
    } else {
      const __m512i at = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
      return hn::BitCast(d, hn::Vec<decltype(bits)>{_mm512_permutex2var_epi32(a, at, b)});
    }
#else
    HWY_ALIGN static constexpr auto kEvenThenOdd = even_then_odd();
    return hn::TableLookupLanes(hn::OddEven(high, low), hn::SetTableIndices(d, kEvenThenOdd.data()));
#endif
  }
  using Index = hwy::MakeSigned<T>;
  static constexpr std::array<Index, kN> even_then_odd() {
    std::array<Index, kN> at{};
    for (size_t i = 0; i < kN; ++i) at[i] = static_cast<Index>(2 * i < kN ? 2 * i : 2 * i - kN + 1);
    return at;
  }
  static void load_every_other(const Link* link, size_t offset, V, V, V, V, V, V, V, V) {
    const T* p = at(link, 2 * offset);
    XA_NEXT(every_other(p, 0), every_other(p, 1), every_other(p, 2), every_other(p, 3), every_other(p, 4),
            every_other(p, 5), every_other(p, 6), every_other(p, 7));
  }
  static void broadcast(const Link* link, size_t offset, V, V, V, V, V, V, V, V) {
    const V s = hn::Set(D(), *reinterpret_cast<const T*>(link->memory));
    XA_NEXT(s, s, s, s, s, s, s, s);
  }
  static void store(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const D d;
    T* p = at(link, offset);
    hn::StoreU(a0, d, p);
    hn::StoreU(a1, d, p + kN);
    hn::StoreU(a2, d, p + 2 * kN);
    hn::StoreU(a3, d, p + 3 * kN);
    hn::StoreU(a4, d, p + 4 * kN);
    hn::StoreU(a5, d, p + 5 * kN);
    hn::StoreU(a6, d, p + 6 * kN);
    hn::StoreU(a7, d, p + 7 * kN);
    XA_NEXT(a0, a1, a2, a3, a4, a5, a6, a7);
  }
  static void stream(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const D d;
    T* p = at(link, offset);
    hn::Stream(a0, d, p);
    hn::Stream(a1, d, p + kN);
    hn::Stream(a2, d, p + 2 * kN);
    hn::Stream(a3, d, p + 3 * kN);
    hn::Stream(a4, d, p + 4 * kN);
    hn::Stream(a5, d, p + 5 * kN);
    hn::Stream(a6, d, p + 6 * kN);
    hn::Stream(a7, d, p + 7 * kN);
    XA_NEXT(a0, a1, a2, a3, a4, a5, a6, a7);
  }

  template <class F>
  static void unary(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const D d;
    const F f;
    XA_NEXT(f(d, a0), f(d, a1), f(d, a2), f(d, a3), f(d, a4), f(d, a5), f(d, a6), f(d, a7));
  }
  template <class F, bool first> static HWY_INLINE V apply(V a, V x) {
    if constexpr (first)
      return F()(D(), x, a);
    else
      return F()(D(), a, x);
  }
  template <class F, bool first>
  static void vector(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const D d;
    const T* p = at(link, offset);
    XA_NEXT((apply<F, first>(a0, hn::LoadU(d, p))), (apply<F, first>(a1, hn::LoadU(d, p + kN))),
            (apply<F, first>(a2, hn::LoadU(d, p + 2 * kN))), (apply<F, first>(a3, hn::LoadU(d, p + 3 * kN))),
            (apply<F, first>(a4, hn::LoadU(d, p + 4 * kN))), (apply<F, first>(a5, hn::LoadU(d, p + 5 * kN))),
            (apply<F, first>(a6, hn::LoadU(d, p + 6 * kN))), (apply<F, first>(a7, hn::LoadU(d, p + 7 * kN))));
  }
  template <class F, bool first>
  static void alternate(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const T* p = at(link, 2 * offset);
    XA_NEXT((apply<F, first>(a0, every_other(p, 0))), (apply<F, first>(a1, every_other(p, 1))),
            (apply<F, first>(a2, every_other(p, 2))), (apply<F, first>(a3, every_other(p, 3))),
            (apply<F, first>(a4, every_other(p, 4))), (apply<F, first>(a5, every_other(p, 5))),
            (apply<F, first>(a6, every_other(p, 6))), (apply<F, first>(a7, every_other(p, 7))));
  }
  template <class F, bool first>
  static void scalar(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const V s = hn::Set(D(), *reinterpret_cast<const T*>(link->memory));
    XA_NEXT((apply<F, first>(a0, s)), (apply<F, first>(a1, s)), (apply<F, first>(a2, s)), (apply<F, first>(a3, s)),
            (apply<F, first>(a4, s)), (apply<F, first>(a5, s)), (apply<F, first>(a6, s)), (apply<F, first>(a7, s)));
  }

  template <Fused fused, Operand order> static HWY_INLINE V fuse(V a, V x, V y) {
    const V product = order == Operand::kScalarFirst ? hn::Mul(y, x) : hn::Mul(x, y);
    if constexpr (fused == Fused::kAddProduct) return hn::Add(a, product);
    if constexpr (fused == Fused::kProductAdd) return hn::Add(product, a);
    if constexpr (fused == Fused::kSubtractProduct) return hn::Sub(a, product);
    return hn::Sub(product, a);
  }
  template <Fused fused, Operand order>
  static void pair(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    constexpr bool scalar = order != Operand::kVector;
    const D d;
    const T *p = at(link, offset), *q = at(link + 1, offset);
    const V s = hn::Set(d, scalar ? *q : T(0));
    const auto one = [&](V a, size_t i) HWY_ATTR {
      return fuse<fused, order>(a, hn::LoadU(d, p + i * kN), scalar ? s : hn::LoadU(d, q + i * kN));
    };
    XA_JUMP(2, one(a0, 0), one(a1, 1), one(a2, 2), one(a3, 3), one(a4, 4), one(a5, 5), one(a6, 6), one(a7, 7));
  }
  static void scale_by_reciprocal(const Link* link, size_t offset, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) {
    const T divisor = *reinterpret_cast<const T*>(link->memory), reciprocal = T(1) / divisor;
    // Of tiny and huge divisors the reciprocal is infinite or has lost digits.
    if (HWY_UNLIKELY(!std::isnormal(reciprocal))) {
      const V s = hn::Set(D(), divisor);
      XA_NEXT(hn::Div(a0, s), hn::Div(a1, s), hn::Div(a2, s), hn::Div(a3, s), hn::Div(a4, s), hn::Div(a5, s),
              hn::Div(a6, s), hn::Div(a7, s));
    }
    const V s = hn::Set(D(), reciprocal);
    XA_NEXT(hn::Mul(a0, s), hn::Mul(a1, s), hn::Mul(a2, s), hn::Mul(a3, s), hn::Mul(a4, s), hn::Mul(a5, s),
            hn::Mul(a6, s), hn::Mul(a7, s));
  }
#undef XA_NEXT
#undef XA_JUMP

  template <Fused fused> static void* find_product(Operand y) {
    using O = Operand;
    switch (y) {
      case O::kVector: return reinterpret_cast<void*>(&pair<fused, O::kVector>);
      case O::kScalar: return reinterpret_cast<void*>(&pair<fused, O::kScalar>);
      default: return reinterpret_cast<void*>(&pair<fused, O::kScalarFirst>);
    }
  }
  static void* find_fused(Fused fused, Operand y) {
    if constexpr (expr::ProductLanes<D>) {
      switch (fused) {
        case Fused::kAddProduct: return find_product<Fused::kAddProduct>(y);
        case Fused::kProductAdd: return find_product<Fused::kProductAdd>(y);
        case Fused::kSubtractProduct: return find_product<Fused::kSubtractProduct>(y);
        case Fused::kSubtractFromProduct: return find_product<Fused::kSubtractFromProduct>(y);
      }
    }
    return nullptr;
  }

  static void run(const Link* links, size_t begin, size_t end, bool stream) {
    const auto first = reinterpret_cast<Fn>(links[0].run);
    const V v = hn::Zero(D());
    for (size_t offset = begin; offset < end; offset += 8 * kBytes) first(links, offset, v, v, v, v, v, v, v, v);
    if (stream) hwy::FlushStream();
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
    // g++ does not see that the links leave the upper halves of registers in use: other libraries' SSE code would run at a
    // fifth of its speed until something clears them (np.clip of int64, Zen 5).
    _mm256_zeroupper();
#endif
  }

  using Row = std::array<void*, kOperands>;  // by Operand; unary ops fill the first
  template <class F> static Row row() {
    if constexpr (requires(F f, V v) {
                    { f(D(), v) } -> std::same_as<V>;
                  }) {
      return {reinterpret_cast<void*>(&unary<F>)};
    } else if constexpr (requires(F f, V v) {
                           { f(D(), v, v) } -> std::same_as<V>;
                         }) {
      return {reinterpret_cast<void*>(&vector<F, false>),    reinterpret_cast<void*>(&vector<F, true>),
              reinterpret_cast<void*>(&scalar<F, false>),    reinterpret_cast<void*>(&scalar<F, true>),
              reinterpret_cast<void*>(&alternate<F, false>), reinterpret_cast<void*>(&alternate<F, true>)};
    } else {
      return {};
    }
  }
};

/// Is there a chain link for a row's loop of dtype `t`?
template <DType t> constexpr bool is_chained(DTypeSet loops, Inputs inputs, Result result, int flops) {
  return contains(loops, t) && inputs == Inputs::Same && result != Result::Bool &&
         flops <= (is_float(t) ? kChainedFlops : kChainedIntFlops);
}

template <DType t> using Table = std::array<typename Chain<dtype_t<t>>::Row, kOpCount>;

template <DType t> const Table<t>& table() {
  using namespace loops;
  static const Table<t> rows = [] {
    Table<t> made{};
#define OP(name, arity, loops, inputs, result, ufunc, flops, ...)            \
  if constexpr (is_chained<t>(loops, Inputs::inputs, Result::result, flops)) \
    made[static_cast<size_t>(Op::name)] = Chain<dtype_t<t>>::template row<expr::simd_##name>();
#include "dispatch/ops.def"
    return made;
  }();
  return rows;
}

template <class T> void* find_step(Step step) {
  switch (step) {
    case Step::kPrefetch: return reinterpret_cast<void*>(&Chain<T>::prefetch);
    case Step::kLoad: return reinterpret_cast<void*>(&Chain<T>::load);
    case Step::kLoadEveryOther: return reinterpret_cast<void*>(&Chain<T>::load_every_other);
    case Step::kBroadcast: return reinterpret_cast<void*>(&Chain<T>::broadcast);
    case Step::kStore: return reinterpret_cast<void*>(&Chain<T>::store);
    case Step::kStream: return reinterpret_cast<void*>(&Chain<T>::stream);
    case Step::kScaleByReciprocal:
      if constexpr (hwy::IsFloat<T>()) return reinterpret_cast<void*>(&Chain<T>::scale_by_reciprocal);
      return nullptr;
    case Step::kEnd: return reinterpret_cast<void*>(&Chain<T>::end);
  }
  return nullptr;
}

/// use(dtype as a constant) for the dtypes that chains are made of; else an empty result.
template <class Use> auto with_chained(DType dtype, const Use& use) {
  switch (dtype) {
    case DType::kI32: return use(std::integral_constant<DType, DType::kI32>());
    case DType::kU32: return use(std::integral_constant<DType, DType::kU32>());
    case DType::kI64: return use(std::integral_constant<DType, DType::kI64>());
    case DType::kU64: return use(std::integral_constant<DType, DType::kU64>());
    case DType::kF32: return use(std::integral_constant<DType, DType::kF32>());
    case DType::kF64: return use(std::integral_constant<DType, DType::kF64>());
    default: return decltype(use(std::integral_constant<DType, DType::kF64>())){};
  }
}

void* op_link(Op op, DType dtype, Operand operand) {
  const auto at = static_cast<size_t>(operand), row = static_cast<size_t>(op);
  return with_chained(dtype, [=](auto t) { return table<t()>()[row][at]; });
}
void* step_link(Step step, DType dtype) {
  return with_chained(dtype, [=](auto t) { return find_step<dtype_t<t()>>(step); });
}
void* fused_link(Fused fused, DType dtype, Operand y) {
  return with_chained(dtype, [=](auto t) { return Chain<dtype_t<t()>>::find_fused(fused, y); });
}
ChainRunner runner(DType dtype) {
  return with_chained(dtype, [](auto t) -> ChainRunner {
    constexpr size_t kVector = HWY_LANES(uint8_t);
    return {&Chain<dtype_t<t()>>::run, 8 * kVector, kVector};
  });
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {
HWY_EXPORT(op_link);
HWY_EXPORT(step_link);
HWY_EXPORT(fused_link);
HWY_EXPORT(runner);
}  // namespace

ChainRunner chain_runner(DType dtype) { return HWY_DYNAMIC_DISPATCH(runner)(dtype); }
void* chain_op(Op op, DType dtype, Operand operand) { return HWY_DYNAMIC_DISPATCH(op_link)(op, dtype, operand); }
void* chain_step(Step step, DType dtype) { return HWY_DYNAMIC_DISPATCH(step_link)(step, dtype); }
void* chain_fused(Fused fused, DType dtype, Operand y) { return HWY_DYNAMIC_DISPATCH(fused_link)(fused, dtype, y); }

}  // namespace crossarray::cpu
#endif
