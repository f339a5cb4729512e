// Boolean selection: how many elements of a mask are true, and where they are.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/mask.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/mask-inl.h"
#include "cpu/primitives.h"
#include "cpu/threads.h"
#include "cpu/walk.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Number of nonzero bytes.
int64_t CountTrue(const uint8_t* mask, int64_t n) {
  const hn::ScalableTag<uint8_t> d;
  const hn::Repartition<uint64_t, decltype(d)> d64;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, 1), zero = hn::Zero(d);
  auto total = hn::Zero(d64);
  int64_t i = 0;
  while (i + 4 * lanes <= n) {
    // A byte counts to 255 before it must be added up: 60 rounds of 4 vectors.
    auto sum = zero;
    const int64_t end = std::min(n, i + 60 * 4 * lanes);
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      const auto a = hn::IfThenElseZero(hn::LoadU(d, mask + i) != zero, one);
      const auto b = hn::IfThenElseZero(hn::LoadU(d, mask + i + lanes) != zero, one);
      const auto c = hn::IfThenElseZero(hn::LoadU(d, mask + i + 2 * lanes) != zero, one);
      const auto e = hn::IfThenElseZero(hn::LoadU(d, mask + i + 3 * lanes) != zero, one);
      sum = sum + ((a + b) + (c + e));
    }
    total = total + hn::SumsOf8(sum);
  }
  int64_t count = static_cast<int64_t>(hn::GetLane(hn::SumOfLanes(d64, total)));
  for (; i < n; ++i) count += mask[i] != 0;
  return count;
}

/// Is any of 64 bools true?
HWY_INLINE bool any_true(const bool* mask) {
  const hn::CappedTag<uint8_t, 64> d;
  auto seen = hn::Zero(d);
  for (size_t i = 0; i < 64; i += hn::Lanes(d)) seen = hn::Or(seen, hn::LoadU(d, bytes_of(mask) + i));
  return !hn::AllFalse(d, hn::Ne(seen, hn::Zero(d)));
}

template <class T> void store_where(const bool* mask, const void* from, bool scalar, void* to, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const T* values = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  const auto single = hn::Set(d, scalar ? values[0] : T(0));
  const auto store_some = [&](size_t from, size_t end) HWY_ATTR {
    for (size_t j = from; j < end; j += lanes)
      hn::BlendedStore(scalar ? single : hn::LoadU(d, values + j), load_mask(d, mask + j), d, out + j);
  };
  const auto any = [&](size_t at) HWY_ATTR {
    uint64_t bools;
    std::memcpy(&bools, mask + at, sizeof bools);
    return bools != 0;
  };
  size_t i = 0;
  // Masks are mostly false: 64 bools at a time are looked at, then eight (or a vector's, if those are more).
  const size_t step = HWY_MAX(lanes, 8);
  for (; i + 64 <= n; i += 64) {
    if (!any_true(mask + i)) continue;
    for (size_t j = i; j < i + 64; j += step)
      if (lanes > 8 || any(j)) store_some(j, j + step);
  }
  for (; i + step <= n; i += step) store_some(i, i + step);
  for (; i < n; ++i)
    if (mask[i]) out[i] = values[scalar ? 0 : i];
}

void StoreWhere(const bool* mask, const void* values, bool scalar, void* out, size_t n, size_t item) {
  switch (item) {
    case 1: return store_where<uint8_t>(mask, values, scalar, out, n);
    case 2: return store_where<uint16_t>(mask, values, scalar, out, n);
    case 4: return store_where<uint32_t>(mask, values, scalar, out, n);
    default: return store_where<uint64_t>(mask, values, scalar, out, n);
  }
}

}  // namespace
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {

HWY_EXPORT(CountTrue);
HWY_EXPORT(StoreWhere);

/// Bytes of one piece of a dense mask; also the unit of parallel work.
constexpr int64_t kPiece = int64_t{1} << 18;
/// Microseconds per byte, at bandwidth.
constexpr double kCountUs = 3e-5, kPositionUs = 5e-4;

bool is_dense(const MaskCall& call) {
  int64_t step = 1;
  for (int axis = call.shape.size() - 1; axis >= 0; --axis) {
    if (call.shape[axis] != 1 && call.strides[axis] != step) return false;
    step *= call.shape[axis];
  }
  return true;
}

/// The mask in C order as dense runs: body(bytes, count, position of the first).
template <class Body> void for_each_run(const MaskCall& call, const Body& body) {
  constexpr int64_t kTile = 4096;
  uint8_t tile[kTile];
  Dims outer = call.shape;
  const int64_t inner = outer.back(), step = call.strides.back();
  outer.pop_back();
  Walk<1> walk(outer, {&call.strides});
  int64_t position = 0;
  for (int64_t i = element_count(outer); i > 0; --i, walk.next())
    for (int64_t j = 0; j < inner; j += kTile) {
      const int64_t n = std::min(kTile, inner - j);
      gather_strided(call.mask + walk[0] + j * step, step, reinterpret_cast<std::byte*>(tile), static_cast<size_t>(n),
                     1);
      body(tile, n, position);
      position += n;
    }
}

/// Eight bytes as one bit each.
inline unsigned true_bits(const uint8_t* mask) {
  uint64_t word;
  std::memcpy(&word, mask, sizeof word);
  if (word == 0) return 0;
  constexpr uint64_t kLow = 0x7F7F7F7F7F7F7F7Full;
  const uint64_t nonzero = (((word & kLow) + kLow) | word) & ~kLow;  // bit 7 of every byte that is not 0
  return static_cast<unsigned>((nonzero >> 7) * 0x0102040810204080ull >> 56);
}

/// Writes start + i for every nonzero byte i, `count` of them.
void write_positions(const uint8_t* mask, int64_t n, int64_t start, int64_t* to, int64_t count) {
  const int64_t* const end = to + count;
  int64_t i = 0;
  // Without branches: every position is written, only the true ones are kept. (Compressing vectors was 5 times slower on Zen 5.)
  for (; i + 8 <= n && to + 8 <= end; i += 8) {
    const unsigned bits = true_bits(mask + i);
    if (bits == 0) continue;
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) {
      *to = start + i + k;
      to += bits >> k & 1;
    }
  }
  for (; i < n && to < end; ++i)
    if (mask[i]) *to++ = start + i;
}

int64_t count_bytes(const uint8_t* mask, int64_t n) { return HWY_DYNAMIC_DISPATCH(CountTrue)(mask, n); }

/// Counts of the pieces of a dense mask.
std::vector<int64_t> count_pieces(const uint8_t* mask, int64_t n) {
  std::vector<int64_t> counts(static_cast<size_t>((n + kPiece - 1) / kPiece));
  parallel_for(static_cast<int64_t>(counts.size()), kCountUs * kPiece, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      counts[static_cast<size_t>(i)] = count_bytes(mask + i * kPiece, std::min(kPiece, n - i * kPiece));
  });
  return counts;
}

}  // namespace

void store_where(const bool* mask, const std::byte* values, bool scalar, std::byte* out, size_t n, size_t item) {
  HWY_DYNAMIC_DISPATCH(StoreWhere)(mask, values, scalar, out, n, item);
}

int64_t count_true(const bool* mask, int64_t n) { return count_bytes(reinterpret_cast<const uint8_t*>(mask), n); }

int64_t count_true(const MaskCall& call) {
  const int64_t n = element_count(call.shape);
  if (n == 0) return 0;
  int64_t total = 0;
  if (!is_dense(call)) {
    for_each_run(call, [&](const uint8_t* run, int64_t count, int64_t) { total += count_bytes(run, count); });
    return total;
  }
  const auto* mask = reinterpret_cast<const uint8_t*>(call.mask);
  if (n <= kPiece) return count_bytes(mask, n);
  for (int64_t count : count_pieces(mask, n)) total += count;
  return total;
}

void nonzero(const MaskCall& call, int64_t* positions) {
  const int64_t n = element_count(call.shape);
  if (n == 0) return;
  if (!is_dense(call)) {
    for_each_run(call, [&](const uint8_t* run, int64_t length, int64_t start) {
      const int64_t count = count_bytes(run, length);
      write_positions(run, length, start, positions, count);
      positions += count;
    });
    return;
  }
  const auto* mask = reinterpret_cast<const uint8_t*>(call.mask);
  if (n <= kPiece) return write_positions(mask, n, 0, positions, count_bytes(mask, n));
  const std::vector<int64_t> counts = count_pieces(mask, n);
  std::vector<int64_t> starts(counts.size() + 1);
  for (size_t i = 0; i < counts.size(); ++i) starts[i + 1] = starts[i] + counts[i];
  parallel_for(static_cast<int64_t>(counts.size()), kPositionUs * kPiece, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const auto piece = static_cast<size_t>(i);
      write_positions(mask + i * kPiece, std::min(kPiece, n - i * kPiece), i * kPiece, positions + starts[piece],
                      counts[piece]);
    }
  });
}

}  // namespace crossarray::cpu
#endif
