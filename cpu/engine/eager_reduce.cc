#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "cpu/engine/eager.h"
#include "cpu/engine/engine.h"

namespace crossarray::cpu {
namespace {

/// Up to this many elements one accumulator takes them all (longer ones are cut into chunks by the engine).
constexpr int64_t kPlain = 64 * 1024;
constexpr int64_t kCastTile = 512;

bool is_dense_and_whole(const ReduceCall& call, int64_t& n) {
  auto step = static_cast<int64_t>(itemsize(call.in_dtype));
  n = 1;
  for (int axis = call.shape->size() - 1; axis >= 0; --axis) {
    const int64_t extent = (*call.shape)[axis];
    n *= extent;
    if (extent == 1) continue;
    if (!((call.reduced >> axis) & 1) || (*call.in_strides)[axis] != step) return false;
    step *= extent;
  }
  return n <= kPlain;
}

void cast_tile(DType from, DType to, const void* in, void* out, int64_t n) {
  const void* args[3] = {in, nullptr, nullptr};
  cast_kernel(from, to)(args, 0, out, static_cast<size_t>(n));
}

/// The accumulator of a kind as this thread last made it: making one costs more than reducing ten elements.
const RowReducer& reducer_of(const ReduceCall& call) {
  struct Made {
    TileFn target = nullptr;  // a kernel of the SIMD target it was made for
    DType in{}, accumulate{};
    RowReducer reducer;
  };
  thread_local Made made[static_cast<size_t>(ReduceKind::kStd) + 1];
  Made& m = made[static_cast<size_t>(call.kind)];
  const TileFn target = tile_kernel(Op::add, DType::kF64);
  if (m.target != target || m.in != call.in_dtype || m.accumulate != call.accumulate) {
    const ReduceTypes types = reduce_types(call.kind, call.in_dtype, call.accumulate);
    m = {target, call.in_dtype, call.accumulate, row_reducer(effective_kind(call.kind, call.accumulate), types)};
  }
  return m.reducer;
}

/// Everything into one result, elements one after the other.
void reduce_plain(const ReduceCall& call, int64_t n) {
  const RowReducer& r = reducer_of(call);
  const ReduceTypes& types = r.types;
  alignas(16) std::byte state[1024], natural[kMaxItemSize];
  XA_ASSERT(r.state_bytes <= sizeof(state));
  r.start(state);
  if (types.input == call.in_dtype) {
    r.add(r, state, call.in, n);
  } else {
    alignas(64) std::byte first[kCastTile * kMaxItemSize], second[kCastTile * kMaxItemSize];
    // Whole sum blocks, so that the result is the engine's.
    for (int64_t i = 0; i < n; i += kCastTile) {
      const int64_t length = std::min(kCastTile, n - i);
      const std::byte* in = call.in + static_cast<size_t>(i) * itemsize(call.in_dtype);
      if (types.via != call.in_dtype) cast_tile(call.in_dtype, types.via, in, first, length);
      const void* via = types.via != call.in_dtype ? static_cast<const void*>(first) : in;
      if (types.input != types.via) cast_tile(types.via, types.input, via, second, length);
      r.add(r, state, types.input != types.via ? second : via, length);
    }
  }
  r.finish(r, state, call.ddof, natural);
  if (types.natural == call.out_dtype) {
    std::memcpy(call.out, natural, itemsize(call.out_dtype));
  } else {
    cast_tile(types.natural, call.out_dtype, natural, call.out, 1);
  }
}

/// Programs of reductions met so far, by structure.
std::shared_ptr<EngineProgram> program_of(const ReduceCall& call) {
  using Key = std::tuple<ReduceKind, DType, DType, DType, int, uint64_t>;
  constexpr size_t kMaxKept = 512;
  static std::mutex mutex;
  static auto* programs = new std::map<Key, std::shared_ptr<EngineProgram>>;
  const Key key{call.kind, call.in_dtype, call.accumulate, call.out_dtype, call.shape->size(), call.reduced};
  std::lock_guard lock(mutex);
  if (programs->size() > kMaxKept) programs->clear();
  auto& program = (*programs)[key];
  if (!program) program = std::make_shared<EngineProgram>(kernel_of(call));
  return program;
}

}  // namespace

Kernel kernel_of(const ReduceCall& call) {
  Kernel kernel;
  kernel.rank = static_cast<uint8_t>(std::max(1, call.shape->size()));
  kernel.reduced = call.shape->empty() ? 1 : call.reduced;
  kernel.slots = {{call.in_dtype, SlotRole::kLoad, Access::kStrided},
                  {call.out_dtype, SlotRole::kReduce, Access::kStrided}};
  Ssa load{ValueKind::kLoad};
  load.dtype = call.in_dtype;
  kernel.values.push_back(load);
  ReduceStmt reduce{};
  reduce.kind = call.kind;
  reduce.value = 0;
  reduce.slot = 1;
  reduce.accumulate = call.accumulate;
  kernel.reduces.push_back(reduce);
  return kernel;
}

Launch launch_of(const ReduceCall& call) {
  Launch launch;
  launch.shape = call.shape->empty() ? Dims{1} : *call.shape;
  launch.slots.resize(2);
  launch.slots[0].data = const_cast<std::byte*>(call.in);
  launch.slots[1].data = call.out;
  if (call.shape->empty()) {
    for (auto& slot : launch.slots) slot.strides.push_back(0);
  } else {
    launch.slots[0].strides = *call.in_strides;
    launch.slots[1].strides = *call.out_strides;
  }
  launch.params = {call.ddof};
  return launch;
}

void run_reduce(const ReduceCall& call) {
  int64_t n;
  if (is_dense_and_whole(call, n)) return reduce_plain(call, n);
  run_program(*program_of(call), launch_of(call));
}

}  // namespace crossarray::cpu
