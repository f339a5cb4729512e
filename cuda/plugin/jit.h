// Kernels ready to launch on one device: text -> machine code (memory, disk, compiler, in this order) -> function.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "cuda/codegen/codegen.h"
#include "cuda/plugin/device.h"
#include "cuda/plugin/kernel_cache.h"

namespace crossarray::cuda {

class Jit {
 public:
  explicit Jit(Device& device, std::string folder = KernelCache::standard_folder());

  /// One function per entry of `source`, in order. Lives as long as the process.
  const std::vector<Function>& functions(const Source& source, bool fast_math);

  struct Counts {
    int compiled = 0, from_disk = 0;
  };
  Counts counts() const { return counts_; }

 private:
  std::vector<Function> load(const Source& source, const std::string& image);
  std::vector<Function> make(const Source& source, const std::string& key, std::span<const std::string> options);

  Device& device_;
  KernelCache cache_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Function>> loaded_;  // under mutex_
  Counts counts_;
};

}  // namespace crossarray::cuda
