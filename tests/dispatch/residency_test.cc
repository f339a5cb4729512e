// At most one copy per device; what must move moves, and nothing else.
#include <gtest/gtest.h>

#include "dispatch/core/config.h"
#include "dispatch/graph/device_block.h"
#include "dispatch/plan/placed_run.h"
#include "dispatch/plan/profile.h"
#include "tests/dispatch/devices.h"

namespace crossarray {
namespace {

using test::ramp;
using test::values;
using test::weak;

constexpr int64_t kLarge = 50000;
constexpr size_t kBytes = kLarge * 8;

class Residency : public test::DeviceTest {
 protected:
  void expect_copies(uint64_t up, uint64_t down, uint64_t across = 0) {
    EXPECT_EQ(copy_counts().to_device, up);
    EXPECT_EQ(copy_counts().to_host, down);
    EXPECT_EQ(copy_counts().across, across);
    EXPECT_EQ(backend.seen().ups + test::devices().second_backend.seen().ups, static_cast<int64_t>(up));
  }
};

TEST_F(Residency, APinnedArrayIsWorkedOnWhereItIs) {
  Array x = to_device(ramp({kLarge}), device);
  Array y = apply(Op::add, {x, weak(1.0)});
  evaluate(y);
  EXPECT_EQ(backend.seen().runs, 1);
  EXPECT_TRUE(y.value().valid_on(device));
  EXPECT_FALSE(y.value().on_host());
  EXPECT_EQ(y.value().pin(), device);
  expect_copies(1, 0);
  EXPECT_EQ(values<double>(y)[3], 4.0);
  expect_copies(1, 1);
}

TEST_F(Residency, TinyPinnedArraysToo) {
  Array x = to_device(ramp({4}), device);
  Array y = apply(Op::multiply, {x, x});
  EXPECT_EQ(values<double>(y), (std::vector<double>{0, 1, 4, 9}));
  EXPECT_EQ(backend.seen().runs, 1);
  EXPECT_EQ(y.value().pin(), device);
}

TEST_F(Residency, AReadBringsACopyAndKeepsTheDevices) {
  Array x = to_device(ramp({kLarge}), device);
  EXPECT_EQ(values<double>(x)[7], 7.0);
  EXPECT_EQ(values<double>(x)[8], 8.0);
  EXPECT_TRUE(x.value().valid_on(device));
  evaluate(apply(Op::add, {x, weak(1.0)}));
  expect_copies(1, 1);
}

TEST_F(Residency, AHostWriteInvalidatesTheDeviceCopyAndItGoesUpOnce) {
  Array x = to_device(ramp({kLarge}), device);
  reinterpret_cast<double*>(write_host(x))[5] = -1;
  EXPECT_FALSE(x.value().valid_on(device));
  Array y = apply(Op::add, {x, weak(1.0)}), z = apply(Op::add, {x, weak(2.0)});
  evaluate(y);
  evaluate(z);
  expect_copies(2, 1);
  EXPECT_EQ(values<double>(y)[5], 0.0);
  EXPECT_EQ(values<double>(z)[6], 8.0);
}

TEST_F(Residency, AViewOfADeviceArrayIsTheSameMemory) {
  Array x = to_device(ramp({kLarge}), device);
  Array view = x.view(slice_axis(x.layout(), 0, 10, 100, 3));
  EXPECT_EQ(backend.seen().blocks, 1u);
  Array y = apply(Op::add, {view, weak(0.5)});
  EXPECT_EQ(values<double>(y)[1], 13.5);
  expect_copies(1, 1);
}

TEST_F(Residency, APartialWriteHappensOnTheDevice) {
  Array x = to_device(ramp({kLarge}), device);
  Array view = x.view(slice_axis(x.layout(), 0, 10, 100, 3));
  assign(view, weak(-1.0));
  EXPECT_EQ(copy_counts().to_host, 0u);
  EXPECT_EQ(copy_counts().to_device_bytes, kBytes + 8);
  EXPECT_TRUE(x.value().valid_on(device));
  EXPECT_FALSE(x.value().on_host());
  std::vector<double> got = values<double>(x);
  EXPECT_EQ(got[10], -1.0);
  EXPECT_EQ(got[11], 11.0);
  EXPECT_EQ(got[13], -1.0);
}

TEST_F(Residency, APartialWriteKeepsWhatReadersRecorded) {
  Array x = to_device(ramp({kLarge}), device);
  Array y = apply(Op::add, {x, weak(1.0)}), z = copy(x);
  Array head = x.view(slice_axis(x.layout(), 0, 0, 10, 1));
  assign(head, weak(-1.0));
  EXPECT_EQ(values<double>(y)[0], 1.0);
  EXPECT_EQ(values<double>(z)[0], 0.0);
  EXPECT_EQ(values<double>(x)[0], -1.0);
  EXPECT_EQ(x.value().pin(), device);
}

TEST_F(Residency, AFullOverwriteMovesNothingAndKeepsThePin) {
  Array x = to_device(ramp({kLarge}), device);
  copy_counts() = {};
  assign(x, weak(3.0));
  evaluate(x);
  EXPECT_TRUE(x.value().valid_on(device));
  EXPECT_EQ(copy_counts().to_host, 0u);
  EXPECT_EQ(copy_counts().to_device, 0u);
  EXPECT_EQ(values<double>(x)[9], 3.0);
}

TEST_F(Residency, InPlaceArithmeticStaysOnTheDevice) {
  Array x = to_device(ramp({kLarge}), device);
  for (int i = 0; i < 3; ++i) {
    Arg args[] = {x, weak(2.0)};
    apply_into(Op::multiply, args, x);
  }
  EXPECT_EQ(values<double>(x)[2], 16.0);
  expect_copies(1, 1);
}

TEST_F(Residency, ReductionsOfPinnedArraysArePinned) {
  Array x = to_device(ramp({kLarge}), device);
  Array s = reduce(ReduceKind::kSum, x, ~uint64_t{0});
  EXPECT_EQ(s.value().pin(), device);
  EXPECT_EQ(values<double>(s)[0], kLarge * (kLarge - 1) / 2.0);
  EXPECT_EQ(copy_counts().to_host_bytes, 8u);
}

TEST_F(Residency, TwoPinnedDevicesRaiseWithTheOpsName) {
  Array x = to_device(ramp({kLarge}), device), y = to_device(ramp({kLarge}), second);
  try {
    apply(Op::add, {x, y});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()),
              "add: one operand is pinned to test:0, another to test:1: move one with x.to_device(...) first");
  }
  Array host = to_device(ramp({kLarge}), kCpu);
  EXPECT_THROW(apply(Op::add, {x, host}), Error);
  Array tiny = to_device(ramp({4}), device), tiny_host = to_device(ramp({4}), kCpu);
  EXPECT_THROW(apply(Op::add, {tiny, tiny_host}), Error);
}

TEST_F(Residency, AutoMeetsPinnedAndPinnedWins) {
  Array x = to_device(ramp({kLarge}), device), y = ramp({kLarge});
  Array z = apply(Op::add, {y, x});
  EXPECT_EQ(values<double>(z)[4], 8.0);
  EXPECT_EQ(z.value().pin(), device);
  EXPECT_TRUE(y.value().valid_on(device));
  EXPECT_TRUE(y.ready());
  expect_copies(2, 1);
}

TEST_F(Residency, AnAutoArrayKeepsItsCopiesUntilWritten) {
  Array x = to_device(ramp({kLarge}), device), y = ramp({kLarge});
  evaluate(apply(Op::add, {y, x}));
  evaluate(apply(Op::multiply, {y, x}));
  expect_copies(2, 0);
  Arg args[] = {y, weak(1.0)};
  apply_into(Op::add, args, y);
  evaluate(y);
  EXPECT_EQ(values<double>(apply(Op::add, {y, x}))[1], 3.0);
}

TEST_F(Residency, ToDeviceMovesBetweenDevicesAndBack) {
  for (bool peers : {true, false}) {
    test::devices().second_backend.peers = peers;
    copy_counts() = {};
    Array x = to_device(ramp({kLarge}), device);
    Array y = to_device(apply(Op::add, {x, weak(1.0)}), second);
    EXPECT_EQ(y.value().pin(), second);
    EXPECT_EQ(copy_counts().across, peers ? 1u : 0u);
    Array z = to_device(apply(Op::add, {y, weak(1.0)}), kCpu);
    EXPECT_TRUE(z.value().stays_on_host());
    EXPECT_EQ(z.value().pin(), kCpu);
    EXPECT_EQ(values<double>(z)[1], 3.0);
    EXPECT_EQ(to_device(y, second).storage(), y.storage());
    Array free = to_device(y, kAuto);
    EXPECT_EQ(free.value().pin(), kAuto);
    EXPECT_EQ(values<double>(free)[1], 2.0);
  }
}

TEST_F(Residency, TransposedAndReversedViewsMoveTheirElementsOnly) {
  Array x = ramp({200, 300});
  Array part = x.view(slice_axis(x.layout(), 0, 199, 50, -2));
  Array y = to_device(part, device);
  EXPECT_EQ(copy_counts().to_device_bytes, 50u * 300 * 8);
  EXPECT_EQ(values<double>(y)[0], 199 * 300.0);
  EXPECT_EQ(values<double>(y)[300], 197 * 300.0);
}

TEST_F(Residency, WorkInsideADeviceScopeIsPinnedThere) {
  set_current_device(device);
  Array x = full({10}, Scalar::of(DType::kF64, 2.0));
  Array y = apply(Op::add, {ramp({10}), weak(1.0)});
  set_current_device(kAuto);
  EXPECT_EQ(values<double>(x)[9], 2.0);
  EXPECT_EQ(values<double>(y)[9], 10.0);
  EXPECT_EQ(x.value().pin(), device);
  EXPECT_EQ(y.value().pin(), device);
  EXPECT_TRUE(apply(Op::add, {ramp({10}), weak(1.0)}).ready());
}

TEST_F(Residency, LeavingADeviceBlockComputesWhatItRecorded) {
  Array before = apply(Op::add, {ramp({kLarge}), weak(1.0)}), outer, inner;
  Ref<DeviceBlock> block(new DeviceBlock(device));
  outer = apply(Op::add, {ramp({kLarge}), weak(1.0)});
  apply(Op::multiply, {outer, outer});  // nobody keeps it
  {
    Ref<DeviceBlock> nested(new DeviceBlock(kCpu));
    inner = apply(Op::add, {ramp({kLarge}), weak(2.0)});
    nested->leave();
    evaluate(*nested);
  }
  EXPECT_FALSE(inner.value().pending());
  EXPECT_TRUE(outer.value().pending());
  EXPECT_EQ(current_device(), device);
  block->leave();
  EXPECT_EQ(current_device(), kAuto);
  evaluate(*block);
  EXPECT_TRUE(outer.value().valid_on(device));
  EXPECT_EQ(backend.seen().runs, 1) << "the product is never computed";
  EXPECT_TRUE(before.value().pending()) << "recorded before the block";
  EXPECT_TRUE(apply(Op::add, {ramp({kLarge}), weak(1.0)}).value().pending()) << "after it";
}

TEST_F(Residency, TheNextStepsInputsTravelWhileThisOneRuns) {
  Array x = to_device(ramp({kLarge}), device), y = ramp({kLarge});
  backend.forget();
  Array z = apply(Op::subtract, {y, reduce(ReduceKind::kMean, x, ~uint64_t{0})});
  evaluate(z);
  EXPECT_EQ(backend.seen().runs, 2);
  EXPECT_TRUE(backend.seen().upload_beside_run);
  EXPECT_EQ(values<double>(z)[0], -(kLarge - 1) / 2.0);
}

TEST_F(Residency, WhatHasNoElementsIsReadToo) {
  Array x = to_device(ramp({0}), device);
  Array y = apply(Op::exp, {x});
  Array z = apply(Op::subtract, {y, reduce(ReduceKind::kMean, y, ~uint64_t{0})});
  Array total = reduce(ReduceKind::kSum, apply(Op::exp, {z}), ~uint64_t{0});
  EXPECT_EQ(values<double>(total)[0], 0);
  EXPECT_EQ(z.shape()[0], 0);
  evaluate(z);
}

TEST_F(Residency, LentMemoryIsReadAtOnceAndWrittenInPlace) {
  Array x = to_device(ramp({kLarge}), device);
  read_host(x);
  std::byte* address = lend(x, device);
  EXPECT_EQ(address, x.value().copy_on(device)->buffer.data);
  EXPECT_FALSE(x.value().on_host()) << "they may write";
  Array y = apply(Op::add, {x, weak(1.0)});
  EXPECT_FALSE(y.value().pending());
  assign(x, weak(7.0));
  EXPECT_EQ(x.value().copy_on(device)->buffer.data, address);
  EXPECT_EQ(values<double>(x)[1], 7.0);
  EXPECT_EQ(values<double>(y)[1], 2.0);
  backend.faults.capacity = 1;
  EXPECT_THROW(to_device(ramp({kLarge}), device), Error);
  EXPECT_TRUE(x.value().valid_on(device)) << "lent memory is not given up";
  backend.faults = {};
  take_back(*x.storage(), device);
  EXPECT_FALSE(x.storage()->shared());
}

TEST_F(Residency, AdoptedMemoryIsGivenBack) {
  Array x = to_device(ramp({4}), device);
  static int dropped = 0;
  dropped = 0;
  {
    Buffer memory{lend(x, device), 32, nullptr, [](void*) { ++dropped; }, nullptr};
    Array y = adopt(device, memory, DType::kF64, Layout{{2, 2}, {16, 8}, 0});
    assign(y, weak(3.0));
    EXPECT_EQ(values<double>(apply(Op::add, {y, weak(1.0)}))[3], 4.0);
  }
  EXPECT_EQ(dropped, 1);
  take_back(*x.storage(), device);
  EXPECT_EQ(values<double>(x)[3], 3.0);
}

TEST_F(Residency, TheRouterKnowsPageLockedMemoryOfOthers) {
  Array own = ramp({kLarge}), shared = ramp({kLarge});
  backend.pinned = own.host();
  EXPECT_FALSE(route_value(own.value(), false).pinned) << "ours never is";
  Ref<Value> foreign(new Value(kBytes));
  foreign->publish({shared.host(), kBytes, nullptr, [](void*) {}, &shared});
  EXPECT_FALSE(route_value(*foreign, false).pinned);
  backend.pinned = shared.host();
  EXPECT_TRUE(route_value(*foreign, true).pinned);
  const Link& up = machine().devices[device - 1u].up;
  for (const bool pinned : {false, true}) {
    backend.pinned = pinned ? shared.host() : nullptr;
    start_profile();
    Value target(kBytes);
    copy_value(*foreign, target, device);
    EXPECT_EQ(stop_profile().at(0).predicted_us, microseconds(kBytes, up, pinned));
  }
  backend.pinned = nullptr;
}

TEST_F(Residency, AKernelTheDeviceRefusesRunsOnTheHost) {
  backend.refuses = [](const Kernel&) { return true; };
  Array x = to_device(ramp({kLarge}), device);
  Array y = apply(Op::add, {x, weak(1.0)});
  EXPECT_EQ(values<double>(y)[3], 4.0);
  EXPECT_EQ(backend.seen().runs, 0);
  EXPECT_EQ(y.value().pin(), device);
  backend.refuses = [](const Kernel&) { return false; };
  EXPECT_EQ(values<double>(apply(Op::add, {y, weak(1.0)}))[3], 5.0);
  EXPECT_EQ(backend.seen().runs, 1);
}

}  // namespace
}  // namespace crossarray
