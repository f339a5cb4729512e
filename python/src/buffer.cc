// The buffer protocol: memoryview(x) and everything that reads buffers, without a copy.
#include <string>

#include "dispatch/plan/backend.h"
#include "python/src/numpy_arrays.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

/// What a Py_buffer points into, until it is released.
struct Export {
  Ref<Storage> storage;
  Dims shape, strides;
};

/// struct module codes; null for bfloat16, which has none.
const char* format_of(DType t) {
  switch (t) {
    case DType::kBool: return "?";
    case DType::kI8: return "b";
    case DType::kU8: return "B";
    case DType::kI16: return "h";
    case DType::kU16: return "H";
    case DType::kI32: return "i";
    case DType::kU32: return "I";
    case DType::kI64: return sizeof(long) == 8 ? "l" : "q";
    case DType::kU64: return sizeof(long) == 8 ? "L" : "Q";
    case DType::kF16: return "e";
    case DType::kBF16: return nullptr;
    case DType::kF32: return "f";
    case DType::kF64: return "d";
    case DType::kC64: return "Zf";
    case DType::kC128: return "Zd";
  }
  return nullptr;
}

bool wants(int flags, int what) { return (flags & what) == what; }

void check_request(const Array& a, int flags) {
  if (!format_of(a.dtype()))
    raise(ErrorKind::kBuffer,
          std::string("dtype ") + name(a.dtype()) + " has no buffer format; use astype or numpy.asarray");
  if (wants(flags, PyBUF_WRITABLE) && !a.writeable) raise(ErrorKind::kBuffer, "buffer source array is read-only");
  const bool c = a.c_contiguous(), f = a.f_contiguous();
  if (wants(flags, PyBUF_C_CONTIGUOUS) && !c) raise(ErrorKind::kBuffer, "ndarray is not C-contiguous");
  if (wants(flags, PyBUF_F_CONTIGUOUS) && !f) raise(ErrorKind::kBuffer, "ndarray is not Fortran contiguous");
  if (wants(flags, PyBUF_ANY_CONTIGUOUS) && !c && !f) raise(ErrorKind::kBuffer, "ndarray is not contiguous");
  if (!wants(flags, PyBUF_STRIDES) && !c) raise(ErrorKind::kBuffer, "ndarray is not C-contiguous");
}

// NumPy asks for a buffer first and takes __array__, which copies, when there is none.
void check_on_host(const Array& a) {
  if (is_remote(a.value().pin()))
    raise(ErrorKind::kBuffer, "the array is pinned to " + backend_of(a.value().pin()).name() +
                                  ": its memory is no buffer; numpy.asarray(x) copies, x.to_device('cpu') moves it");
}

void fill(Py_buffer* view, PyObject* self, const Array& a, int flags) {
  check_on_host(a);
  check_request(a, flags);
  std::byte* data = export_pointer(a);
  auto* holder = new Export{a.storage(), a.shape(), a.strides()};
  ++a.storage()->exports;
  view->buf = data;
  view->obj = Py_NewRef(self);
  view->len = static_cast<Py_ssize_t>(a.size() * static_cast<int64_t>(a.item()));
  view->itemsize = static_cast<Py_ssize_t>(a.item());
  view->readonly = !a.writeable;
  view->ndim = a.rank();
  view->format = wants(flags, PyBUF_FORMAT) ? const_cast<char*>(format_of(a.dtype())) : nullptr;
  static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
  view->shape = wants(flags, PyBUF_ND) ? reinterpret_cast<Py_ssize_t*>(holder->shape.data()) : nullptr;
  view->strides = wants(flags, PyBUF_STRIDES) ? reinterpret_cast<Py_ssize_t*>(holder->strides.data()) : nullptr;
  view->suboffsets = nullptr;
  view->internal = holder;
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) noexcept try {
  view->obj = nullptr;
  fill(view, self, viewable(self), flags);
  return 0;
} catch (...) {
  translate_current_exception();
  return -1;
}

void release_buffer(PyObject*, Py_buffer* view) noexcept {
  auto* holder = static_cast<Export*>(view->internal);
  --holder->storage->exports;
  delete holder;
}

}  // namespace

PyType_Slot kBufferSlots[] = {
    {Py_bf_getbuffer, reinterpret_cast<void*>(&get_buffer)},
    {Py_bf_releasebuffer, reinterpret_cast<void*>(&release_buffer)},
    {},
};

}  // namespace crossarray::python
