// Placement: residency first, size second.
#include "dispatch/plan/router.h"

#include <gtest/gtest.h>

#include "tests/dispatch/devices.h"

namespace crossarray {
namespace {

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

Machine usual() { return usual_machine(16, 1); }
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

// Made-up machines with measured-looking tables.
Machine slow_pcie() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {30, 0.5, 0.3};
  m.devices[0].rates.launch_us = 15;
  m.devices[0].rates.byte_ns = m.devices[0].rates.cached_byte_ns = 1.0 / 300;
  return m;
}
Machine fast_link() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {5, 0.0025, 0.0022};
  return m;
}
Machine unified() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {1, 0, 0};
  return m;
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

// The benchmark table: sizes, kinds of work, where the data are, whether the host reads the result.
std::vector<Route> benchmark_table() {
  std::vector<Route> all;
  for (uint32_t where : {kHost, kOnGpu, kHost | kOnGpu})
    for (bool wanted : {false, true})
      for (double n = 1e3; n <= 1e8; n *= 10)
        for (int ops : {1, 5, 25})
          for (int cls : {0, 2, 3}) {
            Route route = chain(n, 0, where, wanted);
            route.steps[0].work.ops[cls] = ops;
            all.push_back(route);
            // The same, twice over, then a reduction.
            route.values.push_back({static_cast<size_t>(n * 8), 0, false});
            route.values.push_back({8, 0, true});
            RouteStep next = route.steps[0];
            next.reads = {0, 1}, next.writes = {2};
            RouteStep sum = next;
            sum.reads = {2}, sum.writes = {3};
            sum.work.ops[cls] = 0, sum.work.reduces = 1, sum.work.bytes = n * 8;
            route.steps.push_back(next);
            route.steps.push_back(sum);
            all.push_back(route);
          }
  for (double n : {32, 128, 512, 2048, 8192})
    for (uint32_t where : {kHost, kOnGpu}) all.push_back(product(n, where));
  return all;
}

// Time of the chosen placement on the true machine over the better of the two fixed devices, worst cell.
double worst_regret(const Machine& truth, const Machine& believed) {
  double worst = 1;
  for (const Route& route : benchmark_table()) {
    std::vector<Device> chosen;
    for (const Choice& c : place(route, believed).steps) chosen.push_back(c.device);
    std::vector<Device> cpu(chosen.size(), kCpu), gpu(chosen.size(), kGpu);
    double best = std::min(predict(route, truth, cpu), predict(route, truth, gpu));
    worst = std::max(worst, predict(route, truth, chosen) / best);
  }
  return worst;
}

double mean_regret(const Machine& truth, const Machine& believed) {
  double sum = 0, count = 0;
  for (const Route& route : benchmark_table()) {
    std::vector<Device> chosen;
    for (const Choice& c : place(route, believed).steps) chosen.push_back(c.device);
    std::vector<Device> cpu(chosen.size(), kCpu), gpu(chosen.size(), kGpu);
    sum += predict(route, truth, chosen) / std::min(predict(route, truth, cpu), predict(route, truth, gpu));
    ++count;
  }
  return sum / count;
}

TEST(Router, RegretIsSmallWhenTheConstantsAreTrue) {
  for (const Machine& m : {slow_pcie(), fast_link(), unified()}) EXPECT_LE(worst_regret(m, m), 1.10);
}

std::vector<std::function<void(Machine&, double)>> errors() {
  return {
      [](Machine& m, double f) { m.cpu.byte_ns *= f, m.cpu.cached_byte_ns *= f; },
      [](Machine& m, double f) {
        for (auto& each : m.cpu.op_ns) each[0] *= f, each[1] *= f;
      },
      [](Machine& m, double f) { m.cpu.launch_us *= f; },
      [](Machine& m, double f) { m.cpu.flop_ns[0] *= f; },
      [](Machine& m, double f) { m.devices[0].rates.launch_us *= f; },
      [](Machine& m, double f) { m.devices[0].rates.byte_ns *= f, m.devices[0].rates.cached_byte_ns *= f; },
      [](Machine& m, double f) {
        for (auto& each : m.devices[0].rates.op_ns) each[0] *= f, each[1] *= f;
      },
      [](Machine& m, double f) { m.devices[0].up.pageable_byte_ns *= f, m.devices[0].up.latency_us *= f; },
      [](Machine& m, double f) { m.devices[0].down.pageable_byte_ns *= f, m.devices[0].down.latency_us *= f; },
  };
}

TEST(Router, RegretStaysSmallWhenAConstantIsWrongByTwo) {
  for (const Machine& truth : {slow_pcie(), fast_link(), unified()})
    for (size_t i = 0; i < errors().size(); ++i)
      for (double factor : {0.5, 2.0}) {
        Machine believed = truth;
        errors()[i](believed, factor);
        EXPECT_LE(mean_regret(truth, believed), 1.05) << i << " by " << factor;
        EXPECT_LE(worst_regret(truth, believed), 2.0) << i << " by " << factor;
      }
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
