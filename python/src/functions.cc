// Registration of the native functions, and what they share.
#include <cstring>
#include <deque>
#include <string>
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

/// The docstring of the method that a function is too: `self` for its first parameter. `clip` has fewer as a method.
const char* method_doc(const PyMethodDef& function) {
  static std::deque<std::string> docs;  // they must live as long as the type, where they are
  const std::string name = function.ml_name, doc = function.ml_doc;
  const size_t open = name.size() + 1, end = doc.find("\n--\n"), next = doc.find_first_of(",)", open);
  std::string rest = doc.substr(next, end - next);
  if (name == "clip") rest = ", min=None, max=None, out=None, **kwargs)";
  docs.push_back(name + "($self, /" + rest + doc.substr(end));
  return docs.back().c_str();
}

PyMethodDef kHook[] = {
    {"set_foreign_hook", set_foreign_hook, METH_O,
     "set_foreign_hook(f)\n\nf(name, args, kwargs) answers for operands outside the table of dtypes."},
    {}};

}  // namespace

const PyMethodDef* array_function_methods() {
  static const std::vector<PyMethodDef> methods = [] {
    std::vector<PyMethodDef> all;
    const auto add = [&all](PyMethodDef method) {
      method.ml_doc = method_doc(method);
      all.push_back(method);
    };
    for (const PyMethodDef* table : {reduction_functions, statistics_functions})
      for (; table->ml_name; ++table)
        if (!only_function(table->ml_name)) add(*table);
    for (const PyMethodDef* table : {product_functions, select_functions})
      for (; table->ml_name; ++table)
        if (only_these(table->ml_name)) add(*table);
    all.push_back({});
    return all;
  }();
  return methods.data();
}

bool register_functions(PyObject* module) {
  for (PyMethodDef* table :
       {product_functions, reduction_functions, statistics_functions, creation_functions, range_functions,
        select_functions, count_functions, along_functions, join_functions, shape_functions, kHook})
    if (PyModule_AddFunctions(module, table) < 0) return false;
  return true;
}

}  // namespace crossarray::python
