#include "python/src/warn.h"

#include "python/src/parameters.h"

namespace crossarray::python {
namespace {

void warn(PyObject* category, const char* text) {
  if (PyErr_WarnEx(category, text, 1) < 0) throw PythonError{};
}

int64_t reduced_count(const Array& in, uint64_t axes) {
  int64_t count = 1;
  for (int axis = 0; axis < in.rank(); ++axis)
    if (axes >> axis & 1) count *= in.shape()[axis];
  return count;
}

}  // namespace

void warn_discarded(DType from, DType to) {
  if (!is_complex(from) || is_complex(to) || to == DType::kBool) return;
  PyRef module = checked(PyImport_ImportModule("numpy.exceptions"));
  PyRef category = checked(PyObject_GetAttrString(module.get(), "ComplexWarning"));
  warn(category.get(), "Casting complex values to real discards the imaginary part");
}

void warn_empty_mean(const Array& in, uint64_t axes) {
  if (in.size() == 0 && reduced_count(in, axes) == 0) warn(PyExc_RuntimeWarning, "Mean of empty slice");
}

void warn_degrees_of_freedom(const Array& in, uint64_t axes, double ddof) {
  const auto count = static_cast<double>(reduced_count(in, axes));
  if (count <= ddof) warn(PyExc_RuntimeWarning, "Degrees of freedom <= 0 for slice");
}

}  // namespace crossarray::python
