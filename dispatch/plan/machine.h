// What this machine's devices cost: the router's only knowledge of hardware.
#pragma once

#include <string>
#include <vector>

#include "dispatch/core/device.h"

namespace crossarray {

/// Ops in classes of about equal cost, by their row's flops.
enum class OpClass : uint8_t { kLight, kDivide, kExp, kPower };
inline constexpr int kOpClasses = 4;

/// Nanoseconds and microseconds of work on one device, all its threads together.
struct Rates {
  double launch_us = 0;              // one kernel, however small
  double byte_ns = 0;                // a byte of memory traffic
  double cached_byte_ns = 0;         // the same when everything fits in `cache_bytes`
  double cache_bytes = 0;            //
  double op_ns[kOpClasses][2] = {};  // one op on one element: [class][of 8 bytes and more]
  double reduce_ns = 0;              // one element into a reduction
  double flop_ns[2] = {};            // of a matrix product: [of 8 bytes and more]
  double fft_ns = 0;                 // one element and one factor of two of a transform
};

/// One direction between host and device.
struct Link {
  double latency_us = 0;
  double pageable_byte_ns = 0;
  double pinned_byte_ns = 0;
};

struct Accelerator {
  Rates rates;
  Link up, down;                                          // host to device, device to host
  double library_reduce_bytes[2] = {16 << 20, 16 << 20};  // Backend::use_library_reductions(): [of 8 bytes]
};

inline constexpr const char* kUsualFigures = "usual figures";
inline constexpr const char* kMeasuredFigures = "figures measured on this machine";

struct Machine {
  bool calibrated = false;
  std::string origin = kMeasuredFigures;  // for backends(): "work is placed by " and this
  Rates cpu;
  std::vector<Accelerator> devices;  // device d is at d - 1

  const Rates& rates(Device d) const { return d == kCpu ? cpu : devices[d - 1u].rates; }
};

/// The machine the router decides for: measured if a calibration was loaded, else usual figures for the devices there are.
Machine& machine();
/// Takes another table from now on, and tells the devices what of it is theirs to know.
void set_machine(Machine table);
/// Usual figures: `threads` processor cores, `devices` data-centre GPUs on PCIe 5.
Machine usual_machine(int threads, int devices);

/// Sets one number by the name it has in to_text(). Throws kValue for an unknown name.
void set_figure(Machine& machine, const std::string& name, double value);

/// Text of a machine, one `name value` a line, and back; parse throws kValue naming the line.
std::string to_text(const Machine& machine);
Machine parse_machine(const std::string& text);

}  // namespace crossarray
