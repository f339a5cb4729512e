// operator new that fails once: loaded in front of the library by test_small_allocations.py.
#include <cstdlib>
#include <new>

namespace {
thread_local long countdown = 0;

bool fails() { return countdown > 0 && --countdown == 0; }
}  // namespace

/// The k-th `new` of this thread from now on fails (1: the next one); 0 calls it off. Returns what was left of the last k.
extern "C" long fail_new(long k) {
  const long left = countdown;
  countdown = k;
  return left;
}

void* operator new(std::size_t bytes) {
  void* memory = fails() ? nullptr : std::malloc(bytes ? bytes : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return fails() ? nullptr : std::malloc(bytes ? bytes : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
