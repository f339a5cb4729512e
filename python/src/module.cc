// crossarray._core: the extension module.
#define XA_IMPORT_NUMPY
#include "cpu/backend.h"
#include "dispatch/plan/backend.h"
#include "python/src/errors.h"
#include "python/src/gil.h"
#include "python/src/ndarray.h"
#include "python/src/numpy_api.h"
#include "python/src/pyref.h"

namespace crossarray::python {
namespace {

bool import_numpy() { return _import_array() >= 0; }

bool fill_module(PyObject* module) noexcept try {
  if (!import_numpy() || !register_errors(module)) return false;
  register_backend(&cpu::backend());
  install_lock_hooks();
  return register_ndarray(module) && register_ufuncs(module) && register_functions(module);
} catch (...) {
  translate_current_exception();
  return false;
}

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "crossarray._core",
                          "Arrays, ufuncs and functions in C++.",
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace
}  // namespace crossarray::python

PyMODINIT_FUNC PyInit__core() {  // NOLINT(bugprone-reserved-identifier): Python's rule for the name
  using namespace crossarray::python;
  PyRef module(PyModule_Create(&definition));
  return module && fill_module(module.get()) ? module.release() : nullptr;
}
