#include "dispatch/core/array.h"

#include <unistd.h>

#include <cstdio>
#include <limits>

#include "dispatch/plan/backend.h"

namespace crossarray {

Dims contiguous_strides(const Dims& shape, size_t itemsize) {
  Dims strides(shape.size());
  auto step = static_cast<int64_t>(itemsize);
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return step == 0 ? Dims(shape.size()) : strides;  // NumPy's new arrays without elements
}

Dims fortran_strides(const Dims& shape, size_t itemsize) {
  Dims strides(shape.size());
  auto step = static_cast<int64_t>(itemsize);
  for (int axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return step == 0 ? Dims(shape.size()) : strides;
}

bool is_c_contiguous(const Layout& layout, size_t itemsize) {
  uint64_t expected = itemsize;  // may wrap: broadcast shapes go beyond the address space
  bool dense = true;
  for (int axis = layout.rank() - 1; axis >= 0; --axis) {
    if (layout.shape[axis] == 0) return true;
    if (layout.shape[axis] == 1) continue;
    dense = dense && static_cast<uint64_t>(layout.strides[axis]) == expected;
    expected *= static_cast<uint64_t>(layout.shape[axis]);
  }
  return dense;
}

bool is_f_contiguous(const Layout& layout, size_t itemsize) {
  uint64_t expected = itemsize;  // may wrap: broadcast shapes go beyond the address space
  bool dense = true;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (layout.shape[axis] == 0) return true;
    if (layout.shape[axis] == 1) continue;
    dense = dense && static_cast<uint64_t>(layout.strides[axis]) == expected;
    expected *= static_cast<uint64_t>(layout.shape[axis]);
  }
  return dense;
}

Extent byte_extent(const Layout& layout, size_t itemsize) {
  Extent extent{layout.offset, layout.offset};
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (layout.shape[axis] == 0) return {layout.offset, layout.offset};
    int64_t reach = (layout.shape[axis] - 1) * layout.strides[axis];
    (reach < 0 ? extent.low : extent.high) += reach;
  }
  extent.high += static_cast<int64_t>(itemsize);
  return extent;
}

bool may_overlap(const Layout& a, size_t item_a, const Layout& b, size_t item_b) {
  Extent x = byte_extent(a, item_a), y = byte_extent(b, item_b);
  return x.low < y.high && y.low < x.high;
}

bool has_internal_overlap(const Layout& layout, size_t itemsize) {
  // Exact for layouts whose axes nest (every view made by slicing and transposing): sort axes by stride and ask that
  // each step clears everything below it.
  Dims step, extent;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (layout.shape[axis] == 0) return false;
    if (layout.shape[axis] == 1) continue;
    int64_t stride = layout.strides[axis] < 0 ? -layout.strides[axis] : layout.strides[axis];
    int at = 0;
    while (at < step.size() && step[at] <= stride) ++at;
    step.insert(at, stride);
    extent.insert(at, layout.shape[axis]);
  }
  auto covered = static_cast<int64_t>(itemsize);
  for (int i = 0; i < step.size(); ++i) {
    if (step[i] < covered) return true;
    covered += step[i] * (extent[i] - 1);
  }
  return false;
}

size_t checked_bytes(const Dims& shape, size_t itemsize) {
  // NumPy treats 0 extents as 1 here, so that (2**62, 0, 4) is refused as well.
  size_t bytes = itemsize;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0) raise(ErrorKind::kValue, "negative dimensions are not allowed");
    empty = empty || extent == 0;
    size_t factor = extent == 0 ? 1 : static_cast<size_t>(extent);
    if (__builtin_mul_overflow(bytes, factor, &bytes) ||
        bytes > static_cast<size_t>(std::numeric_limits<int64_t>::max()))
      raise(ErrorKind::kValue,
            "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size.");
  }
  return empty ? 0 : bytes;
}

void check_capacity(size_t bytes, const Dims& shape, DType dtype) {
  static const double physical =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (static_cast<double>(bytes) <= physical) return;
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes);
  int unit = 0;
  while (size >= 1024 && unit < 6) size /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, size < 999.5 ? "%#.3g %s" : "%#.0f %s", size, kUnits[unit]);
  raise(ErrorKind::kMemory, std::string("Unable to allocate ") + text + " for an array with shape " +
                                shape_text(shape) + " and data type " + name(dtype));
}

std::string shape_text(const Dims& shape, const char* separator) {
  std::string text = "(";
  for (int axis = 0; axis < shape.size(); ++axis) {
    if (axis) text += separator;
    text += std::to_string(shape[axis]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

Array Array::empty(const Dims& shape, DType dtype) {
  Ref<Value> value(new Value(checked_bytes(shape, itemsize(dtype))));
  check_capacity(value->bytes(), shape, dtype);
  value->allocate(cpu_backend());
  Layout layout{shape, contiguous_strides(shape, itemsize(dtype)), 0};
  return Array(Ref<Storage>(new Storage(std::move(value))), dtype, std::move(layout));
}

Array Array::empty_permuted(const Dims& shape, DType dtype, const Dims& order) {
  Array out = empty(shape, dtype);
  if (out.size() == 0) return out;
  auto step = static_cast<int64_t>(itemsize(dtype));
  for (int i = order.size() - 1; i >= 0; --i) {
    int axis = static_cast<int>(order[i]);
    out.layout_.strides[axis] = step;
    step *= shape[axis];
  }
  return out;
}

Array Array::scalar(const Scalar& value) { return element(value.bits, value.dtype); }

Array Array::element(const std::byte* bytes, DType dtype) {
  Array out;
  copy_item(out.renew(dtype, itemsize(dtype)), bytes, itemsize(dtype));
  return out;
}

std::byte* Array::renew_storage(size_t bytes) {
  Ref<Value> cell(new Value(bytes));
  auto* memory = static_cast<std::byte*>(cell->allocate(cpu_backend()));
  storage_ = Ref<Storage>(new Storage(std::move(cell)));
  return memory;
}

}  // namespace crossarray
