// The eager lane: cost of one op and one reduction on ten elements, beside that of the kernel alone.
#include <benchmark/benchmark.h>

#include "cpu/backend.h"
#include "cpu/kernels/kernels.h"

namespace crossarray {
namespace {

double x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, y[10] = {1, 1, 2, 2, 3, 3, 4, 4, 5, 5}, out[10];

void kernel_alone(benchmark::State& state) {
  const cpu::TileFn fn = cpu::tile_kernel(Op::add, DType::kF64);
  const void* in[3] = {x, y, nullptr};
  for (auto _ : state) {
    fn(in, 0, out, 10);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(kernel_alone);

void run_op(benchmark::State& state) {
  const Dims shape{10}, strides{8};
  OpCall call{};
  call.op = Op::add;
  call.arity = 2;
  call.in_dtype[0] = call.in_dtype[1] = call.loop_in[0] = call.loop_in[1] = call.loop_out = call.out_dtype =
      DType::kF64;
  call.in[0] = reinterpret_cast<const std::byte*>(x);
  call.in[1] = reinterpret_cast<const std::byte*>(y);
  call.out = reinterpret_cast<std::byte*>(out);
  call.in_strides[0] = call.in_strides[1] = call.out_strides = &strides;
  call.shape = &shape;
  HostBackend& backend = cpu::backend();
  for (auto _ : state) {
    backend.run_op(call);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(run_op);

void run_reduce(benchmark::State& state, ReduceKind kind, const Dims& shape, const Dims& strides, const Dims& to) {
  const uint64_t axes = shape.size() == 1 ? 1 : static_cast<uint64_t>(state.range(0));
  HostBackend& backend = cpu::backend();
  const ReduceCall call{kind,
                        DType::kF64,
                        DType::kF64,
                        DType::kF64,
                        reinterpret_cast<const std::byte*>(x),
                        &strides,
                        reinterpret_cast<std::byte*>(out),
                        &to,
                        &shape,
                        axes,
                        0};
  for (auto _ : state) {
    backend.run_reduce(call);
    benchmark::ClobberMemory();
  }
}
BENCHMARK_CAPTURE(run_reduce, sum, ReduceKind::kSum, Dims{10}, Dims{8}, Dims{0});
BENCHMARK_CAPTURE(run_reduce, max, ReduceKind::kMax, Dims{10}, Dims{8}, Dims{0});
BENCHMARK_CAPTURE(run_reduce, var, ReduceKind::kVar, Dims{10}, Dims{8}, Dims{0});
BENCHMARK_CAPTURE(run_reduce, sum_rows, ReduceKind::kSum, Dims{2, 5}, Dims{40, 8}, Dims{8, 0})->Arg(2);
BENCHMARK_CAPTURE(run_reduce, sum_columns, ReduceKind::kSum, Dims{2, 5}, Dims{40, 8}, Dims{0, 8})->Arg(1);

}  // namespace
}  // namespace crossarray
