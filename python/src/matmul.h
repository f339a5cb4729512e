// Matrix products over the last axes, stacked over the others: what matmul, dot, inner and the generalized ufuncs
// share.
#pragma once

#include <optional>

#include "python/src/ufunc.h"

namespace crossarray::python {

/// Which of each operand's last axes are core, and whether the first operand is conjugated.
struct Product {
  const char* name;  // for errors
  const char* signature;
  uint8_t a_core, b_core;  // 1: vector, 2: matrix
  bool vectors_allowed;    // matmul: an operand of rank 1 is a vector
  bool conjugate_a;
};
const Product& find_product(const char* name);

/// The product in dtype `loop` (nullopt: promoted from the operands); batches broadcast. `into`, when given and
/// possible, is written directly and returned. Evaluates both. Throws kValue in NumPy's words.
Array product(const Product& kind, const Array& a, const Array& b, std::optional<DType> loop = {},
              Array* into = nullptr);

}  // namespace crossarray::python
