// What a backend must implement. Whoever implements this short list has the whole library.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "dispatch/core/array.h"
#include "dispatch/core/promote.h"
#include "dispatch/ir/kernel_ir.h"

namespace crossarray {

inline constexpr uint32_t kBackendVersion = 5;

struct CompileOptions {
  bool fast_math = false;  // allows FMA contraction and reassociation
};

/// A kernel made ready to run; owned by the plan cache, freed by the backend that made it.
class Program {
 public:
  virtual ~Program() = default;
};

/// One op on host memory, run at once: the eager lane. Strides in bytes over `shape`; out may be one of the
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

/// out[i] = op over in[starts[i] .. starts[i+1]), the last one up to `length`; over one element where that is empty
/// (ufunc.reduceat along a line). Dense elements of the loop dtype, no halves. kind: the reduction that the op is, if any.
struct SegmentsCall {
  Op op;
  DType loop;
  std::optional<ReduceKind> kind;
  const std::byte* in;
  int64_t length;
  const int64_t* starts;
  int64_t count;
  std::byte* out;
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
  bool fast_math = false;  // allows TF32 and the like
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

/// Complex transforms of length n, one after the other, not scaled. All of `dtype` (c64, c128).
struct FftCall {
  DType dtype;
  const std::byte* in;
  std::byte* out;
  int64_t n, batch;
  bool inverse;
};

/// What an address is to a device: host memory that copies must be staged from, or not; memory of its own, or of another.
enum class MemoryKind { kPageable, kPinned, kOwn, kOther };

struct MemoryInfo {
  size_t in_use = 0;    // bytes of live allocations
  size_t cached = 0;    // freed, kept for reuse
  size_t peak = 0;      // highest in_use so far
  size_t capacity = 0;  // of the device; 0: not known
};

/// The lines of work of a device: what is on one happens in order.
enum class Lane : uint8_t { kCompute, kUpload, kDownload };

/// Streams of others by number: the legacy default one, which is also behind every blocking stream of the device, and all.
inline constexpr uintptr_t kLegacyStream = 1, kAnyStream = UINTPTR_MAX;

/// One device: its memory, its order of work, and what it runs.
///
/// **Pointers** in every call are of this backend's memory, except where a parameter says host.
/// **Order.** A device has a compute stream and copy streams. run() and the primitives enqueue on the compute stream and
/// return; they happen in call order. The copies from and to the host enqueue on a copy stream, where they wait for the
/// fence they are given and for nothing else; compute work that needs a copy is preceded by order_after(its fence). On the
/// CPU everything is over when the call returns and every fence is reached.
/// **Memory** is ordered by the compute stream: allocate() may return memory whose last user is still enqueued there, so a
/// copy into it waits for a record() made after the allocation. What allocate_for_upload() returns is ordered by the copies
/// from the host: the first of them into it waits for nothing else, and compute work for that copy. deallocate() takes
/// effect after all work enqueued so far, copies included.
/// **Errors.** kMemory: no room, nothing enqueued, the call can be repeated. kDevice: the device is lost (sticky); from then
/// on lost() is true, every call but deallocate() throws kDevice, and what it held is gone. An error of work in flight may
/// show at any later call.
/// **Threads.** Calls may come from several threads at once.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual uint32_t version() const { return kBackendVersion; }
  /// "cpu", "cuda:0".
  virtual std::string name() const = 0;
  /// One sentence: what it runs on, e.g. "AMD EPYC, AVX-512, 2 threads".
  virtual std::string describe() const = 0;
  /// Versions of what its speed depends on besides: "driver 13.0". Empty: the library's own.
  virtual std::string software() const = 0;
  /// Host code may dereference its pointers (once the fences are reached): no copies are made between it and the CPU.
  virtual bool host_accessible() const = 0;
  virtual bool lost() const = 0;

  /// Memory for results, aligned to at least 64 bytes. Throws kMemory at once: whoever calls frees something and retries.
  virtual void* allocate(size_t bytes) = 0;
  /// The same for memory that copy_from_host() is the first to write, not after compute work that is enqueued now.
  virtual void* allocate_for_upload(size_t bytes) = 0;
  /// A no-op once the device is lost.
  virtual void deallocate(void* data, size_t bytes) noexcept = 0;
  /// Waits for the device and returns cached memory to the system.
  virtual void free_cached() = 0;
  virtual MemoryInfo memory() const = 0;
  /// Page-locked host memory: copies from and to it are faster and overlap with kernels. Null if there is none to be had.
  virtual void* allocate_pinned(size_t bytes) = 0;
  virtual void deallocate_pinned(void* host, size_t bytes) noexcept = 0;
  /// Also for addresses that come from outside. Cheap: asked for large values of every plan.
  virtual MemoryKind kind_of(const void* data) const = 0;
  /// For tests: the k-th allocation from now (1: the next) throws kMemory once; 0 calls it off.
  virtual void fail_allocation(int64_t k) = 0;

  /// The point after all compute work enqueued so far.
  virtual Fence record() = 0;
  /// Compute work enqueued from now on starts after `fence` of this backend.
  virtual void order_after(Fence fence) = 0;
  virtual bool reached(Fence fence) = 0;
  /// The calling thread waits. Called without the graph lock when it may take long.
  virtual void wait(Fence fence) = 0;
  /// Waits for everything enqueued.
  virtual void synchronize() = 0;
  /// Streams of others (DLPack, __cuda_array_interface__): the stream waits for our fence; our compute work waits for what
  /// is on the stream now. kAnyStream: the calling thread waits for all of them.
  virtual void stream_waits(uintptr_t stream, Fence fence) = 0;
  virtual void wait_for_stream(uintptr_t stream) = 0;

  /// For profiles: the moment when what is on `lane` so far is over, as a number for microseconds_between(), which waits
  /// for both. Moments are kept until forget_moments().
  virtual int64_t moment(Lane lane);
  virtual double microseconds_between(int64_t first, int64_t second);
  virtual void forget_moments() {}
  /// From how many bytes on whole-array reductions of narrow (4 bytes) and wide elements are better left to a library of the
  /// device's maker than to a generated kernel. Has no effect where there is none.
  virtual void use_library_reductions(double /*narrow*/, double /*wide*/) {}

  /// Host memory to ours, not before `after`. The host bytes must stay as they are until the returned fence.
  virtual Fence copy_from_host(void* to, const void* host_from, size_t bytes, Fence after) = 0;
  /// Ours to host memory, not before `after`; the host bytes are there at the returned fence.
  virtual Fence copy_to_host(void* host_to, const void* from, size_t bytes, Fence after) = 0;
  /// Within this device, on the compute stream.
  virtual void copy_within(void* to, const void* from, size_t bytes) = 0;
  /// From another device's memory, on the compute stream, not before `after` of `source`. False, having done nothing, if
  /// the two cannot reach each other: the copy then goes through the host.
  virtual bool copy_from_peer(void* to, Backend& source, const void* from, size_t bytes, Fence after) = 0;

  /// Whether it runs this; "no" sends the work to the CPU. Cheap: asked for every plan.
  virtual bool supports(const Kernel& kernel) const = 0;
  virtual bool supports(const ScanCall& call) const = 0;
  virtual bool supports(const MatmulCall& call) const = 0;
  virtual bool supports(const IndexCall& call) const = 0;  // take and put
  virtual bool supports(const MaskCall& call) const = 0;
  virtual bool supports(const FftCall& call) const = 0;

  /// Prepares a kernel; called once per structure. Throws kRuntime with the log when it does not compile.
  virtual std::unique_ptr<Program> compile(const Kernel& kernel, const CompileOptions& options = {}) = 0;
  /// Runs it. Called without the graph lock. Throws kMemory (scratch) or kInterrupted; outputs are then undefined.
  virtual void run(const Program& program, const Launch& launch) = 0;

  virtual void scan(const ScanCall& call) = 0;
  virtual void matmul(const MatmulCall& call) = 0;
  virtual void take(const IndexCall& call) = 0;
  virtual void put(const IndexCall& call) = 0;
  /// Waits for the result.
  virtual int64_t count_true(const MaskCall& call) = 0;
  /// Flat C-order positions of true elements, `count` of them.
  virtual void nonzero(const MaskCall& call, int64_t* positions) = 0;
  /// Throws kDevice with the reason where its library is missing; the device stays.
  virtual void fft(const FftCall& call) = 0;
};

/// A backend on the host's own memory: also the eager lane. It runs everything; transforms are NumPy's.
class HostBackend : public Backend {
 public:
  virtual void run_op(const OpCall& call) = 0;
  /// run_op for tiny arrays: n elements one after the other, memory of exactly the loop's dtypes, none of them a half,
  /// no Op::copy. Bit i of `singles`: in[i] is one element.
  virtual void run_dense(Op op, const Loop& loop, unsigned singles, const void* const* in, void* out, int64_t n);
  virtual void run_reduce(const ReduceCall& call) = 0;
  virtual void run_segments(const SegmentsCall& call) = 0;
  /// Runs programs that share their outermost axes block by block, so that what one writes the next finds in cache.
  /// shared_rank: how many leading axes of every launch are the same and reduced by none.
  virtual void run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches, int shared_rank);

  std::string software() const final { return {}; }
  bool host_accessible() const final { return true; }
  bool lost() const final { return false; }
  Fence record() final { return {}; }
  void order_after(Fence) final {}
  bool reached(Fence) final { return true; }
  void wait(Fence) final {}
  void synchronize() final {}
  void stream_waits(uintptr_t, Fence) final {}
  void wait_for_stream(uintptr_t) final {}
  void* allocate_for_upload(size_t bytes) final { return allocate(bytes); }
  void* allocate_pinned(size_t) final { return nullptr; }
  void deallocate_pinned(void*, size_t) noexcept final {}
  MemoryKind kind_of(const void*) const final { return MemoryKind::kOwn; }
  Fence copy_from_host(void* to, const void* host_from, size_t bytes, Fence) final {
    return moved(to, host_from, bytes);
  }
  Fence copy_to_host(void* host_to, const void* from, size_t bytes, Fence) final { return moved(host_to, from, bytes); }
  void copy_within(void* to, const void* from, size_t bytes) final { moved(to, from, bytes); }
  bool copy_from_peer(void*, Backend&, const void*, size_t, Fence) final { return false; }
  bool supports(const Kernel&) const final { return true; }
  bool supports(const ScanCall&) const final { return true; }
  bool supports(const MatmulCall&) const final { return true; }
  bool supports(const IndexCall&) const final { return true; }
  bool supports(const MaskCall&) const final { return true; }
  bool supports(const FftCall&) const final { return false; }
  void fft(const FftCall&) final { XA_ASSERT(false); }

 private:
  static Fence moved(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return {};
  }
};

/// Polled by long runs on the calling thread, every few milliseconds; true = stop with kInterrupted.
using InterruptPoll = bool (*)();
InterruptPoll& interrupt_poll();

/// A plugin is a shared object with devices of one kind. It exports one C function, kPluginEntry, of type PluginEntry. It
/// has its own copy of what it links of dispatch/ and so shares no state with the library: no config(), no registry.
struct Plugin {
  uint32_t version;  // kBackendVersion it was built for; the other members are not looked at if it is not ours
  const char* name;  // "cuda": devices are "cuda:0", "cuda:1", ...; "cuda" is the first
  int dlpack_type;   // DLPack's number for the kind: 2 is CUDA
  /// Number of usable devices. Writes one sentence: what is there, or why nothing is. Under 1 ms without a driver; with
  /// one, the first call starts it. Does not throw.
  int (*probe)(char* sentence, size_t size);
  /// The device, made at its first call and never deleted. Null when it cannot be opened: `sentence` says why.
  Backend* (*open)(int index, char* sentence, size_t size);
};
using PluginEntry = const Plugin* (*)();
inline constexpr const char* kPluginEntry = "crossarray_plugin";

/// The CPU backend registers itself here once (python/src or a C++ test's main calls cpu::backend()).
void register_backend(HostBackend* backend);
/// The CPU backend; asserts it is registered.
HostBackend& cpu_backend();
/// The backend of a device that has been added; the CPU's for kCpu.
Backend& backend_of(Device device);

}  // namespace crossarray
