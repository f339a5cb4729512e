// Arrays of (nested) lists and tuples, without a NumPy array in between.
#pragma once

#include <optional>

#include "python/src/ndarray.h"
#include "python/src/pyref.h"

namespace crossarray::python {

/// A new C-ordered array of a list or tuple whose leaves are Python numbers, NumPy scalars and our arrays (of any rank, on
/// the host). dtype null: the leaves' common one. Null for everything else, and wherever NumPy has to judge: ragged or
/// empty lists, integers outside int64, conversions that may fail or warn.
std::optional<Array> from_sequence(PyObject* o, const DType* dtype);
/// True for our arrays and for lists and tuples that hold one, at any depth, or a dict, which may.
bool holds_ours(PyObject* o, int depth = 0);
/// What others see instead of `o`: NumPy's array or scalar for ours, also inside lists and tuples, else `o` itself.
PyRef for_numpy(PyObject* o);

}  // namespace crossarray::python
