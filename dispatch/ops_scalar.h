// One scalar expression per op: `scalar::add(a, b)`. Host C++ calls them as the oracle and to fold constants, CPU kernels
// where no SIMD form pays, and NVRTC compiles the same text for CUDA. Types: bool, integers, float, double, Complex.
//
// Adding an op: a row in ops.def and an expression in one of the headers below.
#pragma once

#include "dispatch/scalar/arithmetic.h"
#include "dispatch/scalar/bits.h"
#include "dispatch/scalar/cast.h"
#include "dispatch/scalar/compare.h"
#include "dispatch/scalar/transcendental.h"

/// Every row of the table has its expression: "'crossarray::scalar::NAME' has not been declared" names the one missing.
namespace crossarray::scalar::complete {
#define OP(name, ...) using scalar::name;
#include "dispatch/ops.def"
}  // namespace crossarray::scalar::complete
