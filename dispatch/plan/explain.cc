#include <complex>
#include <cstdio>
#include <string>

#include "dispatch/ir/lower.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/cost.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

std::string bytes_text(double bytes) {
  char buffer[48];
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  while (bytes >= 1024 && unit < 4) bytes /= 1024, ++unit;
  std::snprintf(buffer, sizeof buffer, "%.*f %s", unit ? 1 : 0, bytes, kUnits[unit]);
  return buffer;
}

int ops_in(const Kernel& kernel) {
  int ops = static_cast<int>(kernel.reduces.size());
  for (const Ssa& v : kernel.values) ops += v.kind == ValueKind::kApply || v.kind == ValueKind::kCast;
  return ops;
}

std::string number_text(const Scalar& value) {
  char buffer[64];
  if (is_complex(value.dtype)) {
    const auto z = cast_scalar(value, DType::kC128).as<std::complex<double>>();
    std::snprintf(buffer, sizeof buffer, "%.17g%+.17gj", z.real(), z.imag());
  } else if (value.dtype == DType::kU64) {
    std::snprintf(buffer, sizeof buffer, "%llu", static_cast<unsigned long long>(value.as<uint64_t>()));
  } else if (is_float(value.dtype)) {
    std::snprintf(buffer, sizeof buffer, "%.17g", cast_scalar(value, DType::kF64).as<double>());
  } else {
    std::snprintf(buffer, sizeof buffer, "%lld", static_cast<long long>(cast_scalar(value, DType::kI64).as<int64_t>()));
  }
  return buffer;
}

/// The kernel's line names a scalar by its place among the step's; here its value follows.
std::string with_value(const std::string& line, const Step& step) {
  if (line.find(" = scalar ") == std::string::npos) return line;
  const size_t place = std::stoul(line.substr(line.rfind(' ') + 1));
  return line.substr(0, line.rfind(' ')) + " scalar" + std::to_string(place) + ": " + number_text(step.scalars[place]);
}

std::string step_text(const Step& step, size_t number) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer,
                "step %zu on cpu: %d operations fused over %s, moves %s, about %.1f us on one thread\n", number,
                ops_in(step.kernel), shape_text(step.space).c_str(), bytes_text(bytes_moved(step)).c_str(),
                cpu_microseconds(step));
  std::string body = print(step.kernel), indented;
  for (size_t at = 0; at < body.size();) {
    size_t end = body.find('\n', at);
    indented += "  " + with_value(body.substr(at, end - at), step) + "\n";
    at = end + 1;
  }
  return buffer + indented;
}

}  // namespace

std::string explain(const Array& array) {
  std::string head = std::string(name(array.dtype())) + shape_text(array.shape());
  if (!array.value().pending()) return head + ": ready on cpu, nothing to compute\n";
  Value* target = &array.value();
  PendingGraph graph({&target, 1});
  Lowered plan = lower(graph);
  std::string text =
      head + ": pending, " + std::to_string(plan.steps.size()) + (plan.steps.size() == 1 ? " step\n" : " steps\n");
  for (size_t i = 0; i < plan.steps.size(); ++i) text += step_text(plan.steps[i], i + 1);
  return text + "placement: cpu is the only backend here\n";
}

}  // namespace crossarray
