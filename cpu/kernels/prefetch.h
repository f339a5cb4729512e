// Asking for memory before it is read, where the processor does not guess it by itself.
#pragma once

#include <cstddef>

#include "hwy/cache_control.h"

namespace crossarray::cpu {

/// Asks for `bytes` from `p` on, which need not be memory of ours: nothing is read.
inline void prefetch_lines(const std::byte* p, size_t bytes) {
  constexpr size_t kCacheLine = 64;
  for (size_t line = 0; line < bytes; line += kCacheLine) hwy::Prefetch(p + line);
}

}  // namespace crossarray::cpu
