// Kernels for the primitives on positions: take, put, nonzero. They move bits, so one type per size will do.
#pragma once

#include "cuda/device/access.h"

namespace crossarray::device {

struct alignas(16) Bits128 {
  u64 low, high;
};

XA_FN constexpr int at_least_one(int n) { return n > 0 ? n : 1; }

/// Field order is that of PrimitivePlan's packer (cuda/codegen/primitives.cc).
template <class Index, int indices, int index_rank, int rest_rank> struct IndexArgs {
  unsigned char *base, *values, *scratch;
  const i64* index[indices];
  i64 base_step[indices];
  i64 value_index[index_rank];
  i64 base_rest[at_least_one(rest_rank)], value_rest[at_least_one(rest_rank)];
  i64 positions, table;  // table: slots of the table of winners, a power of two
  Index count;           // positions times the elements moved for each
  Extent<Index> rest;    // elements moved for each position
  Extent<Index> index_extent[index_rank], rest_extent[at_least_one(rest_rank)];

  /// Byte offset in base of position j.
  XA_FN i64 base_offset(Index j) const {
    i64 offset = 0;
    for (int k = 0; k < indices; ++k) offset += index[k][j] * base_step[k];
    return offset;
  }
  XA_FN i64 value_offset(Index j) const {
    i64 offset = 0;
    for (int axis = index_rank - 1; axis > 0; --axis) offset += index_extent[axis].split(j) * value_index[axis];
    return offset + j * value_index[0];
  }
  /// Adds the offsets of rest position r.
  XA_FN void rest_offsets(Index r, i64& in_base, i64& in_values) const {
    for (int axis = rest_rank - 1; axis >= 0; --axis) {
      const Index i = axis > 0 ? rest_extent[axis].split(r) : r;
      in_base += i * base_rest[axis];
      in_values += i * value_rest[axis];
    }
  }
};

/// Body of take, and of put where positions are unique or `winner` picks one of equal ones.
template <bool taking, class Item, class Index, class Args, class Winner>
XA_FN void move_items(const Args& a, const Winner& wins) {
  for (Index i = thread_in_grid<Index>(); i < a.count; i += threads_in_grid<Index>()) {
    Index j = i;
    const Index r = a.rest.split(j);
    if (!wins(j)) continue;
    i64 in_base = a.base_offset(j), in_values = a.value_offset(j);
    a.rest_offsets(r, in_base, in_values);
    if (taking)
      store(a.values + in_values, load<Item>(a.base + in_base));
    else
      store(a.base + in_base, load<Item>(a.values + in_values));
  }
}
struct EveryPosition {
  template <class Index> XA_FN bool operator()(Index) const { return true; }
};

// -- put with repeated positions: a hash table from byte offset to the last position that has it. Scratch: keys,
// winners, then the slot of every position. Which thread comes first does not show in the result.
template <class Args> XA_FN void clear_table(const Args& a) {
  u64* const words = reinterpret_cast<u64*>(a.scratch);
  for (i64 i = thread_in_grid<i64>(); i < 2 * a.table; i += threads_in_grid<i64>()) words[i] = ~u64(0);
}
template <class Index, class Args> XA_FN void fill_table(const Args& a) {
  u64* const keys = reinterpret_cast<u64*>(a.scratch);
  i64* const winners = reinterpret_cast<i64*>(keys + a.table);
  i64* const slots = winners + a.table;
  for (i64 j = thread_in_grid<i64>(); j < a.positions; j += threads_in_grid<i64>()) {
    const u64 key = static_cast<u64>(a.base_offset(static_cast<Index>(j))) & ~u64(0) >> 1;  // never the empty key
    u64 slot = (key * 0x9E3779B97F4A7C15ull >> 20) & static_cast<u64>(a.table - 1);
    for (;;) {
      const u64 found = compare_and_swap(keys + slot, ~u64(0), key);
      if (found == ~u64(0) || found == key) break;
      slot = (slot + 1) & static_cast<u64>(a.table - 1);
    }
    raise_to(winners + slot, j);
    slots[j] = static_cast<i64>(slot);
  }
}
struct LastPosition {
  const i64 *winners, *slots;
  template <class Index> XA_FN bool operator()(Index j) const { return winners[slots[j]] == static_cast<i64>(j); }
};
template <class Args> XA_FN LastPosition last_position(const Args& a) {
  const i64* const winners = reinterpret_cast<const i64*>(a.scratch) + a.table;
  return {winners, winners + a.table};
}

// -- nonzero: counts of tiles, their running sum, positions
template <class Index, int rank> struct MaskArgs {
  const unsigned char* mask;
  i64 *positions, *scratch;  // scratch: one count per tile
  i64 stride[rank];
  i64 elements, tiles;
  Extent<Index> extent[rank];

  XA_FN bool is_true(i64 flat) const {
    Index rest = static_cast<Index>(flat);
    i64 offset = 0;
    for (int axis = rank - 1; axis > 0; --axis) offset += extent[axis].split(rest) * stride[axis];
    return mask[offset + rest * stride[0]] != 0;
  }
};

enum : int { kThreadTile = 16, kTile = 256 * kThreadTile };  // mask elements of a thread, of a block

/// Sum of `value` over the threads before this one; `total` over all. All 256 threads call it.
XA_FN i64 sum_before(i64 value, unsigned char* shared, i64& total) {
  i64* const sums = reinterpret_cast<i64*>(shared);
  const u32 thread = thread_in_block(), threads = block_size();
  sums[thread] = value;
  barrier();
  for (u32 distance = 1; distance < threads; distance <<= 1) {
    const i64 earlier = thread >= distance ? sums[thread - distance] : 0;
    barrier();
    sums[thread] += earlier;
    barrier();
  }
  const i64 through = sums[thread];
  total = sums[threads - 1];
  barrier();  // the next call writes
  return through - value;
}

/// Bit k: element k of the thread's part of the tile.
template <class Args> XA_FN u32 true_bits(const Args& a, i64 first) {
  u32 bits = 0;
  for (int k = 0; k < kThreadTile; ++k)
    if (first + k < a.elements && a.is_true(first + k)) bits |= 1u << k;
  return bits;
}
template <class Args> XA_FN void count_tiles(const Args& a, unsigned char* shared) {
  for (i64 tile = block_in_grid(); tile < a.tiles; tile += grid_size()) {
    const u32 bits = true_bits(a, tile * kTile + thread_in_block() * kThreadTile);
    i64 total;
    sum_before(scalar::m::popcount(bits), shared, total);
    if (thread_in_block() == 0) a.scratch[tile] = total;
  }
}
/// One block: counts become the number of true elements before each tile.
template <class Args> XA_FN void sum_tiles(const Args& a, unsigned char* shared) {
  const i64 share = (a.tiles + block_size() - 1) / block_size(), first = thread_in_block() * share;
  const i64 last = first + share < a.tiles ? first + share : a.tiles;
  i64 own = 0, total;
  for (i64 i = first; i < last; ++i) own += a.scratch[i];
  i64 before = sum_before(own, shared, total);
  for (i64 i = first; i < last; ++i) {
    const i64 count = a.scratch[i];
    a.scratch[i] = before;
    before += count;
  }
}
template <class Args> XA_FN void write_positions(const Args& a, unsigned char* shared) {
  for (i64 tile = block_in_grid(); tile < a.tiles; tile += grid_size()) {
    const i64 first = tile * kTile + thread_in_block() * kThreadTile;
    const u32 bits = true_bits(a, first);
    i64 total, at = a.scratch[tile] + sum_before(scalar::m::popcount(bits), shared, total);
    for (int k = 0; k < kThreadTile; ++k)
      if (bits >> k & 1) a.positions[at++] = first + k;
  }
}

}  // namespace crossarray::device
