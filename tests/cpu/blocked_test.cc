#include <gtest/gtest.h>

#include "cpu/backend.h"
#include "dispatch/core/config.h"

namespace crossarray {
namespace {

Ssa load(uint16_t slot) {
  Ssa v{ValueKind::kLoad};
  v.index = slot;
  return v;
}

/// Row maxima of slot 0 into slot 1.
Kernel maximum_of_rows() {
  Kernel k;
  k.rank = 2;
  k.reduced = 2;
  k.slots = {{DType::kF64, SlotRole::kLoad, Access::kContiguous}, {DType::kF64, SlotRole::kReduce, Access::kStrided}};
  k.values = {load(0)};
  ReduceStmt r{};
  r.kind = ReduceKind::kMax;
  r.slot = 1;
  r.accumulate = DType::kF64;
  k.reduces = {r};
  return k;
}

/// exp(slot 0 - slot 1) into slot 2, and its row sums into slot 3.
Kernel exponentials_and_sums() {
  Kernel k = maximum_of_rows();
  k.slots = {{DType::kF64, SlotRole::kLoad, Access::kContiguous},
             {DType::kF64, SlotRole::kLoad, Access::kBroadcast},
             {DType::kF64, SlotRole::kStore, Access::kContiguous},
             {DType::kF64, SlotRole::kReduce, Access::kStrided}};
  Ssa less{ValueKind::kApply}, exp{ValueKind::kApply};
  less.op = Op::subtract;
  less.a = 0;
  less.b = 1;
  exp.op = Op::exp;
  exp.a = 2;
  k.values = {load(0), load(1), less, exp};
  k.stores = {{3, 2}};
  k.reduces[0].kind = ReduceKind::kSum;
  k.reduces[0].value = 3;
  k.reduces[0].slot = 3;
  return k;
}

/// A softmax's first two steps over `rows` rows, blocked or one step after the other.
std::vector<double> run_softmax(int64_t rows, int64_t columns, bool blocked) {
  const auto n = static_cast<size_t>(rows * columns);
  std::vector<double> x(n), out(n), maxima(static_cast<size_t>(rows)), sums(static_cast<size_t>(rows));
  for (size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i * 7919 % 1009) / 100;
  const Dims whole{columns * 8, 8}, per_row{8, 0};
  const auto bytes = [](std::vector<double>& v) { return reinterpret_cast<std::byte*>(v.data()); };
  Launch first, second;
  first.shape = second.shape = {rows, columns};
  first.slots = {{bytes(x), whole}, {bytes(maxima), per_row}};
  second.slots = {{bytes(x), whole}, {bytes(maxima), per_row}, {bytes(out), whole}, {bytes(sums), per_row}};
  first.params = second.params = {0};
  HostBackend& backend = cpu::backend();
  const auto a = backend.compile(maximum_of_rows()), b = backend.compile(exponentials_and_sums());
  if (blocked) {
    const Program* programs[] = {a.get(), b.get()};
    const Launch launches[] = {first, second};
    backend.run_blocked(programs, launches, 1);
  } else {
    backend.run(*a, first);
    backend.run(*b, second);
  }
  out.insert(out.end(), sums.begin(), sums.end());
  return out;
}

TEST(RunBlocked, EqualsOneStepAfterTheOther) {
  for (int threads : {1, 2}) {
    config().threads = threads;
    for (int64_t rows : {1, 3, 500})
      for (int64_t columns : {5, 700, 3000})
        EXPECT_EQ(run_softmax(rows, columns, true), run_softmax(rows, columns, false)) << rows << " x " << columns;
  }
  config().threads = 0;
}

}  // namespace
}  // namespace crossarray
