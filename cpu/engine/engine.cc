#include "cpu/engine/engine.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "cpu/engine/tiling.h"
#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// One f64 add per element, and moving one byte, in ns (measured on Zen 3, 10M rows).
constexpr double kNsPerFlop = 0.1, kNsPerByte = 0.03;
/// Tiles between two looks at the clock.
constexpr int64_t kPollTiles = 16;

double estimate(const Kernel& kernel) {
  double ns = 0.1 * static_cast<double>(kernel.reduces.size());
  for (const Ssa& v : kernel.values) {
    const double lanes = static_cast<double>(std::max(itemsize(v.dtype), itemsize(v.loop))) / 8;
    if (v.kind == ValueKind::kApply) ns += kNsPerFlop * row(v.op).flops * lanes;
    if (v.kind == ValueKind::kCast) ns += kNsPerFlop;
  }
  for (const Slot& slot : kernel.slots)
    if (slot.role != SlotRole::kReduce && slot.access != Access::kBroadcast)
      ns += kNsPerByte * static_cast<double>(itemsize(slot.dtype));
  return ns;
}

struct Bytes {
  std::byte *low, *high;
};
Bytes bytes_of(const Launch& launch, size_t slot, size_t item) {
  Bytes b{launch.slots[slot].data, launch.slots[slot].data + item};
  for (int axis = 0; axis < launch.shape.size(); ++axis) {
    const int64_t span = (launch.shape[axis] - 1) * launch.slots[slot].strides[axis];
    (span < 0 ? b.low : b.high) += span;
  }
  return b;
}

/// True if element by element the two slots are the same memory.
bool same_elements(const Kernel& kernel, const Launch& launch, size_t a, size_t b) {
  if (launch.slots[a].data != launch.slots[b].data) return false;
  if (itemsize(kernel.slots[a].dtype) != itemsize(kernel.slots[b].dtype)) return false;
  for (int axis = 0; axis < launch.shape.size(); ++axis)
    if (launch.shape[axis] != 1 && launch.slots[a].strides[axis] != launch.slots[b].strides[axis]) return false;
  return true;
}

/// True if all that reads load slot `slot` is computed before the stored value: it is among what that is made from.
bool is_read_before(const Kernel& kernel, size_t slot, const StoreStmt& store) {
  std::vector<bool> needed(kernel.values.size());
  needed[store.value] = true;
  for (size_t i = kernel.values.size(); i-- > 0;)
    for (Reg in : {kernel.values[i].a, kernel.values[i].b, kernel.values[i].c})
      if (needed[i] && in != kNoReg) needed[in] = true;
  const auto is_load = [&](Reg r) {
    return r != kNoReg && kernel.values[r].kind == ValueKind::kLoad && kernel.values[r].index == slot;
  };
  for (size_t i = 0; i < kernel.values.size(); ++i)
    for (Reg in : {kernel.values[i].a, kernel.values[i].b, kernel.values[i].c})
      if (is_load(in) && !needed[i]) return false;
  for (const StoreStmt& other : kernel.stores)
    if (is_load(other.value)) return false;
  for (const ReduceStmt& reduce : kernel.reduces)
    if (is_load(reduce.value) || is_load(reduce.mask)) return false;
  return true;
}

enum class Overlap : uint8_t { kNone, kInPlace, kAny };

/// How what is stored lies to what is loaded.
/// kInPlace: `twins` gets the load slot that each store slot lies over.
Overlap overlap(const Kernel& kernel, const Launch& launch, SmallVector<int16_t, 16>& twins) {
  Overlap found = Overlap::kNone;
  for (const StoreStmt& store : kernel.stores) {
    const Bytes out = bytes_of(launch, store.slot, itemsize(kernel.slots[store.slot].dtype));
    for (size_t slot = 0; slot < kernel.slots.size(); ++slot) {
      if (kernel.slots[slot].role != SlotRole::kLoad) continue;
      const Bytes in = bytes_of(launch, slot, itemsize(kernel.slots[slot].dtype));
      if (in.low >= out.high || out.low >= in.high) continue;
      if (!same_elements(kernel, launch, slot, store.slot) || !is_read_before(kernel, slot, store))
        return Overlap::kAny;
      if (found == Overlap::kNone)
        for (size_t i = 0; i < kernel.slots.size(); ++i) twins.push_back(-1);
      twins[store.slot] = static_cast<int16_t>(slot);
      found = Overlap::kInPlace;
    }
  }
  return found;
}

size_t stored_bytes(const Kernel& kernel, const Launch& launch) {
  size_t bytes = 0;
  for (const StoreStmt& store : kernel.stores) bytes += itemsize(kernel.slots[store.slot].dtype);
  for (int64_t extent : launch.shape) bytes *= static_cast<size_t>(extent);
  return bytes;
}

/// Of all slots together: what is repeated along an axis counts once.
size_t touched_bytes(const Kernel& kernel, const Space& space) {
  size_t bytes = 0;
  for (int slot = 0; slot < static_cast<int>(kernel.slots.size()); ++slot) {
    size_t own = itemsize(kernel.slots[static_cast<size_t>(slot)].dtype);
    for (int axis = 0; axis < space.rank(); ++axis)
      if (space.stride(slot, axis) != 0) own *= static_cast<size_t>(space.shape[axis]);
    bytes += own;
  }
  return bytes;
}

/// The last-level cache. Larger outputs are stored past it: 1.5x at 10M on one thread, 2.4x on two.
/// What the kernel says this core shares comes first: sysconf gives the whole processor's cache on some virtual machines,
/// 384 MiB where a core has 32.
size_t cache_bytes() {
  static const size_t bytes = [] {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index3/size");
    size_t kib = 0;
    if (file >> kib && kib > 0) return kib << 10;
    const long found = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return found > 0 ? static_cast<size_t>(found) : size_t{32} << 20;
  }();
  return bytes;
}

Route route_in_row(int64_t stride, int64_t item, int64_t n, SlotRole role) {
  if (stride == item || n == 1) return Route::kInPlace;
  if (role == SlotRole::kLoad && stride == 0) return Route::kScalar;
  return role == SlotRole::kLoad && stride == 2 * item ? Route::kEveryOther : Route::kBuffer;
}

/// Tiles of several rows: only what is dense over all of them can be used where it is.
Route route_in_rows(const Space& space, int slot, int first_axis, int64_t item, SlotRole role) {
  if (space.dense_from(slot, first_axis, item)) return Route::kInPlace;
  if (role != SlotRole::kLoad) return Route::kBuffer;
  for (int axis = 0; axis < space.rank() - 1; ++axis)
    if (space.stride(slot, axis) != 0) return Route::kBuffer;
  return space.stride(slot, space.rank() - 1) == 0 ? Route::kScalar : Route::kRepeated;
}

}  // namespace

EngineProgram::EngineProgram(const Kernel& kernel, bool fast_math)
    : kernel_(kernel), ns_per_element_(estimate(kernel)), fast_math_(fast_math) {
  for (const ReduceStmt& r : kernel.reduces) {
    reduce_types_.push_back(cpu::reduce_types(r.kind, kernel.values[r.value].dtype, r.accumulate));
    const ReduceKind kind = effective_kind(r.kind, r.accumulate);
    row_reducers_.push_back(row_reducer(kind, reduce_types_.back()));
    masked_.emplace_back(kind, reduce_types_.back().input);
    state_at_.push_back(state_bytes_);
    state_bytes_ += (row_reducers_.back().state_bytes + 15) / 16 * 16;
  }
}

const TileCode& EngineProgram::code(const Reach& reach) const {
  std::lock_guard lock(mutex_);
  for (const auto& code : codes_)
    if (code->reach == reach) return *code;
  codes_.push_back(std::make_unique<TileCode>(generate(kernel_, reach, reduce_types_, fast_math_)));
  return *codes_.back();
}

const TileCode& Run::code(bool row_mode, int first_axis) const {
  Reach reach;
  const int last = space.rank() - 1;
  for (int slot = 0; slot < static_cast<int>(kernel().slots.size()); ++slot) {
    const Slot& s = kernel().slots[static_cast<size_t>(slot)];
    const auto item = static_cast<int64_t>(itemsize(s.dtype));
    reach.routes.push_back(s.role == SlotRole::kReduce ? Route::kOnly
                           : row_mode ? route_in_row(space.stride(slot, last), item, space.row(), s.role)
                                      : route_in_rows(space, slot, first_axis, item, s.role));
  }
  const Overlap shared = overlap(kernel(), launch, reach.twins);
  reach.deferred = shared == Overlap::kAny;
  reach.in_place = shared == Overlap::kInPlace;
  if (!reach.in_place) reach.twins.clear();
  reach.stream =
      !kernel().stores.empty() && shared == Overlap::kNone && stored_bytes(kernel(), launch) > cache_bytes() / 2;
  reach.far = touched_bytes(kernel(), space) > cache_bytes() / 2;
  return program.code(reach);
}

namespace {
void cast_results(DType from, const std::byte* in, DType to, std::byte* out, int64_t n) {
  const void* args[3] = {in, nullptr, nullptr};
  cast_kernel(from, to)(args, 0, out, static_cast<size_t>(n));
}
}  // namespace

void Run::store_outputs(uint16_t slot, DType natural, const std::byte* results, int64_t first, int64_t n) const {
  const DType dtype = kernel().slots[slot].dtype;
  const auto item = static_cast<int64_t>(itemsize(dtype));
  std::byte* base = launch.slots[slot].data;
  bool dense = true;
  int64_t step = item;
  for (int axis = space.output_axes - 1; axis >= 0; --axis) {
    dense = dense && space.stride(slot, axis) == step;
    step *= space.shape[axis];
  }
  if (dense) return cast_results(natural, results, dtype, base + first * item, n);
  for (int64_t k = 0; k < n; ++k)
    cast_results(natural, results + k * static_cast<int64_t>(itemsize(natural)), dtype,
                 base + space.offset(slot, 0, space.output_axes, first + k), 1);
}

void Run::store_columns(uint16_t slot, DType natural, const std::byte* results, int64_t output, int64_t column,
                        int64_t n) const {
  const DType dtype = kernel().slots[slot].dtype;
  const size_t item = itemsize(dtype);
  const int64_t stride = space.stride(slot, space.rank() - 1);
  std::byte* base = launch.slots[slot].data + space.offset(slot, 0, space.output_axes, output) + column * stride;
  if (stride == static_cast<int64_t>(item) || n == 1) return cast_results(natural, results, dtype, base, n);
  Scratch dense(static_cast<size_t>(n) * item);
  cast_results(natural, results, dtype, dense.data(), n);
  scatter_strided(dense.data(), base, stride, static_cast<size_t>(n), item);
}

namespace {

/// A frame for every thread, made before the first element is written.
class Frames {
 public:
  Frames(const Run& run, const TileCode& code) {
    for (int i = thread_count(); i > 0; --i) free_.push_back(std::make_unique<Frame>(run.launch, run.space, code));
  }
  /// Calls work(frame) with one that no other thread has.
  template <class Work> void lend(const Work& work) {
    std::unique_ptr<Frame> frame;
    {
      std::lock_guard lock(mutex_);
      frame = std::move(free_.back());
      free_.pop_back();
    }
    work(*frame);
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(frame));  // there is room: it came from here
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Frame>> free_;
};

/// Launch::must_finish: all memory is taken first, and nobody asks for an interrupt.
void run_to_the_end(const Run& run, const TileCode& code, const Tiling& tiling, double us_per_tile) {
  Frames frames(run, code);
  parallel_for(tiling.tiles, us_per_tile, [&](int64_t first, int64_t last) {
    frames.lend([&](Frame& frame) {
      for (int64_t t = first; t < last; ++t) frame.run(tiling.at(t), [](uint16_t, const std::byte*, const bool*) {});
    });
  });
}

}  // namespace

void run_elementwise(const Run& run) {
  if (run.space.depth == 0) return;
  const int64_t rows = run.space.depth / run.space.row();
  const bool row_mode = Tiling(run.space.row(), rows).row_mode;
  const TileCode& code = run.code(row_mode, 0);
  const Tiling tiling(run.space.row(), rows, code.scale);
  const double per_tile = run.us(static_cast<double>(run.space.depth)) / static_cast<double>(tiling.tiles);
  if (run.launch.must_finish) return run_to_the_end(run, code, tiling, per_tile);
  parallel_for(tiling.tiles, per_tile, [&](int64_t first, int64_t last) {
    Frame frame(run.launch, run.space, code);
    for (int64_t t = first; t < last; ++t) {
      frame.run(tiling.at(t), [](uint16_t, const std::byte*, const bool*) {});
      if (t % kPollTiles == 0) poll_interrupt();
    }
  });
}

void run_program(const EngineProgram& program, const Launch& launch) {
  const Run run(program, launch);
  switch (run.space.form) {
    case Shape::kElementwise: return run_elementwise(run);
    case Shape::kRows: return run_rows(run);
    case Shape::kColumns: return run_columns(run);
  }
}

}  // namespace crossarray::cpu
