#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <complex>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "dispatch/core/config.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/placed_run.h"

namespace crossarray {
namespace {

std::string text_of(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

std::string bytes_text(double bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  while (bytes >= 1024 && unit < 4) bytes /= 1024, ++unit;
  return text_of("%.*f %s", unit ? 1 : 0, bytes, kUnits[unit]);
}

std::string time_text(double us) {
  if (us < 1e3) return text_of("%.1f us", us);
  return us < 1e6 ? text_of("%.1f ms", us * 1e-3) : text_of("%.1f s", us * 1e-6);
}

int operations(const Kernel& kernel) {
  int ops = static_cast<int>(kernel.reduces.size());
  for (const Ssa& v : kernel.values) ops += v.kind == ValueKind::kApply || v.kind == ValueKind::kCast;
  return ops;
}

/// The fewest digits that name the number.
template <class T> std::string digits_of(T number) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

template <class T> std::string complex_text(std::complex<T> z) {
  return digits_of(z.real()) + (std::signbit(z.imag()) ? "" : "+") + digits_of(z.imag()) + "j";
}

std::string number_text(const Scalar& value) {
  switch (value.dtype) {
    case DType::kC64: return complex_text(value.as<std::complex<float>>());
    case DType::kC128: return complex_text(value.as<std::complex<double>>());
    case DType::kF64: return digits_of(value.as<double>());
    case DType::kU64: return digits_of(value.as<uint64_t>());
    default: break;
  }
  if (is_float(value.dtype)) return digits_of(cast_scalar(value, DType::kF32).as<float>());
  return digits_of(cast_scalar(value, DType::kI64).as<int64_t>());
}

/// The kernel's line names a scalar by its place among the launch's; here its value follows.
std::string with_value(const std::string& line, const std::vector<Scalar>& scalars) {
  if (line.find(" = scalar ") == std::string::npos) return line;
  const size_t place = std::stoul(line.substr(line.rfind(' ') + 1));
  return line.substr(0, line.rfind(' ')) + " scalar" + std::to_string(place) + ": " + number_text(scalars[place]);
}

std::string indented(const std::string& body, const std::vector<Scalar>& scalars) {
  std::string out;
  for (size_t at = 0; at < body.size();) {
    size_t end = body.find('\n', at);
    out += "  " + with_value(body.substr(at, end - at), scalars) + "\n";
    at = end + 1;
  }
  return out;
}

std::string places(uint32_t valid) {
  std::string text;
  for (int d = 0; d < device_count(); ++d)
    if (valid >> d & 1) text += (text.empty() ? "" : " and ") + device_name(static_cast<Device>(d));
  return text;
}

std::string where_is(const Array& a) {
  uint32_t valid = a.value().on_host() ? 1 : 0;
  for (const DeviceCopy* copy = a.value().copies(); copy; copy = copy->next)
    if (copy->valid) valid |= 1u << copy->device;
  Device pin = a.value().pin();
  return places(valid) + (pin == kAuto ? "" : ", pinned to " + device_name(pin));
}

/// When results are ready as soon as they are asked for.
std::string why_ready() {
  if (!config().lazy) return "lazy=False: everything runs when it is called\n";
  const auto eager = static_cast<double>(config().eager_bytes);
  return "ready: made or read before, or run at once when called (" +
         (eager > 0 ? "work on less than " + bytes_text(eager) + "; " : std::string()) +
         "matrix products, sorts, scans,\ntakes, FFT and linear algebra of any size)\n";
}

// A plan, how it would be placed now, and where its values are as its steps run.
class Telling {
 public:
  Telling(const Plan& plan, const Route& route) : plan_(plan), route_(route), placement_(place(route, machine())) {
    for (const RouteValue& v : route.values) valid_.push_back(v.valid);
  }

  std::string text() {
    std::string out;
    for (size_t i = 0; i < plan_.steps.size(); ++i) out += step(i);
    if (device_count() == 1) return out + "placement: cpu is the only device here\n";
    return out + text_of("placement: about %s in all, by ", time_text(placement_.microseconds).c_str()) +
           machine().origin + "\n";
  }

 private:
  std::string step(size_t i) {
    const Choice& choice = placement_.steps[i];
    const Plan::PlanStep& step = plan_.steps[i];
    std::string out = text_of("step %zu on %s: %s, moves %s, about %s%s\n", i + 1, device_name(choice.device).c_str(),
                              step_title(step.kernel, step.space).c_str(), bytes_text(step.work.bytes).c_str(),
                              time_text(choice.here_us).c_str(), elsewhere(i).c_str());
    out += copies(i, choice.device) + squeeze(i, choice.device);
    if (choice.other != kAuto && choice.other_us != 0)
      out += "  on " + device_name(choice.other) + " instead: " + time_text(std::abs(choice.other_us)) +
             (choice.other_us < 0 ? " less" : " more") + " in all, copies included\n";
    for (size_t v : route_.steps[i].writes) valid_[v] = 1u << choice.device;
    return out + indented(print(step.kernel), plan_.launches[i].scalars);
  }

  // The time on the other side, and why the step is not there.
  std::string elsewhere(size_t i) const {
    if (device_count() == 1) return "";
    const Choice& choice = placement_.steps[i];
    const Device other = choice.device == kCpu ? Device{1} : kCpu;
    return " (" + time_text(microseconds(route_.steps[i].work, machine().rates(other))) + " on " + device_name(other) +
           "); " + choice.reason;
  }

  // What a step needs at once, if that is more than the device may hold.
  std::string squeeze(size_t i, Device device) const {
    if (device == kCpu) return "";
    size_t needed = 0, limit = config().memory_limit;
    for (const auto* list : {&route_.steps[i].reads, &route_.steps[i].writes})
      for (size_t v : *list) needed += route_.values[v].bytes;
    const size_t room = limit ? limit : backend_of(device).memory().capacity;
    if (!room || needed <= room) return "";
    return "  needs " + bytes_text(static_cast<double>(needed)) + " of the " + bytes_text(static_cast<double>(room)) +
           " that " + device_name(device) + " may hold: in pieces, or on the cpu\n";
  }

  std::string copy_time(size_t v, Device to) const {
    const auto& [bytes, valid, wanted, pinned] = route_.values[v];
    double us = 0;
    if (!(valid_[v] & 1))
      us += microseconds(bytes, machine().devices[static_cast<size_t>(std::countr_zero(valid_[v])) - 1].down, pinned);
    if (to != kCpu) us += microseconds(bytes, machine().devices[to - 1u].up, pinned);
    return time_text(us);
  }

  std::string copies(size_t i, Device device) {
    std::string out;
    for (size_t v : route_.steps[i].reads) {
      if (valid_[v] >> device & 1) continue;
      out += "  copies " + bytes_text(static_cast<double>(route_.values[v].bytes)) + " from " + places(valid_[v]) +
             " to " + device_name(device) + ", about " + copy_time(v, device) + ": this step reads it there\n";
      valid_[v] |= 1u << device;
    }
    return out;
  }

  const Plan& plan_;
  const Route& route_;
  Placement placement_;
  std::vector<uint32_t> valid_;
};

}  // namespace

std::string step_title(const Kernel& kernel, const Dims& space) {
  const int count = operations(kernel);
  if (count == 0) return "a copy over " + shape_text(space);
  return std::to_string(count) + (count == 1 ? " operation over " : " operations fused over ") + shape_text(space);
}

std::string explain(std::span<const Array* const> arrays) {
  any_device();
  std::string out;
  std::vector<Value*> pending;
  bool any_ready = false;
  for (const Array* a : arrays) {
    const bool waits = a->value().pending();
    any_ready = any_ready || !waits;
    if (waits && std::find(pending.begin(), pending.end(), &a->value()) == pending.end())
      pending.push_back(&a->value());
    out += std::string(name(a->dtype())) + shape_text(a->shape()) +
           (waits ? ": pending" : ": ready on " + where_is(*a) + ", nothing to compute");
    if (arrays.size() > 1) out += "\n";
  }
  if (pending.empty()) return out + (arrays.size() > 1 ? "" : "\n") + why_ready();
  PendingGraph graph(pending);
  std::unique_ptr<Plan> plan = make_plan(graph, signature_of(graph));
  std::vector<Ref<Value>> values = values_of(*plan, graph);
  out += arrays.size() == 1 ? ", " : "in all: ";
  out += std::to_string(plan->steps.size()) + (plan->steps.size() == 1 ? " step\n" : " steps\n");
  return out + Telling(*plan, route_of(*plan, values, {})).text() + (any_ready ? why_ready() : "");
}

}  // namespace crossarray
