// Fourier transforms by cuFFT, opened at the first one. Plans are cached per device; work areas come from our pool.
#pragma once

#include "cuda/plugin/program.h"

namespace crossarray::cuda::cufft {

enum class Transform : uint8_t { kComplex, kRealToComplex, kComplexToReal };

/// Elements are counted, not bytes: element j of transform b lies at b * distance + j * step (see cuFFT's "advanced data
/// layout"; `embed` are the extents in memory of the transformed axes, outermost first, of which the first is not used).
struct Layout {
  Dims embed;
  int64_t step = 1, distance = 0;
  friend bool operator==(const Layout&, const Layout&) = default;
};

struct Shape {
  Transform transform = Transform::kComplex;
  bool doubles = true;
  Dims n;  // lengths of the transformed axes, 1 to 3 of them, outermost first; of the real side
  int64_t batch = 1;
  Layout in, out;
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// Enqueues the transform. Not scaled in either direction, as cuFFT's. A complex-to-real one destroys its input.
/// Throws kDevice ("fft on a CUDA device needs nvidia-cufft...") or kMemory.
void transform(Machine& machine, const Shape& shape, void* in, void* out, bool inverse);

inline constexpr size_t kMostPlans = 16;

}  // namespace crossarray::cuda::cufft
