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

std::vector<std::string> host_compiler_command() {
  const char* chosen = std::getenv("CROSSARRAY_HOST_CXX");
  // Rounding as on the device: no contraction. Loads of other types than stored are the kernels' business.
  std::vector<std::string> command = {chosen ? chosen : XA_HOST_CXX,
                                      "-std=c++20",
                                      "-O1",
                                      "-fPIC",
                                      "-shared",
                                      "-w",
                                      "-ffp-contract=off",
                                      "-fno-strict-aliasing",
                                      "-fno-math-errno",
                                      "-fvisibility=hidden"};
  std::istringstream extra(XA_HOST_KERNEL_FLAGS);
  for (std::string flag; extra >> flag;) command.push_back(flag);
  return command;
}

HostLibrary::HostLibrary(const std::string& text, const std::vector<std::string>& flags) {
  const TemporaryFolder folder;
  const std::string source = folder.file("kernel.cc"), library = folder.file("kernel.so"), log = folder.file("log");
  std::ofstream(source) << text;
  std::string command;
  for (const std::string& part : host_compiler_command()) command += part + " ";
  for (const std::string& part : flags) command += part + " ";
  command += source + " -o " + library + " >" + log + " 2>&1";
  if (std::system(command.c_str()) != 0) raise(ErrorKind::kRuntime, "host compiler failed:\n" + contents(log));
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
