#include "python/src/device_scope.h"

#include "dispatch/core/config.h"
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
