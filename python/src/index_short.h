// Short ways for the commonest array keys: one integer array on a 1-d array, one mask of the array's shape. What they do
// not take, parse_advanced() does.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// x[key] into `out`, a dead array (see Array::renew). False if the key is not one of these, or wrong: the general way then says how.
bool short_get(const Array& a, PyObject* key, Array& out);
/// x[positions] = value for a 1-d x; `value` is an element of x's dtype. False as above.
bool short_put(Array& a, PyObject* key, const Scalar& value);

/// view[...] = value for a short 1-d view. False if it is none.
bool short_fill(Array& view, const Scalar& value);

}  // namespace crossarray::python
