#include "python/src/device_scope.h"

#include <algorithm>

#include "dispatch/core/config.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/residency.h"
#include "python/src/parameters.h"

namespace crossarray::python {

Device device_argument(PyObject* name, Device otherwise, const char* asker) {
  if (absent(name)) return otherwise;
  if (!PyUnicode_Check(name))
    type_error(std::string(asker) + ": a device is a string ('auto', 'cpu', 'cuda', 'cuda:1'), got " +
               Py_TYPE(name)->tp_name);
  Py_ssize_t length = 0;
  const char* text = PyUnicode_AsUTF8AndSize(name, &length);
  if (!text) throw PythonError{};
  return device_named({text, static_cast<size_t>(length)}, asker);
}

DeviceScope::DeviceScope(PyObject* name, const char* asker, Device otherwise)
    : before_(current_device()), device_(device_argument(name, otherwise == kAuto ? before_ : otherwise, asker)) {
  if (device_ != before_) set_current_device(device_);
}

namespace {

Device pin_of_object(const char* function, PyObject* o, bool nested) {
  if (!o) return kAuto;
  if (is_ndarray(o)) return array_of(o).value().pin();
  Device pin = kAuto;
  if (!nested || (!PyList_Check(o) && !PyTuple_Check(o))) return pin;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i)
    pin = join_pins(function, pin, pin_of_object(function, PySequence_Fast_GET_ITEM(o, i), false));
  return pin;
}

}  // namespace

Device pin_of_arguments(const char* function, PyObject* const* arguments, int count) {
  Device pin = kAuto;
  if (device_count() == 1) return pin;
  for (int i = 0; i < count; ++i) pin = join_pins(function, pin, pin_of_object(function, arguments[i], true));
  return pin;
}

PyObject* pinned_result(PyObject* result, Device pin, PyObject* const* arguments, int count) {
  if (!result || std::find(arguments, arguments + count, result) != arguments + count) return result;
  if (is_ndarray(result)) {
    Array& a = array_of(result);
    if (a.value().pin() == kAuto && !a.storage()->shared()) a = placed_on(std::move(a), pin);
    return result;
  }
  if (!PyTuple_CheckExact(result) && !PyList_CheckExact(result)) return result;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(result); ++i)
    pinned_result(PySequence_Fast_GET_ITEM(result, i), pin, arguments, count);
  return result;
}

Array placed_on(Array fresh, Device device) {
  if (device == kAuto || fresh.value().pin() == device) return fresh;
  // Without other devices nothing can ever move.
  if (device == kCpu && device_count() == 1) return fresh;
  bool ours = fresh.storage()->refs() == 1 && !fresh.storage()->shared() && fresh.value().refs() == 1;
  if (ours && (fresh.value().pending() || device == kCpu)) {
    fresh.value().set_pin(device);
    return fresh;
  }
  return to_device(fresh, device);
}

PyObject* DeviceScope::wrap_empty(Array result) const {
  if (!is_remote(device_)) return wrap(std::move(result));
  return python::wrap(empty_on(device_, result.dtype(), result.layout()));
}

PyObject* DeviceScope::wrap(Array result) const {
  return python::wrap(device_ == kAuto ? std::move(result) : placed_on(std::move(result), device_));
}

}  // namespace crossarray::python
