#include "dispatch/plan/program_cache.h"

#include <unordered_map>

#include "dispatch/core/config.h"

namespace crossarray {
namespace {

using Programs = std::unordered_map<std::string, std::unique_ptr<Program>>;

Programs& programs() {
  static Programs table;
  return table;
}

}  // namespace

const Program& program_for(Backend& backend, const Kernel& kernel) {
  std::string bytes = key(kernel);
  bytes += backend.name();
  bytes += config().fast_math ? 'f' : 'e';
  auto [at, fresh] = programs().try_emplace(std::move(bytes));
  if (fresh) {
    try {
#ifndef NDEBUG
      verify(kernel);
#endif
      at->second = backend.compile(kernel, {config().fast_math});
    } catch (...) {
      programs().erase(at);
      throw;
    }
  }
  return *at->second;
}

}  // namespace crossarray
