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

/// A dense input whose last axes are reduced: `outputs` stretches of `depth` elements.
struct Stretches {
  int64_t outputs = 1, depth = 1;
};

/// False if the call is not of that form, or too large for one thread.
bool find_stretches(const ReduceCall& call, Stretches& found) {
  auto step = static_cast<int64_t>(itemsize(call.in_dtype));
  bool kept = false;
  for (int axis = call.shape->size() - 1; axis >= 0; --axis) {
    const int64_t extent = (*call.shape)[axis];
    if (extent == 1) continue;
    const bool reduced = (call.reduced >> axis) & 1;
    if ((kept && reduced) || (*call.in_strides)[axis] != step) return false;
    kept = !reduced;
    (reduced ? found.depth : found.outputs) *= extent;
    step *= extent;
  }
  return found.depth > 0 && found.outputs * found.depth <= kPlain;
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
void reduce_plain(const ReduceCall& call, const RowReducer& r, const std::byte* in, int64_t n, std::byte* out) {
  const ReduceTypes& types = r.types;
  alignas(16) std::byte state[1024], natural[kMaxItemSize];
  XA_ASSERT(r.state_bytes <= sizeof(state));
  r.start(state);
  if (types.input == call.in_dtype) {
    r.add(r, state, in, n);
  } else {
    alignas(64) std::byte first[kCastTile * kMaxItemSize], second[kCastTile * kMaxItemSize];
    // Whole sum blocks, so that the result is the engine's.
    for (int64_t i = 0; i < n; i += kCastTile) {
      const int64_t length = std::min(kCastTile, n - i);
      const std::byte* from = in + static_cast<size_t>(i) * itemsize(call.in_dtype);
      if (types.via != call.in_dtype) cast_tile(call.in_dtype, types.via, from, first, length);
      const void* via = types.via != call.in_dtype ? static_cast<const void*>(first) : from;
      if (types.input != types.via) cast_tile(types.via, types.input, via, second, length);
      r.add(r, state, types.input != types.via ? second : via, length);
    }
  }
  r.finish(r, state, call.ddof, natural);
  if (types.natural == call.out_dtype) {
    std::memcpy(out, natural, itemsize(call.out_dtype));
  } else {
    cast_tile(types.natural, call.out_dtype, natural, out, 1);
  }
}

/// Every stretch into one result, as the engine would do it; false if it takes the engine.
bool reduce_stretches(const ReduceCall& call, const Stretches& s) {
  const RowReducer& r = reducer_of(call);
  if (s.outputs > 1 && r.segments && s.depth <= r.segments_limit) {
    if (r.types.input != call.in_dtype || r.segments_dtype != call.out_dtype) return false;
    r.segments(call.in, static_cast<size_t>(s.outputs), static_cast<size_t>(s.depth), call.out);
    return true;
  }
  const size_t in_bytes = static_cast<size_t>(s.depth) * itemsize(call.in_dtype), out_bytes = itemsize(call.out_dtype);
  for (int64_t k = 0; k < s.outputs; ++k)
    reduce_plain(call, r, call.in + static_cast<size_t>(k) * in_bytes, s.depth,
                 call.out + static_cast<size_t>(k) * out_bytes);
  return true;
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
  Stretches stretches;
  if (find_stretches(call, stretches) && reduce_stretches(call, stretches)) return;
  if (reduce_few_columns(call)) return;
  run_program(*program_of(call), launch_of(call));
}

}  // namespace crossarray::cpu
