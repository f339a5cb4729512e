#include "python/src/index_short.h"

#include <array>
#include <cstring>

#include "dispatch/graph/tiny.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"
#include "python/src/index_parse.h"

namespace crossarray::python {
namespace {

/// Above this many positions the backend's threaded and vectorised take() pays for its set-up.
constexpr int64_t kShortPositions = 4096;

/// An element as raw bits of a known size: copies become one load and one store.
template <size_t kSize> struct Bits { std::byte bytes[kSize]; };

/// Calls `f` with the Bits type of an item size.
template <class F> decltype(auto) with_bits(size_t item, F&& f) {
  switch (item) {
    case 1: return f(Bits<1>{});
    case 2: return f(Bits<2>{});
    case 4: return f(Bits<4>{});
    case 8: return f(Bits<8>{});
    default: return f(Bits<16>{});
  }
}

/// Few C-contiguous int64 positions for a 1-d array; null for any other key.
const Array* short_positions(const Array& a, PyObject* key) {
  if (a.rank() != 1 || Py_TYPE(key) != ndarray_type) return nullptr;
  const Array& positions = array_of(key);
  const bool fits = positions.dtype() == DType::kI64 && positions.rank() > 0 && positions.size() <= kShortPositions;
  return fits && positions.c_contiguous() ? &positions : nullptr;
}

/// What a list of positions needs: `inside`: all are in [-extent, extent); `negative`: some count from the end.
struct Reach {
  bool inside, negative;
};
/// From the sign bits of the positions and of their distances to both ends: no comparison of 64-bit numbers, which SSE2
/// vectors lack.
Reach reach_of(const int64_t* positions, int64_t count, int64_t extent) {
  const auto from_end = static_cast<uint64_t>(extent), last = from_end - 1;
  uint64_t signs = 0, below = 0, above = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto position = static_cast<uint64_t>(positions[i]);
    signs |= position;
    below |= position + from_end;
    above |= last - position;
  }
  return {(below | above) >> 63 == 0, signs >> 63 != 0};
}

/// The position counted from the front.
inline int64_t from_front(int64_t position, int64_t extent) { return position + (extent & (position >> 63)); }

/// results[i] = elements[positions[i]] up to the first position that is not in [0, extent): how many those are.
template <class Element>
int64_t take_forward(const Element* elements, const int64_t* positions, int64_t count, int64_t extent,
                     Element* results) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; ++i) {
    if (static_cast<uint64_t>(positions[i]) >= static_cast<uint64_t>(extent)) return i;
    results[i] = elements[positions[i]];
  }
  return count;
}

bool get_positions(const Array& a, const Array& positions, Array& out) {
  evaluate(std::array{&a, &positions});
  if (!a.value().on_host() || !positions.value().on_host()) return get_positions(settled(a), settled(positions), out);
  const auto* index = reinterpret_cast<const int64_t*>(positions.host());
  const int64_t count = positions.size(), extent = a.shape()[0], stride = a.strides()[0];
  const std::byte* from = a.host();
  std::byte* to = renew_contiguous(out, positions.shape(), a.dtype());
  return with_bits(a.item(), [&]<class Element>(Element) {
    auto* results = reinterpret_cast<Element*>(to);
    int64_t i = 0;
    if (stride == sizeof(Element))
      i = take_forward(reinterpret_cast<const Element*>(from), index, count, extent, results);
    for (; i < count; ++i) {
      const int64_t position = from_front(index[i], extent);
      if (static_cast<uint64_t>(position) >= static_cast<uint64_t>(extent)) return false;
      std::memcpy(results + i, from + position * stride, sizeof(Element));
    }
    return true;
  });
}

/// The elements where the mask is true, for arrays that can both be walked with one stride.
void compress(const std::byte* from, int64_t stride, const std::byte* mask, int64_t mask_stride, int64_t size,
              Array& out) {
  const int64_t count = out.size();
  with_bits(out.item(), [&](auto element) {
    std::byte* to = out.host();
    // Every element is written, and overwritten by the next if the mask is false: no branch to mispredict.
    for (int64_t i = 0, taken = 0; i < size && taken < count; ++i, from += stride, mask += mask_stride) {
      std::memcpy(to + taken * static_cast<int64_t>(sizeof element), from, sizeof element);
      taken += *mask != std::byte{0};
    }
  });
}

bool get_masked(const Array& a, const Array& mask, Array& out) {
  const bool flat = a.rank() == 1 || (a.c_contiguous() && mask.c_contiguous());
  if (mask.rank() != a.rank() || !flat) return false;
  evaluate(std::array{&a, &mask});
  if (!a.value().on_host() || !mask.value().on_host()) return get_masked(settled(a), settled(mask), out);
  const std::byte* mask_bytes = mask.host();
  const std::byte* from = a.host();
  const MaskCall call{mask_bytes, mask.shape(), mask.strides()};
  const int64_t count = cpu_backend().count_true(call);
  renew_contiguous(out, Dims{count}, a.dtype());
  const bool line = a.rank() == 1;
  compress(from, line ? a.strides()[0] : static_cast<int64_t>(a.item()), mask_bytes, line ? mask.strides()[0] : 1,
           a.size(), out);
  return true;
}

}  // namespace

bool short_get(const Array& a, PyObject* key, Array& out) {
  if (!a.ready() && (!a.value().pending() || is_remote(a.value().pin()))) return false;
  if (const Array* positions = short_positions(a, key)) return get_positions(a, *positions, out);
  const Array* mask = mask_key(a, key);
  return mask && get_masked(a, *mask, out);
}

bool short_fill(Array& view, const Scalar& value) {
  if (view.rank() != 1 || view.size() > kShortPositions) return false;
  const int64_t count = view.size(), stride = view.strides()[0];
  if (count == 0) return true;
  std::byte* to = write_host(view);
  with_bits(view.item(), [&](auto element) {
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * stride, value.bits, sizeof element);
  });
  return true;
}

bool short_put(Array& a, PyObject* key, const Scalar& value) {
  const Array* positions = short_positions(a, key);
  if (!positions || positions->storage() == a.storage() || write_device(a) != kCpu) return false;
  const Array at = settled(*positions);
  const auto* index = reinterpret_cast<const int64_t*>(at.host());
  const int64_t count = at.size(), extent = a.shape()[0], stride = a.strides()[0];
  const Reach reach = reach_of(index, count, extent);
  if (!reach.inside) return false;
  std::byte* to = write_host(a);
  with_bits(a.item(), [&]<class Element>(Element element) {
    std::memcpy(&element, value.bits, sizeof(Element));
    if (!reach.negative && stride == sizeof(Element)) {
      auto* elements = reinterpret_cast<Element*>(to);
#pragma GCC unroll 4
      for (int64_t i = 0; i < count; ++i) elements[index[i]] = element;
      return;
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(to + from_front(index[i], extent) * stride, &element, sizeof(Element));
  });
  return true;
}

}  // namespace crossarray::python
