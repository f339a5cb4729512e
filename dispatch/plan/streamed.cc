#include "dispatch/plan/streamed.h"

#include <algorithm>

#include "dispatch/plan/pressure.h"
#include "dispatch/plan/program_cache.h"

namespace crossarray {
namespace {

constexpr size_t kLeastBudget = size_t{64} << 10;

// Bytes one index of the outermost axis touches, relative to its first element.
Extent inner_extent(const Launch& launch, size_t slot, size_t item) {
  Layout inner{launch.shape, launch.slots[slot].strides, 0};
  inner.shape[0] = 1;
  return byte_extent(inner, item);
}

// How one slot is cut into pieces.
struct Cut {
  Extent inner;
  int64_t step = 0;  // bytes from one index to the next; 0: every piece reads the same
  bool staged = false, store = false;

  Extent piece(int64_t offset, int64_t from, int64_t to) const {
    int64_t first = from * step, last = (to - 1) * step;
    return {offset + std::min(first, last) + inner.low, offset + std::max(first, last) + inner.high};
  }
  int64_t bytes(int64_t rows) const { return (rows - 1) * std::abs(step) + inner.high - inner.low; }
};

// One set of buffers, and when it may be used again.
struct Stage {
  std::vector<std::byte*> data;  // per slot; null where the slot is not staged
  Fence computed, downloaded;
};

class Stream {
 public:
  Stream(Device device, const Kernel& kernel, const Launch& launch, const std::vector<StreamedSlot>& slots)
      : device_(device),
        backend_(backend_of(device)),
        kernel_(kernel),
        launch_(launch),
        piece_(launch),
        slots_(slots) {}
  ~Stream() { free_stages(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool can_cut() {
    if ((kernel_.reduced & 1) || launch_.shape[0] < 2) return false;
    for (size_t k = 0; k < slots_.size(); ++k) {
      size_t item = itemsize(kernel_.slots[k].dtype);
      Cut cut{inner_extent(launch_, k, item), launch_.slots[k].strides[0]};
      cut.staged = slots_[k].host != nullptr;
      cut.store = kernel_.slots[k].role != SlotRole::kLoad;
      if (cut.store && (cut.inner.low < 0 || cut.inner.high > cut.step)) return false;
      cuts_.push_back(cut);
    }
    return true;
  }

  bool make_stages() {
    for (size_t budget = stream_budget(); budget >= std::min(stream_budget(), kLeastBudget); budget /= 2) {
      rows_ = rows_within(budget);
      if (rows_ > 0 && allocate_stages()) return true;
      free_stages();
      backend_.free_cached();
    }
    return false;
  }

  void run() {
    const Program& program = program_for(backend_, kernel_);
    int turn = 0;
    try {
      for (int64_t from = 0; from < launch_.shape[0]; from += rows_, turn ^= 1)
        run_piece(program, stages_[turn], from, std::min(launch_.shape[0], from + rows_));
    } catch (...) {
      if (!backend_.lost()) backend_.synchronize();  // copies in flight still use host memory
      throw;
    }
    backend_.synchronize();
  }

 private:
  int64_t rows_within(size_t budget) const {
    int64_t fixed = 0, per_row = 0;
    for (const Cut& cut : cuts_)
      if (cut.staged) fixed += cut.bytes(1) - std::abs(cut.step) + 64, per_row += std::abs(cut.step);
    int64_t left = static_cast<int64_t>(budget / 2) - fixed;
    if (left <= 0) return 0;
    return std::min(launch_.shape[0], per_row ? left / per_row : launch_.shape[0]);
  }

  bool allocate_stages() {
    for (Stage& stage : stages_) {
      stage.data.assign(slots_.size(), nullptr);
      for (size_t k = 0; k < slots_.size(); ++k) {
        if (!cuts_[k].staged) continue;
        auto bytes = static_cast<size_t>(cuts_[k].bytes(rows_));
        stage.data[k] = static_cast<std::byte*>(allocate_without_pressure(device_, bytes));
        if (!stage.data[k]) return false;
      }
      stage.computed = backend_.record();
    }
    return true;
  }

  void free_stages() noexcept {
    for (Stage& stage : stages_) {
      for (size_t k = 0; k < stage.data.size(); ++k)
        if (stage.data[k]) backend_.deallocate(stage.data[k], static_cast<size_t>(cuts_[k].bytes(rows_)));
      stage.data.clear();
    }
  }

  void run_piece(const Program& program, Stage& stage, int64_t from, int64_t to) {
    piece_.shape[0] = to - from;
    for (size_t k = 0; k < slots_.size(); ++k) {
      int64_t first = slots_[k].offset + from * cuts_[k].step;
      if (!cuts_[k].staged) {
        piece_.slots[k].data = slots_[k].device + first;
        continue;
      }
      Extent extent = cuts_[k].piece(slots_[k].offset, from, to);
      piece_.slots[k].data = stage.data[k] + (first - extent.low);
      auto bytes = static_cast<size_t>(extent.high - extent.low);
      if (!cuts_[k].store)
        backend_.order_after(
            backend_.copy_from_host(stage.data[k], slots_[k].host + extent.low, bytes, stage.computed));
    }
    backend_.order_after(stage.downloaded);
    backend_.run(program, piece_);
    stage.computed = backend_.record();
    for (size_t k = 0; k < slots_.size(); ++k) {
      if (!cuts_[k].store) continue;
      Extent extent = cuts_[k].piece(slots_[k].offset, from, to);
      auto bytes = static_cast<size_t>(extent.high - extent.low);
      stage.downloaded = backend_.copy_to_host(slots_[k].host + extent.low, stage.data[k], bytes, stage.computed);
    }
  }

  Device device_;
  Backend& backend_;
  const Kernel& kernel_;
  const Launch& launch_;
  Launch piece_;
  const std::vector<StreamedSlot>& slots_;
  std::vector<Cut> cuts_;
  Stage stages_[2];
  int64_t rows_ = 0;
};

}  // namespace

size_t& stream_budget() {
  static size_t bytes = size_t{128} << 20;
  return bytes;
}

bool stream_step(Device device, const Kernel& kernel, const Launch& launch, const std::vector<StreamedSlot>& slots) {
  Stream stream(device, kernel, launch, slots);
  if (!stream.can_cut() || !stream.make_stages()) return false;
  try {
    stream.run();
    return true;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMemory) throw;
    return false;
  }
}

}  // namespace crossarray
