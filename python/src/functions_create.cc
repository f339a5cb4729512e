// zeros, ones, empty, full, eye, identity and the *_like functions.
#include <cstring>

#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "python/src/allocate.h"
#include "python/src/device_scope.h"
#include "python/src/methods.h"
#include "python/src/native.h"
#include "python/src/quick_index.h"
#include "python/src/shells.h"

namespace crossarray::python {
namespace {

/// How the new elements begin.
enum class Fill : uint8_t { kNone, kZero, kOne };

Scalar fill_scalar(Fill fill, DType dtype) {
  return cast_scalar(Scalar::of(DType::kI64, int64_t{fill == Fill::kOne}), dtype);
}

/// Small C-ordered arrays of zeros, or uninitialised ones. Null without an exception for others.
PyObject* create_small(const Dims& shape, DType dtype, Fill fill) {
  const size_t bytes = checked_bytes(shape, itemsize(dtype));
  if (bytes >= config().eager_bytes || fill == Fill::kOne) return nullptr;
  Shell shell;
  std::byte* memory = renew_contiguous(shell.array(), shape, dtype);
  if (fill == Fill::kZero) std::memset(memory, 0, bytes);
  return shell.release();
}

Array created(const Dims& shape, DType dtype, char order, Fill fill, const Array* like = nullptr) {
  const bool c_order = shape.size() < 2 || order == 'C' || (order != 'F' && (!like || like->c_contiguous()));
  if (fill == Fill::kNone) return empty_ordered(shape, dtype, order, like);
  if (c_order) return filled(shape, fill_scalar(fill, dtype));
  Array out = empty_ordered(shape, dtype, order, like);
  assign(out, Array::scalar(fill_scalar(fill, dtype)));
  return out;
}

constexpr Signature<5> kZeros{"zeros", 3, 1, {"shape", "dtype", "order", "device", "like"}};
constexpr Signature<5> kOnes{"ones", 3, 1, {"shape", "dtype", "order", "device", "like"}};
constexpr Signature<5> kEmpty{"empty", 3, 1, {"shape", "dtype", "order", "device", "like"}};
template <Fill kFill> PyObject* create(const Call& call) {
  if (call.is_foreign({}, 1)) return call.to_numpy();
  const DeviceScope on(call[3], call.function());
  const DType dtype = dtype_argument(call[1]).value_or(DType::kF64);
  const Dims shape = shape_argument(call[0]);
  const char order = order_argument(call[2], 'C', "CF");
  if (order == 'C' && on.anywhere())
    if (PyObject* small = create_small(shape, dtype, kFill)) return small;
  Array out = created(shape, dtype, order, kFill);
  return kFill == Fill::kNone ? on.wrap_empty(std::move(out)) : on.wrap(std::move(out));
}

/// As native_entry, with a short way for zeros(n).
template <const auto& kSignature, Fill kFill>
PyObject* creation_entry(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  int64_t n;
  if (count == 1 && !names && small_int(args[0], n) && n >= 0 && current_device() == kAuto) {
    PyObject* small = guarded([&] { return create_small(Dims{n}, DType::kF64, kFill); });
    if (small || PyErr_Occurred()) return small;
  }
  return native_entry<kSignature, create<kFill>>(self, args, count, names);
}

template <const auto& kSignature, Fill kFill> PyMethodDef creation(const char* doc) {
  auto* entry = creation_entry<kSignature, kFill>;
  return {kSignature.function, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(entry)),
          METH_FASTCALL | METH_KEYWORDS, doc};
}

constexpr Signature<6> kFull{"full", 4, 2, {"shape", "fill_value", "dtype", "order", "device", "like"}};
PyObject* full_of(const Call& call) {
  if (call[1] == Py_None || call.is_foreign({1}, 2)) return call.to_numpy();  // None is an object, or NaN
  const DeviceScope on(call[4], call.function());
  const Dims shape = shape_argument(call[0]);
  const OperandHolder value = operand(call[1]);
  const char order = order_argument(call[3], 'C', "CF");
  const std::optional<DType> dtype = dtype_argument(call[2]);
  if (value.is_weak && order == 'C')
    return on.wrap(filled(shape, dtype ? cast_weak(value.weak, *dtype) : natural_scalar(value.weak)));
  const DType own = value.is_weak ? natural_scalar(value.weak).dtype : value.array.dtype();
  Array out = empty_ordered(shape, dtype.value_or(own), order);
  assign(out, value.arg(), call.function());
  return on.wrap(std::move(out));
}

/// Shape, dtype and order of an *_like call whose parameters after the prototype are dtype, order, subok, shape,
/// device.
struct Like {
  Array prototype;
  Dims shape;
  DType dtype;
  char order;
};

/// The device of an *_like call: the one named, else the prototype's if it is pinned.
Device like_device(const Like& like) { return like.prototype.value().pin(); }

Like like_of(const Call& call, int dtype_at) {
  Like like{array_argument(call[0]), {}, DType::kF64, order_argument(call[dtype_at + 1], 'K')};
  like.shape = absent(call[dtype_at + 3]) ? like.prototype.shape() : shape_argument(call[dtype_at + 3]);
  like.dtype = dtype_argument(call[dtype_at]).value_or(like.prototype.dtype());
  return like;
}

constexpr Signature<6> kZerosLike{"zeros_like", 5, 1, {"a", "dtype", "order", "subok", "shape", "device"}};
constexpr Signature<6> kOnesLike{"ones_like", 5, 1, {"a", "dtype", "order", "subok", "shape", "device"}};
constexpr Signature<6> kEmptyLike{"empty_like", 5, 1, {"prototype", "dtype", "order", "subok", "shape", "device"}};
template <Fill kFill> PyObject* create_like(const Call& call) {
  if (call.is_foreign({0}, 1)) return call.to_numpy();
  const Like like = like_of(call, 1);
  const DeviceScope on(call[5], call.function(), like_device(like));
  Array out = created(like.shape, like.dtype, like.order, kFill, &like.prototype);
  return kFill == Fill::kNone ? on.wrap_empty(std::move(out)) : on.wrap(std::move(out));
}

constexpr Signature<7> kFullLike{"full_like", 6, 2, {"a", "fill_value", "dtype", "order", "subok", "shape", "device"}};
PyObject* full_like(const Call& call) {
  if (call[1] == Py_None || call.is_foreign({0, 1}, 2)) return call.to_numpy();
  const Like like = like_of(call, 2);
  const DeviceScope on(call[6], call.function(), like_device(like));
  const OperandHolder value = operand(call[1]);
  Array out = empty_ordered(like.shape, like.dtype, like.order, &like.prototype);
  assign(out, value.arg(), call.function());
  return on.wrap(std::move(out));
}

Array eye_matrix(int64_t rows, int64_t columns, int64_t k, DType dtype, char order) {
  if (rows < 0 || columns < 0) value_error("negative dimensions are not allowed");
  Array out = created(Dims{rows, columns}, dtype, order, Fill::kZero);
  const int64_t first_row = k < 0 ? -k : 0, first_column = k > 0 ? k : 0;
  const int64_t count = std::min(rows - first_row, columns - first_column);
  if (count <= 0) return out;
  Layout diagonal = out.layout();
  diagonal.offset += first_row * out.strides()[0] + first_column * out.strides()[1];
  diagonal.strides = Dims{out.strides()[0] + out.strides()[1]};
  diagonal.shape = Dims{count};
  Array ones = out.view(diagonal);
  assign(ones, Array::scalar(fill_scalar(Fill::kOne, dtype)));
  return out;
}

constexpr Signature<7> kEye{"eye", 5, 1, {"N", "M", "k", "dtype", "order", "device", "like"}};
PyObject* eye(const Call& call) {
  if (call.is_foreign({}, 3)) return call.to_numpy();
  const DeviceScope on(call[5], call.function());
  const int64_t rows = integer(call[0]), columns = absent(call[1]) ? rows : integer(call[1]);
  return on.wrap(eye_matrix(rows, columns, call[2] ? integer(call[2]) : 0,
                            dtype_argument(call[3]).value_or(DType::kF64), order_argument(call[4], 'C', "CF")));
}

constexpr Signature<3> kIdentity{"identity", 2, 1, {"n", "dtype", "like"}};
PyObject* identity(const Call& call) {
  if (call.is_foreign({}, 1)) return call.to_numpy();
  const int64_t n = integer(call[0]);
  const DeviceScope on(nullptr, call.function());
  return on.wrap(eye_matrix(n, n, 0, dtype_argument(call[1]).value_or(DType::kF64), 'C'));
}

}  // namespace

PyMethodDef creation_functions[] = {
    creation<kZeros, Fill::kZero>(
        R"(zeros(shape, dtype=None, order='C', *, device=None, like=None)
--

New array of zeros.

Raises ValueError for negative extents.  Same as numpy.zeros; device is 'auto' or 'cpu'.
>>> xp.zeros((2, 3))
array([[0., 0., 0.],
       [0., 0., 0.]]))"),
    creation<kOnes, Fill::kOne>(
        R"(ones(shape, dtype=None, order='C', *, device=None, like=None)
--

New array of ones.

Same as numpy.ones.
>>> xp.ones(3, dtype=int)
array([1, 1, 1]))"),
    creation<kEmpty, Fill::kNone>(
        R"(empty(shape, dtype=None, order='C', *, device=None, like=None)
--

New array, elements not set.

Same as numpy.empty.
>>> xp.empty((2, 2)).shape
(2, 2))"),
    native<kFull, full_of>(
        R"(full(shape, fill_value, dtype=None, order='C', *, device=None, like=None)
--

New array filled with a value.

fill_value broadcasts to shape; its dtype is the default.  Same as numpy.full.
>>> xp.full((2, 2), 7)
array([[7, 7],
       [7, 7]]))"),
    native<kZerosLike, create_like<Fill::kZero>>(
        R"(zeros_like(a, dtype=None, order='K', subok=True, shape=None, *, device=None)
--

Zeros with a's shape, dtype and memory order.

Same as numpy.zeros_like.
>>> xp.zeros_like(xp.ones(3))
array([0., 0., 0.]))"),
    native<kOnesLike, create_like<Fill::kOne>>(
        R"(ones_like(a, dtype=None, order='K', subok=True, shape=None, *, device=None)
--

Ones with a's shape, dtype and memory order.

Same as numpy.ones_like.
>>> xp.ones_like(xp.zeros(3))
array([1., 1., 1.]))"),
    native<kEmptyLike, create_like<Fill::kNone>>(
        R"(empty_like(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)
--

An unset array with prototype's shape, dtype and memory order.

Same as numpy.empty_like.
>>> xp.empty_like(xp.ones(3)).shape
(3,))"),
    native<kFullLike, full_like>(
        R"(full_like(a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None)
--

A filled array with a's shape, dtype and memory order.

Same as numpy.full_like.
>>> xp.full_like(xp.ones(3), 2.5)
array([2.5, 2.5, 2.5]))"),
    native<kEye, eye>(
        R"(eye(N, M=None, k=0, dtype=None, order='C', *, device=None, like=None)
--

Ones on diagonal k, zeros elsewhere.

Returns (N, M), M = N by default.  Same as numpy.eye.
>>> xp.eye(2)
array([[1., 0.],
       [0., 1.]]))"),
    native<kIdentity, identity>(R"(identity(n, dtype=None, *, like=None)
--

The square identity matrix.

Same as numpy.identity.
>>> xp.identity(2)
array([[1., 0.],
       [0., 1.]]))"),
    {}};

}  // namespace crossarray::python
