// What a step costs.
#pragma once

#include "dispatch/ir/lower.h"
#include "dispatch/plan/machine.h"

namespace crossarray {

/// What a step asks of the device it runs on.
struct Work {
  double elements = 0;
  double bytes = 0;             // read and written, each slot once
  double ops[kOpClasses] = {};  // per element
  double reduces = 0;           // per element
  double flops = 0;             // of a matrix product
  bool wide = false;            // computes on types of 8 bytes and more
};
Work work_of(const Step& step);

/// Microseconds the work takes where its operands are.
double microseconds(const Work& work, const Rates& rates);
/// Microseconds a copy of `bytes` takes in one direction; pinned: from or to page-locked memory.
double microseconds(size_t bytes, const Link& link, bool pinned);

/// Microseconds one CPU thread is expected to need (measured on Zen 3: 0.1 ns an add in cache, 0.05 ns a byte moved).
double cpu_microseconds(const Step& step);
/// Bytes the step reads and writes, each slot counted once.
double bytes_moved(const Step& step);

}  // namespace crossarray
