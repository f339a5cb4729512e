#include "cuda/plugin/probe.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cuda/plugin/driver.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {
namespace {

std::atomic<bool> started = false, forked = false;

bool is_set(const char* variable, const char* value) {
  const char* text = std::getenv(variable);
  return text && std::strcmp(text, value) == 0;
}

std::string dotted(int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); }

/// Why cuInit or cuDeviceGetCount gave `code`.
std::string start_failure(int code, int version) {
  if (code == kNoDevice) return "An NVIDIA driver is there, but no CUDA device (CUDA_VISIBLE_DEVICES may hide it).";
  if (code == kStubLibrary)
    return "libcuda.so.1 is the toolkit's stub, not a driver: take the folder 'stubs' off LD_LIBRARY_PATH.";
  if (version > 0 && version < kOldestDriver)
    return "The NVIDIA driver supports CUDA " + dotted(version / 1000, version % 1000 / 10) +
           "; CUDA 13 needs driver 580 or newer.";
  return "The NVIDIA driver failed to initialise: " + describe_code(code) + ".";
}

int compute_capability(int device) {
  int major = 0, minor = 0;
  driver().cuDeviceGetAttribute(&major, kComputeMajor, device);
  driver().cuDeviceGetAttribute(&minor, kComputeMinor, device);
  return 10 * major + minor;
}

std::string device_name(int device) {
  char name[256] = "";
  driver().cuDeviceGetName(name, sizeof name, device);
  return name;
}

/// Devices are usable if the first is: ours are numbered as the driver's, and mixed old and new cards are rare.
Probe describe_devices(int count) {
  int device = 0;
  driver().cuDeviceGet(&device, 0);
  const int sm = compute_capability(device);
  const std::string first = device_name(device);
  if (sm < kOldestCompute)
    return {0, 0, first + " has compute capability " + dotted(sm / 10, sm % 10) + "; 7.5 or newer is needed."};
  // Without a compiler no kernel runs; better known now than in the middle of a program.
  if (!find_symbol(Library::kCompiler, "nvrtcVersion"))
    return {0, 0, first + " is there, but CUDA " + missing(Library::kCompiler) + "."};
  return {count, 0, first + (count > 1 ? " and " + std::to_string(count - 1) + " more" : "") + "."};
}

void watch_forks() {
  if (!started.exchange(true)) pthread_atfork(nullptr, nullptr, [] { forked = true; });
}

}  // namespace

Probe look_for_cuda() {
  if (is_set("CROSSARRAY_CUDA", "off")) return {0, 0, "CUDA is switched off by CROSSARRAY_CUDA=off."};
  if (is_set("CUDA_VISIBLE_DEVICES", "")) return {0, 0, "CUDA is off: CUDA_VISIBLE_DEVICES is empty."};
  // Asked for alone, before the table: without a driver this is all that happens.
  if (!find_symbol(Library::kDriver, "cuInit")) return {0, 0, "No NVIDIA driver: " + missing(Library::kDriver) + "."};
  try {
    int version = 0, count = 0;
    const int init = driver().cuInit(0);
    driver().cuDriverGetVersion(&version);
    if (init != kSuccess) return {0, init, start_failure(init, version)};
    watch_forks();
    if (version < kOldestDriver) return {0, 35, start_failure(35, version)};
    const int counted = driver().cuDeviceGetCount(&count);
    if (counted != kSuccess || count == 0)
      return {0, counted, start_failure(counted == kSuccess ? kNoDevice : counted, version)};
    return describe_devices(count);
  } catch (const Error& e) {
    return {0, 0, std::string("The NVIDIA driver is too old: ") + e.what() + "."};
  }
}

const Probe& probe() {
  static const Probe& found = *new Probe(look_for_cuda());
  return found;
}

bool is_forked_child() { return forked; }

void refuse_after_fork() {
  if (forked)
    raise(ErrorKind::kDevice,
          "CUDA was started before this process was forked and cannot be used in the child, nor can arrays that "
          "are only on the device. Start worker processes with the 'spawn' method, or use CUDA only after the fork.");
}

}  // namespace crossarray::cuda
