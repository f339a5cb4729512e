#include "tests/cuda/nvrtc.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "dispatch/core/error.h"

namespace crossarray::cuda::test {
namespace {

using Program = void*;

std::vector<std::string> candidates() {
  std::vector<std::string> out;
  if (const char* named = std::getenv("CROSSARRAY_NVRTC")) out.emplace_back(named);
#ifdef XA_SITE_PACKAGES
  for (const char* folder : {"/nvidia/cu13/lib/", "/nvidia/cuda_nvrtc/lib/"})
    out.push_back(std::string(XA_SITE_PACKAGES) + folder + "libnvrtc.so.13");
#endif
  if (const char* home = std::getenv("CUDA_HOME")) out.push_back(std::string(home) + "/lib64/libnvrtc.so.13");
  out.emplace_back("/usr/local/cuda/lib64/libnvrtc.so.13");
  out.emplace_back("libnvrtc.so.13");
  return out;
}

}  // namespace

const Nvrtc& Nvrtc::get() {
  static const Nvrtc instance;
  return instance;
}

Nvrtc::Nvrtc() {
  for (const std::string& path : candidates()) {
    looked_ += (looked_.empty() ? "" : ", ") + path;
    if ((handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))) return;
  }
}

template <class F> F Nvrtc::function(const char* name) const {
  void* found = dlsym(handle_, name);
  if (!found) raise(ErrorKind::kRuntime, std::string("NVRTC has no ") + name);
  return reinterpret_cast<F>(found);
}

Compiled Nvrtc::compile(const std::string& text, const std::string& arch, std::vector<std::string> options) const {
  const auto create =
      function<int (*)(Program*, const char*, const char*, int, const char* const*, const char* const*)>(
          "nvrtcCreateProgram");
  const auto destroy = function<int (*)(Program*)>("nvrtcDestroyProgram");
  const auto build = function<int (*)(Program, int, const char* const*)>("nvrtcCompileProgram");
  const auto read = [&](Program program, const std::string& what) {
    size_t size = 0;
    function<int (*)(Program, size_t*)>(("nvrtcGet" + what + "Size").c_str())(program, &size);
    std::string out(size, '\0');
    if (size) function<int (*)(Program, char*)>(("nvrtcGet" + what).c_str())(program, out.data());
    return out;
  };
  options.push_back("--gpu-architecture=" + arch);
  options.emplace_back("--ptxas-options=-v");
  std::vector<const char*> flags;
  for (const std::string& each : options) flags.push_back(each.c_str());
  Program program = nullptr;
  create(&program, text.c_str(), "kernel.cu", 0, nullptr, nullptr);
  Compiled out;
  out.ok = build(program, static_cast<int>(flags.size()), flags.data()) == 0;
  out.log = read(program, "ProgramLog");
  if (out.ok) {
    out.ptx = read(program, "PTX");
    out.cubin = read(program, "CUBIN");
  }
  destroy(&program);
  return out;
}

}  // namespace crossarray::cuda::test
