#include "tests/cuda/host_compiler.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dispatch/core/error.h"

namespace crossarray::cuda::test {
namespace {

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xa-kernel-XXXXXX").string();
    if (!mkdtemp(pattern.data())) raise(ErrorKind::kRuntime, "host compiler: no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string contents(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::string host_compile_line(const std::string& source, const std::string& library,
                              const std::vector<std::string>& flags) {
  const char* chosen = std::getenv("CROSSARRAY_HOST_CXX");
  const std::string with = XA_HOST_KERNEL_FLAGS;
  std::string line = chosen ? chosen : XA_HOST_CXX;
  // Rounding as on the device: no contraction. Loads of other types than stored are the kernels' business.
  line +=
      " -std=c++20 -O1 -fPIC -shared -w -ffp-contract=off -fno-strict-aliasing -fno-math-errno -fvisibility=hidden " +
      with;
  for (const std::string& flag : flags) line += " " + flag;
  line += " " + source + " -o " + library;
  // What a kernel calls is in this process already: without libraries to search, linking takes 7 ms instead of 25.
  if (with.empty() && flags.empty()) line += " -nostdlib -lgcc";
  return line;
}

HostLibrary::HostLibrary(const std::string& text, const std::vector<std::string>& flags) {
  const TemporaryFolder folder;
  const std::string source = folder.file("kernel.cc"), library = folder.file("kernel.so"), log = folder.file("log");
  std::ofstream(source) << text;
  const std::string line = host_compile_line(source, library, flags) + " >" + log + " 2>&1";
  if (std::system(line.c_str()) != 0) raise(ErrorKind::kRuntime, "host compiler failed:\n" + contents(log));
  handle_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_) raise(ErrorKind::kRuntime, std::string("host compiler: ") + dlerror());
}

HostLibrary::~HostLibrary() { dlclose(handle_); }

void* HostLibrary::symbol(const std::string& name) const {
  void* found = dlsym(handle_, name.c_str());
  if (!found) raise(ErrorKind::kRuntime, "host compiler: no entry " + name);
  return found;
}

device::HostEntry HostLibrary::entry(const std::string& name) const {
  return reinterpret_cast<device::HostEntry>(symbol(name));
}
device::HostLoop HostLibrary::loop(const std::string& name) const {
  return reinterpret_cast<device::HostLoop>(symbol(name + "_loop"));
}

}  // namespace crossarray::cuda::test
