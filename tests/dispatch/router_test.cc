// Placement: residency first, size second.
#include "dispatch/plan/router.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dispatch/plan/calibrate.h"
#include "tests/dispatch/devices.h"
#include "tests/dispatch/machines.h"

namespace crossarray {
namespace {

using test::fast_link;
using test::slow_pcie;
using test::unified;
using test::usual;

constexpr Device kGpu = 1;

// A chain of `light` adds over n float64, x in, y out.
Route chain(double n, int light, uint32_t where, bool wanted = false) {
  Route route;
  auto bytes = static_cast<size_t>(n * 8);
  route.values = {{bytes, where}, {bytes, 0, wanted}};
  RouteStep step;
  step.work.elements = n;
  step.work.bytes = 2 * n * 8;
  step.work.ops[0] = light;
  step.work.wide = true;
  step.reads = {0};
  step.writes = {1};
  route.steps = {step};
  return route;
}

Route product(double n, uint32_t where) {
  Route route = chain(n * n, 0, where, true);
  route.steps[0].work.flops = 2 * n * n * n;
  route.steps[0].work.wide = false;
  return route;
}

Device placed(const Route& route, const Machine& machine) { return place(route, machine).steps.back().device; }

constexpr uint32_t kHost = 1, kOnGpu = 2;

TEST(Router, UncalibratedContract) {
  EXPECT_EQ(placed(chain(1e3, 1, kHost), usual()), kCpu);
  EXPECT_EQ(placed(chain(9e4, 100, kHost), usual()), kCpu) << "below 100K elements the CPU";
  EXPECT_EQ(placed(chain(1e7, 1, kHost), usual()), kCpu) << "an add never pays for the copy";
  EXPECT_EQ(placed(chain(1e7, 1, kOnGpu), usual()), kGpu) << "the bytes are there";
  EXPECT_EQ(placed(chain(10, 1, kOnGpu), usual()), kGpu) << "residency first";
  EXPECT_EQ(placed(product(64, kHost), usual()), kCpu);
  EXPECT_EQ(placed(product(4096, kHost), usual()), kGpu) << "the work pays for moving them";
}

TEST(Router, PinnedStepsStay) {
  Route route = chain(1e7, 1, kOnGpu);
  route.steps[0].pin = kCpu;
  EXPECT_EQ(placed(route, usual()), kCpu);
  route = chain(10, 1, kHost);
  route.steps[0].pin = kGpu;
  EXPECT_EQ(placed(route, usual()), kGpu);
  EXPECT_STREQ(place(route, usual()).steps[0].reason, "pinned");
  route.steps[0].able = 1;
  EXPECT_EQ(placed(route, usual()), kCpu);
}

TEST(Router, OtherDevicesByExplicitPlacementOnly) {
  Machine two = usual_machine(16, 2);
  EXPECT_EQ(placed(product(4096, kHost), two), 1);
  EXPECT_EQ(placed(chain(1e7, 1, 4), two), 2) << "where the data are";
}

TEST(Router, HysteresisKeepsWhatRunsWell) {
  Machine m = usual_machine(1, 1);
  m.calibrated = true;
  Route route = chain(1e6, 1, kHost | kOnGpu);
  double gpu = predict(route, m, {kGpu});
  m.cpu.byte_ns = m.cpu.cached_byte_ns = 0;
  m.cpu.op_ns[0][1] = 0;
  m.cpu.launch_us = gpu * 1.05;
  EXPECT_EQ(placed(route, m), kGpu);
  Placement before;
  before.steps.push_back({kCpu});
  EXPECT_EQ(place(route, m, &before).steps[0].device, kCpu);
  m.cpu.launch_us = gpu * 1.5;
  EXPECT_EQ(place(route, m, &before).steps[0].device, kGpu);
}

TEST(Router, RecordedTablesGiveTheExpectedPlacements) {
  EXPECT_EQ(placed(chain(1e7, 20, kHost, true), slow_pcie()), kCpu);
  EXPECT_EQ(placed(product(512, kHost), slow_pcie()), kCpu);
  EXPECT_EQ(placed(product(8192, kHost), slow_pcie()), kGpu);
  EXPECT_EQ(placed(chain(1e7, 1, kOnGpu), slow_pcie()), kGpu);
  EXPECT_EQ(placed(chain(1e7, 20, kHost, true), fast_link()), kGpu);
  EXPECT_EQ(placed(chain(1e4, 1, kHost, true), fast_link()), kCpu);
  EXPECT_EQ(placed(product(512, kHost), fast_link()), kGpu);
  EXPECT_EQ(placed(chain(1e6, 1, kHost, true), unified()), kGpu);
  EXPECT_EQ(placed(chain(1e3, 1, kHost, true), unified()), kCpu);
}

TEST(Router, PinnedMemoryIsCopiedAtPinnedSpeed) {
  Machine m = slow_pcie();
  m.devices[0].up = m.devices[0].down = {5, 0.1, 0.0001};
  Route route = chain(1e7, 1, kHost, true);
  EXPECT_EQ(placed(route, m), kCpu);
  for (RouteValue& v : route.values) v.pinned = true;
  EXPECT_EQ(placed(route, m), kGpu);
  EXPECT_DOUBLE_EQ(predict(route, m, {kGpu}) - microseconds(route.steps[0].work, m.rates(kGpu)), 2 * (5 + 8e7 * 1e-7));
}

TEST(Router, AFigureIsSetByItsName) {
  Machine m = slow_pcie();
  set_figure(m, "cpu.fft_ns", 0.25);
  EXPECT_EQ(m.cpu.fft_ns, 0.25);
  EXPECT_THROW(set_figure(m, "cpu.speed", 1), Error);
}

TEST(Router, CalibrationTakesEveryMeasurementOfEveryDevice) {
  test::devices();
  const Machine before = machine();
  const std::vector<std::string> steps = calibration_steps();
  for (const char* what : {"launch", "memory", "exp of float32", "sum", "matrix product of float64",
                           "Fourier transform", "copies there", "copies back"})
    EXPECT_EQ(std::count(steps.begin(), steps.end(), std::string("test:1: ") + what), 1) << what;
  auto transform = std::find(steps.begin(), steps.end(), "test:0: Fourier transform") - steps.begin();
  machine().devices[0].rates.fft_ns = -1;
  calibration_step(static_cast<size_t>(transform));
  EXPECT_GE(machine().devices[0].rates.fft_ns, 0);
  EXPECT_THROW(calibration_step(steps.size()), Error);
  machine() = before;
}

TEST(Router, MachinesSurviveTheirText) {
  Machine m = slow_pcie(), back = parse_machine(to_text(m));
  EXPECT_TRUE(back.calibrated);
  EXPECT_EQ(to_text(back), to_text(m));
  EXPECT_THROW(parse_machine("devices 1\ncpu.launch_us x\n"), Error);
  EXPECT_THROW(parse_machine(""), Error);
}

}  // namespace
}  // namespace crossarray
