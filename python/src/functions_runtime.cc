// _core functions about evaluation and settings: eval, explain, get_config, set_config, free_cached, backends.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "dispatch/core/config.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"
#include "python/src/parameters.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

void check_array(const char* function, PyObject* o) {
  if (is_ndarray(o)) return;
  type_error(std::string(function) + " takes arrays of crossarray, got " + Py_TYPE(o)->tp_name +
             "; crossarray.asarray makes an array of numbers");
}

PyObject* eval(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    std::vector<Array> held;  // other threads may drop the objects while kernels run
    for (Py_ssize_t i = 0; i < nargs; ++i) {
      check_array("eval", args[i]);
      held.push_back(array_of(args[i]));
    }
    std::vector<const Array*> arrays;
    arrays.reserve(held.size());
    for (const Array& a : held) arrays.push_back(&a);
    evaluate(arrays);
    return Py_NewRef(nargs == 1 ? args[0] : Py_None);
  });
}

PyObject* explain_function(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs == 0) type_error("explain: give it at least one array");
    std::vector<const Array*> arrays;
    for (Py_ssize_t i = 0; i < nargs; ++i) {
      check_array("explain", args[i]);
      arrays.push_back(&array_of(args[i]));
    }
    const std::string text = explain(arrays);
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
  });
}

/// One setting: how to read it, how to write it from Python.
struct Setting {
  const char* name;
  PyObject* (*get)();
  void (*set)(PyObject* value);
};

int threads_value(PyObject* value) {
  const int64_t count = given(value) ? integer(value) : 0;
  if (count < 0 || count > 4096) value_error("threads must be 0 (all cores) or a count up to 4096");
  return static_cast<int>(count);
}

constexpr Setting kSettings[] = {
    {"lazy", [] { return PyBool_FromLong(config().lazy); }, [](PyObject* v) { config().lazy = flag(v); }},
    {"fast_math", [] { return PyBool_FromLong(config().fast_math); },
     [](PyObject* v) { config().fast_math = flag(v); }},
    {"threads", [] { return PyLong_FromLong(config().threads); },
     [](PyObject* v) { config().threads = threads_value(v); }},
    {"memory_limit", [] { return PyLong_FromSize_t(config().memory_limit); },
     [](PyObject* v) { config().memory_limit = static_cast<size_t>(integer(v)); }},
    {"max_height", [] { return PyLong_FromLong(config().max_height); },
     [](PyObject* v) { config().max_height = static_cast<int>(std::min<int64_t>(integer(v), 4096)); }},
    {"max_held_bytes", [] { return PyLong_FromSize_t(config().max_held_bytes); },
     [](PyObject* v) { config().max_held_bytes = static_cast<size_t>(integer(v)); }},
    {"max_parameter_bytes", [] { return PyLong_FromSize_t(config().max_parameter_bytes); },
     [](PyObject* v) { config().max_parameter_bytes = static_cast<size_t>(integer(v)); }},
};

const Setting& find_setting(PyObject* name) {
  const char* text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
  for (const Setting& setting : kSettings)
    if (text && std::strcmp(setting.name, text) == 0) return setting;
  PyErr_Clear();
  std::string known;
  for (const Setting& setting : kSettings) known += std::string(known.empty() ? "" : ", ") + setting.name;
  value_error("config has " + known);
}

PyObject* get_config(PyObject*, PyObject* name) noexcept {
  return guarded([&] { return find_setting(name).get(); });
}

PyObject* set_config(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&] {
    if (nargs != 2) type_error("set_config takes a name and a value");
    find_setting(args[0]).set(args[1]);
    return Py_NewRef(Py_None);
  });
}

PyObject* free_cached(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    for (int d = 0; d < device_count(); ++d)
      if (Backend& backend = backend_of(static_cast<Device>(d)); !backend.lost()) backend.free_cached();
    return Py_NewRef(Py_None);
  });
}

/// fail_allocation(k): the k-th allocation from now raises MemoryError, once; 0 calls it off. For tests.
PyObject* fail_allocation(PyObject*, PyObject* k) noexcept {
  return guarded([&] {
    cpu_backend().fail_allocation(integer(k));
    return Py_NewRef(Py_None);
  });
}

}  // namespace

PyMethodDef kRuntimeFunctions[] = {
    {"eval", entry(&eval), METH_FASTCALL,
     "eval(*arrays)\n--\n\n"
     "Computes arrays now, shared work once. Returns the array if it is given one."},
    {"explain", entry(&explain_function), METH_FASTCALL,
     "explain(*arrays)\n--\n\n"
     "Text that says how arrays are computed together: steps, what was fused, where each runs and why."},
    {"get_config", get_config, METH_O, "Value of a setting."},
    {"set_config", entry(&set_config), METH_FASTCALL, "Changes a setting."},
    {"free_cached", free_cached, METH_NOARGS,
     "free_cached()\n--\n\n"
     "Returns memory kept for reuse to the system."},
    {"fail_allocation", fail_allocation, METH_O, "For tests: lets the k-th allocation from now fail."},
    {},
};

}  // namespace crossarray::python
