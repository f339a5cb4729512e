#include "python/src/scalar_cells.h"

#include <bit>

namespace crossarray::python {
namespace {

constexpr int kMaxKept = 64;

struct Cells {
  PyNdarray* kept[kMaxKept];
  int count = 0;
};

Cells cells[5];  // by item size: 1, 2, 4, 8, 16 bytes

Cells& cells_for(size_t item) { return cells[std::countr_zero(item)]; }

bool unreachable(const Array& a) {
  const Storage& storage = *a.storage();
  const Value& value = a.value();
  return storage.refs() == 1 && !storage.shared() && value.refs() == 1 && value.ready() && a.layout().offset == 0 &&
         value.bytes() == a.item();
}

}  // namespace

bool keep_scalar(PyNdarray* object) {
  const Array& a = object->array;
  if (!a.scalar_flag || !a.writeable || a.rank() != 0 || !unreachable(a)) return false;
  Cells& same_size = cells_for(a.item());
  if (same_size.count == kMaxKept) return false;
  same_size.kept[same_size.count++] = object;
  return true;
}

PyObject* wrap_scalar(DType dtype, const std::byte* bits) {
  const size_t item = itemsize(dtype);
  Cells& same_size = cells_for(item);
  if (same_size.count == 0) {
    Array element = Array::element(bits, dtype);
    element.scalar_flag = true;
    return wrap(std::move(element));
  }
  PyNdarray* object = same_size.kept[--same_size.count];
  PyObject* self = PyObject_Init(reinterpret_cast<PyObject*>(object), ndarray_type);
  Array& a = object->array;
  if (a.dtype() != dtype) {
    a = a.view_as(dtype, Layout{});
    a.scalar_flag = true;
  }
  std::memcpy(a.host(), bits, item);
  return self;
}

}  // namespace crossarray::python
