#include "cuda/plugin/jit.h"

#include "cuda/plugin/compiler.h"
#include "cuda/plugin/sha256.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {
namespace {

/// A part of a key, told apart from its neighbours by its length.
std::string part(const std::string& text) { return std::to_string(text.size()) + ":" + text; }

}  // namespace

Jit::Jit(Device& device, std::string folder) : device_(device), cache_(std::move(folder)) {}

const std::vector<Function>& Jit::functions(const Source& source, bool fast_math) {
  const std::vector<std::string> options = compile_options(fast_math);
  std::string all = part(source.text) + part("sm_" + std::to_string(device_.sm())) + part(XA_PACKAGE_VERSION) +
                    part(std::to_string(prelude_version()));
  for (const std::string& option : options) all += part(option);
  std::lock_guard<std::mutex> hold(mutex_);
  all += part(compiler_identity());
  const std::string key = to_hex(sha256(all));
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  return loaded_[key] = make(source, key, options);
}

std::vector<Function> Jit::make(const Source& source, const std::string& key, std::span<const std::string> options) {
  if (const auto image = cache_.find(key)) {
    try {
      std::vector<Function> functions = load(source, *image);
      ++counts_.from_disk;
      return functions;
    } catch (const Error&) {
      device_.require_alive();  // a file whole but useless is made anew; a lost device is not the file's fault
    }
  }
  const std::string image = compile_source(source.text, options, device_.sm());
  ++counts_.compiled;
  std::vector<Function> functions = load(source, image);
  cache_.store(key, image);
  return functions;
}

std::vector<Function> Jit::load(const Source& source, const std::string& image) {
  Module module = nullptr;
  device_.check(driver().cuModuleLoadData(&module, image.data()), "cuModuleLoadData");
  std::vector<Function> functions;
  for (const Source::Entry& entry : source.entries) {
    Function function = nullptr;
    device_.check(driver().cuModuleGetFunction(&function, module, entry.name.c_str()), "cuModuleGetFunction");
    functions.push_back(function);
  }
  return functions;
}

}  // namespace crossarray::cuda
