// Kernel IR -> CUDA C++ text, launch geometry and packed arguments. Plain C++ without a CUDA header, in every build.
//
// One run of a kernel (the plugin caches compiled sources by variant.key()):
//   LaunchPlan plan = plan_launch(kernel, launch, device);
//   Source source = generate(kernel, plan.variant);                // only when that variant is not compiled yet
//   Arguments arguments = pack(kernel, launch, plan, scratch);     // scratch: plan.scratch_bytes bytes, 256-byte aligned
//   for (size_t i = 0; i < plan.stages.size(); ++i)                // one stream, in order; empty: nothing to do
//     if (plan.stages[i].grid) launch(function(source.entries[i].name), plan.stages[i].grid, plan.stages[i].block, arguments);
// Every entry takes ONE parameter by value: a struct whose bytes are `arguments`. No dynamic shared memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cuda {

/// Type of indices and byte offsets in the text; 32 bits where every offset fits.
enum class IndexWidth : uint8_t { kU32, kI64 };

/// All that the text depends on besides the kernel's structure. Holds no sizes, addresses or scalar values.
struct Variant {
  IndexWidth index = IndexWidth::kU32;
  uint8_t vector = 0;           // elements per 16-byte access along the innermost axis; 0: one element at a time
  uint8_t rank = 1;             // of the space after collapsing
  uint64_t reduced = 0;         // reduced axes of that space
  std::vector<uint8_t> repeat;  // vector variants, per slot: 1 where the innermost stride is 0

  /// Text that is equal iff the variants are: with key(kernel) the cache key of a compiled source.
  std::string key() const;
  friend bool operator==(const Variant&, const Variant&) = default;
};

/// A kernel's text: header-free CUDA C++, the same bytes for the same (kernel structure, variant).
struct Source {
  struct Entry {
    std::string name;       // extern "C"; unique to the text
    bool barriers = false;  // threads of a block wait for each other (a host emulation then needs fibers)
  };
  std::string text;            // prelude and body: what the compiler gets
  std::string body;            // without the prelude, in a namespace of its own: several can follow one prelude()
  std::vector<Entry> entries;  // in stage order
};

/// What the geometry may depend on. Reductions use none of it: their results depend on sizes only.
struct DeviceShape {
  int multiprocessors = 132;
  int threads_per_multiprocessor = 2048;
  bool vectors = true, narrow_index = true;  // tests: false forces the general variants
};

struct Stage {
  uint32_t grid = 0, block = 0;  // both 1-d; grid 0: skip
};

/// How one launch runs.
struct LaunchPlan {
  Variant variant;
  std::vector<Stage> stages;  // stage i runs Source::entries[i]; may be fewer than the entries
  size_t scratch_bytes = 0;   // device memory needed until the last stage has run; uninitialised
  // For pack(): the collapsed space and how it is divided.
  Dims shape;                                // the innermost extent of an elementwise vector variant counts vectors
  std::vector<Dims> strides;                 // per slot, bytes
  int64_t count = 0, tail = 0;               // elementwise: elements or vectors, and elements after the last vector
  int64_t kept = 0, reduced = 0, chunk = 0;  // reductions: outputs, elements of each, elements of each per block
  uint32_t splits = 1;                       // blocks that share an output
  uint32_t lanes_log2 = 0, finish_lanes_log2 = 0;  // threads per output
  bool rows = true;                                // neighbouring threads walk the reduced axes (else the kept ones)
};

/// Bytes of the one parameter of every stage.
struct Arguments {
  std::vector<std::byte> bytes;
};

LaunchPlan plan_launch(const Kernel& kernel, const Launch& launch, const DeviceShape& device = {});
Source generate(const Kernel& kernel, const Variant& variant);
Arguments pack(const Kernel& kernel, const Launch& launch, const LaunchPlan& plan, void* scratch);

/// Text in front of every body: types, scalar expressions, reduction helpers. Embedded when built.
const std::string& prelude();
/// Changes when the prelude does; part of the on-disk cache key.
uint64_t prelude_version();
/// Options every device compilation uses ("--std=c++20", "--fmad=false", ...), without the architecture. fast_math: products
/// and sums may be contracted.
std::vector<std::string> compile_options(bool fast_math = false);

/// Kernels for the backend's own work, run like any other.
Kernel copy_kernel(DType from, DType to, int rank);  // slot 0 -> slot 1: strided copy and cast
Kernel fill_kernel(DType dtype, int rank);           // scalar 0 -> slot 0
Kernel count_true_kernel(int rank);                  // slot 0 (bool) -> slot 1 (int64, all axes reduced)

}  // namespace crossarray::cuda
