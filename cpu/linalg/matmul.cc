// matmul: choose the way for one product, and run batches of them.
#include "cpu/linalg/product.h"
#include "cpu/primitives.h"
#include "cpu/threads.h"
#include "cpu/walk.h"

namespace crossarray::cpu {
namespace {

bool is_blas_type(DType t) { return kind(t) == Kind::kFloat ? !is_half(t) : is_complex(t); }

bool is_tiny(const Product& p) { return p.m <= kTinyExtent && p.k <= kTinyExtent && p.n <= kTinyExtent; }

/// Complex products below this many multiply-adds are done before OpenBLAS has read its arguments.
constexpr double kPlainComplexFlops = 2 * 6 * 6 * 6;

/// Rough time of one product on one thread.
double estimate_us(const Product& p) {
  const double gflops = is_blas_type(p.dtype) ? (p.k < 32 ? 5 : 20) : 4;
  return 0.03 + p.flops() / (gflops * 1e3);
}

void fill_zero(const Product& p) {
  const size_t item = itemsize(p.dtype);
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) std::memset(p.out + i * p.out_row + j * p.out_col, 0, item);
}

/// Merges the innermost batch axis into the rows of a: (B, m, k) @ (k, n) is one (B*m, k) @ (k, n). BLAS products only:
/// tiny ones gain nothing.
void merge_rows(MatmulCall& call) {
  while (!call.batch.empty()) {
    const int last = call.batch.size() - 1;
    const bool rows_follow = call.a_batch[last] == call.m * call.a_row && call.out_batch[last] == call.m * call.out_row;
    if (call.b_batch[last] != 0 || !rows_follow || call.m == 1) return;
    call.m *= call.batch[last];
    for (Dims* dims : {&call.batch, &call.a_batch, &call.b_batch, &call.out_batch}) dims->pop_back();
  }
}

Product first_product(const MatmulCall& call) {
  return {call.dtype,
          call.m,
          call.k,
          call.n,
          {call.a, call.a_row, call.a_col, call.conjugate_a && is_complex(call.dtype)},
          {call.b, call.b_row, call.b_col},
          call.out,
          call.out_row,
          call.out_col};
}

/// Runs products [first, last) of the batch, in C order. Ctrl-C stops between two of them. Throws kInterrupted.
template <class Multiply> void run_batch(const MatmulCall& call, int64_t first, int64_t last, Multiply multiply) {
  const Product start = first_product(call);
  const int64_t poll_every = is_tiny(start) ? 64 : 1;
  Walk<3> walk(call.batch, {&call.a_batch, &call.b_batch, &call.out_batch}, first);
  for (int64_t i = first; i < last; ++i, walk.next()) {
    Product p = start;
    p.a.data += walk[0];
    p.b.data += walk[1];
    p.out += walk[2];
    multiply(p);
    if (i % poll_every == 0) poll_interrupt();
  }
}

}  // namespace

void multiply_any(const Product& p) {
  if (is_half(p.dtype)) return multiply_half(p);
  if (!is_blas_type(p.dtype)) return multiply_plain(p);
  if (is_complex(p.dtype) ? p.flops() <= kPlainComplexFlops : is_tiny(p))
    return is_complex(p.dtype) ? multiply_plain(p) : multiply_tiny(p);
  p.m == 1 || p.n == 1 ? multiply_vector(p) : multiply_blas(p);
}

void matmul(const MatmulCall& original) {
  const Product one = first_product(original);
  if (original.batch.empty() && original.k > 0 && is_tiny(one)) {
    if (one.m > 0 && one.n > 0) multiply_any(one);
    return;
  }
  MatmulCall call = original;
  int64_t count = element_count(call.batch);
  if (count == 0 || call.m == 0 || call.n == 0) return;
  if (call.k == 0) return run_batch(call, 0, count, fill_zero);
  if (is_blas_type(call.dtype) && !is_tiny(one)) merge_rows(call);

  const Product p = first_product(call);
  count = element_count(call.batch);
  // One level of threads: over the batch, or inside each product.
  const bool threads_outside = count > 1 && p.flops() < kThreadedFlops;
  if (!threads_outside) return run_batch(call, 0, count, multiply_any);
  parallel_for(count, estimate_us(p), [&](int64_t first, int64_t last) { run_batch(call, first, last, multiply_any); });
}

}  // namespace crossarray::cpu
