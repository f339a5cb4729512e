// NumPy arrays in and out: copied, shared without a copy, and our memory lent to NumPy.
#pragma once

#include "python/src/ndarray.h"
#include "python/src/numpy_api.h"
#include "python/src/pyref.h"

namespace crossarray::python {

/// A new Array with the elements of `from`, converted to `dtype`, in `from`'s memory order. Throws.
Array copy_of_numpy(PyArrayObject* from, DType dtype);
/// True if `from`'s memory can be used in place: a dtype of the table, native byte order, aligned.
bool can_share(PyArrayObject* from);
/// An Array over `from`'s memory, which it keeps alive: what reads it runs at once (architecture 5.4). Throws.
Array share_numpy(PyArrayObject* from);

/// The holder of one export: counts in the storage, and keeps it alive, until the object dies.
PyRef make_export_holder(const Array& a);
/// Bytes that outsiders may read and write for as long as an export is held: evaluates, and parts from pending readers.
std::byte* export_pointer(const Array& a);
/// A NumPy array over the memory of `a`, without a copy. A scalar's is a copy, as of a value. Throws.
PyRef to_numpy(const Array& a);

}  // namespace crossarray::python
