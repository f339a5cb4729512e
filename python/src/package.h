// What the Python package (python/crossarray/*.py) uses of _core besides functions with NumPy's names. No C++ declarations:
// the package sees these as attributes of the extension module.
//
//   ndarray                    a mutable heap type: the package sets what C does not define: __repr__, __str__,
//                              __array_ufunc__, __array_function__, __array_namespace__, and NumPy's remaining methods
//                              (for each public name of numpy.ndarray that the type lacks).
//   ufunc                      the type of ufunc objects.
//   asarray(a, copy=False)     shares foreign memory (rule 4); asarray of a dtype outside the table returns NumPy's array.
//   x[()] of a 0-d array       gives the array with its scalar flag set.
//   is_scalar(x) -> bool       the scalar flag.
//   as_strided(x, shape, strides) -> view of x's storage from x's first element; strides in bytes. Bounds are the caller's
//                              duty (diagonal).
//   get_config(name) / set_config(name, value)   lazy: bool, threads: int, fast_math: bool (dispatch/core/config.h).
//   eval(*arrays), explain(x) -> str, free_cached(), backends() -> [(name, sentence)] of the registered ones.
//   set_foreign_hook(f)        f(name, args, kwargs): what native functions return when an operand or dtype= is outside the
//                              fifteen (strings, objects, datetimes, longdouble): NumPy's function `name` on host views.
//                              name is the public one: "add", "add.reduce", "zeros", "concatenate".
#pragma once
