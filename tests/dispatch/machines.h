// Made-up machines with measured-looking tables, for tests of the router.
#pragma once

#include "dispatch/plan/machine.h"

namespace crossarray::test {

inline Machine usual() { return usual_machine(16, 1); }

/// PCIe 3 behind a laptop's GPU.
inline Machine slow_pcie() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {30, 0.5, 0.3};
  m.devices[0].rates.launch_us = 15;
  m.devices[0].rates.byte_ns = m.devices[0].rates.cached_byte_ns = 1.0 / 300;
  return m;
}

/// A processor and a GPU on one board.
inline Machine fast_link() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {5, 0.0025, 0.0022};
  return m;
}

/// Copies cost a call and no bytes.
inline Machine unified() {
  Machine m = usual();
  m.calibrated = true;
  m.devices[0].up = m.devices[0].down = {1, 0, 0};
  return m;
}

}  // namespace crossarray::test
