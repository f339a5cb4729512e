#include "python/src/numpy_arrays.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "dispatch/core/view.h"
#include "dispatch/plan/residency.h"

namespace crossarray::python {
namespace {

constexpr const char* kHolderName = "crossarray.export";

Layout layout_of(PyArrayObject* from) {
  Layout layout;
  for (int i = 0; i < PyArray_NDIM(from); ++i) {
    layout.shape.push_back(PyArray_DIM(from, i));
    layout.strides.push_back(PyArray_STRIDE(from, i));
  }
  return layout;
}

/// Axes from the largest stride to the smallest: NumPy's order 'K'.
Dims memory_order(const Layout& layout) {
  Dims order;
  for (int axis = 0; axis < layout.rank(); ++axis) order.push_back(axis);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return std::abs(layout.strides[static_cast<int>(a)]) > std::abs(layout.strides[static_cast<int>(b)]);
  });
  return order;
}

PyRef numpy_view(const Array& a, std::byte* data, bool writeable) {
  PyArray_Descr* descr = descr_of(a.dtype());
  if (!descr) throw PythonError();
  Py_INCREF(descr);
  Dims shape = a.shape(), strides = a.strides();
  PyRef view(PyArray_NewFromDescr(&PyArray_Type, descr, a.rank(), shape.data(), strides.data(), data,
                                  writeable ? NPY_ARRAY_WRITEABLE : 0, nullptr));
  if (!view) throw PythonError();
  return view;
}

void drop_foreign(void* keep) {
  if (Py_IsInitialized()) Py_DECREF(static_cast<PyObject*>(keep));
}

void drop_holder(PyObject* capsule) {
  auto* storage = static_cast<Storage*>(PyCapsule_GetPointer(capsule, kHolderName));
  if (!storage) return PyErr_Clear();
  --storage->exports;
  storage->release();
}

}  // namespace

Array copy_of_numpy(PyArrayObject* from, DType dtype) {
  const Layout layout = layout_of(from);
  DType own;
  const bool same = dtype_of_descr(PyArray_DESCR(from), own) && own == dtype;
  if (same && PyArray_IS_C_CONTIGUOUS(from)) {
    Array out = Array::empty(layout.shape, dtype);
    std::memcpy(out.host(), PyArray_DATA(from), static_cast<size_t>(PyArray_NBYTES(from)));
    return out;
  }
  Array out = Array::empty_permuted(layout.shape, dtype, memory_order(layout));
  PyRef to = numpy_view(out, out.host(), true);
  if (PyArray_CopyInto(reinterpret_cast<PyArrayObject*>(to.get()), from) < 0) throw PythonError();
  return out;
}

bool can_share(PyArrayObject* from) {
  DType own;
  return dtype_of_descr(PyArray_DESCR(from), own) && PyArray_ISALIGNED(from);
}

Array share_numpy(PyArrayObject* from) {
  DType dtype;
  if (!dtype_of_descr(PyArray_DESCR(from), dtype)) raise(ErrorKind::kType, "array: a dtype outside the table");
  Layout layout = layout_of(from);
  const Extent extent = byte_extent(layout, itemsize(dtype));
  Ref<Value> value(new Value(static_cast<size_t>(extent.high - extent.low)));
  Buffer buffer;
  buffer.data = PyArray_BYTES(from) + extent.low;
  buffer.bytes = value->bytes();
  buffer.drop = &drop_foreign;
  buffer.keep = Py_NewRef(reinterpret_cast<PyObject*>(from));
  value->publish(buffer);
  Ref<Storage> storage(new Storage(std::move(value)));
  storage->foreign = true;
  layout.offset = -extent.low;
  Array out(std::move(storage), dtype, std::move(layout));
  out.writeable = PyArray_ISWRITEABLE(from);
  return out;
}

std::byte* export_pointer(const Array& a) {
  Array writable = a;  // a read-only view too: later writes to its storage must be seen through the pointer
  writable.writeable = true;
  return write_host(writable);
}

PyRef make_export_holder(const Array& a) {
  Storage* storage = a.storage().get();
  PyRef holder(PyCapsule_New(storage, kHolderName, &drop_holder));
  if (!holder) throw PythonError();
  storage->retain();
  ++storage->exports;
  return holder;
}

PyRef to_numpy(const Array& a) {
  if (a.scalar_flag) {
    Array detached = copy(a);
    detached.scalar_flag = false;
    return to_numpy(detached);
  }
  // What is pinned to another device keeps its memory there: NumPy gets a copy.
  if (is_remote(a.value().pin())) return to_numpy(to_device(a, kCpu));
  std::byte* data = export_pointer(a);
  PyRef view = numpy_view(a, data, a.writeable);
  PyRef holder = make_export_holder(a);
  if (PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(view.get()), holder.release()) < 0) throw PythonError();
  return view;
}

}  // namespace crossarray::python
