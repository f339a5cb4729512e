#include "cuda/plugin/compiler.h"

#include <algorithm>
#include <sstream>

#include "cuda/plugin/library.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {
namespace {

using CompilerProgram = struct CompilerProgramHandle*;

struct Compiler : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/plugin/nvrtc.def"
#undef XA_ENTRY
};

const Compiler& compiler() {
  return opened_table<Compiler>(
      Library::kCompiler, [](const std::string& why) { raise(ErrorKind::kDevice, "CUDA: compiling kernels " + why); });
}

void check(int code, const char* call) {
  if (code != 0) raise(ErrorKind::kDevice, std::string("CUDA: ") + call + " failed with code " + std::to_string(code));
}

/// The newest architecture NVRTC knows that code for `sm` may be written for; `sm` itself if it knows it.
int best_architecture(int sm) {
  int count = 0;
  check(compiler().nvrtcGetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> list(static_cast<size_t>(count));
  check(compiler().nvrtcGetSupportedArchs(list.data()), "nvrtcGetSupportedArchs");
  int best = 0;
  for (int each : list)
    if (each <= sm) best = std::max(best, each);
  return best ? best : sm;
}

/// "  12 | line" for every line: what the log's line numbers mean.
std::string numbered(const std::string& source) {
  std::istringstream lines(source);
  std::ostringstream out;
  int number = 0;
  for (std::string line; std::getline(lines, line);) out << ++number << " | " << line << '\n';
  return out.str();
}

class Compilation {
 public:
  explicit Compilation(const std::string& source) {
    check(compiler().nvrtcCreateProgram(&program_, source.c_str(), "crossarray.cu", 0, nullptr, nullptr),
          "nvrtcCreateProgram");
  }
  ~Compilation() { compiler().nvrtcDestroyProgram(&program_); }
  Compilation(const Compilation&) = delete;

  bool run(std::span<const std::string> options) {
    std::vector<const char*> list;
    for (const std::string& option : options) list.push_back(option.c_str());
    return compiler().nvrtcCompileProgram(program_, static_cast<int>(list.size()), list.data()) == 0;
  }
  std::string log() const {
    const std::string counted = text(compiler().nvrtcGetProgramLogSize, compiler().nvrtcGetProgramLog);
    return counted.c_str();  // its size counts the closing zero
  }
  std::string cubin() const { return text(compiler().nvrtcGetCUBINSize, compiler().nvrtcGetCUBIN); }
  std::string ptx() const { return text(compiler().nvrtcGetPTXSize, compiler().nvrtcGetPTX); }

 private:
  std::string text(int (*size)(CompilerProgram, size_t*), int (*get)(CompilerProgram, char*)) const {
    size_t bytes = 0;
    check(size(program_, &bytes), "reading NVRTC's result");
    std::string result(bytes, '\0');
    check(get(program_, result.data()), "reading NVRTC's result");
    return result;
  }

  CompilerProgram program_ = nullptr;
};

}  // namespace

std::string compile_source(const std::string& source, std::span<const std::string> options, int sm) {
  // Machine code runs on every later minor version of its architecture. PTX is compiled by the driver, for generations
  // NVRTC does not know only: a driver older than NVRTC refuses its PTX.
  const int best = best_architecture(sm);
  const bool as_ptx = best / 10 != sm / 10;
  std::vector<std::string> all(options.begin(), options.end());
  all.push_back((as_ptx ? "--gpu-architecture=compute_" : "--gpu-architecture=sm_") + std::to_string(best));
  Compilation compilation(source);
  if (!compilation.run(all)) {
    std::string used;
    for (const std::string& option : all) used += " " + option;
    raise(ErrorKind::kRuntime, "CUDA: a kernel does not compile (please report it). Options:" + used + "\n" +
                                   compilation.log() + "\n" + numbered(source));
  }
  return as_ptx ? compilation.ptx() : compilation.cubin();
}

std::string compiler_identity() {
  int major = 0, minor = 0;
  check(compiler().nvrtcVersion(&major, &minor), "nvrtcVersion");
  return std::to_string(major) + "." + std::to_string(minor) + " " + identity(Library::kCompiler);
}

}  // namespace crossarray::cuda
