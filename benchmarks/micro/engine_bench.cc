// The tile engine against hand-fused loops and a plain copy. Columns: items are elements, bytes those the program must
// move (loads and stores; no write-allocate).
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "cpu/backend.h"
#include "cpu/memory.h"
#include "dispatch/core/config.h"

namespace crossarray {
namespace {

/// Builds kernels over one contiguous axis.
class Builder {
 public:
  explicit Builder(DType dtype) : dtype_(dtype) {}
  Reg load() {
    Ssa v{ValueKind::kLoad};
    v.dtype = v.loop = dtype_;
    v.index = slot(SlotRole::kLoad);
    return push(v);
  }
  Reg scalar(double x) {
    Ssa v{ValueKind::kScalar};
    v.dtype = v.loop = dtype_;
    v.index = static_cast<uint16_t>(scalars.size());
    scalars.push_back(cast_scalar(Scalar::of(DType::kF64, x), dtype_));
    kernel.scalars.push_back(dtype_);
    return push(v);
  }
  Reg apply(Op op, Reg a, Reg b = kNoReg) {
    Ssa v{ValueKind::kApply};
    v.op = op;
    v.dtype = v.loop = dtype_;
    v.a = a;
    v.b = b;
    return push(v);
  }
  void store(Reg value) { kernel.stores.push_back({value, slot(SlotRole::kStore)}); }
  void reduce(ReduceKind kind, Reg value) {
    ReduceStmt r{};
    r.kind = kind;
    r.value = value;
    r.accumulate = dtype_;
    r.slot = slot(SlotRole::kReduce);
    kernel.reduces.push_back(r);
    kernel.reduced = 1;
  }

  Kernel kernel;
  std::vector<Scalar> scalars;

 private:
  Reg push(const Ssa& v) {
    kernel.values.push_back(v);
    return static_cast<Reg>(kernel.values.size() - 1);
  }
  uint16_t slot(SlotRole role) {
    kernel.slots.push_back({dtype_, role, Access::kContiguous});
    return static_cast<uint16_t>(kernel.slots.size() - 1);
  }
  DType dtype_;
};

void run_builder(benchmark::State& state, const Builder& b) {
  const int64_t n = state.range(0);
  config().threads = static_cast<int>(state.range(1));
  const size_t item = itemsize(b.kernel.slots[0].dtype), bytes = static_cast<size_t>(n) * item;
  Launch launch;
  launch.shape = {n};
  launch.scalars = b.scalars;
  launch.params.assign(b.kernel.reduces.size(), 0);
  size_t moved = 0;
  for (const Slot& slot : b.kernel.slots) {
    auto* data = static_cast<std::byte*>(cpu::allocate(bytes));
    for (int64_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i % 1000) / 1000 - 0.3;
      const Scalar s = item == 8 ? Scalar::of(DType::kF64, x) : Scalar::of(DType::kF32, static_cast<float>(x));
      std::memcpy(data + static_cast<size_t>(i) * item, s.bits, item);
    }
    const bool reduced = slot.role == SlotRole::kReduce;
    launch.slots.push_back({data, Dims{reduced ? 0 : static_cast<int64_t>(item)}});
    if (!reduced) moved += bytes;
  }
  const auto program = cpu::backend().compile(b.kernel);
  for (auto _ : state) cpu::backend().run(*program, launch);
  for (auto& slot : launch.slots) cpu::deallocate(slot.data, bytes);
  state.SetBytesProcessed(static_cast<int64_t>(moved) * state.iterations());
  state.SetItemsProcessed(n * state.iterations());
}

template <DType t> void engine_copy(benchmark::State& state) {
  Builder b(t);
  b.store(b.load());
  run_builder(state, b);
}
template <DType t> void engine_add(benchmark::State& state) {
  Builder b(t);
  const Reg x = b.load(), y = b.load();
  b.store(b.apply(Op::add, x, y));
  run_builder(state, b);
}
/// maximum(x, 0) * s + b
template <DType t> void engine_relu(benchmark::State& state) {
  Builder b(t);
  const Reg r = b.apply(Op::maximum, b.load(), b.scalar(0));
  b.store(b.apply(Op::add, b.apply(Op::multiply, r, b.scalar(1.5)), b.scalar(0.25)));
  run_builder(state, b);
}
/// sqrt(x*x + y*y + z*z)
template <DType t> void engine_magnitude(benchmark::State& state) {
  Builder b(t);
  const Reg x = b.apply(Op::square, b.load()), y = b.apply(Op::square, b.load());
  const Reg xy = b.apply(Op::add, x, y);
  b.store(b.apply(Op::sqrt, b.apply(Op::add, xy, b.apply(Op::square, b.load()))));
  run_builder(state, b);
}
/// One step of Adam: four arrays in, three out.
template <DType t> void engine_adam(benchmark::State& state) {
  Builder b(t);
  const Reg p = b.load(), g = b.load(), m = b.load(), v = b.load();
  const Reg m1 = b.apply(Op::add, b.apply(Op::multiply, m, b.scalar(0.9)), b.apply(Op::multiply, g, b.scalar(0.1)));
  const Reg v1 = b.apply(Op::add, b.apply(Op::multiply, v, b.scalar(0.999)),
                         b.apply(Op::multiply, b.apply(Op::square, g), b.scalar(0.001)));
  const Reg root = b.apply(Op::add, b.apply(Op::sqrt, b.apply(Op::absolute, v1)), b.scalar(1e-8));
  b.store(b.apply(Op::subtract, p, b.apply(Op::divide, b.apply(Op::multiply, m1, b.scalar(0.01)), root)));
  b.store(m1);
  b.store(v1);
  run_builder(state, b);
}
template <DType t> void engine_sigmoid(benchmark::State& state) {
  Builder b(t);
  const Reg e = b.apply(Op::exp, b.apply(Op::negative, b.load()));
  b.store(b.apply(Op::divide, b.scalar(1), b.apply(Op::add, e, b.scalar(1))));
  run_builder(state, b);
}
template <DType t> void engine_sum(benchmark::State& state) {
  Builder b(t);
  b.reduce(ReduceKind::kSum, b.load());
  run_builder(state, b);
}
template <DType t> void engine_dot(benchmark::State& state) {
  Builder b(t);
  const Reg x = b.load(), y = b.load();
  b.reduce(ReduceKind::kSum, b.apply(Op::multiply, x, y));
  run_builder(state, b);
}
template <DType t> void engine_max(benchmark::State& state) {
  Builder b(t);
  b.reduce(ReduceKind::kMax, b.load());
  run_builder(state, b);
}
template <DType t> void engine_var(benchmark::State& state) {
  Builder b(t);
  b.reduce(ReduceKind::kVar, b.load());
  run_builder(state, b);
}

/// What the compiler makes of the fused loop: out = max(x, 0) * s + b.
void fused_relu(benchmark::State& state) {
  const int64_t n = state.range(0);
  const size_t bytes = static_cast<size_t>(n) * 8;
  auto *x = static_cast<double*>(cpu::allocate(bytes)), *out = static_cast<double*>(cpu::allocate(bytes));
  std::fill_n(x, n, 0.5);
  std::fill_n(out, n, 0.5);
  for (auto _ : state) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) out[i] = (x[i] > 0 ? x[i] : 0) * 1.5 + 0.25;
    benchmark::DoNotOptimize(out);
    benchmark::ClobberMemory();
  }
  cpu::deallocate(x, bytes);
  cpu::deallocate(out, bytes);
  state.SetBytesProcessed(2 * static_cast<int64_t>(bytes) * state.iterations());
  state.SetItemsProcessed(n * state.iterations());
}

void sizes(benchmark::internal::Benchmark* b) {
  for (int threads : {1, 2})
    for (int64_t n : {1000, 10000, 100000, 1000000, 10000000}) b->Args({n, threads});
  b->UseRealTime();
}

#define XA_BOTH(name)                                  \
  BENCHMARK_TEMPLATE(name, DType::kF64)->Apply(sizes); \
  BENCHMARK_TEMPLATE(name, DType::kF32)->Apply(sizes)
XA_BOTH(engine_copy);
XA_BOTH(engine_add);
XA_BOTH(engine_relu);
XA_BOTH(engine_magnitude);
XA_BOTH(engine_adam);
XA_BOTH(engine_sigmoid);
XA_BOTH(engine_sum);
XA_BOTH(engine_dot);
XA_BOTH(engine_max);
XA_BOTH(engine_var);
BENCHMARK(fused_relu)->Apply(sizes);

}  // namespace
}  // namespace crossarray
