// Helpers for tests of the core: small arrays from values, values from arrays.
#pragma once

#include <vector>

#include "cpu/backend.h"
#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/record.h"
#include "dispatch/plan/executor.h"

namespace crossarray::test {

inline void use_cpu() { cpu::backend(); }

template <class T> constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kI64;
  if constexpr (std::is_same_v<T, uint64_t>) return DType::kU64;
  return DType::kF64;
}

template <class T> Array make(const Dims& shape, const std::vector<T>& values) {
  use_cpu();
  Array a = Array::empty(shape, dtype_of<T>());
  for (size_t i = 0; i < values.size(); ++i) reinterpret_cast<T*>(a.host())[i] = values[i];
  return a;
}

/// 0, 1, 2, ... as float64.
inline Array ramp(const Dims& shape) {
  use_cpu();
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  Array flat = arange(Scalar::of(DType::kF64, 0.0), Scalar::of(DType::kF64, 1.0), n);
  return flat.view(Layout{shape, contiguous_strides(shape, 8), 0});
}

template <class T> std::vector<T> values(const Array& a) {
  Array dense = as_contiguous(a);
  const auto* from = reinterpret_cast<const T*>(read_host(dense));
  return std::vector<T>(from, from + dense.size());
}

inline WeakScalar weak(double d) {
  WeakScalar w;
  w.type = WeakScalar::Type::kFloat;
  w.c = d;
  return w;
}

/// Records everything, whatever its size, until the end of the scope.
class LazyScope {
 public:
  LazyScope() : before_(config()) { config().eager_bytes = 0; }
  ~LazyScope() { config() = before_; }

 private:
  Config before_;
};

}  // namespace crossarray::test
