// Compiles kernel text with the host's compiler: the emulation's side of NVRTC.
//
//   HostLibrary library(source.text);
//   auto entry = library.entry(source.entries[0].name);   // see cuda/device/host_thread.h
//
// The text needs no header. One kernel takes about 0.1 s; several bodies behind one prelude() cost little more than one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda/device/host_thread.h"

namespace crossarray::cuda::test {

class HostLibrary {
 public:
  /// Throws Error(kRuntime) with the compiler's messages. `flags` follow the default ones.
  explicit HostLibrary(const std::string& text, const std::vector<std::string>& flags = {});
  ~HostLibrary();
  HostLibrary(const HostLibrary&) = delete;
  HostLibrary& operator=(const HostLibrary&) = delete;

  device::HostEntry entry(const std::string& name) const;
  device::HostLoop loop(const std::string& name) const;

 private:
  void* symbol(const std::string& name) const;
  void* handle_ = nullptr;
};

/// The command line that compiles a kernel's text, as HostLibrary uses it: for who compiles elsewhere (the fake driver).
std::string host_compile_line(const std::string& source, const std::string& library,
                              const std::vector<std::string>& flags = {});

}  // namespace crossarray::cuda::test
