// What happens when a device is full, fails or is lost: nothing leaks, nothing is lost, nothing wrong is returned.
#include <gtest/gtest.h>

#include "dispatch/plan/primitive.h"
#include "dispatch/plan/streamed.h"
#include "tests/dispatch/devices.h"

namespace crossarray {
namespace {

using test::ramp;
using test::values;
using test::weak;

constexpr int64_t kLarge = 50000;
constexpr size_t kBytes = kLarge * 8;

class Pressure : public test::DeviceTest {
 protected:
  Pressure() : budget_(stream_budget()) { stream_budget() = 64 << 10; }
  ~Pressure() override { stream_budget() = budget_; }

 private:
  size_t budget_;
};

// Two kernels, three values on the way: mean and deviation, then their use.
std::vector<double> normalised(const Array& x) {
  Array mean = reduce(ReduceKind::kMean, x, ~uint64_t{0}), d = apply(Op::subtract, {x, mean});
  return values<double>(apply(Op::multiply, {d, d}));
}

TEST_F(Pressure, EveryAllocationMayFailOnce) {
  std::vector<double> expected = normalised(ramp({kLarge}));
  for (int64_t k = 1;; ++k) {
    Array x = ramp({kLarge});
    backend.forget();
    backend.faults.allocation = k;
    Array there = to_device(x, device);
    ASSERT_EQ(normalised(there), expected) << k;
    ASSERT_EQ(values<double>(x)[9], 9.0) << k;
    bool fired = backend.faults.allocation == 0;
    backend.faults = {};
    if (!fired) break;
    EXPECT_EQ(backend.cache_calls, 1) << "the cache is freed before anything else";
    ASSERT_LT(k, 20);
  }
}

TEST_F(Pressure, CopiesTheHostHasGoFirst) {
  Array x = to_device(ramp({kLarge}), device), y = to_device(ramp({kLarge}), device);
  read_host(x);
  backend.faults.capacity = 2 * kBytes;
  Array z = apply(Op::add, {y, weak(1.0)});
  evaluate(z);
  EXPECT_TRUE(z.value().valid_on(device));
  EXPECT_FALSE(x.value().valid_on(device));
  EXPECT_TRUE(y.value().valid_on(device));
  EXPECT_EQ(copy_counts().dropped, 1u);
  EXPECT_EQ(copy_counts().written_back, 0u);
  EXPECT_EQ(values<double>(x)[3], 3.0);
}

TEST_F(Pressure, ThenTheColdestGoToTheHost) {
  Array x = to_device(ramp({kLarge}), device), y = to_device(ramp({kLarge}), device);
  backend.faults.capacity = 2 * kBytes;
  Array z = apply(Op::add, {y, weak(1.0)});
  evaluate(z);
  EXPECT_FALSE(x.value().valid_on(device));
  EXPECT_EQ(copy_counts().written_back, 1u);
  EXPECT_EQ(values<double>(x)[3], 3.0);
  EXPECT_EQ(x.value().pin(), device) << "it comes back when it is needed";
}

TEST_F(Pressure, ThenTheKernelStreamsThrough) {
  Array x = ramp({kLarge}), y = ramp({kLarge});
  Array anchor = to_device(ramp({1}), device);
  backend.faults.capacity = 100 << 10;
  Array z = apply(Op::add, {apply(Op::multiply, {x, y}), anchor});
  std::vector<double> got = values<double>(z);
  for (int64_t i = 0; i < kLarge; i += 777) ASSERT_EQ(got[static_cast<size_t>(i)], static_cast<double>(i * i));
  EXPECT_GT(backend.seen().runs, 5);
  EXPECT_EQ(z.value().pin(), device);
}

TEST_F(Pressure, StreamedRowsWithReductionsAndReversedInputs) {
  Array x = ramp({400, 100});
  Array reversed = x.view(slice_axis(x.layout(), 0, 399, 400, -1));
  Array anchor = to_device(ramp({100}), device);
  std::vector<double> expected = values<double>(reduce(ReduceKind::kSum, apply(Op::add, {reversed, ramp({100})}), 2));
  backend.faults.capacity = 100 << 10;
  Array sums = reduce(ReduceKind::kSum, apply(Op::add, {reversed, anchor}), 2);
  EXPECT_EQ(values<double>(sums), expected);
  EXPECT_GT(backend.seen().runs, 1);
}

TEST_F(Pressure, ThenTheHostComputes) {
  Array x = to_device(ramp({kLarge}), device);
  backend.faults.capacity = kBytes;
  Array sum = reduce(ReduceKind::kSum, apply(Op::add, {x, ramp({kLarge})}), ~uint64_t{0});
  backend.faults.capacity = 1;
  EXPECT_EQ(values<double>(sum)[0], 2.0 * kLarge * (kLarge - 1) / 2.0);
  EXPECT_EQ(sum.value().pin(), device);
}

TEST_F(Pressure, EveryCapacityGivesTheRightAnswer) {
  std::vector<double> expected = normalised(ramp({kLarge}));
  for (size_t capacity = 16; capacity < 6 * kBytes; capacity = capacity * 5 / 3) {
    Array x = ramp({kLarge});
    backend.faults.capacity = capacity;
    set_current_device(device);
    std::vector<double> got = normalised(x);
    set_current_device(kAuto);
    ASSERT_EQ(got, expected) << capacity;
    backend.faults = {};
  }
}

TEST_F(Pressure, OnlyThenMemoryErrorWithEveryArrayIntact) {
  Array x = ramp({kLarge});
  backend.faults.capacity = 10;
  EXPECT_THROW(to_device(x, device), Error);
  EXPECT_EQ(values<double>(x)[5], 5.0);
  backend.faults = {};
  Array there = to_device(x, device), y = apply(Op::add, {there, weak(1.0)});
  backend.faults.capacity = 10;
  cpu_backend().fail_allocation(1);
  EXPECT_THROW(evaluate(y), Error);
  cpu_backend().fail_allocation(0);
  EXPECT_TRUE(y.value().pending());
  backend.faults = {};
  EXPECT_EQ(values<double>(y)[5], 6.0);
}

TEST_F(Pressure, TheResultOfAPrimitiveKeepsItsRoomWhileInputsCome) {
  Array x = to_device(ramp({kLarge}), device);
  read_host(x);
  x.value().drop_copy(x.value().copy_on(device));
  backend.faults.capacity = kBytes + 100;
  const auto scan = [&](PrimitiveRun& run) {
    Array out = run.result(x.shape(), DType::kF64);
    ScanCall call{Op::add, DType::kF64, DType::kF64, DType::kF64, nullptr, nullptr, x.shape(), x.strides(), {8}, 0};
    call.in = run.read(x);
    call.out = run.write(out);
    run.execute(1, [&] { run.backend().scan(call); });
    return out;
  };
  Array sums = run_primitive(
      "accumulate", {&x}, Work{}, [](Backend&) { return true; }, scan);
  EXPECT_EQ(values<double>(sums)[3], 6.0) << "done on the host";
}

TEST_F(Pressure, ALimitIsACapacity) {
  Array x = to_device(ramp({kLarge}), device);
  config().memory_limit = kBytes + 1000;
  Array y = to_device(ramp({kLarge}), device);
  EXPECT_FALSE(x.value().valid_on(device));
  EXPECT_LE(backend.seen().bytes, config().memory_limit);
  EXPECT_EQ(values<double>(x)[5], 5.0);
}

TEST_F(Pressure, AFailedLaunchLeavesEverythingAsItWas) {
  Array x = to_device(ramp({kLarge}), device);
  Array y = apply(Op::add, {x, weak(1.0)});
  backend.faults.launch = 1;
  EXPECT_THROW(evaluate(y), Error);
  EXPECT_TRUE(y.value().pending());
  EXPECT_EQ(backend.seen().blocks, 1u);
  EXPECT_EQ(values<double>(y)[1], 2.0);
}

TEST_F(Pressure, ALostDeviceRaisesAndNeverReturnsWrongData) {
  for (int64_t k = 1; k < 12; ++k) {
    Array host = ramp({kLarge});
    backend.faults.sticky = k;
    std::vector<double> got;
    try {
      Array x = to_device(host, device);
      Array y = apply(Op::add, {x, host}), z = apply(Op::multiply, {y, weak(2.0)});
      evaluate(y);
      got = values<double>(z);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::kDevice) << e.what();
      EXPECT_TRUE(backend.lost());
    }
    if (!got.empty()) {
      EXPECT_EQ(got[3], 12.0);
    }
    EXPECT_EQ(values<double>(host)[3], 3.0) << "what the host has stays";
    backend.resurrect();
  }
}

TEST_F(Pressure, WhatTheHostHasSurvivesALostDevice) {
  Array x = to_device(ramp({kLarge}), device), gone = to_device(ramp({kLarge}), device);
  read_host(x);
  backend.faults.sticky = 1;
  EXPECT_THROW(read_host(gone), Error);
  EXPECT_EQ(values<double>(to_device(x, kCpu))[3], 3.0);
  EXPECT_EQ(reinterpret_cast<const double*>(read_host(x))[3], 3.0);
  EXPECT_THROW(read_host(gone), Error);
  EXPECT_THROW(evaluate(apply(Op::add, {x, weak(1.0)})), Error);
}

}  // namespace
}  // namespace crossarray
