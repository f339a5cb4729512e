#include "dispatch/plan/machine.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <sstream>
#include <thread>

#include "dispatch/core/config.h"
#include "dispatch/core/error.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/machine_file.h"

namespace crossarray {
namespace {

// Memory serves about this many cores at full speed.
constexpr double kCoresOfMemory = 4;

Rates usual_cpu(int threads) {
  double cores = threads, memory = std::min(cores, kCoresOfMemory);
  Rates r;
  r.launch_us = 1;
  r.byte_ns = 0.1 / memory;
  r.cached_byte_ns = 0.03 / cores;
  r.cache_bytes = 8e6;
  constexpr double kOps[kOpClasses] = {0.05, 0.3, 1.0, 4.0};  // f32; twice that for 8 bytes
  for (int c = 0; c < kOpClasses; ++c)
    for (int wide = 0; wide < 2; ++wide) r.op_ns[c][wide] = kOps[c] * (1 + wide) / cores;
  r.reduce_ns = 0.1 / cores;
  r.flop_ns[0] = 0.02 / cores;
  r.flop_ns[1] = 0.04 / cores;
  r.fft_ns = 0.5 / cores;
  return r;
}

Accelerator usual_device() {
  Accelerator a;
  Rates& r = a.rates;
  r.launch_us = 6;
  r.byte_ns = r.cached_byte_ns = 1.0 / 3000;
  constexpr double kOps[kOpClasses] = {2e-5, 2e-4, 4e-4, 2e-3};
  for (int c = 0; c < kOpClasses; ++c)
    for (int wide = 0; wide < 2; ++wide) r.op_ns[c][wide] = kOps[c] * (1 + wide);
  r.reduce_ns = 5e-5;
  r.flop_ns[0] = 2.5e-5;
  r.flop_ns[1] = 2.5e-5;
  r.fft_ns = 2e-3;
  a.up = a.down = {10, 0.1, 0.02};
  return a;
}

using Visit = std::function<void(const std::string&, double&)>;

void visit_rates(const std::string& prefix, Rates& r, const Visit& each) {
  each(prefix + "launch_us", r.launch_us);
  each(prefix + "byte_ns", r.byte_ns);
  each(prefix + "cached_byte_ns", r.cached_byte_ns);
  each(prefix + "cache_bytes", r.cache_bytes);
  constexpr const char* kNames[kOpClasses] = {"light", "divide", "exp", "power"};
  for (int c = 0; c < kOpClasses; ++c)
    for (int wide = 0; wide < 2; ++wide) each(prefix + kNames[c] + (wide ? "_wide_ns" : "_ns"), r.op_ns[c][wide]);
  each(prefix + "reduce_ns", r.reduce_ns);
  each(prefix + "flop_ns", r.flop_ns[0]);
  each(prefix + "flop_wide_ns", r.flop_ns[1]);
  each(prefix + "fft_ns", r.fft_ns);
}

void visit_link(const std::string& prefix, Link& link, const Visit& each) {
  each(prefix + "latency_us", link.latency_us);
  each(prefix + "pageable_byte_ns", link.pageable_byte_ns);
  each(prefix + "pinned_byte_ns", link.pinned_byte_ns);
}

void visit(Machine& m, const Visit& each) {
  visit_rates("cpu.", m.cpu, each);
  for (size_t i = 0; i < m.devices.size(); ++i) {
    const std::string prefix = "device" + std::to_string(i) + ".";
    visit_rates(prefix, m.devices[i].rates, each);
    visit_link(prefix + "up.", m.devices[i].up, each);
    visit_link(prefix + "down.", m.devices[i].down, each);
    each(prefix + "library_reduce_bytes", m.devices[i].library_reduce_bytes[0]);
    each(prefix + "library_reduce_wide_bytes", m.devices[i].library_reduce_bytes[1]);
  }
}

Machine& the_machine() {
  static Machine one;
  return one;
}

}  // namespace

Machine usual_machine(int threads, int devices) {
  Machine m;
  m.origin = std::string(kUsualFigures) + "; crossarray.calibrate() measures this machine's";
  m.cpu = usual_cpu(threads);
  m.devices.assign(static_cast<size_t>(devices), usual_device());
  return m;
}

void set_machine(Machine table) {
  the_machine() = std::move(table);
  const std::vector<Accelerator>& devices = the_machine().devices;
  for (size_t i = 0; i < devices.size() && i + 1 < static_cast<size_t>(device_count()); ++i) {
    const double* from = devices[i].library_reduce_bytes;
    backend_of(static_cast<Device>(i + 1)).use_library_reductions(from[0], from[1]);
  }
}

Machine& machine() {
  auto devices = static_cast<size_t>(device_count() - 1);
  if (the_machine().devices.size() != devices || the_machine().cpu.byte_ns == 0) {
    int threads = config().threads ? config().threads : static_cast<int>(std::thread::hardware_concurrency());
    set_machine(load_machine(usual_machine(std::max(1, threads), static_cast<int>(devices))));
  }
  return the_machine();
}

void set_figure(Machine& machine, const std::string& name, double value) {
  bool found = false;
  visit(machine, [&](const std::string& each, double& figure) {
    if (each == name) figure = value, found = true;
  });
  if (!found) raise(ErrorKind::kValue, "machine table: no figure '" + name + "'");
}

std::string to_text(const Machine& machine) {
  std::string text = "devices " + std::to_string(machine.devices.size()) + "\n";
  Machine copy = machine;
  visit(copy, [&](const std::string& name, double& value) {
    char line[96];
    std::snprintf(line, sizeof line, "%s %.6g\n", name.c_str(), value);
    text += line;
  });
  return text;
}

Machine parse_machine(const std::string& text) {
  std::istringstream in(text);
  std::string name;
  size_t devices = 0;
  if (!(in >> name >> devices) || name != "devices" || devices >= kMaxDevices)
    raise(ErrorKind::kValue, "machine table: the first line is 'devices N', got '" + name + "'");
  Machine m;
  m.calibrated = true;
  m.devices.resize(devices);
  visit(m, [&](const std::string& wanted, double& value) {
    if (!(in >> name >> value) || name != wanted || !(value >= 0))
      raise(ErrorKind::kValue, "machine table: expected a line '" + wanted + " VALUE', got '" + name + "'");
  });
  return m;
}

}  // namespace crossarray
