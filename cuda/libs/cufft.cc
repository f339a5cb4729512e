#include "cuda/libs/cufft.h"

#include <list>

#include "cuda/libs/door.h"

namespace crossarray::cuda::cufft {
namespace {

struct Table : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/libs/cufft.def"
#undef XA_ENTRY
};

const Table& functions() {
  return opened_table<Table>(Library::kFft, [](const std::string& why) { refuse_missing("fft", why); });
}

void check(int status, const char* call) { check_status(status, call, kFftNoMemory); }

/// cufftType.
int type_of(const Shape& shape) {
  switch (shape.transform) {
    case Transform::kComplex: return shape.doubles ? 0x69 : 0x29;
    case Transform::kRealToComplex: return shape.doubles ? 0x6a : 0x2a;
    case Transform::kComplexToReal: return shape.doubles ? 0x6c : 0x2c;
  }
  return 0;
}

struct Plan {
  Shape shape;
  int handle = 0;
  size_t work_bytes = 0;
};

/// The plans of one device, the one used last in front.
struct Plans {
  std::mutex mutex;
  std::list<Plan> plans;  // under mutex
};

std::vector<long long> as_long(const Dims& dims) { return {dims.begin(), dims.end()}; }

Plan make_plan(const Machine& machine, const Shape& shape) {
  Plan plan{shape, 0, 0};
  const Table& f = functions();
  check(f.cufftCreate(&plan.handle), "cufftCreate");
  try {
    check(f.cufftSetAutoAllocation(plan.handle, 0), "cufftSetAutoAllocation");
    auto n = as_long(shape.n), in = as_long(shape.in.embed), out = as_long(shape.out.embed);
    check(f.cufftMakePlanMany64(plan.handle, static_cast<int>(n.size()), n.data(), in.data(), shape.in.step,
                                shape.in.distance, out.data(), shape.out.step, shape.out.distance, type_of(shape),
                                shape.batch, &plan.work_bytes),
          "cufftMakePlanMany64");
    check(f.cufftSetStream(plan.handle, machine.device.compute()), "cufftSetStream");
  } catch (...) {
    f.cufftDestroy(plan.handle);
    throw;
  }
  return plan;
}

/// Under plans.mutex.
const Plan& plan_for(const Machine& machine, Plans& plans, const Shape& shape) {
  for (auto at = plans.plans.begin(); at != plans.plans.end(); ++at)
    if (at->shape == shape) {
      plans.plans.splice(plans.plans.begin(), plans.plans, at);
      return plans.plans.front();
    }
  plans.plans.push_front(make_plan(machine, shape));
  if (plans.plans.size() > kMostPlans) {
    functions().cufftDestroy(plans.plans.back().handle);
    plans.plans.pop_back();
  }
  return plans.plans.front();
}

void execute(const Plan& plan, void* in, void* out, bool inverse) {
  const Table& f = functions();
  const int direction = inverse ? 1 : -1;
  const bool doubles = plan.shape.doubles;
  switch (plan.shape.transform) {
    case Transform::kComplex:
      return check((doubles ? f.cufftExecZ2Z : f.cufftExecC2C)(plan.handle, in, out, direction), "cufftExec");
    case Transform::kRealToComplex:
      return check((doubles ? f.cufftExecD2Z : f.cufftExecR2C)(plan.handle, in, out), "cufftExec");
    case Transform::kComplexToReal:
      return check((doubles ? f.cufftExecZ2D : f.cufftExecC2R)(plan.handle, in, out), "cufftExec");
  }
}

}  // namespace

void transform(Machine& machine, const Shape& shape, void* in, void* out, bool inverse) {
  static auto& all = *new PerDevice<Plans>;
  functions();
  Plans& plans = all.get(machine, [](Plans&) {});
  std::lock_guard<std::mutex> hold(plans.mutex);
  const Plan& plan = plan_for(machine, plans, shape);
  const Scratch work(machine.pool, plan.work_bytes);
  check(functions().cufftSetWorkArea(plan.handle, work.data()), "cufftSetWorkArea");
  execute(plan, in, out, inverse);
}

}  // namespace crossarray::cuda::cufft
