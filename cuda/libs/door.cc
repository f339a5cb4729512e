#include "cuda/libs/door.h"

namespace crossarray::cuda {

int library_type(DType dtype) {
  switch (dtype) {
    case DType::kF32: return 0;
    case DType::kF64: return 1;
    case DType::kF16: return 2;
    case DType::kC64: return 4;
    case DType::kC128: return 5;
    case DType::kBF16: return 14;
    default: raise(ErrorKind::kRuntime, std::string("CUDA libraries have no type ") + name(dtype));
  }
}

void check_status(int status, const char* call, int no_memory) {
  if (status == 0) return;
  const std::string text = std::string("CUDA: ") + call + " failed with status " + std::to_string(status);
  if (status == no_memory) raise(ErrorKind::kMemory, text + " (no memory on the device)");
  raise(ErrorKind::kDevice, text);
}

void refuse_missing(const char* operation, const std::string& why) {
  raise(ErrorKind::kDevice, std::string(operation) + " on a CUDA device " + why);
}

}  // namespace crossarray::cuda
