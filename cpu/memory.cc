#include "cpu/memory.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "dispatch/core/error.h"

namespace crossarray::cpu {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kColouredFrom = 16 * 1024;  // smaller buffers lie at unrelated addresses anyway
constexpr size_t kMappedFrom = size_t{1} << 20;
constexpr size_t kColours = 16;
constexpr size_t kColourStep = kPage / kColours;
constexpr int kStepsPerOctave = 4;  // size classes waste at most a quarter
constexpr int kClasses = 64 * kStepsPerOctave;

struct SizeClass {
  int index;
  size_t bytes;  // what a buffer of the class can hold
};

SizeClass size_class(size_t bytes) {
  bytes = std::max(bytes, kAlignment);
  const int octave = std::bit_width(bytes - 1) - 1;  // 2^octave < bytes <= 2^(octave + 1)
  const size_t base = size_t{1} << octave, step = base / kStepsPerOctave;
  const int steps = static_cast<int>((bytes - base + step - 1) / step);
  return {octave * kStepsPerOctave + steps, base + steps * step};
}

size_t physical_bytes() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

size_t cache_limit() { return std::min(physical_bytes() / 4, size_t{2} << 30); }

/// Bytes of the system block behind a buffer of `bytes` (a class size): room for the colour, whole huge pages.
size_t block_bytes(size_t bytes) {
  if (bytes < kColouredFrom) return bytes;
  if (bytes < kMappedFrom) return bytes + kPage;
  const size_t unit = bytes >= kHugePage ? kHugePage : kPage;
  return (bytes + kPage + unit - 1) / unit * unit;
}

void* map_block(size_t bytes) {
  const size_t reserve = bytes + kHugePage;
  void* raw = mmap(nullptr, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  auto* start = static_cast<std::byte*>(raw);
  const size_t head = (kHugePage - reinterpret_cast<uintptr_t>(raw) % kHugePage) % kHugePage;
  if (head) munmap(start, head);
  munmap(start + head + bytes, reserve - head - bytes);
  if (bytes >= kHugePage) madvise(start + head, bytes, MADV_HUGEPAGE);
  return start + head;
}

/// The system block of a class, or null. Buffers of 16 KiB and more start at one of 16 offsets into their page: results
/// that all begin on a page boundary make loads wait for unrelated stores (4 KiB aliasing).
void* new_buffer(size_t bytes) {
  static size_t colour = 0;  // guarded by the cache's mutex
  const size_t block = block_bytes(bytes), alignment = bytes >= kColouredFrom ? kPage : kAlignment;
  void* data = bytes >= kMappedFrom ? map_block(block)
                                    : std::aligned_alloc(alignment, (block + alignment - 1) / alignment * alignment);
  if (!data || bytes < kColouredFrom) return data;
  colour = (colour + 5) % kColours;
  return static_cast<std::byte*>(data) + colour * kColourStep;
}

void delete_buffer(void* data, size_t bytes) {
  if (bytes < kColouredFrom) return std::free(data);
  void* block = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(data) / kPage * kPage);
  if (bytes < kMappedFrom) return std::free(block);
  munmap(block, block_bytes(bytes));
}

std::string with_commas(size_t n) {
  const std::string digits = std::to_string(n);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

class Cache {
 public:
  Cache() : limit_(cache_limit()) {}

  void* take(size_t bytes) {
    std::lock_guard lock(mutex_);
    const SizeClass c = size_class(bytes);
    if (failing()) fail(bytes);
    if (!free_[c.index].empty()) {
      void* data = free_[c.index].back();
      free_[c.index].pop_back();
      cached_ -= c.bytes;
      hand_out(c.bytes);
      return data;
    }
    void* data = bytes > (size_t{1} << 62) ? nullptr : new_buffer(c.bytes);
    if (!data) {
      empty();
      data = bytes > (size_t{1} << 62) ? nullptr : new_buffer(c.bytes);
    }
    if (!data) fail(bytes);
    hand_out(c.bytes);
    return data;
  }

  void give(void* data, size_t bytes) noexcept {
    std::lock_guard lock(mutex_);
    const SizeClass c = size_class(bytes);
    in_use_ -= c.bytes;
    if (cached_ + c.bytes > limit_ || !keep(c.index, data)) return delete_buffer(data, c.bytes);
    cached_ += c.bytes;
  }

  void clear() {
    std::lock_guard lock(mutex_);
    empty();
  }
  MemoryStats stats() {
    std::lock_guard lock(mutex_);
    return {in_use_, cached_, limit_, peak_, physical_bytes()};
  }
  void set_failure(int64_t k) {
    std::lock_guard lock(mutex_);
    fail_in_ = k;
  }
  std::mutex& mutex() { return mutex_; }

 private:
  void hand_out(size_t bytes) {
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
  }
  bool failing() { return fail_in_ > 0 && --fail_in_ == 0; }
  [[noreturn]] void fail(size_t bytes) {
    raise(ErrorKind::kMemory, "Out of memory on cpu: asked " + with_commas(bytes) + " bytes, in use " +
                                  with_commas(in_use_) + ". Free arrays or call crossarray.free_cached().");
  }
  bool keep(int index, void* data) noexcept {
    try {
      free_[index].push_back(data);
      return true;
    } catch (...) {
      return false;
    }
  }
  void empty() {
    for (int i = 0; i < kClasses; ++i) {
      const size_t base = size_t{1} << (i / kStepsPerOctave);
      const size_t bytes = base + (i % kStepsPerOctave) * (base / kStepsPerOctave);
      for (void* data : free_[i]) delete_buffer(data, bytes);
      free_[i].clear();
    }
    cached_ = 0;
  }

  std::mutex mutex_;
  std::vector<void*> free_[kClasses];
  size_t limit_, cached_ = 0, in_use_ = 0, peak_ = 0;
  int64_t fail_in_ = 0;
};

/// Never destroyed: arrays may die after static destructors have run. A fork must not copy a locked mutex.
Cache& cache() {
  static Cache* instance = [] {
    auto* made = new Cache;
    pthread_atfork([] { cache().mutex().lock(); }, [] { cache().mutex().unlock(); }, [] { cache().mutex().unlock(); });
    return made;
  }();
  return *instance;
}

}  // namespace

void* allocate(size_t bytes) { return cache().take(bytes); }
void deallocate(void* data, size_t bytes) noexcept { cache().give(data, bytes); }
void free_cached() { cache().clear(); }
MemoryStats memory_stats() { return cache().stats(); }
void fail_allocation(int64_t k) { cache().set_failure(k); }

}  // namespace crossarray::cpu
