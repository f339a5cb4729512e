#include "python/src/elements.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include "python/src/numpy_api.h"
#include "python/src/quick_index.h"

namespace crossarray::python {
namespace {

template <class T> T read(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <class T> PyObject* to_python(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return PyBool_FromLong(value);
  } else if constexpr (std::is_same_v<T, Half>) {
    return PyFloat_FromDouble(half_to_float(value));
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return PyFloat_FromDouble(bfloat16_to_float(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return PyFloat_FromDouble(value);
  } else if constexpr (std::is_signed_v<T>) {
    return PyLong_FromLongLong(value);
  } else if constexpr (std::is_integral_v<T>) {
    return PyLong_FromUnsignedLongLong(value);
  } else {
    return PyComplex_FromDoubles(value.real(), value.imag());
  }
}

template <class T> bool store_double(double value, std::byte* bytes) {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
    const T element = static_cast<T>(value);
    std::memcpy(bytes, &element, sizeof(T));
    return true;
  } else if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) {
    const T element(static_cast<typename T::value_type>(value));
    std::memcpy(bytes, &element, sizeof(T));
    return true;
  } else {
    return false;
  }
}

template <class T> bool store_long(long long value, std::byte* bytes) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (value < 0 && !std::is_signed_v<T>) return false;
    if (static_cast<long long>(static_cast<T>(value)) != value) return false;
    const T element = static_cast<T>(value);
    std::memcpy(bytes, &element, sizeof(T));
    return true;
  } else {
    return store_double<T>(static_cast<double>(value), bytes);
  }
}

}  // namespace

PyObject* element_to_python(const std::byte* bytes, DType dtype) {
  if (dtype == DType::kF64) return PyFloat_FromDouble(read<double>(bytes));
  if (dtype == DType::kI64) return PyLong_FromLongLong(read<int64_t>(bytes));
  return visit(dtype, [&](auto t) { return to_python(read<dtype_t<t.value>>(bytes)); });
}

bool store_simple(PyObject* value, DType dtype, std::byte* bytes) {
  if (PyFloat_CheckExact(value)) {
    const double d = PyFloat_AS_DOUBLE(value);
    if (dtype == DType::kF64) return store_double<double>(d, bytes);
    return visit(dtype, [&](auto t) { return store_double<dtype_t<t.value>>(d, bytes); });
  }
  if (!PyLong_CheckExact(value)) return false;
  int64_t small;
  if (small_int(value, small)) {
    if (dtype == DType::kI64) return store_long<int64_t>(small, bytes);
    if (dtype == DType::kF64) return store_double<double>(static_cast<double>(small), bytes);
  }
  int overflow = 0;
  const long long i = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow) return false;
  return visit(dtype, [&](auto t) { return store_long<dtype_t<t.value>>(i, bytes); });
}

bool pack_element(PyObject* value, DType dtype, std::byte* bytes) {
  PyArray_Descr* descr = descr_of(dtype);
  return descr && PyArray_Pack(descr, bytes, value) == 0;
}

}  // namespace crossarray::python
