// NVRTC through dlopen: nothing is linked, and it works without a driver.
#pragma once

#include <string>
#include <vector>

namespace crossarray::cuda::test {

struct Compiled {
  bool ok = false;
  std::string log;  // errors, and ptxas -v: registers and spills
  std::string ptx;
  std::string cubin;
};

class Nvrtc {
 public:
  /// The library: CROSSARRAY_NVRTC (a file), the nvidia-cuda-nvrtc wheel of the interpreter the build used, the CUDA
  /// toolkit, the loader's path.
  static const Nvrtc& get();

  bool found() const { return handle_ != nullptr; }
  /// Where it was looked for, for the message of a test that needs it.
  const std::string& looked() const { return looked_; }
  /// Compiles to a cubin (and PTX) for "sm_90".
  Compiled compile(const std::string& text, const std::string& arch, std::vector<std::string> options) const;

 private:
  Nvrtc();
  template <class F> F function(const char* name) const;
  void* handle_ = nullptr;
  std::string looked_;
};

}  // namespace crossarray::cuda::test
