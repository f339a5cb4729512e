// Two devices for tests of the core, made once, and arrays on them.
#pragma once

#include <gtest/gtest.h>

#include "dispatch/plan/devices.h"
#include "dispatch/plan/residency.h"
#include "tests/dispatch/arrays.h"
#include "tests/dispatch/device_backend.h"

namespace crossarray::test {

struct TestDevices {
  DeviceBackend& backend;
  Device device;
  DeviceBackend& second_backend;
  Device second;
};

/// The devices, all faults off and counters at 0.
inline TestDevices& devices() {
  static TestDevices made = [] {
    use_cpu();
    auto* first = new DeviceBackend("test:0");
    auto* second = new DeviceBackend("test:1");
    Device a = add_device(first), b = add_device(second);
    return TestDevices{*first, a, *second, b};
  }();
  return made;
}

/// A fresh start at the beginning of a test, and a check at its end that nothing is left on the devices.
class DeviceTest : public ::testing::Test {
 protected:
  DeviceTest() : device(devices().device), second(devices().second), backend(devices().backend) {
    for (DeviceBackend* each : {&devices().backend, &devices().second_backend}) {
      each->resurrect();
      each->forget();
      each->peers = false;
      each->refuses = [](const Kernel&) { return false; };
    }
    copy_counts() = {};
    config().memory_limit = 0;
  }
  void TearDown() override {
    EXPECT_EQ(devices().backend.seen().blocks, 0u);
    EXPECT_EQ(devices().second_backend.seen().blocks, 0u);
  }

  Device device, second;
  DeviceBackend& backend;
};

}  // namespace crossarray::test
