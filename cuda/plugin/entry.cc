// The one function _cuda.so exports.
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "cuda/plugin/backend.h"
#include "cuda/plugin/probe.h"

namespace crossarray::cuda {
namespace {

void write(const std::string& text, char* to, size_t size) {
  if (size == 0) return;
  const size_t n = std::min(text.size(), size - 1);
  std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

int probe_devices(char* sentence, size_t size) {
  write(probe().sentence, sentence, size);
  return probe().devices;
}

Backend* open_device(int index, char* sentence, size_t size) {
  static std::mutex mutex;
  static auto& opened = *new std::vector<std::unique_ptr<CudaBackend>>(64);  // never destroyed: see Device
  if (index < 0 || index >= probe().devices || index >= 64) {
    write("cuda:" + std::to_string(index) + " is not there: " + probe().sentence, sentence, size);
    return nullptr;
  }
  std::lock_guard<std::mutex> hold(mutex);
  std::unique_ptr<CudaBackend>& device = opened[static_cast<size_t>(index)];
  try {
    if (!device) device = std::make_unique<CudaBackend>(index);
    return device.get();
  } catch (const std::exception& error) {
    write(error.what(), sentence, size);
    return nullptr;
  }
}

}  // namespace
}  // namespace crossarray::cuda

extern "C" __attribute__((visibility("default"))) const crossarray::Plugin* crossarray_plugin() {
  static const crossarray::Plugin plugin = {crossarray::kBackendVersion, "cuda", 2, crossarray::cuda::probe_devices,
                                            crossarray::cuda::open_device};
  return &plugin;
}
