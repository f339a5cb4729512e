// The fake NVRTC: the host's compiler makes a shared object of the kernel text; its bytes are the "cubin".
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/cuda/fake/state.h"
#include "tests/cuda/host_compiler.h"

namespace crossarray::cuda {

struct CompilerProgramHandle {
  std::string source, log, image;
};
using CompilerProgram = CompilerProgramHandle*;

std::string identity(Library library) {
  return library == Library::kCompiler ? test::host_compile_line("", "") : "fake";
}

namespace fake {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Runs the host's compiler in a folder of its own; false if it fails, with its messages in `log`.
bool compile_on_host(CompilerProgramHandle& program) {
  std::string folder = std::filesystem::temp_directory_path() / "xa-fake-XXXXXX";
  if (!mkdtemp(folder.data())) return false;
  const std::string source = folder + "/kernel.cc", library = folder + "/kernel.so", log = folder + "/log";
  std::ofstream(source) << program.source;
  const std::string line = test::host_compile_line(source, library) + " 2>" + log;
  const bool done = std::system(line.c_str()) == 0;
  program.log = contents(log);
  if (done) program.image = contents(library);
  std::filesystem::remove_all(folder);
  return done;
}

int answer(const std::string& text, char* to) {
  std::memcpy(to, text.data(), text.size());
  return 0;
}

}  // namespace

FAKE(kCompiler, nvrtcVersion, (int* major, int* minor)) {
  *major = 13, *minor = 0;
  return 0;
}
FAKE(kCompiler, nvrtcGetNumSupportedArchs, (int* count)) {
  *count = 3;
  return 0;
}
FAKE(kCompiler, nvrtcGetSupportedArchs, (int* architectures)) {
  architectures[0] = 75, architectures[1] = 90, architectures[2] = 120;
  return 0;
}
FAKE(kCompiler, nvrtcCreateProgram,
     (CompilerProgram * program, const char* source, const char*, int, const char* const*, const char* const*)) {
  *program = new CompilerProgramHandle{source, "", ""};
  return 0;
}
FAKE(kCompiler, nvrtcDestroyProgram, (CompilerProgram * program)) {
  delete *program;
  *program = nullptr;
  return 0;
}
FAKE(kCompiler, nvrtcCompileProgram, (CompilerProgram program, int, const char* const*)) {
  {
    std::lock_guard<std::recursive_mutex> hold(state().mutex);
    enter(__func__);
    if (setting("compile_fail")) {
      program->log = "kernel.cu(1): error: asked to fail";
      return 6;
    }
    add("host_compilations", 1);
  }
  return compile_on_host(*program) ? 0 : 6;
}
FAKE(kCompiler, nvrtcGetProgramLogSize, (CompilerProgram program, size_t* bytes)) {
  *bytes = program->log.size();
  return 0;
}
FAKE(kCompiler, nvrtcGetProgramLog, (CompilerProgram program, char* log)) { return answer(program->log, log); }
FAKE(kCompiler, nvrtcGetCUBINSize, (CompilerProgram program, size_t* bytes)) {
  *bytes = program->image.size();
  return 0;
}
FAKE(kCompiler, nvrtcGetCUBIN, (CompilerProgram program, char* image)) { return answer(program->image, image); }
FAKE(kCompiler, nvrtcGetPTXSize, (CompilerProgram program, size_t* bytes)) {
  *bytes = program->image.size();
  return 0;
}
FAKE(kCompiler, nvrtcGetPTX, (CompilerProgram program, char* image)) { return answer(program->image, image); }

}  // namespace fake
}  // namespace crossarray::cuda
