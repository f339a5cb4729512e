// Frame: what one thread holds while it runs tile code, and how a tile's places are bound.
#pragma once

#include "cpu/engine/code.h"
#include "cpu/engine/space.h"
#include "cpu/memory.h"

namespace crossarray::cpu {

/// A stretch of the space: `rows` whole innermost rows from row number `row`, or (rows == 1) `n` elements of that row from
/// column `column`. Row numbers count the axes from `first_axis` to the one before the innermost; `base` is the byte offset
/// of row 0 of each slot (null: zero).
struct Tile {
  int64_t row = 0, rows = 1, column = 0, n = 0;
  int64_t count() const { return rows * n; }
};

class Frame {
 public:
  Frame(const Launch& launch, const Space& space, const TileCode& code);

  /// Takes the axes before `first_axis` at flat position `index`; tiles then count rows of the axes from there on.
  void enter(int first_axis, int64_t index);
  /// Runs the code up to and including `instr` positions [from, end) for one tile. `reduce(index, value, mask)` is
  /// called for each reduction.
  template <class Reduce> void run(const Tile& tile, const Reduce& reduce);

 private:
  void bind(const Tile& tile);
  void gather(const Instr& instr, const Tile& tile);
  void scatter(const Instr& instr, const Tile& tile);
  void chain(const Instr& instr, size_t n);
  template <class Move> void each_panel(int slot, const Tile& tile, const Move& move) const;
  std::byte* element(int slot, int64_t row) const {
    return base_[slot] + space_.offset(slot, first_axis_, space_.rank() - 1 - first_axis_, row);
  }

  const Launch& launch_;
  const Space& space_;
  const TileCode& code_;
  Scratch scratch_;
  int first_axis_ = 0;
  /// The links of a chain with their memory; `plain` without streaming, for what is not aligned.
  struct Links {
    std::vector<Link> run, plain;
  };
  void place_links(const ChainCode& chain, Links& links, std::byte* temporaries) const;
  void run_short_chain(const ChainCode& chain, const Links& links, size_t from, size_t bytes);

  SmallVector<std::byte*, 32> at_;
  SmallVector<std::byte*, 16> base_;
  SmallVector<int64_t, 16> repeated_;  // per slot: elements already in its kRepeated buffer
  SmallVector<uint16_t, 16> bound_;    // slots whose place moves with the tile
  std::vector<Links> chains_;
  /// Working memory of run_short_chain: running a tile takes none.
  struct Copied {
    std::byte *original, *copy;
    bool every_other;
  };
  std::vector<Link> short_links_;
  std::vector<Copied> copied_;
  std::byte* copies_ = nullptr;
};

/// Copies elements of `item` bytes; copy_changed writes only where the bytes differ.
void copy_dense(const std::byte* from, std::byte* to, size_t n, size_t item);
void copy_changed(const std::byte* from, std::byte* to, size_t bytes);

template <class Reduce> void Frame::run(const Tile& tile, const Reduce& reduce) {
  bind(tile);
  const size_t n = static_cast<size_t>(tile.count());
  std::byte** at = at_.data();
  for (const Instr& i : code_.instrs) {
    switch (i.code) {
      case Code::kApply: {
        const void* in[3] = {at[i.in[0]], i.in[1] == kNowhere ? nullptr : at[i.in[1]],
                             i.in[2] == kNowhere ? nullptr : at[i.in[2]]};
        i.fn(in, i.scalar_mask, at[i.out], i.once ? 1 : n);
        break;
      }
      case Code::kStoreWhere:
        store_where(reinterpret_cast<const bool*>(at[i.in[1]]), at[i.in[0]], i.scalar_mask != 0, at[i.out], n, i.item);
        break;
      case Code::kUpdate: copy_changed(at[i.in[0]], at[i.out], n * i.item); break;
      case Code::kGather: gather(i, tile); break;
      case Code::kScatter: scatter(i, tile); break;
      case Code::kCopy: copy_dense(at[i.in[0]], at[i.out], n, i.item); break;
      case Code::kFill: fill_repeated(at[i.in[0]], at[i.out], n, i.item); break;
      case Code::kChain: chain(i, n); break;
      case Code::kReduce:
        reduce(i.index, at[i.in[0]], i.in[1] == kNowhere ? nullptr : reinterpret_cast<const bool*>(at[i.in[1]]));
        break;
    }
  }
}

}  // namespace crossarray::cpu
