// What the ufunc and function files offer to the ndarray type: method tables and the doors used by its slots.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// Methods of ndarray that are functions of _core too (self is the first argument), METH_FASTCALL | METH_KEYWORDS,
/// ended by an empty entry: sum prod min max any all mean var std argmin argmax cumsum cumprod clip dot nonzero.
const PyMethodDef* array_function_methods();

/// Ufunc object by public name, aliases and two-output and generalized ufuncs included ("add", "abs", "divmod",
/// "matmul"). Borrowed; null without an exception when there is none. What _core.<name> is.
PyObject* find_ufunc(const char* name);
/// The ufunc object of an op that has one. Borrowed. Its vectorcall is the cold path of the number slots: it converts
/// array-likes, gives foreign __array_ufunc__ its turn and raises NumPy's errors.
PyObject* ufunc_object(Op op);

/// a @ b with NumPy's rules for `matmul` (vectors, stacks, all dtypes). Evaluates both. Throws Error.
Array matmul(const Array& a, const Array& b);

}  // namespace crossarray::python
