// Exceptions the library raises. Each maps to one Python exception type at the border (python/src/errors.cc).
#pragma once

#include <stdexcept>
#include <string>

namespace crossarray {

/// The Python exception a C++ Error becomes. AxisError is numpy.exceptions.AxisError, UFuncTypeError is NumPy's
/// TypeError subclass for ufuncs without a matching loop.
enum class ErrorKind : unsigned char {
  kValue,
  kType,
  kIndex,
  kAxis,
  kMemory,
  kOverflow,
  kZeroDivision,
  kNotImplemented,
  kRuntime,
  kDevice,
  kUFuncType,
  kInterrupted,  // Ctrl-C during an evaluation: KeyboardInterrupt
  kBuffer,
};

/// One exception type for all; `what()` names the op, what it got and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

[[noreturn]] inline void raise(ErrorKind kind, const std::string& text) { throw Error(kind, text); }

}  // namespace crossarray

#ifdef NDEBUG
#define XA_ASSERT(condition) ((void)0)
#else
#include <cassert>
/// Inner invariants only: what a user can cause is checked at the border and raised as an Error.
#define XA_ASSERT(condition) assert(condition)
#endif
