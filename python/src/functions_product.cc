// dot, inner, outer, vdot: NumPy's older products, each one matmul or multiply.
#include <numeric>
#include <vector>

#include "dispatch/core/view.h"
#include "python/src/matmul.h"
#include "python/src/native.h"

namespace crossarray::python {
namespace {

Array reshaped(const Array& a, const Dims& shape) {
  if (const std::optional<Layout> view = reshape(a.layout(), shape, a.item())) return a.view(*view);
  const Array dense = as_contiguous(a);
  return dense.view(*reshape(dense.layout(), shape, dense.item()));
}

Array raveled(const Array& a) { return reshaped(a, Dims{a.size()}); }

void check_aligned(const Array& a, const Array& b) {
  const int a_axis = a.rank() - 1, b_axis = b.rank() > 1 ? b.rank() - 2 : 0;
  if (a.shape()[a_axis] == b.shape()[b_axis]) return;
  value_error("shapes " + shape_text(a.shape(), ",") + " and " + shape_text(b.shape(), ",") +
              " not aligned: " + std::to_string(a.shape()[a_axis]) + " (dim " + std::to_string(a_axis) +
              ") != " + std::to_string(b.shape()[b_axis]) + " (dim " + std::to_string(b_axis) + ")");
}

int64_t leading_size(const Array& a) {
  int64_t n = 1;
  for (int axis = 0; axis + 1 < a.rank(); ++axis) n *= a.shape()[axis];
  return n;
}

/// a of any rank times b of rank > 2: every matrix of b, result axes a[:-1] + b[:-2] + b[-1:].
Array dot_stacked(const Array& a, const Array& b) {
  const int64_t inner = a.shape()[a.rank() - 1];
  const Array rows = reshaped(a, Dims{leading_size(a), inner});
  const Array stacked = product(find_product("matmul"), rows, b);  // (b[:-2], rows, columns)
  std::vector<int> order{stacked.rank() - 2};
  for (int axis = 0; axis < stacked.rank() - 2; ++axis) order.push_back(axis);
  order.push_back(stacked.rank() - 1);
  Dims shape;
  for (int axis = 0; axis + 1 < a.rank(); ++axis) shape.push_back(a.shape()[axis]);
  for (int axis = 0; axis + 2 < b.rank(); ++axis) shape.push_back(b.shape()[axis]);
  shape.push_back(b.shape()[b.rank() - 1]);
  return reshaped(as_contiguous(stacked.view(transpose(stacked.layout(), order))), shape);
}

/// A product with a number. NumPy adds it to zeros unless both are numbers, so that -0.0 becomes 0.0.
Array scaled(const Array& a, const Array& b) {
  Array result = apply(Op::multiply, {a, b});
  if (result.rank() == 0 || kind(result.dtype()) < Kind::kFloat || is_half(result.dtype())) return result;
  return apply(Op::add, {result, WeakScalar{}});
}

Array dot_arrays(const Array& a, const Array& b, Array* into = nullptr) {
  if (a.rank() == 0 || b.rank() == 0) return scaled(a, b);
  check_aligned(a, b);
  if (b.rank() <= 2) return product(find_product("matmul"), a, b, {}, into);
  return dot_stacked(a, b);
}

PyObject* finish_dot(Array result, PyObject* out, const Array& target) {
  if (absent(out)) return wrap(std::move(result));
  if (result.storage() == target.storage()) return Py_NewRef(out);
  if (target.dtype() != result.dtype() || !(target.shape() == result.shape()) || !target.c_contiguous())
    value_error(
        "output array is not acceptable (must have the right datatype, number of dimensions, and be a C-Array)");
  Array writable = target;
  assign(writable, result, "dot");
  return Py_NewRef(out);
}

constexpr Signature<3> kDot{"dot", 3, 2, {"a", "b", "out"}};
PyObject* dot(const Call& call) {
  if (absent(call[2]) && is_ndarray(call[0]) && is_ndarray(call[1]))
    return wrap(dot_arrays(array_of(call[0]), array_of(call[1])));
  if (call.is_foreign({0, 1, 2})) return call.to_numpy();
  Array target;
  if (!absent(call[2])) target = output_array(call[2]);
  const Array a = array_argument(call[0]), b = array_argument(call[1]);
  return finish_dot(dot_arrays(a, b, target && target.c_contiguous() ? &target : nullptr), call[2], target);
}

constexpr Signature<2> kInner{"inner", 2, 2, {"a", "b"}};
PyObject* inner(const Call& call) {
  if (call.is_foreign({0, 1})) return call.to_numpy();
  const Array a = array_argument(call[0]), b = array_argument(call[1]);
  if (b.rank() < 2) return wrap(dot_arrays(a, b));
  std::vector<int> order(static_cast<size_t>(b.rank()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return wrap(dot_arrays(a, b.view(transpose(b.layout(), order))));
}

constexpr Signature<3> kOuter{"outer", 3, 2, {"a", "b", "out"}};
PyObject* outer(const Call& call) {
  if (call.is_foreign({0, 1, 2})) return call.to_numpy();
  const Array a = raveled(array_argument(call[0])), b = raveled(array_argument(call[1]));
  const Array column = a.view(insert_axis(a.layout(), 1));
  if (absent(call[2])) return wrap(apply(Op::multiply, {column, b}));
  Array target = output_array(call[2]);
  const Arg args[] = {column, b};
  apply_into(Op::multiply, args, target);
  return Py_NewRef(call[2]);
}

constexpr Signature<2> kVdot{"vdot", 2, 2, {"a", "b"}};
PyObject* vdot(const Call& call) {
  if (call.is_foreign({0, 1})) return call.to_numpy();
  const Array a = raveled(array_argument(call[0])), b = raveled(array_argument(call[1]));
  if (a.size() != b.size())
    value_error("cannot reshape array of size " + std::to_string(b.size()) + " into shape (" +
                std::to_string(a.size()) + ",)");
  return wrap(product(find_product("vecdot"), a, b));
}

}  // namespace

PyMethodDef product_functions[] = {native<kDot, dot>(
                                       R"(dot(a, b, out=None)
--

Dot product over a's last axis and b's second to last.

a: (..., k), b: (k,) or (..., k, n).  Returns a.shape[:-1] + b.shape[:-2] + b.shape[-1:], promoted dtype.
Raises ValueError when the shared extents differ.  Same as numpy.dot.
>>> xp.dot([1, 2], [3, 4])
xp.int64(11))"),
                                   native<kInner, inner>(R"(inner(a, b, /)
--

Sum of products over the last axes of both.

a: (..., k), b: (..., k).  Returns a.shape[:-1] + b.shape[:-1].  Same as numpy.inner.
>>> xp.inner([1, 2], [3, 4])
xp.int64(11))"),
                                   native<kOuter, outer>(
                                       R"(outer(a, b, out=None)
--

Every product of an element of a with one of b; both are flattened.

Returns (a.size, b.size).  Same as numpy.outer.
>>> xp.outer([1, 2], [3, 4])
array([[3, 4],
       [6, 8]]))"),
                                   native<kVdot, vdot>(R"(vdot(a, b, /)
--

Dot product of the flattened arguments, the first conjugated.

Raises ValueError when the sizes differ.  Same as numpy.vdot.
>>> xp.vdot([1j], [1j])
xp.complex128(1+0j))"),
                                   {}};

}  // namespace crossarray::python
