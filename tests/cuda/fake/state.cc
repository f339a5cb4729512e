#include "tests/cuda/fake/state.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/cuda/fake/control.h"

// Of failing_new.cc, where it is loaded in front of everything.
extern "C" __attribute__((weak)) long fail_new(long k);

namespace crossarray::cuda {
namespace fake {
namespace {

const std::map<std::string, int64_t> kDefaults = {
    {"devices", 1}, {"sm", 90}, {"driver_version", 13000}, {"total_bytes", int64_t{8} << 30}};

std::map<std::pair<Library, std::string>, void*>& symbols() {
  static auto& made = *new std::map<std::pair<Library, std::string>, void*>;
  return made;
}

const char* missing_setting(Library library) {
  switch (library) {
    case Library::kDriver: return "missing_driver";
    case Library::kCompiler: return "missing_compiler";
    case Library::kBlas: return "missing_blas";
    case Library::kFft: return "missing_fft";
    case Library::kSolver: return "missing_solver";
    case Library::kKernels: return "missing_kernels";
  }
  return "";
}

const char* package(Library library) {
  switch (library) {
    case Library::kDriver: return "could not open libcuda.so.1: file not found";
    case Library::kCompiler: return "needs nvidia-cuda-nvrtc";
    case Library::kBlas: return "needs nvidia-cublas";
    case Library::kFft: return "needs nvidia-cufft";
    case Library::kSolver: return "needs nvidia-cusolver";
    case Library::kKernels: return "could not open _cuda_kernels.so";
  }
  return "";
}

/// What a lost device held is gone.
void forget_memory() {
  for (const auto& [data, block] : state().blocks) std::free(reinterpret_cast<void*>(data));
  state().blocks.clear();
  state().used.clear();
  state().cached.clear();
  for (const char* count : {"live_bytes", "live_blocks", "cached_bytes"}) state().counts[count] = 0;
}

}  // namespace

State& state() {
  static State& made = *[] {
    auto* s = new State;
    s->settings = kDefaults;
    return s;
  }();
  return made;
}

int64_t setting(const char* name) {
  const auto at = state().settings.find(name);
  return at == state().settings.end() ? 0 : at->second;
}

bool due(const char* name) {
  int64_t& left = state().settings[name];
  return left > 0 && --left == 0;
}

void add(const char* count, int64_t amount) { state().counts[count] += amount; }

int enter(const char* function) {
  ++state().counts[function + std::strlen("fake_")];
  return state().sticky;
}

void enqueue(Stream stream, std::function<int()> operation, double microseconds) {
  const bool fails = due("sticky_at");
  const double earliest = ++state().host_us;
  stream->queue.push_back([stream, operation = std::move(operation), fails, earliest, microseconds] {
    stream->now_us = std::max(stream->now_us, earliest) + microseconds;
    if (state().sticky) return 0;
    return fails ? static_cast<int>(kIllegalAddress) : operation();
  });
  ++stream->enqueued;
  add("pending", 1);
}

void run_until(Stream stream, uint64_t position) {
  while (stream->done < position) {
    const std::function<int()> operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    ++stream->done;
    add("pending", -1);
    if (const int error = operation()) state().sticky = error;
    stream->ended_us.push_back(stream->now_us);
  }
}

void run_all(Stream stream) { run_until(stream, stream->enqueued); }

int fault(const std::string& what) {
  if (state().cause.empty()) state().cause = what;
  return kIllegalAddress;
}

namespace {

const Block* block_around(const void* data, size_t bytes) {
  const auto& blocks = state().blocks;
  const auto at = reinterpret_cast<uintptr_t>(data);
  auto after = blocks.upper_bound(at);
  if (after == blocks.begin()) return nullptr;
  const auto& [start, block] = *--after;
  return at + bytes <= start + block.bytes ? &block : nullptr;
}

}  // namespace

bool is_device_memory(const void* data, size_t bytes) { return block_around(data, bytes); }

bool is_allocated(const void* data, size_t bytes) {
  const Block* block = block_around(data, bytes);
  return block && block->allocated();
}

Undisturbed::Undisturbed() : left_(fail_new ? fail_new(0) : 0) {}

Undisturbed::~Undisturbed() {
  if (fail_new) fail_new(left_);
}

void register_symbol(Library library, const char* name, void* address) { symbols()[{library, name}] = address; }

}  // namespace fake

void* find_symbol(Library library, const char* symbol) {
  std::lock_guard<std::recursive_mutex> hold(fake::state().mutex);
  if (fake::setting(fake::missing_setting(library))) return nullptr;
  const auto at = fake::symbols().find({library, symbol});
  return at == fake::symbols().end() ? nullptr : at->second;
}

std::string missing(Library library) {
  std::lock_guard<std::recursive_mutex> hold(fake::state().mutex);
  return fake::setting(fake::missing_setting(library)) ? fake::package(library) : "";
}

}  // namespace crossarray::cuda

using namespace crossarray::cuda::fake;

void fake_cuda_set(const char* name, int64_t value) {
  std::lock_guard<std::recursive_mutex> hold(state().mutex);
  state().settings[name] = value;
}

int64_t fake_cuda_count(const char* name) {
  std::lock_guard<std::recursive_mutex> hold(state().mutex);
  return state().counts[name];
}

void fake_cuda_reset() {
  std::lock_guard<std::recursive_mutex> hold(state().mutex);
  state().settings = kDefaults;
  if (state().sticky) forget_memory();
  state().sticky = 0;
  state().cause.clear();
  for (auto& [name, count] : state().counts)
    if (name != "live_bytes" && name != "live_blocks" && name != "cached_bytes" && name != "pending") count = 0;
}
