#include "python/src/dlpack.h"

#include <cstring>
#include <memory>
#include <string>

#include "dispatch/plan/devices.h"
#include "dispatch/plan/residency.h"
#include "python/src/dims.h"
#include "python/src/numpy_arrays.h"
#include "python/src/parameters.h"

namespace crossarray::python {
namespace {

// The structures of DLPack 1.0, as its specification lays them out.
struct DlDevice {
  int32_t type, id;
};
struct DlType {
  uint8_t code, bits;
  uint16_t lanes;
};
struct DlTensor {
  void* data;
  DlDevice device;
  int32_t ndim;
  DlType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: C order
  uint64_t byte_offset;
};
struct DlManaged {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManaged*);
};
struct DlManagedVersioned {
  uint32_t major, minor;
  void* context;
  void (*deleter)(DlManagedVersioned*);
  uint64_t flags;
  DlTensor tensor;
};
constexpr uint64_t kReadOnly = 1, kIsCopied = 2;  // flags
constexpr const char* kPlain = "dltensor";
constexpr const char* kVersioned = "dltensor_versioned";

enum : uint8_t { kInt = 0, kUInt = 1, kFloat = 2, kBFloat = 4, kComplex = 5, kBool = 6 };

uint8_t code_of(DType t) {
  if (t == DType::kBF16) return kBFloat;
  switch (kind(t)) {
    case Kind::kBool: return kBool;
    case Kind::kSigned: return kInt;
    case Kind::kUnsigned: return kUInt;
    case Kind::kFloat: return kFloat;
    case Kind::kComplex: return kComplex;
  }
  __builtin_unreachable();
}

std::optional<DType> dtype_from_dlpack(const DlType& type) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto t = static_cast<DType>(i);
    if (code_of(t) == type.code && itemsize(t) * 8 == type.bits && type.lanes == 1) return t;
  }
  return std::nullopt;
}

// What a capsule keeps: the storage, lent while this lives, and the arrays the tensor points to.
//
// A consumer drops what it borrowed on the host, while its kernels may still read. So the memory is not used again before
// what is then on the consumer's stream: for its default streams by an event; any other may be gone by then, or was never
// told, and the thread waits for the device.
struct Lent {
  Lent(const Array& a, Device where, uintptr_t read_on)
      : storage(a.storage()), device(where), reader(read_on), shape(a.shape()), strides(a.strides()) {}
  ~Lent() {
    if (data) take_back(*storage, device, reader);
  }
  Lent(const Lent&) = delete;

  Ref<Storage> storage;
  Device device;
  uintptr_t reader;
  Dims shape, strides;
  void* data = nullptr;
};

// Consumers call deleters from any thread, with or without the GIL.
void end(Lent* lent) {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  delete lent;
  PyGILState_Release(state);
}

DlTensor tensor_of(Lent& lent, const Array& a) {
  const DlpackDevice device = dlpack_device(lent.device);
  DlTensor t{};
  t.data = lent.data;
  t.device = {device.type, device.index};
  t.ndim = a.rank();
  t.dtype = {code_of(a.dtype()), static_cast<uint8_t>(a.item() * 8), 1};
  t.shape = lent.shape.data();
  t.strides = lent.strides.data();
  return t;
}

std::unique_ptr<Lent> lend_out(const Array& a, Device device, uintptr_t reader) {
  auto lent = std::make_unique<Lent>(a, device, reader);
  for (int64_t& stride : lent->strides) {
    if (stride % static_cast<int64_t>(a.item()) != 0)
      raise(ErrorKind::kBuffer, "DLPack counts strides in elements; this view's are not whole ones: copy it first");
    stride /= static_cast<int64_t>(a.item());
  }
  lent->data = lend(a, device);
  return lent;
}

template <class Managed> void drop_capsule(PyObject* capsule, const char* name) {
  if (!PyCapsule_IsValid(capsule, name)) return;  // a consumer renames what it has taken
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  managed->deleter(managed);
}

PyObject* versioned_capsule(const Array& a, Device device, uintptr_t reader, bool copied) {
  std::unique_ptr<Lent> lent = lend_out(a, device, reader);
  auto managed =
      std::make_unique<DlManagedVersioned>(DlManagedVersioned{1, 0, lent.get(), nullptr, 0, tensor_of(*lent, a)});
  managed->deleter = [](DlManagedVersioned* m) {
    end(static_cast<Lent*>(m->context));
    delete m;
  };
  managed->flags = (a.writeable ? 0 : kReadOnly) | (copied ? kIsCopied : 0);
  PyRef capsule = checked(
      PyCapsule_New(managed.get(), kVersioned, [](PyObject* c) { drop_capsule<DlManagedVersioned>(c, kVersioned); }));
  static_cast<void>(lent.release());  // the capsule owns both
  static_cast<void>(managed.release());
  return capsule.release();
}

PyObject* plain_capsule(const Array& a, Device device, uintptr_t reader) {
  if (!a.writeable) raise(ErrorKind::kBuffer, "a read-only array needs DLPack 1.0: pass max_version=(1, 0)");
  std::unique_ptr<Lent> lent = lend_out(a, device, reader);
  auto managed = std::make_unique<DlManaged>(DlManaged{tensor_of(*lent, a), lent.get(), [](DlManaged* m) {
                                                         end(static_cast<Lent*>(m->context));
                                                         delete m;
                                                       }});
  PyRef capsule =
      checked(PyCapsule_New(managed.get(), kPlain, [](PyObject* c) { drop_capsule<DlManaged>(c, kPlain); }));
  static_cast<void>(lent.release());  // the capsule owns both
  static_cast<void>(managed.release());
  return capsule.release();
}

// DLPack's numbers: 1 the legacy default stream, 2 that of the thread, -1 none to wait, else an address.
int64_t stream_number(PyObject* stream) {
  const int64_t number = absent(stream) ? int64_t{kLegacyStream} : integer(stream);
  if (number == 0 || number < -1)
    value_error("__dlpack__: stream is 1 (legacy default), 2 (per thread), -1 (none) or a stream's address, got " +
                std::to_string(number));
  return number;
}

bool wants_version_1(PyObject* max_version) {
  if (absent(max_version)) return false;
  const PyRef major = checked(PySequence_GetItem(max_version, 0));
  return integer(major.get()) >= 1;
}

// The memory a layout spans: offsets of an adopted array are from the lowest address.
Array adopt_span(Device device, std::byte* first, DType dtype, Layout layout, void (*drop)(void*), void* keep) {
  bool whole = reinterpret_cast<uintptr_t>(first) % itemsize(dtype) == 0;
  for (int64_t stride : layout.strides) whole = whole && stride % static_cast<int64_t>(itemsize(dtype)) == 0;
  if (!whole)  // a device that reads a number across its alignment is lost
    raise(ErrorKind::kBuffer, std::string("memory of a device can be shared only where every ") + name(dtype) +
                                  " lies at a multiple of its size: copy it first");
  layout.offset = 0;
  const Extent extent = byte_extent(layout, itemsize(dtype));
  layout.offset = -extent.low;
  const Buffer memory{first + extent.low, static_cast<size_t>(extent.high - extent.low), nullptr, drop, keep};
  return adopt(device, memory, dtype, std::move(layout));
}

template <class Managed> Array take_capsule(PyObject* capsule, Device device, const char* name, const char* used) {
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  if (!managed) throw PythonError{};
  const DlTensor& t = managed->tensor;
  const std::optional<DType> dtype = dtype_from_dlpack(t.dtype);
  if (!dtype) raise(ErrorKind::kBuffer, "from_dlpack: an element type outside the table");
  Layout layout;
  for (int i = 0; i < t.ndim; ++i) layout.shape.push_back(t.shape[i]);
  layout.strides = contiguous_strides(layout.shape, itemsize(*dtype));
  for (int i = 0; t.strides && i < t.ndim; ++i)
    layout.strides[i] = t.strides[i] * static_cast<int64_t>(itemsize(*dtype));
  auto drop = [](void* keep) {
    auto* m = static_cast<Managed*>(keep);
    if (m->deleter) m->deleter(m);
  };
  Array out =
      adopt_span(device, static_cast<std::byte*>(t.data) + t.byte_offset, *dtype, std::move(layout), drop, managed);
  if constexpr (std::is_same_v<Managed, DlManagedVersioned>) out.writeable = !(managed->flags & kReadOnly);
  PyCapsule_SetName(capsule, used);
  return out;
}

PyRef consume(PyObject* source) {
  const PyRef method = checked(PyObject_GetAttrString(source, "__dlpack__"));
  const PyRef none = checked(PyTuple_New(0));
  const PyRef kwargs = checked(Py_BuildValue("{s:i,s:(ii)}", "stream", 1, "max_version", 1, 0));
  PyRef capsule(PyObject_Call(method.get(), none.get(), kwargs.get()));
  if (capsule || !PyErr_ExceptionMatches(PyExc_TypeError)) return checked(capsule.release());
  PyErr_Clear();  // a producer of before DLPack 1.0
  const PyRef old = checked(Py_BuildValue("{s:i}", "stream", 1));
  return checked(PyObject_Call(method.get(), none.get(), old.get()));
}

constexpr const char* kHolderName = "crossarray.device_export";

void drop_holder(PyObject* capsule) { end(static_cast<Lent*>(PyCapsule_GetPointer(capsule, kHolderName))); }

}  // namespace

Device lending_device(const Array& a) { return is_remote(a.value().pin()) ? a.value().pin() : kCpu; }

PyObject* device_dlpack(const Array& array, PyObject* stream, PyObject* max_version, PyObject* copy_argument) {
  const Device device = lending_device(array);
  const bool copied = !absent(copy_argument) && flag(copy_argument);
  Array a = copied || array.scalar_flag ? copy(array) : array;
  a.scalar_flag = false;
  const int64_t number = stream_number(stream);
  // The legacy default stream is behind those of threads.
  const uintptr_t reader = number == 1 || number == 2 ? kLegacyStream : kAnyStream;
  PyRef capsule = checked(wants_version_1(max_version) ? versioned_capsule(a, device, reader, copied)
                                                       : plain_capsule(a, device, reader));
  Backend& backend = backend_of(device);
  if (number != -1) backend.stream_waits(static_cast<uintptr_t>(number), backend.record());
  return capsule.release();
}

Array from_device_dlpack(PyObject* source) {
  const PyRef pair(PyObject_CallMethod(source, "__dlpack_device__", nullptr));
  if (!pair) return PyErr_Clear(), Array();  // whoever takes it next says what is missing
  DlpackDevice wanted{};
  if (!PyArg_ParseTuple(pair.get(), "ii", &wanted.type, &wanted.index)) throw PythonError{};
  constexpr int kCudaHost = 3;  // page-locked: host memory like any other
  if (wanted.type == dlpack_device(kCpu).type || wanted.type == kCudaHost) return {};
  const Device device = device_of_dlpack(wanted);
  if (device == kAuto)
    raise(ErrorKind::kBuffer, "from_dlpack: the object is on DLPack device (" + std::to_string(wanted.type) + ", " +
                                  std::to_string(wanted.index) + "), which is none of crossarray.backends()");
  const PyRef capsule = consume(source);
  return PyCapsule_IsValid(capsule.get(), kVersioned)
             ? take_capsule<DlManagedVersioned>(capsule.get(), device, kVersioned, "used_dltensor_versioned")
             : take_capsule<DlManaged>(capsule.get(), device, kPlain, "used_dltensor");
}

PyObject* device_array_interface(PyObject* self) {
  const Array& a = array_of(self);
  const Device device = lending_device(a);
  std::unique_ptr<Lent> lent = lend_out(a, device, kAnyStream);  // nobody says which stream will read
  const void* data = lent->data;
  const PyRef holder = checked(PyCapsule_New(lent.get(), kHolderName, drop_holder));
  static_cast<void>(lent.release());  // the capsule owns it
  backend_of(device).synchronize();   // so that no stream need be named
  const PyRef descr = checked(PyObject_GetAttrString(dtype_object(a.dtype()), "str"));
  const PyRef shape = checked(tuple_of(a.shape())), strides = checked(tuple_of(a.strides()));
  return Py_BuildValue("{s:O,s:O,s:(KO),s:O,s:i,s:O,s:O}", "shape", shape.get(), "typestr", descr.get(), "data",
                       static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(data)),
                       a.writeable ? Py_False : Py_True, "strides", strides.get(), "version", 3, "stream", Py_None,
                       "owner", holder.get());
}

namespace {

// The interface does not say which CUDA device an address is of.
Device device_with(const void* address) {
  const Device first = device_named("cuda", "asarray");
  for (int d = first; d < device_count(); ++d)
    if (backend_of(static_cast<Device>(d)).kind_of(address) == MemoryKind::kOwn) return static_cast<Device>(d);
  return first;
}

}  // namespace

Array from_device_interface(PyObject* source) {
  const PyRef interface(PyObject_GetAttrString(source, "__cuda_array_interface__"));
  if (!interface) return PyErr_Clear(), Array();
  const auto item = [&](const char* key) { return PyDict_GetItemString(interface.get(), key); };
  PyObject *shape = item("shape"), *typestr = item("typestr"), *data = item("data"), *strides = item("strides");
  DType dtype;
  Layout layout;
  if (!shape || !typestr || !data || !dtype_from(typestr, dtype) || !dims_from(shape, layout.shape))
    raise(ErrorKind::kBuffer, "__cuda_array_interface__: shape, typestr or data is missing or not understood");
  layout.strides = contiguous_strides(layout.shape, itemsize(dtype));
  if (!absent(strides) && !dims_from(strides, layout.strides)) throw PythonError{};
  unsigned long long address = 0;
  int read_only = 0;
  if (!PyArg_ParseTuple(data, "Kp", &address, &read_only)) throw PythonError{};
  const Device device = device_with(reinterpret_cast<void*>(address));
  // Without a stream, as versions before 3 and default streams have it: every use waits for the legacy default one.
  if (PyObject* stream = item("stream"); !absent(stream))
    backend_of(device).wait_for_stream(static_cast<uintptr_t>(integer(stream)));
  auto drop = [](void* keep) {
    if (Py_IsInitialized()) Py_DECREF(static_cast<PyObject*>(keep));
  };
  PyRef keep = PyRef::borrow(source);
  Array out = adopt_span(device, reinterpret_cast<std::byte*>(address), dtype, std::move(layout), drop, keep.get());
  static_cast<void>(keep.release());
  out.writeable = !read_only;
  return out;
}

}  // namespace crossarray::python
