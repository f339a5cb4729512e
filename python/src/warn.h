// NumPy's warnings that dtypes and shapes decide. Those that values decide are not given: results may be computed later.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// ComplexWarning where a cast to `to` drops the imaginary parts. Throws PythonError where warnings are errors.
void warn_discarded(DType from, DType to);
/// RuntimeWarning for a mean of nothing. `axes`: mask of the reduced ones.
void warn_empty_mean(const Array& in, uint64_t axes);
/// RuntimeWarning for a variance of no more than `ddof` elements.
void warn_degrees_of_freedom(const Array& in, uint64_t axes, double ddof);

}  // namespace crossarray::python
