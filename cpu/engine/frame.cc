#include "cpu/engine/frame.h"

#include <algorithm>
#include <cstring>

namespace crossarray::cpu {
namespace {

/// Distance between tile buffers: not a multiple of 4 KiB, so that they do not alias each other.
constexpr size_t kBufferColour = 192;

size_t buffer_step(const TileCode& code) { return (code.buffer_bytes + kBufferColour + 63) / 64 * 64; }

struct Item16 {
  uint64_t words[2];
};

template <class F>
void with_item(size_t item, const F& f) {
  switch (item) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    case 8: return f(uint64_t{});
    default: return f(Item16{});
  }
}

/// Rows of `n` elements, `to` dense.
void gather_panel(const std::byte* from, int64_t row_stride, int64_t stride, std::byte* to, int64_t rows, int64_t n,
                  size_t item) {
  const size_t row_bytes = static_cast<size_t>(n) * item;
  for (int64_t r = 0; r < rows; ++r, from += row_stride, to += row_bytes) {
    if (stride == static_cast<int64_t>(item)) {
      copy_dense(from, to, static_cast<size_t>(n), item);
    } else if (stride == 0) {
      fill_dense(from, to, static_cast<size_t>(n), item);
    } else {
      gather_strided(from, stride, to, static_cast<size_t>(n), item);
    }
  }
}

void scatter_panel(const std::byte* from, std::byte* to, int64_t row_stride, int64_t stride, int64_t rows, int64_t n,
                   size_t item) {
  const size_t row_bytes = static_cast<size_t>(n) * item;
  for (int64_t r = 0; r < rows; ++r, to += row_stride, from += row_bytes) {
    if (stride == static_cast<int64_t>(item)) {
      copy_dense(from, to, static_cast<size_t>(n), item);
    } else {
      scatter_strided(from, to, stride, static_cast<size_t>(n), item);
    }
  }
}

}  // namespace

void copy_dense(const std::byte* from, std::byte* to, size_t n, size_t item) {
  if (n * item > 64) {
    std::memmove(to, from, n * item);
    return;
  }
  with_item(item, [&](auto x) {
    using T = decltype(x);
    for (size_t i = 0; i < n; ++i) std::memcpy(to + i * sizeof(T), from + i * sizeof(T), sizeof(T));
  });
}

void fill_dense(const std::byte* from, std::byte* to, size_t n, size_t item) {
  with_item(item, [&](auto x) {
    std::memcpy(&x, from, sizeof(x));
    auto* out = reinterpret_cast<decltype(x)*>(to);
    std::fill_n(out, n, x);
  });
}

Frame::Frame(const Kernel& kernel, const Launch& launch, const Space& space, const TileCode& code)
    : kernel_(kernel),
      launch_(launch),
      space_(space),
      code_(code),
      scratch_(std::max<size_t>(64, static_cast<size_t>(code.buffers) * buffer_step(code))),
      at_(code.places),
      base_(static_cast<int>(launch.slots.size())),
      repeated_(static_cast<int>(launch.slots.size())) {
  for (size_t i = 0; i < launch.scalars.size(); ++i)
    at_[code.scalars_at + static_cast<int>(i)] = const_cast<std::byte*>(launch.scalars[i].bits);
  for (int i = 0; i < code.buffers; ++i) at_[code.buffers_at + i] = scratch_.data() + static_cast<size_t>(i) * buffer_step(code);
  for (int slot = 0; slot < base_.size(); ++slot) {
    base_[slot] = launch.slots[static_cast<size_t>(slot)].data;
    if (code.routes[slot] == Route::kInPlace || code.routes[slot] == Route::kScalar)
      bound_.push_back(static_cast<uint16_t>(slot));
  }
}

void Frame::enter(int first_axis, int64_t index) {
  first_axis_ = first_axis;
  for (int slot = 0; slot < base_.size(); ++slot)
    base_[slot] = launch_.slots[static_cast<size_t>(slot)].data + space_.offset(slot, 0, first_axis, index);
}

void Frame::bind(const Tile& tile) {
  const int last = space_.rank() - 1;
  for (uint16_t slot : bound_) {
    std::byte* start = tile.row == 0 ? base_[slot] : element(slot, tile.row);
    at_[slot] = start + tile.column * space_.stride(slot, last);
  }
}

/// Cuts the tile's rows where the axis above the innermost wraps; `move` gets each stretch of equally spaced rows.
template <class Move>
void Frame::each_panel(int slot, const Tile& tile, const Move& move) const {
  const int last = space_.rank() - 1;
  const bool single = last <= first_axis_;
  const int64_t wrap = single ? tile.row + tile.rows : space_.shape[last - 1];
  const int64_t row_stride = single ? 0 : space_.stride(slot, last - 1);
  int64_t row = tile.row, left = tile.rows, done = 0;
  while (left > 0) {
    const int64_t rows = std::min(left, wrap - row % wrap);
    move(element(slot, row) + tile.column * space_.stride(slot, last), row_stride, rows, done);
    row += rows;
    left -= rows;
    done += rows;
  }
}

void Frame::gather(const Instr& instr, const Tile& tile) {
  const int slot = instr.index, last = space_.rank() - 1;
  if (code_.routes[slot] == Route::kRepeated) {
    if (repeated_[slot] >= tile.count()) return;
    repeated_[slot] = tile.count();
  }
  each_panel(slot, tile, [&](const std::byte* from, int64_t row_stride, int64_t rows, int64_t done) {
    std::byte* to = at_[instr.out] + static_cast<size_t>(done * tile.n) * instr.item;
    gather_panel(from, row_stride, space_.stride(slot, last), to, rows, tile.n, instr.item);
  });
}

void Frame::scatter(const Instr& instr, const Tile& tile) {
  const int slot = instr.index, last = space_.rank() - 1;
  each_panel(slot, tile, [&](std::byte* to, int64_t row_stride, int64_t rows, int64_t done) {
    const std::byte* from = at_[instr.in[0]] + static_cast<size_t>(done * tile.n) * instr.item;
    scatter_panel(from, to, row_stride, space_.stride(slot, last), rows, tile.n, instr.item);
  });
}

}  // namespace crossarray::cpu
