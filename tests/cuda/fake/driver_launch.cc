// The fake driver: modules are shared objects, a launch calls the kernel's host entry for every thread of the grid.
#include <dlfcn.h>
#include <elf.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/cuda/fake/state.h"
#include "tests/cuda/host_runner.h"

namespace crossarray::cuda {

struct ModuleHandle {
  void* library;
};
struct FunctionHandle {
  device::HostEntry entry;
  device::HostLoop loop;  // null: its threads wait for each other
};

namespace fake {
namespace {

constexpr int kInvalidImage = 200, kNotFound = 500, kOutOfResources = 701;

/// Size of a shared object: its section headers come last. 0: no shared object.
size_t image_size(const void* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return 0;
  return header.e_shoff + size_t{header.e_shnum} * header.e_shentsize;
}

/// Kernels whose threads wait for each other, by the names the generator gives; all others run as a plain loop. Should the
/// list miss one, its first barrier crashes.
bool waits(const std::string& name) { return name.rfind("xa_reduce_", 0) == 0 || name.rfind("xa_nonzero", 0) == 0; }

}  // namespace

FAKE(kDriver, cuModuleLoadData, (Module * module, const void* image)) {
  FAKE_ENTER;
  if (current_device() < 0) return kInvalidContext;
  const size_t bytes = image_size(image);
  if (bytes == 0 || due("corrupt_image")) return kInvalidImage;
  std::string path = std::filesystem::temp_directory_path() / "xa-fake-XXXXXX";
  const int file = mkstemp(path.data());
  const bool written = write(file, image, bytes) == static_cast<ssize_t>(bytes);
  close(file);
  void* library = written ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
  unlink(path.c_str());
  if (!library) return kInvalidImage;
  *module = keep(new ModuleHandle{library});
  return kSuccess;
}
FAKE(kDriver, cuModuleGetFunction, (Function * function, Module module, const char* name)) {
  FAKE_ENTER;
  const auto entry = reinterpret_cast<device::HostEntry>(dlsym(module->library, name));
  if (!entry) return kNotFound;
  const auto loop = reinterpret_cast<device::HostLoop>(dlsym(module->library, (std::string(name) + "_loop").c_str()));
  *function = keep(new FunctionHandle{entry, waits(name) ? nullptr : loop});
  return kSuccess;
}
FAKE(kDriver, cuLaunchKernel,
     (Function function, unsigned grid, unsigned grid_y, unsigned grid_z, unsigned block, unsigned block_y,
      unsigned block_z, unsigned, Stream stream, void**, void** extra)) {
  FAKE_ENTER;
  if (grid == 0 || block == 0 || grid_y * grid_z * block_y * block_z != 1 || block > 1024) return kInvalidValue;
  if (due("launch_fail_at")) return kOutOfResources;
  // The arguments are copied now, as a driver does: {pointer tag, pointer, size tag, &size, end}.
  const auto* from = static_cast<const std::byte*>(extra[1]);
  const size_t bytes = *static_cast<const size_t*>(extra[3]);
  auto arguments = std::make_shared<std::vector<std::byte>>(from, from + bytes);
  const double microseconds = 5 + 1e-2 * grid * block;
  const auto run = [=] {
    if (function->loop)
      function->loop(grid, block, arguments->data());
    else
      test::run_fibers(function->entry, grid, block, arguments->data(), test::Schedule::kShuffled);
    return static_cast<int>(kSuccess);
  };
  enqueue(stream, run, microseconds);
  return kSuccess;
}

}  // namespace fake
}  // namespace crossarray::cuda
