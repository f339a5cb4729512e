// device= of functions, and where new arrays go.
#pragma once

#include <string>

#include "dispatch/core/config.h"
#include "python/src/ndarray.h"

namespace crossarray::python {

/// The device a device= argument names; null and None: `otherwise`. Throws kType, kValue, kDevice naming `asker`.
Device device_argument(PyObject* name, Device otherwise, const char* asker);

/// Until the end of the scope work of this thread is given to the device that was asked for.
///   const DeviceScope on(call[3], "zeros");
///   ... return on.wrap(result);
class DeviceScope {
 public:
  DeviceScope(PyObject* name, const char* asker) : DeviceScope(name, asker, current_device()) {}
  /// otherwise: the device when none is named, kAuto for the current one.
  DeviceScope(PyObject* name, const char* asker, Device otherwise);
  ~DeviceScope() {
    if (device_ != before_) set_current_device(before_);
  }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

  bool anywhere() const { return device_ == kAuto; }
  /// The new object, its array on the device of the scope.
  PyObject* wrap(Array result) const;
  /// The same for one whose elements nobody has set: they are not copied.
  PyObject* wrap_empty(Array result) const;

 private:
  Device before_, device_;
};

/// The device that arrays among the arguments, or in lists and tuples among them, are pinned to; kAuto: none is. Throws
/// kValue naming `function` when there are two.
Device pin_of_arguments(const char* function, PyObject* const* arguments, int count);
/// What a function of pinned arrays returns (stolen; null: passed on): its arrays pinned where the arguments are, unless they
/// are pinned already. An argument that is returned (out=) stays as it is.
PyObject* pinned_result(PyObject* result, Device pin, PyObject* const* arguments, int count);

/// A new array nobody else has seen, pinned to `device` (kAuto: as it is).
Array placed_on(Array fresh, Device device);

/// device_name(asker, name), set_device(name), to_device(x, name), memory(), start_profile(), stop_profile(), ...
extern PyMethodDef kDeviceFunctions[];

}  // namespace crossarray::python
