#include "cuda/plugin/library.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace crossarray::cuda {
namespace {

struct Known {
  const char* soname;
  const char* package;  // what to install; null: part of the driver or of ours
};
constexpr std::array<Known, 6> kKnown = {{
    {"libcuda.so.1", nullptr},
    {"libnvrtc.so.13", "nvidia-cuda-nvrtc"},
    {"libcublas.so.13", "nvidia-cublas"},
    {"libcufft.so.12", "nvidia-cufft"},
    {"libcusolver.so.12", "nvidia-cusolver"},
    {"_cuda_kernels.so", nullptr},
}};

struct Opened {
  bool tried = false;
  void* handle = nullptr;
  std::string why;
};

std::mutex mutex;
std::array<Opened, kKnown.size()> opened;  // under mutex

std::string own_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&own_folder), &info) || !info.dli_fname) return "";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

/// Folders in the order of the search; an empty one stands for the loader's own path.
std::vector<std::string> folders(Library library) {
  if (library == Library::kDriver) return {""};
  if (library == Library::kKernels) return {own_folder()};
  std::vector<std::string> list;
  // NVIDIA's wheels put their files beside our package.
  list.push_back(own_folder() + "../nvidia/cu13/lib/");
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const char* home = std::getenv(variable); home && *home) list.push_back(std::string(home) + "/lib64/");
  list.push_back("");
  list.push_back("/usr/local/cuda/lib64/");
  return list;
}

void* open_first(Library library, const char* soname) {
  // torch or cupy may hold it already: two copies of cuBLAS in a process are two sets of its memory.
  if (void* held = dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD)) return held;
  for (const std::string& folder : folders(library)) {
    const std::string path = folder + soname;
    if (!folder.empty() && access(path.c_str(), R_OK) != 0) continue;
    if (void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL)) return handle;
  }
  return nullptr;
}

Opened& open_library(Library library) {
  Opened& entry = opened[static_cast<size_t>(library)];
  if (entry.tried) return entry;
  entry.tried = true;
  const Known& known = kKnown[static_cast<size_t>(library)];
  entry.handle = open_first(library, known.soname);
  if (entry.handle) return entry;
  const char* error = dlerror();
  const std::string reason = error ? error : std::string(known.soname) + ": file not found";
  entry.why = known.package ? std::string("needs ") + known.package + " (pip install crossarray[cuda13]): " + reason
                            : "could not open " + reason;
  return entry;
}

/// The driver's own versioned lookup: base names give the functions that fit the headers of CUDA 13.0.
void* find_in_driver(void* handle, const char* symbol) {
  using Lookup = int (*)(const char*, void**, int, unsigned long long, int*);
  const auto lookup = reinterpret_cast<Lookup>(dlsym(handle, "cuGetProcAddress_v2"));
  void* address = nullptr;
  if (lookup && lookup(symbol, &address, 13000, 0, nullptr) == 0 && address) return address;
  // An older driver: what it has is enough to ask its version and say that it is too old.
  return dlsym(handle, symbol);
}

}  // namespace

void* find_symbol(Library library, const char* symbol) {
  std::lock_guard<std::mutex> hold(mutex);
  Opened& entry = open_library(library);
  if (!entry.handle) return nullptr;
  return library == Library::kDriver ? find_in_driver(entry.handle, symbol) : dlsym(entry.handle, symbol);
}

std::string identity(Library library) {
  const Known& known = kKnown[static_cast<size_t>(library)];
  std::lock_guard<std::mutex> hold(mutex);
  link_map* map = nullptr;
  void* handle = opened[static_cast<size_t>(library)].handle;
  if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return known.soname;
  struct stat file {};
  return stat(map->l_name, &file) == 0 ? std::string(known.soname) + " " + std::to_string(file.st_size) : known.soname;
}

std::string missing(Library library) {
  std::lock_guard<std::mutex> hold(mutex);
  return opened[static_cast<size_t>(library)].why;
}

}  // namespace crossarray::cuda
