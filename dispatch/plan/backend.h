// What a backend must implement. Whoever implements this short list has the whole library.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dispatch/core/array.h"
#include "dispatch/ir/kernel_ir.h"

namespace crossarray {

inline constexpr uint32_t kBackendVersion = 1;

/// A kernel made ready to run; owned by the plan cache, freed by the backend that made it.
class Program {
 public:
  virtual ~Program() = default;
};

/// One op on host-visible memory, run at once: the eager lane. Strides in bytes over `shape`; out may be one of the
/// inputs (same layout) but not overlap them otherwise.
struct OpCall {
  Op op;
  DType in_dtype[3];  // of the memory; differs from `loop_in` where a cast is implied
  DType loop_in[3];
  DType loop_out;   // the op's result
  DType out_dtype;  // of the memory
  uint8_t arity;
  const std::byte* in[3];  // a scalar operand is a pointer with all strides 0
  const Dims* in_strides[3];
  std::byte* out;
  const Dims* out_strides;
  const Dims* shape;
};

/// One reduction run at once.
struct ReduceCall {
  ReduceKind kind;
  DType in_dtype, accumulate, out_dtype;
  const std::byte* in;
  const Dims* in_strides;
  std::byte* out;           // dense over the kept axes, in axis order
  const Dims* out_strides;  // per axis of shape, 0 on reduced ones
  const Dims* shape;
  uint64_t reduced;
  double ddof;
};

/// out[..., i] = op over in[..., 0..i] along `axis` (ufunc.accumulate).
struct ScanCall {
  Op op;
  DType in_dtype, loop, out_dtype;
  const std::byte* in;
  std::byte* out;
  Dims shape, in_strides, out_strides;
  int axis;
};

/// Batched matrix product, strides in bytes: out[b] (m x n) = a[b] (m x k) * b[b] (k x n). All of `dtype`.
/// Vectors are matrices of extent 1. conjugate_a for vecdot and vecmat.
struct MatmulCall {
  DType dtype;
  const std::byte *a, *b;
  std::byte* out;
  Dims batch, a_batch, b_batch, out_batch;  // extents and byte strides (0 = broadcast)
  int64_t m, k, n;
  int64_t a_row, a_col, b_row, b_col, out_row, out_col;
  bool conjugate_a = false;
};

/// Integer-array indexing. Index arrays are int64, broadcast to one shape, already wrapped and bounds-checked.
/// take: out[j..., r...] = base[ sum_k index_k[j] * stride_k + r ]; put: the reverse (later writes win).
struct IndexCall {
  size_t item;  // bytes per element; the engine copies bits
  std::byte* base;
  Dims index_shape;                      // j
  SmallVector<const int64_t*, 4> index;  // one per indexed axis, C-contiguous over index_shape
  SmallVector<int64_t, 4> base_step;     // bytes per unit of each index
  Dims rest_shape, base_rest;            // r and its byte strides in base
  std::byte* values;                     // take: destination; put: source
  Dims value_index, value_rest;          // byte strides of values over j and r
};

/// Boolean selection over `shape` (the mask's): count of true, positions of true.
struct MaskCall {
  const std::byte* mask;
  Dims shape, strides;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual uint32_t version() const { return kBackendVersion; }
  /// "cpu", "cuda:0".
  virtual std::string name() const = 0;
  /// One sentence: what it runs on, e.g. "AMD EPYC, AVX-512, 2 threads".
  virtual std::string describe() const = 0;

  /// Memory for results; 64-byte aligned (CPU: from the size-class cache). Throws kMemory.
  virtual void* allocate(size_t bytes) = 0;
  virtual void deallocate(void* data, size_t bytes) noexcept = 0;
  virtual void free_cached() = 0;
  /// For tests: the k-th allocation from now (1: the next) throws kMemory once; 0 calls it off.
  virtual void fail_allocation(int64_t k) = 0;

  /// Prepares a kernel; called once per structure.
  virtual std::unique_ptr<Program> compile(const Kernel& kernel) = 0;
  /// Runs it. Called without the graph lock. Throws kMemory (scratch) or kInterrupted; outputs are then undefined.
  virtual void run(const Program& program, const Launch& launch) = 0;
  /// Runs programs that share their outermost axes block by block, so that what one writes the next finds in cache.
  /// shared_rank: how many leading axes of every launch are the same and reduced by none.
  virtual void run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches, int shared_rank);

  virtual void run_op(const OpCall& call) = 0;
  virtual void run_reduce(const ReduceCall& call) = 0;
  virtual void scan(const ScanCall& call) = 0;
  virtual void matmul(const MatmulCall& call) = 0;
  virtual void take(const IndexCall& call) = 0;
  virtual void put(const IndexCall& call) = 0;
  virtual int64_t count_true(const MaskCall& call) = 0;
  /// Flat C-order positions of true elements, `count` of them.
  virtual void nonzero(const MaskCall& call, int64_t* positions) = 0;

  virtual void copy_to_host(void* to, const void* from, size_t bytes) = 0;
  virtual void copy_from_host(void* to, const void* from, size_t bytes) = 0;
};

/// Polled by long runs on the calling thread, every few milliseconds; true = stop with kInterrupted.
using InterruptPoll = bool (*)();
InterruptPoll& interrupt_poll();

/// The CPU backend registers itself here once (python/src or a C++ test's main calls cpu::backend()).
void register_backend(Backend* backend);
/// The CPU backend; asserts it is registered.
Backend& cpu_backend();

}  // namespace crossarray
