#include "python/src/matmul.h"

#include <cstring>

#include "dispatch/core/config.h"
#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/primitive.h"
#include "python/src/methods.h"

namespace crossarray::python {
namespace {

constexpr const char* kMatmulSignature = "(n?,k),(k,m?)->(n?,m?)";

constexpr Product kProducts[] = {
    {"matmul", kMatmulSignature, 2, 2, true, false},
    {"vecdot", "(n),(n)->()", 1, 1, false, true},
    {"matvec", "(m,n),(n)->(m)", 2, 1, false, false},
    {"vecmat", "(n),(n,m)->(m)", 1, 2, false, true},
};

/// Core extents and strides of an operand, its batch axes left in `batch`.
struct Operand2D {
  int64_t rows = 1, columns = 1, row_stride = 0, column_stride = 0;
  Dims batch, batch_strides;
};

void check_rank(const Product& kind, int index, const Array& a, int core) {
  const int required = kind.vectors_allowed ? 1 : core;
  if (a.rank() >= required) return;
  value_error(std::string(kind.name) + ": Input operand " + std::to_string(index) +
              " does not have enough dimensions (has " + std::to_string(a.rank()) + ", gufunc core with signature " +
              kind.signature + " requires " + std::to_string(required) + ")");
}

int64_t elements(const Dims& shape) {
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  return n;
}

/// `a` itself, or `room` with a copy of it as `dtype`.
const Array& as_dtype(const Array& a, DType dtype, Array& room) {
  return a.dtype() == dtype ? a : room = cast(a, dtype);
}

/// `a` as a matrix; a vector is one row on the left and one column on the right.
Operand2D as_matrix(const Array& a, int core, bool left) {
  Operand2D m;
  const int rank = a.rank();
  const int64_t last = a.shape()[rank - 1], last_stride = a.strides()[rank - 1];
  if (core == 1) {
    (left ? m.columns : m.rows) = last;
    (left ? m.column_stride : m.row_stride) = last_stride;
  } else {
    m.rows = a.shape()[rank - 2];
    m.row_stride = a.strides()[rank - 2];
    m.columns = last;
    m.column_stride = last_stride;
  }
  for (int axis = 0; axis < rank - core; ++axis) {
    m.batch.push_back(a.shape()[axis]);
    m.batch_strides.push_back(a.strides()[axis]);
  }
  return m;
}

Dims batch_strides(const Operand2D& m, const Dims& batch) {
  if (m.batch.empty()) return Dims(batch.size());
  return broadcast_to(Layout{m.batch, m.batch_strides, 0}, batch).strides;
}

DType product_dtype(const Array& a, const Array& b, std::optional<DType> asked) {
  if (asked) return *asked;
  return a.dtype() == b.dtype() ? a.dtype() : promote_types(a.dtype(), b.dtype());
}

/// True if the product can be written into `out` as it is computed.
bool can_write_into(const Array& out, const Array& a, const Array& b, const Dims& shape, DType dtype) {
  return out.dtype() == dtype && out.shape() == shape && out.writeable && !out.storage()->foreign &&
         !(out.storage() == a.storage()) && !(out.storage() == b.storage()) &&
         !has_internal_overlap(out.layout(), out.item());
}

/// Throws kValue if an operand is pinned to another device than `out`.
void check_output_pin(const Product& kind, const Array& a, const Array& b, const Array& out) {
  for (const Array* in : {&a, &b}) join_pins(kind.name, in->value().pin(), out.value().pin());
}

Work work_of(const MatmulCall& call, int64_t batch) {
  Work work;
  work.flops = 2.0 * static_cast<double>(call.m * call.n) * static_cast<double>(call.k) * static_cast<double>(batch);
  work.bytes = static_cast<double>((call.m * call.k + call.k * call.n + call.m * call.n) * batch) *
               static_cast<double>(itemsize(call.dtype));
  work.wide = itemsize(call.dtype) >= 8;
  return work;
}

}  // namespace

const Product& find_product(const char* name) {
  for (const Product& kind : kProducts)
    if (std::strcmp(kind.name, name) == 0) return kind;
  __builtin_unreachable();
}

Array product(const Product& kind, const Array& a0, const Array& b0, std::optional<DType> loop, Array* into) {
  check_rank(kind, 0, a0, kind.a_core);
  check_rank(kind, 1, b0, kind.b_core);
  const int a_core = kind.vectors_allowed && a0.rank() == 1 ? 1 : kind.a_core;
  const int b_core = kind.vectors_allowed && b0.rank() == 1 ? 1 : kind.b_core;
  const DType dtype = product_dtype(a0, b0, loop);
  Array cast_a, cast_b;
  const Array &a = as_dtype(a0, dtype, cast_a), &b = as_dtype(b0, dtype, cast_b);
  const Operand2D left = as_matrix(a, a_core, true), right = as_matrix(b, b_core, false);
  if (left.columns != right.rows)
    value_error(std::string(kind.name) +
                ": Input operand 1 has a mismatch in its core dimension 0, with gufunc signature " + kind.signature +
                " (size " + std::to_string(right.rows) + " is different from " + std::to_string(left.columns) + ")");
  const Dims* batches[] = {&left.batch, &right.batch};
  Dims batch = left.batch == right.batch ? left.batch : broadcast_shapes(batches);
  Dims shape = batch;
  if (a_core == 2) shape.push_back(left.rows);
  if (b_core == 2) shape.push_back(right.columns);
  if (into) check_output_pin(kind, a0, b0, *into);
  const bool direct = into && can_write_into(*into, a, b, shape, dtype);
  if (elements(shape) == 0) return direct ? *into : Array::empty(shape, dtype);
  MatmulCall call{dtype,
                  nullptr,
                  nullptr,
                  nullptr,
                  batch,
                  batch_strides(left, batch),
                  batch_strides(right, batch),
                  {},
                  left.rows,
                  left.columns,
                  right.columns,
                  left.row_stride,
                  left.column_stride,
                  right.row_stride,
                  right.column_stride,
                  0,
                  0,
                  kind.conjugate_a,
                  config().fast_math};
  const Work work = work_of(call, elements(batch));
  Array out = run_primitive(
      kind.name, {&a, &b}, work, [&](Backend& backend) { return backend.supports(call); },
      [&](PrimitiveRun& run) {
        const bool here = direct && run.on_host();
        Array result = here ? *into : run.result(shape, dtype);
        call.a = run.read(a);
        call.b = run.read(b);
        call.out = here ? write_host(result) : run.write(result);
        call.out_batch.clear();
        int axis = 0;
        for (; axis < batch.size(); ++axis) call.out_batch.push_back(result.strides()[axis]);
        if (a_core == 2) call.out_row = result.strides()[axis++];
        if (b_core == 2) call.out_col = result.strides()[axis];
        run.execute(work.flops * 1e-4, [&] { run.backend().matmul(call); });  // about 10 GFLOP/s
        return result;
      });
  out.scalar_flag = !direct && out.rank() == 0;
  return out;
}

Array matmul(const Array& a, const Array& b) { return product(kProducts[0], a, b); }

}  // namespace crossarray::python
