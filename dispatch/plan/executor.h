// Evaluating pending values: lower, place, allocate, run, publish.
#pragma once

#include <span>
#include <string>

#include "dispatch/core/array.h"
#include "dispatch/core/function_ref.h"

namespace crossarray {

class DeviceBlock;

/// Makes every array ready (as one graph: shared work is done once). Throws kMemory, kInterrupted: then no array has
/// changed and a later call can succeed.
void evaluate(std::span<const Array* const> arrays);
void evaluate(const Array& array);
/// The same for what a `with xp.device(...)` block recorded.
void evaluate(const DeviceBlock& block);
/// for_host: the caller reads it on the host next, which counts when the router places the work.
void evaluate_value(Value& value, bool for_host = false);
/// Waits, without the graph lock, while another thread's plan computes or reads `value` in place.
void wait_for(const Value& value);

/// Runs one elementwise expression of computed inputs on `device` now, under the graph lock, and writes to `out`, which
/// lies in the bytes of `target` there, through `strides`.
void run_single(const Expr& expr, Device device, Value& target, std::byte* out, const Dims& strides);

/// Address of a computed value's bytes on `device`, copied there first if they are not valid there. Work enqueued on the
/// device afterwards sees them. Throws kMemory, kDevice.
std::byte* bring(Value& value, Device device);
/// bring(value, kCpu) and waits: host code may read. Lets go of the graph lock for long copies.
std::byte* bring_to_host(Value& value);
/// Tells (in Python: a warning) that `what` was done on the CPU because `device` had no room. The last thing an operation
/// does: it may throw what the listener throws.
void told_no_room(Device device, const std::string& what);
/// Gives `to`, which has no bytes yet, the bytes of `from` on `device`.
void copy_value(Value& from, Value& to, Device device);
/// Work enqueued on `device` changes the bytes there: the only valid copy from now on. `now`: waits for it.
void changed_on(Value& value, Device device, bool now);
/// Host code is about to change the host's bytes, which are valid: waits for copies out of them, invalidates the others.
void before_host_write(Value& value);

/// Computes a pending value whose expression's output strides are those of a view of `memory` (ready, held by one storage,
/// not shared with the outside), straight into that memory from `offset` on; `value` itself stays pending and is to be
/// dropped. False, and nothing done, where the value must be complete before the first byte of it may be written.
bool evaluate_over(Value& value, const Value& memory, int64_t offset);

/// Text that says how the arrays would be computed together: steps, fusion, device, reason; of ready ones that they are.
std::string explain(std::span<const Array* const> arrays);

/// The lock around the graph. In Python: the GIL. The executor lets go of it while kernels run for long.
struct GraphLock {
  void* (*release)() = nullptr;
  void (*acquire)(void*) = nullptr;
};
GraphLock& graph_lock();
/// Runs `work` with the graph lock released when `estimated_us` is long enough to pay (about 50 us).
void run_unlocked(double estimated_us, FunctionRef<void()> work);

}  // namespace crossarray
