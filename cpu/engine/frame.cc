#include "cpu/engine/frame.h"

#include <algorithm>
#include <cstring>

namespace crossarray::cpu {
namespace {

/// Distance between tile buffers: not a multiple of 4 KiB, so that they do not alias each other.
constexpr size_t kBufferColour = 192;

size_t buffer_step(const TileCode& code) { return (code.buffer_bytes + kBufferColour + 63) / 64 * 64; }

/// The temporaries of the chains: one chain runs at a time, so they share.
size_t temporary_bytes(const TileCode& code) {
  size_t bytes = 0;
  for (const ChainCode& chain : code.chains)
    bytes = std::max(bytes, static_cast<size_t>(chain.temporaries) * chain.runner.block);
  return bytes;
}

/// Room for one link's block in run_short_chain: every other element of twice as many.
size_t copy_room(const ChainCode& chain) { return 2 * chain.runner.block; }

size_t most_links(const TileCode& code) {
  size_t links = 0;
  for (const ChainCode& chain : code.chains) links = std::max(links, chain.links.size());
  return links;
}
size_t copies_bytes(const TileCode& code) {
  size_t bytes = 0;
  for (const ChainCode& chain : code.chains) bytes = std::max(bytes, chain.links.size() * copy_room(chain));
  return bytes;
}

struct Item16 {
  uint64_t words[2];
};

template <class F> void with_item(size_t item, const F& f) {
  switch (item) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    case 8: return f(uint64_t{});
    default: return f(Item16{});
  }
}

/// Rows this short are moved element by element: a call per row would cost more than the row.
constexpr int64_t kShortRow = 16;

void gather_short_rows(const std::byte* from, int64_t row_stride, int64_t stride, std::byte* to, int64_t rows,
                       int64_t n, size_t item) {
  with_item(item, [&](auto x) {
    for (int64_t r = 0; r < rows; ++r, from += row_stride)
      for (int64_t j = 0; j < n; ++j, to += sizeof(x)) std::memcpy(to, from + j * stride, sizeof(x));
  });
}

/// The first `have` bytes again and again until there are `bytes`.
void repeat_bytes(std::byte* to, size_t have, size_t bytes) {
  while (have < bytes) {
    const size_t more = std::min(have, bytes - have);
    std::memcpy(to + have, to, more);
    have += more;
  }
}

/// Rows of `n` elements, `to` dense.
void gather_panel(const std::byte* from, int64_t row_stride, int64_t stride, std::byte* to, int64_t rows, int64_t n,
                  size_t item) {
  const size_t row_bytes = static_cast<size_t>(n) * item;
  if (row_stride == 0 && rows > 1) {
    gather_panel(from, 0, stride, to, 1, n, item);
    return repeat_bytes(to, row_bytes, static_cast<size_t>(rows) * row_bytes);
  }
  if (stride == static_cast<int64_t>(item) && (rows == 1 || row_stride == static_cast<int64_t>(row_bytes)))
    return copy_dense(from, to, static_cast<size_t>(rows * n), item);
  if (n <= kShortRow) return gather_short_rows(from, row_stride, stride, to, rows, n, item);
  for (int64_t r = 0; r < rows; ++r, from += row_stride, to += row_bytes) {
    if (stride == static_cast<int64_t>(item)) {
      copy_dense(from, to, static_cast<size_t>(n), item);
    } else if (stride == 0) {
      fill_repeated(from, to, static_cast<size_t>(n), item);
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

void copy_changed(const std::byte* from, std::byte* to, size_t bytes) {
  constexpr size_t kStretch = 256;
  for (size_t i = 0; i < bytes; i += kStretch) {
    const size_t length = std::min(kStretch, bytes - i);
    if (std::memcmp(from + i, to + i, length) != 0) std::memcpy(to + i, from + i, length);
  }
}

Frame::Frame(const Launch& launch, const Space& space, const TileCode& code)
    : launch_(launch),
      space_(space),
      code_(code),
      scratch_(std::max<size_t>(
          64, static_cast<size_t>(code.buffers) * buffer_step(code) + temporary_bytes(code) + copies_bytes(code))),
      at_(code.places),
      base_(static_cast<int>(launch.slots.size())),
      repeated_(static_cast<int>(launch.slots.size())) {
  for (size_t i = 0; i < launch.scalars.size(); ++i)
    at_[code.scalars_at + static_cast<int>(i)] = const_cast<std::byte*>(launch.scalars[i].bits);
  for (int i = 0; i < code.buffers; ++i)
    at_[code.buffers_at + i] = scratch_.data() + static_cast<size_t>(i) * buffer_step(code);
  for (int slot = 0; slot < base_.size(); ++slot) {
    base_[slot] = launch.slots[static_cast<size_t>(slot)].data;
    if (code.reach.is_bound(slot)) bound_.push_back(static_cast<uint16_t>(slot));
  }
  std::byte* temporaries = scratch_.data() + static_cast<size_t>(code.buffers) * buffer_step(code);
  copies_ = temporaries + temporary_bytes(code);
  short_links_.reserve(most_links(code));
  copied_.reserve(most_links(code));
  chains_.resize(code.chains.size());
  for (size_t c = 0; c < chains_.size(); ++c) place_links(code.chains[c], chains_[c], temporaries);
}

void Frame::place_links(const ChainCode& chain, Links& links, std::byte* temporaries) const {
  for (const ChainLink& link : chain.links) {
    std::byte* memory =
        link.temporary >= 0 ? temporaries + static_cast<size_t>(link.temporary) * chain.runner.block : nullptr;
    links.run.push_back({link.run, memory, link.advances ? ~size_t{0} : 0});
    if (chain.streams) links.plain.push_back({link.plain, memory, links.run.back().mask});
  }
}

void Frame::chain(const Instr& instr, size_t n) {
  const ChainCode& chain = code_.chains[instr.index];
  Links& links = chains_[instr.index];
  bool aligned = true;
  for (size_t i = 0; i < links.run.size(); ++i) {
    const ChainLink& link = chain.links[i];
    if (link.place == kNowhere) continue;
    links.run[i].memory = at_[link.place];
    if (!chain.streams) continue;
    links.plain[i].memory = at_[link.place];
    if (link.run != link.plain) aligned &= reinterpret_cast<uintptr_t>(at_[link.place]) % chain.runner.alignment == 0;
  }
  const std::vector<Link>& plain = chain.streams ? links.plain : links.run;
  const size_t bytes = n * instr.item, whole = bytes / chain.runner.block * chain.runner.block;
  if (whole > 0) chain.runner.run((aligned ? links.run : plain).data(), 0, whole, chain.streams);
  if (whole == bytes) return;
  if (whole == 0 || code_.reach.in_place) return run_short_chain(chain, links, whole, bytes - whole);
  // The last block once more, ending where the tile ends: no output is an input, so nothing changes where they overlap.
  // Offsets stay multiples of the item; `begin` is not one of the block.
  chain.runner.run(plain.data(), bytes - chain.runner.block, bytes, false);
}

/// Less than a block, from byte `from` of the tile on: the links work on copies with room behind them.
void Frame::run_short_chain(const ChainCode& chain, const Links& links, size_t from, size_t bytes) {
  const std::vector<Link>& whole = chain.streams ? links.plain : links.run;
  short_links_.assign(whole.begin(), whole.end());
  copied_.clear();
  const size_t room = copy_room(chain);
  std::memset(copies_, 0, short_links_.size() * room);
  for (size_t i = 0; i < short_links_.size(); ++i) {
    Link& link = short_links_[i];
    if (link.mask == 0) continue;
    const bool every_other = chain.links[i].every_other;
    link.memory += every_other ? 2 * from : from;
    const auto known = std::find_if(copied_.begin(), copied_.end(), [&](const Copied& m) {
      return m.original == link.memory && m.every_other == every_other;
    });
    std::byte* copy = known != copied_.end() ? known->copy : copies_ + copied_.size() * room;
    if (known == copied_.end()) {
      std::memcpy(copy, link.memory, every_other ? 2 * bytes - itemsize(chain.dtype) : bytes);
      copied_.push_back({link.memory, copy, every_other});
    }
    link.memory = copy;
  }
  chain.runner.run(short_links_.data(), 0, chain.runner.block, false);
  for (size_t i = 0; i < short_links_.size(); ++i)
    if (chain.links[i].stores) std::memcpy(whole[i].memory + from, short_links_[i].memory, bytes);
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
template <class Move> void Frame::each_panel(int slot, const Tile& tile, const Move& move) const {
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
  if (code_.reach.routes[slot] == Route::kRepeated) {
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
