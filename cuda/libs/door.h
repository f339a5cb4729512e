// What the doors to NVIDIA's libraries share: a handle per device, made at its first use, used by one thread at a time.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>

#include "cuda/plugin/library.h"
#include "cuda/plugin/program.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {

/// cudaDataType of an element type.
int library_type(DType dtype);

/// The libraries' codes for memory they could not get.
inline constexpr int kBlasNoMemory = 3, kFftNoMemory = 2, kSolverNoMemory = 2;
/// Throws unless `status` is 0: kMemory for `no_memory`, else kDevice; both name the call and the code.
void check_status(int status, const char* call, int no_memory);

/// "matmul needs nvidia-cublas (...)".
[[noreturn]] void refuse_missing(const char* operation, const std::string& why);

/// Handles by device; Handle is default-constructed and made by `make` at its first use. Lives as long as the process.
template <class Handle> class PerDevice {
 public:
  template <class Make> Handle& get(const Machine& machine, Make make) {
    std::lock_guard<std::mutex> hold(mutex_);
    const auto at = handles_.find(&machine);
    if (at != handles_.end()) return at->second;
    Handle& handle = handles_[&machine];
    try {
      make(handle);
    } catch (...) {
      handles_.erase(&machine);
      throw;
    }
    return handle;
  }

 private:
  std::mutex mutex_;
  std::map<const Machine*, Handle> handles_;
};

}  // namespace crossarray::cuda
