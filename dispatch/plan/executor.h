// Evaluating pending values: lower, place, allocate, run, publish.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "dispatch/core/array.h"

namespace crossarray {

/// Makes every array ready (as one graph: shared work is done once). Throws kMemory, kInterrupted: then no array has
/// changed and a later call can succeed.
void evaluate(std::span<const Array* const> arrays);
void evaluate(const Array& array);
void evaluate_value(Value& value);
/// Waits, without the graph lock, while another thread's plan computes or reads `value` in place.
void wait_for(const Value& value);

/// Runs one elementwise expression of ready inputs now, under the graph lock, and writes to `out` through `strides`.
void run_single(const Expr& expr, std::byte* out, const Dims& strides);

/// Computes a pending value whose expression's output strides are those of a view of `memory` (ready, held by one storage,
/// not shared with the outside), straight into that memory from `offset` on; `value` itself stays pending and is to be
/// dropped. False, and nothing done, where the value must be complete before the first byte of it may be written.
bool evaluate_over(Value& value, const Value& memory, int64_t offset);

/// Text that says how `array` would be (or, when ready, was last) computed: steps, fusion, device, reason.
std::string explain(const Array& array);

/// The lock around the graph. In Python: the GIL. The executor lets go of it while kernels run for long.
struct GraphLock {
  void* (*release)() = nullptr;
  void (*acquire)(void*) = nullptr;
};
GraphLock& graph_lock();
/// Runs `work` with the graph lock released when `estimated_us` is long enough to pay (about 50 us).
void run_unlocked(double estimated_us, const std::function<void()>& work);

}  // namespace crossarray
