// _core functions that make arrays of other objects: array, asarray, from_dlpack; and what the package needs of views.
#include "dispatch/core/view.h"
#include "python/src/convert.h"
#include "python/src/device_scope.h"
#include "python/src/dims.h"
#include "python/src/dlpack.h"
#include "python/src/methods.h"
#include "python/src/numpy_arrays.h"
#include "python/src/parameters.h"
#include "python/src/sequences.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

struct Request {
  PyObject* object;
  PyObject* dtype;
  char order = 'K';
  CopyMode mode = CopyMode::kAlways;
  int64_t min_rank = 0;
};

/// True if the layout is what order= asks for.
bool has_order(const Array& a, char order) {
  return order == 'K' || order == 'A' || (order == 'C' ? a.c_contiguous() : a.f_contiguous());
}

Array in_order(const Array& a, const Request& request) {
  if (has_order(a, request.order)) return a;
  if (request.mode == CopyMode::kNever)
    raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
  return copy(a, request.order);
}

/// The request as a call of NumPy, for dtypes outside the table: the result is NumPy's own array.
PyObject* made_by_numpy(const Request& request) {
  PyRef numpy(PyImport_ImportModule("numpy"));
  PyRef function(numpy ? PyObject_GetAttrString(numpy.get(), "array") : nullptr);
  PyRef args(PyTuple_Pack(1, request.object));
  PyObject* copy = request.mode == CopyMode::kAlways ? Py_True : request.mode == CopyMode::kNever ? Py_False : Py_None;
  const char order[] = {request.order, 0};
  PyRef kwargs(Py_BuildValue("{s:O,s:O,s:s,s:L}", "dtype", request.dtype ? request.dtype : Py_None, "copy", copy,
                             "order", order, "ndmin", static_cast<long long>(request.min_rank)));
  return function && args && kwargs ? PyObject_Call(function.get(), args.get(), kwargs.get()) : nullptr;
}

/// True and the dtype in `out` if one of the table was asked for. NumPy must judge anything else.
bool asked_dtype(PyObject* dtype, std::optional<DType>& out, bool& outside) {
  if (!given(dtype)) return true;
  DType found;
  outside = !dtype_from(dtype, found);
  if (!outside) return out = found, true;
  PyErr_Clear();
  return false;
}

/// An object of another library that may lie on a GPU: no sequence, number or NumPy array.
bool may_be_on_device(PyObject* o) {
  return !is_ndarray(o) && !PyArray_Check(o) && !PyList_Check(o) && !PyTuple_Check(o) && !PyFloat_Check(o) &&
         !PyLong_Check(o) && !PyUnicode_Check(o) && PyObject_HasAttrString(o, "__cuda_array_interface__");
}

PyObject* made_on_device(const Request& request) {
  Array there = from_device_interface(request.object);
  if (!there) return made_by_numpy(request);
  const std::optional<DType> dtype = dtype_argument(request.dtype);
  const bool same = (!dtype || *dtype == there.dtype()) && has_order(there, request.order);
  if (!same && request.mode == CopyMode::kNever)
    raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
  if (!same || request.mode == CopyMode::kAlways) there = cast(there, dtype.value_or(there.dtype()), request.order);
  while (there.rank() < request.min_rank) there = there.view(insert_axis(there.layout(), 0));
  return wrap(std::move(there));
}

PyObject* make_array(const Request& request) {
  if (may_be_on_device(request.object)) return made_on_device(request);
  std::optional<DType> dtype;
  bool outside_table = false;
  if (!asked_dtype(request.dtype, dtype, outside_table)) return made_by_numpy(request);
  PyRef outside;
  std::optional<Array> made = convert(request.object, dtype ? &*dtype : nullptr, request.mode, outside);
  if (!made) return request.min_rank || request.order != 'K' ? made_by_numpy(request) : outside.release();
  Array result = in_order(*made, request);
  while (result.rank() < request.min_rank) result = result.view(insert_axis(result.layout(), 0));
  const bool ours = is_ndarray(request.object);
  const bool same = ours && result.storage() == array_of(request.object).storage() &&
                    result.rank() == array_of(request.object).rank();
  if (same && request.mode != CopyMode::kAlways) return Py_NewRef(request.object);
  PyRef object(wrap(std::move(result)));
  if (object && array_of(object.get()).storage()->foreign)
    reinterpret_cast<PyNdarray*>(object.get())->base = Py_NewRef(request.object);
  return object.release();
}

/// What was made from `source`, on `device`.
PyObject* on_device(PyRef made, Device device, PyObject* source) {
  if (!made || !is_ndarray(made.get()) || device == kAuto) return made.release();
  Array& a = array_of(made.get());
  if (made.get() == source) return a.value().pin() == device ? made.release() : wrap(placed_on(a, device));
  a = placed_on(std::move(a), device);
  return made.release();
}

CopyMode copy_mode(PyObject* copy, CopyMode fallback) {
  if (!copy) return fallback;
  if (copy == Py_None) return CopyMode::kIfNeeded;
  return flag(copy) ? CopyMode::kAlways : CopyMode::kNever;
}

/// The object as NumPy reads it down to ndmax= levels of nesting (left out: all). What lies deeper is an element.
PyRef nested_at_most(const Request& request, PyObject* ndmax) {
  const int64_t max_rank = ndmax ? integer(ndmax) : kMaxRank;
  if (max_rank == kMaxRank) return PyRef::borrow(request.object);
  PyRef function = checked(PyObject_GetAttrString(checked(PyImport_ImportModule("numpy")).get(), "array"));
  PyRef args = checked(PyTuple_Pack(1, request.object));
  PyRef kwargs = checked(Py_BuildValue("{s:O,s:O,s:L}", "dtype", request.dtype ? request.dtype : Py_None, "copy",
                                       request.mode == CopyMode::kNever ? Py_False : Py_None, "ndmax",
                                       static_cast<long long>(max_rank)));
  return checked(PyObject_Call(function.get(), args.get(), kwargs.get()));
}

PyObject* array_function(PyObject*, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<9> kArray{
      "array", 2, 1, {"object", "dtype", "copy", "order", "subok", "ndmin", "ndmax", "like", "device"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[9];
    if (!kArray.parse(args, nargs, kwnames, values)) return nullptr;
    const Device device = device_argument(values[8], current_device(), "array");
    Request request{values[0], values[1]};
    request.mode = copy_mode(values[2], CopyMode::kAlways);
    request.order = order_argument(values[3], 'K');
    request.min_rank = values[5] ? integer(values[5]) : 0;
    if (request.min_rank > kMaxRank) value_error("ndmin bigger than allowable number of dimensions NPY_MAXDIMS (=64)");
    const PyRef object = nested_at_most(request, values[6]);
    request.object = object.get();
    return on_device(PyRef(make_array(request)), device, values[0]);
  });
}

PyObject* asarray_function(PyObject*, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<6> kAsArray{"asarray", 3, 1, {"a", "dtype", "order", "device", "copy", "like"}};
  if (nargs == 1 && !kwnames && Py_TYPE(args[0]) == ndarray_type && !array_of(args[0]).scalar_flag)
    return Py_NewRef(args[0]);
  return guarded([&]() -> PyObject* {
    PyObject* values[6];
    if (!kAsArray.parse(args, nargs, kwnames, values)) return nullptr;
    const Device device = device_argument(values[3], current_device(), "asarray");
    Request request{values[0], values[1]};
    request.order = order_argument(values[2], 'K');
    request.mode = copy_mode(values[4], CopyMode::kIfNeeded);
    return on_device(PyRef(make_array(request)), device, values[0]);
  });
}

/// Shares the memory of any object with __dlpack__ that lies on the CPU.
PyObject* from_dlpack(PyObject*, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<3> kFromDlpack{"from_dlpack", 1, 1, {"x", "device", "copy"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[3];
    if (!kFromDlpack.parse(args, nargs, kwnames, values)) return nullptr;
    const Device device = device_argument(values[1], kAuto, "from_dlpack");
    const bool copies = given(values[2]) && flag(values[2]);
    if (Array there = from_device_dlpack(values[0]))
      return on_device(PyRef(wrap(copies ? copy(there) : std::move(there))), device, nullptr);
    PyRef numpy = checked(PyImport_ImportModule("numpy"));
    PyRef array = checked(PyObject_CallMethod(numpy.get(), "from_dlpack", "O", values[0]));
    Request request{array.get(), nullptr};
    request.mode = copies ? CopyMode::kAlways : CopyMode::kNever;
    return on_device(PyRef(make_array(request)), device, values[0]);
  });
}

PyObject* is_scalar(PyObject*, PyObject* o) noexcept {
  return PyBool_FromLong(is_ndarray(o) && array_of(o).scalar_flag);
}

PyObject* holds_ours_function(PyObject*, PyObject* o) noexcept { return PyBool_FromLong(holds_ours(o)); }

/// as_strided(x, shape, strides, offset=0): bounds are the caller's duty.
PyObject* as_strided(PyObject*, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<4> kAsStrided{"as_strided", 4, 3, {"x", "shape", "strides", "offset"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[4];
    if (!kAsStrided.parse(args, nargs, kwnames, values)) return nullptr;
    if (!is_ndarray(values[0])) type_error("as_strided: x must be an ndarray of crossarray");
    Layout layout;
    if (!dims_from(values[1], layout.shape) || !dims_from(values[2], layout.strides)) return nullptr;
    if (layout.shape.size() != layout.strides.size()) value_error("as_strided: shape and strides differ in length");
    const Array a = viewable(values[0]);
    layout.offset = a.layout().offset + (given(values[3]) ? integer(values[3]) : 0);
    return wrap_view(a.view(std::move(layout)), values[0]);
  });
}

/// _rebuild(numpy_array, scalar_flag): what pickle calls.
PyObject* rebuild(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 2) type_error("_rebuild takes a NumPy array and a flag");
    Array a = from_python(args[0]);
    a.scalar_flag = a.rank() == 0 && flag(args[1]);
    return wrap(std::move(a));
  });
}

/// _core.difference(a): a[1:] - a[:-1] of a 1-d array that is not bool; None for anything else.
PyObject* difference(PyObject*, PyObject* o) noexcept {
  return guarded([&]() -> PyObject* {
    if (Py_TYPE(o) != ndarray_type) Py_RETURN_NONE;
    const Array& a = array_of(o);
    if (a.rank() != 1 || a.dtype() == DType::kBool) Py_RETURN_NONE;
    Array after = a, before = a;
    const int64_t size = a.shape()[0];
    after.new_layout().shape[0] = before.new_layout().shape[0] = size > 0 ? size - 1 : 0;
    if (size > 0) after.new_layout().offset += a.strides()[0];
    const Arg args[] = {after, before};
    return wrap_applied(Op::subtract, args);
  });
}

}  // namespace

PyMethodDef kArrayFunctions[] = {
    {"difference", difference, METH_O, "a[1:] - a[:-1] of a 1-d array that is not bool; None for anything else."},
    {"array", entry(&array_function), kFast,
     "array(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None, device=None)\n--\n\n"
     "A new array of the elements of any array-like."},
    {"asarray", entry(&asarray_function), kFast,
     "asarray(a, dtype=None, order=None, *, device=None, copy=None, like=None)\n--\n\n"
     "The argument as an array; copies unless it is one (copy=False: shares)."},
    {"from_dlpack", entry(&from_dlpack), kFast,
     "from_dlpack(x, /, *, device=None, copy=None)\n--\n\n"
     "An array that shares the memory of a DLPack tensor on the CPU."},
    {"is_scalar", is_scalar, METH_O, "True for a 0-d array that is a value, as NumPy's scalars are."},
    {"holds_ours", holds_ours_function, METH_O, "True for an array, and for a list or tuple with an array or a dict."},
    {"as_strided", entry(&as_strided), kFast,
     "as_strided(x, shape, strides, offset=0)\n--\n\n"
     "View with any shape and byte strides; bounds are not checked."},
    {"_rebuild", entry(&rebuild), METH_FASTCALL, "Unpickles an array."},
    {},
};

}  // namespace crossarray::python
