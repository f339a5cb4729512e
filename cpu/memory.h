// Buffers for results and scratch: a bounded cache of size classes in front of the system allocator.
//
// A fresh page costs more than the arithmetic done on it (5.6 against 0.8 ns per f64 element at 10M), so freed buffers are
// kept for the next result of about the same size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crossarray::cpu {

/// At least `bytes` bytes, 64-byte aligned, contents undefined. Thread-safe. Throws Error(kMemory).
void* allocate(size_t bytes);
/// Gives back what allocate(bytes) returned. Thread-safe.
void deallocate(void* data, size_t bytes) noexcept;
/// Returns every cached buffer to the system.
void free_cached();

struct MemoryStats {
  size_t in_use;    // bytes handed out
  size_t cached;    // bytes kept for reuse
  size_t limit;     // most bytes kept
  size_t peak;      // most bytes handed out at one time
  size_t physical;  // bytes of this machine's memory
};
MemoryStats memory_stats();

/// Test hook: the k-th allocate() from now (1 = the next) throws kMemory, then the hook is off. 0 switches it off.
void fail_allocation(int64_t k);

/// Scratch memory of one run: allocate() now, deallocate() at the end of the scope.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : bytes_(bytes), data_(static_cast<std::byte*>(allocate(bytes))) {}
  ~Scratch() { deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::byte* data() const { return data_; }

 private:
  size_t bytes_;
  std::byte* data_;
};

}  // namespace crossarray::cpu
