// Registration of the native functions, and what they share.
#include <cstring>
#include <vector>

#include "python/src/methods.h"
#include "python/src/native.h"

namespace crossarray::python {
namespace {

/// Functions that are no ndarray methods in NumPy though their file's other functions are.
bool only_function(const char* name) {
  for (const char* each : {"amin", "amax", "count_nonzero", "ptp"})
    if (std::strcmp(name, each) == 0) return true;
  return false;
}

bool only_these(const char* name) { return !std::strcmp(name, "dot") || !std::strcmp(name, "clip"); }

PyMethodDef kHook[] = {
    {"set_foreign_hook", set_foreign_hook, METH_O,
     "set_foreign_hook(f)\n\nf(name, args, kwargs) answers for operands outside the table of dtypes."},
    {}};

}  // namespace

const PyMethodDef* array_function_methods() {
  static const std::vector<PyMethodDef> methods = [] {
    std::vector<PyMethodDef> all;
    for (const PyMethodDef* table : {reduction_functions, statistics_functions})
      for (; table->ml_name; ++table)
        if (!only_function(table->ml_name)) all.push_back(*table);
    for (const PyMethodDef* table : {product_functions, select_functions})
      for (; table->ml_name; ++table)
        if (only_these(table->ml_name)) all.push_back(*table);
    all.push_back({});
    return all;
  }();
  return methods.data();
}

void check_device(PyObject* device) {
  if (absent(device)) return;
  if (!PyUnicode_Check(device))
    type_error(std::string("device must be a string such as 'auto' or 'cpu', got ") + Py_TYPE(device)->tp_name);
  const char* text = PyUnicode_AsUTF8(device);
  if (!text) throw PythonError{};
  if (!std::strcmp(text, "auto") || !std::strcmp(text, "cpu")) return;
  if (!std::strncmp(text, "cuda", 4))
    raise(ErrorKind::kDevice, std::string("No device '") + text +
                                  "': this build has no CUDA backend. Use 'auto' or 'cpu'; see crossarray.backends().");
  value_error(std::string("Device not understood: '") + text +
              "'. The devices are 'auto', 'cpu', 'cuda' and 'cuda:N'.");
}

bool register_functions(PyObject* module) {
  for (PyMethodDef* table : {product_functions, reduction_functions, statistics_functions, creation_functions,
                             range_functions, select_functions, join_functions, shape_functions, kHook})
    if (PyModule_AddFunctions(module, table) < 0) return false;
  return true;
}

}  // namespace crossarray::python
