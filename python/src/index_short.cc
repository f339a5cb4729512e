#include "python/src/index_short.h"

#include <array>
#include <cstring>

#include "dispatch/graph/tiny.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"
#include "python/src/index_parse.h"

namespace crossarray::python {
namespace {

/// Above this many positions the backend's threaded and vectorised take() pays for its set-up. It wants them dense:
/// of spaced ones it takes more before a copy of them pays.
constexpr int64_t kShortPositions = 4096, kSpacedPositions = 128 * 1024;

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

/// Few evenly spaced int64 positions for a 1-d array; null for any other key.
const Array* short_positions(const Array& a, PyObject* key) {
  if (a.rank() != 1 || Py_TYPE(key) != ndarray_type) return nullptr;
  const Array& positions = array_of(key);
  if (positions.dtype() != DType::kI64 || positions.rank() == 0) return nullptr;
  if (positions.c_contiguous()) return positions.size() <= kShortPositions ? &positions : nullptr;
  return positions.rank() == 1 && positions.size() <= kSpacedPositions ? &positions : nullptr;
}

/// Positions in memory; those of a slice lie `step` bytes apart.
template <bool kDense> struct Positions {
  const std::byte* first;
  int64_t step;
  int64_t operator[](int64_t i) const {
    int64_t position;
    std::memcpy(&position, first + i * (kDense ? static_cast<int64_t>(sizeof position) : step), sizeof position);
    return position;
  }
};
/// Calls `f` with the Positions of an array that short_positions() chose.
template <class F> bool with_positions(const Array& positions, F&& f) {
  if (positions.c_contiguous()) return f(Positions<true>{positions.host(), 0});
  return f(Positions<false>{positions.host(), positions.strides()[0]});
}

/// What a list of positions needs: `inside`: all are in [-extent, extent); `negative`: some count from the end.
struct Reach {
  bool inside, negative;
};
/// From the sign bits of the positions and of their distances to both ends: no comparison of 64-bit numbers, which SSE2
/// vectors lack.
template <class At> Reach reach_of(At positions, int64_t count, int64_t extent) {
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
template <class Element, class At>
int64_t take_forward(const Element* elements, At positions, int64_t count, int64_t extent, Element* results) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; ++i) {
    const int64_t position = positions[i];
    if (static_cast<uint64_t>(position) >= static_cast<uint64_t>(extent)) return i;
    results[i] = elements[position];
  }
  return count;
}

/// results[i] = the element at positions[i], elements `stride` bytes apart. False if a position is out of bounds.
template <class Element, class At>
bool take_any(const std::byte* from, int64_t stride, At positions, int64_t count, int64_t extent, Element* results) {
  int64_t i = 0;
  if (stride == sizeof(Element))
    i = take_forward(reinterpret_cast<const Element*>(from), positions, count, extent, results);
  for (; i < count; ++i) {
    const int64_t position = from_front(positions[i], extent);
    if (static_cast<uint64_t>(position) >= static_cast<uint64_t>(extent)) return false;
    std::memcpy(results + i, from + position * stride, sizeof(Element));
  }
  return true;
}

bool get_positions(const Array& a, const Array& positions, Array& out) {
  evaluate(std::array{&a, &positions});
  if (!a.value().on_host() || !positions.value().on_host()) return get_positions(settled(a), settled(positions), out);
  const int64_t count = positions.size(), extent = a.shape()[0], stride = a.strides()[0];
  const std::byte* from = a.host();
  std::byte* to = renew_contiguous(out, positions.shape(), a.dtype());
  return with_positions(positions, [&](auto at) {
    return with_bits(a.item(), [&]<class Element>(Element) {
      return take_any(from, stride, at, count, extent, reinterpret_cast<Element*>(to));
    });
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

/// Every element at `positions`, all of them inside, becomes `element`. wrap: some positions count from the end.
template <bool wrap, class Element, class At>
void put_one(std::byte* to, int64_t stride, At positions, int64_t count, int64_t extent, const Element& element) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(to + (wrap ? from_front(positions[i], extent) : positions[i]) * stride, &element, sizeof(Element));
}

bool short_put(Array& a, PyObject* key, const Scalar& value) {
  const Array* positions = short_positions(a, key);
  if (!positions || positions->storage() == a.storage() || write_device(a) != kCpu) return false;
  const Array settled_positions = settled(*positions);
  const int64_t count = settled_positions.size(), extent = a.shape()[0], stride = a.strides()[0];
  return with_positions(settled_positions, [&](auto at) {
    const Reach reach = reach_of(at, count, extent);
    if (!reach.inside) return false;
    std::byte* to = write_host(a);
    with_bits(a.item(), [&]<class Element>(Element element) {
      std::memcpy(&element, value.bits, sizeof(Element));
      if (reach.negative) return put_one<true>(to, stride, at, count, extent, element);
      constexpr int64_t kDense = sizeof(Element);
      stride == kDense ? put_one<false>(to, kDense, at, count, extent, element)
                       : put_one<false>(to, stride, at, count, extent, element);
    });
    return true;
  });
}

}  // namespace crossarray::python
