// C++ exceptions -> Python exceptions.
#include "python/src/errors.h"

#include <new>

#include "dispatch/plan/notices.h"
#include "python/src/ndarray.h"
#include "python/src/pyref.h"

namespace crossarray::python {
namespace {

PyObject* axis_error = nullptr;        // numpy.exceptions.AxisError
PyObject* ufunc_type_error = nullptr;  // numpy's UFuncTypeError, a TypeError
PyObject* device_error = nullptr;      // crossarray.DeviceError, a RuntimeError
PyObject* slow_warning = nullptr;      // crossarray.PerformanceWarning, a RuntimeWarning

PyObject* import_attribute(const char* module_name, const char* name) {
  PyRef module(PyImport_ImportModule(module_name));
  return module ? PyObject_GetAttrString(module.get(), name) : nullptr;
}

PyObject* python_type(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kValue: return PyExc_ValueError;
    case ErrorKind::kType: return PyExc_TypeError;
    case ErrorKind::kIndex: return PyExc_IndexError;
    case ErrorKind::kAxis: return axis_error;
    case ErrorKind::kMemory: return PyExc_MemoryError;
    case ErrorKind::kOverflow: return PyExc_OverflowError;
    case ErrorKind::kZeroDivision: return PyExc_ZeroDivisionError;
    case ErrorKind::kNotImplemented: return PyExc_NotImplementedError;
    case ErrorKind::kRuntime: return PyExc_RuntimeError;
    case ErrorKind::kDevice: return device_error;
    case ErrorKind::kUFuncType: return ufunc_type_error;
    case ErrorKind::kInterrupted: return PyExc_KeyboardInterrupt;
    case ErrorKind::kBuffer: return PyExc_BufferError;
  }
  return PyExc_RuntimeError;
}

void set_error(const Error& error) {
  // The signal handler has raised already when a run was interrupted: its exception says more.
  if (error.kind() == ErrorKind::kInterrupted && PyErr_Occurred()) return;
  PyErr_SetString(python_type(error.kind()), error.what());
}

// Points to the line that called the function which evaluates.
void warn(const std::string& text) {
  if (PyErr_WarnEx(slow_warning, text.c_str(), 1) < 0) throw PythonError{};
}

}  // namespace

PyObject* translate_current_exception() noexcept {
  try {
    throw;
  } catch (const PythonError&) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_SystemError, "an error was reported without an exception");
  } catch (const Error& error) {
    set_error(error);
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "unknown C++ exception");
  }
  return nullptr;
}

bool register_errors(PyObject* module) {
  axis_error = import_attribute("numpy.exceptions", "AxisError");
  if (!axis_error) return false;
  ufunc_type_error = import_attribute("numpy._core._exceptions", "UFuncTypeError");
  if (!ufunc_type_error) return false;
  device_error =
      PyErr_NewExceptionWithDoc("crossarray.DeviceError", "A device that was asked for cannot be used, or has failed.",
                                PyExc_RuntimeError, nullptr);
  slow_warning = PyErr_NewExceptionWithDoc("crossarray.PerformanceWarning",
                                           "Work was done another way than planned, for lack of memory on a device.",
                                           PyExc_RuntimeWarning, nullptr);
  notice_hook() = warn;
  return device_error && slow_warning && PyModule_AddObjectRef(module, "DeviceError", device_error) == 0 &&
         PyModule_AddObjectRef(module, "PerformanceWarning", slow_warning) == 0;
}

}  // namespace crossarray::python
