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

std::string step_text(const Step& step, size_t number) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer,
                "step %zu on cpu: %d operations fused over %s, moves %s, about %.1f us on one thread\n", number,
                ops_in(step.kernel), shape_text(step.space).c_str(), bytes_text(bytes_moved(step)).c_str(),
                cpu_microseconds(step));
  std::string body = print(step.kernel), indented;
  for (size_t at = 0; at < body.size();) {
    size_t end = body.find('\n', at);
    indented += "  " + body.substr(at, end - at) + "\n";
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
