// Kernel text to machine code by NVRTC, opened at the first compilation.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace crossarray::cuda {

/// Compiles `source` for compute capability `sm` (90 for 9.0): a cubin, or PTX for a generation newer than the compiler.
/// Throws kDevice if there is no NVRTC, kRuntime with options, log and numbered source if the text does not compile.
std::string compile_source(const std::string& source, std::span<const std::string> options, int sm);

/// What else the machine code depends on: the compiler's version and the build of its library. Throws as compile_source.
std::string compiler_identity();

}  // namespace crossarray::cuda
