// where=: how the elements a mask leaves out are kept from a reduction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/kernels/kernels.h"
#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cpu {

/// What changes no result of `kind` (a sum, product, mean, extremum or bit operation): it stands in for what is left out.
Scalar neutral_of(ReduceKind kind, DType dtype);

/// The values of one reduction under a mask, without a branch on it.
class Masked {
 public:
  Masked(ReduceKind kind, DType input);

  /// True if what is left out can be replaced by the neutral element; else it has to be dropped.
  bool fills() const { return where_ != nullptr; }
  /// out[k] = mask[k] ? values[k] : neutral.
  void fill(const std::byte* values, const bool* mask, int64_t n, std::byte* out) const;
  /// Copies those whose mask is true to out (room for n), one after the other. Returns how many.
  int64_t drop(const std::byte* values, const bool* mask, int64_t n, std::byte* out) const;
  const Scalar& neutral() const { return neutral_; }

 private:
  Scalar neutral_{};
  TileFn where_ = nullptr;
  size_t item_;
};

}  // namespace crossarray::cpu
