#include "dispatch/core/view.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace crossarray {
namespace {

[[noreturn]] void raise_reshape(int64_t size, const Dims& shape) {
  std::string text = shape_text(shape, ",");
  const size_t unknown = text.find("-1");  // NumPy's word for it
  if (unknown != std::string::npos) text.replace(unknown, 2, "newaxis");
  raise(ErrorKind::kValue, "cannot reshape array of size " + std::to_string(size) + " into shape " + text);
}

}  // namespace

int normalize_axis(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    raise(ErrorKind::kAxis,
          "axis " + std::to_string(axis) + " is out of bounds for array of dimension " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Layout slice_axis(const Layout& in, int axis, int64_t start, int64_t count, int64_t step) {
  Layout out = in;
  if (count > 0) out.offset += start * in.strides[axis];
  out.shape[axis] = count;
  out.strides[axis] = in.strides[axis] * step;
  return out;
}

Layout index_axis(const Layout& in, int axis, int64_t index) {
  Layout out = in;
  out.offset += index * in.strides[axis];
  out.shape.erase(axis);
  out.strides.erase(axis);
  return out;
}

Layout insert_axis(const Layout& in, int axis) {
  if (in.rank() >= kMaxRank) raise(ErrorKind::kValue, "maximum supported dimension for an ndarray is 64, found 65");
  Layout out = in;
  out.shape.insert(axis, 1);
  out.strides.insert(axis, 0);
  return out;
}

Layout transpose(const Layout& in, std::span<const int> axes) {
  Layout out = in;
  for (int i = 0; i < in.rank(); ++i) {
    out.shape[i] = in.shape[axes[static_cast<size_t>(i)]];
    out.strides[i] = in.strides[axes[static_cast<size_t>(i)]];
  }
  return out;
}

namespace {

/// C-order strides in which an axis of extent 0 counts as one of 1: what NumPy's reshape gives where there is no element.
Dims strides_without_elements(const Dims& shape, size_t itemsize) {
  Dims filled = shape;
  for (int64_t& extent : filled) extent = std::max<int64_t>(extent, 1);
  return contiguous_strides(filled, itemsize);
}

}  // namespace

std::optional<Layout> reshape(const Layout& in, const Dims& shape, size_t itemsize) {
  if (shape == in.shape) return in;
  if (in.size() == 0) return Layout{shape, strides_without_elements(shape, itemsize), in.offset};
  if (is_c_contiguous(in, itemsize)) return Layout{shape, contiguous_strides(shape, itemsize), in.offset};
  // Match runs of old axes with runs of new axes of the same product; each run of old axes must step evenly.
  Dims old_shape, old_strides;
  for (int axis = 0; axis < in.rank(); ++axis)
    if (in.shape[axis] != 1) {
      old_shape.push_back(in.shape[axis]);
      old_strides.push_back(in.strides[axis]);
    }
  Layout out{shape, Dims(shape.size()), in.offset};
  int from = 0, to = 0;
  while (from < old_shape.size() && to < shape.size()) {
    int from_end = from + 1, to_end = to + 1;
    int64_t from_count = old_shape[from], to_count = shape[to];
    while (from_count != to_count) {
      if (from_count < to_count)
        from_count *= old_shape[from_end++];
      else
        to_count *= shape[to_end++];
    }
    for (int axis = from; axis + 1 < from_end; ++axis)
      if (old_strides[axis] != old_shape[axis + 1] * old_strides[axis + 1]) return std::nullopt;
    int64_t step = old_strides[from_end - 1];
    for (int axis = to_end - 1; axis >= to; --axis) {
      out.strides[axis] = step;
      step *= shape[axis];
    }
    from = from_end;
    to = to_end;
  }
  // What is left are axes of extent 1.
  int64_t last = to > 0 ? out.strides[to - 1] : static_cast<int64_t>(itemsize);
  for (; to < shape.size(); ++to) out.strides[to] = last;
  return out;
}

Layout broadcast_to(const Layout& in, const Dims& shape) {
  Layout out{shape, Dims(shape.size()), in.offset};
  int shift = shape.size() - in.rank();
  bool fits = shift >= 0;
  for (int axis = 0; fits && axis < in.rank(); ++axis) {
    int64_t extent = in.shape[axis];
    if (extent == shape[axis + shift])
      out.strides[axis + shift] = extent == 1 ? 0 : in.strides[axis];
    else
      fits = extent == 1;
  }
  if (!fits)
    raise(ErrorKind::kValue, "operands could not be broadcast together with remapped shapes [original->remapped]: " +
                                 shape_text(in.shape, ",") + "  and requested shape " + shape_text(shape, ","));
  return out;
}

Dims axes_by_stride(const Layout& layout) {
  Dims order;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    int at = order.size();
    while (at > 0 && std::abs(layout.strides[static_cast<int>(order[at - 1])]) < std::abs(layout.strides[axis])) --at;
    order.insert(at, axis);
  }
  return order;
}

Dims broadcast_shapes(std::span<const Dims* const> shapes) {
  int rank = 0;
  for (const Dims* shape : shapes) rank = std::max(rank, shape->size());
  Dims out(rank, 1);
  for (const Dims* shape : shapes) {
    int shift = rank - shape->size();
    for (int axis = 0; axis < shape->size(); ++axis) {
      int64_t extent = (*shape)[axis];
      int64_t& common = out[axis + shift];
      if (extent == common || extent == 1) continue;
      if (common != 1) {
        std::string text = "operands could not be broadcast together with shapes ";
        for (const Dims* each : shapes) text += shape_text(*each, ",") + " ";
        raise(ErrorKind::kValue, text);
      }
      common = extent;
    }
  }
  return out;
}

Dims resolve_reshape(int64_t size, const Dims& shape) {
  Dims out = shape;
  int unknown = -1;
  int64_t known = 1;
  for (int axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] >= 0) {
      if (__builtin_mul_overflow(known, shape[axis], &known)) raise_reshape(size, shape);
      continue;
    }
    if (unknown >= 0) raise(ErrorKind::kValue, "can only specify one unknown dimension");
    unknown = axis;
  }
  if (unknown >= 0) {
    if (known == 0 || size % known != 0) raise_reshape(size, shape);
    out[unknown] = size / known;
  } else if (known != size) {
    raise_reshape(size, shape);
  }
  return out;
}

}  // namespace crossarray
