// Tile code: a kernel's values as kernel calls on tile buffers, for one way of reaching the slots.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/engine/chain_code.h"
#include "cpu/engine/reducer.h"
#include "cpu/kernels/kernels.h"
#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cpu {

/// Elements a tile aims at: reductions make one partial per tile, so it is part of what sums round to.
inline constexpr int64_t kTile = 1024;
/// Longest tile: a row of up to this length is not cut.
inline constexpr int64_t kMaxTile = kTile + kTile / 2;

/// How a tile reaches its elements of a slot.
enum class Route : uint8_t {
  kInPlace,     // where they are: dense over the tile
  kScalar,      // one element for the whole tile
  kBuffer,      // gathered into (scattered from) a tile buffer
  kEveryOther,  // every other element: chains read it where it is, else as kBuffer
  kRepeated,    // gathered, and the same for every tile: done once
  kOnly,        // a reduction's slot: not touched by tiles
};
using Routes = SmallVector<Route, 16>;

enum class Code : uint8_t {
  kApply,       // fn(in..., out)
  kGather,      // slot -> out
  kScatter,     // in[0] -> slot
  kCopy,        // in[0] -> out, `item` bytes per element
  kStoreWhere,  // in[0] -> out where in[1] is true
  kUpdate,      // as kCopy, for a copy that changes little: what is there already is not written again
  kFill,        // one element in[0] -> out
  kReduce,      // in[0], masked by in[1], into reduction `index`
  kChain,       // chain `index`
};

struct Instr {
  Code code = Code::kApply;
  uint8_t scalar_mask = 0;
  bool once = false;   // all inputs are scalars: computes one element
  uint16_t index = 0;  // slot, reduction or chain
  uint16_t item = 0;
  TileFn fn = nullptr;
  Place in[3] = {kNowhere, kNowhere, kNowhere};
  Place out = kNowhere;
};

/// How code may reach memory; one kernel has a TileCode for each way that was met.
struct Reach {
  Routes routes;          // per slot
  bool deferred = false;  // stores after everything else: an output shares memory with an input
  bool in_place = false;  // outputs lie exactly where inputs are that are read before: no element may be done twice
  SmallVector<int16_t, 16> twins;  // in_place: per slot the load slot it lies over, or -1; else empty
  bool stream = false;             // outputs larger than the caches: store past them
  bool far = false;                // inputs and outputs larger than the caches: ask for inputs ahead of time
  /// Is the slot's memory a place that moves with the tile?
  bool is_bound(int slot) const {
    return routes[slot] == Route::kInPlace || routes[slot] == Route::kScalar || routes[slot] == Route::kEveryOther;
  }
  friend bool operator==(const Reach&, const Reach&) = default;
};

/// Places 0..slots-1 are the slots' elements (kInPlace, kScalar), then come the launch's scalars, the constants, and the
/// tile buffers.
struct TileCode {
  Reach reach;
  std::vector<Instr> instrs;
  std::vector<ChainCode> chains;
  int scalars_at = 0, buffers_at = 0, places = 0;
  int buffers = 0;
  size_t buffer_bytes = 0;  // of each buffer: room for kMaxTile elements, `scale` times
  int64_t scale = 1;        // tiles without reductions may be this many kTile long
};

/// Translates `kernel`. reduce_types: what each reduction takes (its value is cast to it). fast_math: see chain_fuse.h.
TileCode generate(const Kernel& kernel, const Reach& reach, const std::vector<ReduceTypes>& reduce_types,
                  bool fast_math);

}  // namespace crossarray::cpu
