// The fake cuBLAS: plain loops over column-major matrices, run when the stream does.
#include <complex>
#include <vector>

#include "dispatch/core/dtype.h"
#include "tests/cuda/fake/elements.h"
#include "tests/cuda/fake/state.h"

namespace crossarray::cuda {

struct BlasHandleT {
  Stream stream = nullptr;
  int pointer_mode = 0;
};
using BlasHandle = BlasHandleT*;

namespace fake {
namespace {

constexpr int kNotSupported = 15, kInvalid = 7, kNoMemory = 3;

/// A matrix in double precision, real and imaginary parts apart, column after column: what the compiler can vectorise.
class Split {
 public:
  /// op 1 transposes, op 2 also conjugates what is stored column-major.
  Split(const std::byte* matrix, int type, int op, int64_t ld, int64_t rows, int64_t columns)
      : rows_(rows), real_(static_cast<size_t>(rows * columns)), imaginary_(real_.size()) {
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t row = 0; row < rows; ++row) {
        const Element x = load_element(matrix, type, op ? row * ld + column : column * ld + row);
        real(column)[row] = x.real();
        imaginary(column)[row] = op == 2 ? -x.imag() : x.imag();
      }
  }
  double* real(int64_t column) { return real_.data() + column * rows_; }
  double* imaginary(int64_t column) { return imaginary_.data() + column * rows_; }

 private:
  int64_t rows_;
  std::vector<double> real_, imaginary_;
};

__attribute__((optimize("O3"))) void add_multiple(double* __restrict to, const double* __restrict from, double factor,
                                                  int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += from[i] * factor;
}

/// c = a b in double precision; op 1 transposes, op 2 also conjugates. Column-major.
struct Gemm {
  int op_a, op_b;
  int64_t m, n, k;
  const std::byte *a, *b;
  std::byte* c;
  int64_t lda, ldb, ldc;
  int type;

  int operator()() const {
    const size_t item = element_size(type);
    const auto span = [&](int64_t ld, int64_t cols, int64_t rows) {
      return static_cast<size_t>((cols - 1) * ld + rows) * item;
    };
    if (!is_device_memory(a, op_a ? span(lda, m, k) : span(lda, k, m)) ||
        !is_device_memory(b, op_b ? span(ldb, k, n) : span(ldb, n, k)) || !is_device_memory(c, span(ldc, n, m)))
      return fault("a matrix outside every block");
    Split left(a, type, op_a, lda, m, k), right(b, type, op_b, ldb, k, n);
    const bool complex = is_complex(element_dtype(type));
    for (int64_t j = 0; j < n; ++j) {
      std::vector<double> real(static_cast<size_t>(m)), imaginary(real.size());
      for (int64_t p = 0; p < k; ++p) {
        const double x = right.real(j)[p], y = right.imaginary(j)[p];
        add_multiple(real.data(), left.real(p), x, m);
        if (!complex) continue;
        add_multiple(real.data(), left.imaginary(p), -y, m);
        add_multiple(imaginary.data(), left.real(p), y, m);
        add_multiple(imaginary.data(), left.imaginary(p), x, m);
      }
      for (int64_t i = 0; i < m; ++i)
        store_element(c, type, j * ldc + i, {real[static_cast<size_t>(i)], imaginary[static_cast<size_t>(i)]});
    }
    return kSuccess;
  }
  bool is_valid() const {
    return lda >= std::max<int64_t>(1, op_a ? k : m) && ldb >= std::max<int64_t>(1, op_b ? n : k) &&
           ldc >= std::max<int64_t>(1, m);
  }
};

bool computes(int type, int compute) {
  if (type == 1 || type == 5) return compute == 70;
  return compute == 68 || (compute == 77 && (type == 0 || type == 4));
}

}  // namespace

FAKE(kBlas, cublasCreate_v2, (BlasHandle * handle)) {
  FAKE_ENTER;
  if (due("blas_oom_at")) return kNoMemory;
  *handle = keep(new BlasHandleT);
  return 0;
}
FAKE(kBlas, cublasSetStream_v2, (BlasHandle handle, Stream stream)) {
  FAKE_ENTER;
  handle->stream = stream;
  return 0;
}
FAKE(kBlas, cublasSetMathMode, (BlasHandle, int mode)) {
  FAKE_ENTER;
  return mode == 16 ? 0 : kInvalid;
}
FAKE(kBlas, cublasSetWorkspace_v2, (BlasHandle, void* workspace, size_t bytes)) {
  FAKE_ENTER;
  return is_device_memory(workspace, bytes) ? 0 : kInvalid;
}
FAKE(kBlas, cublasSetPointerMode_v2, (BlasHandle handle, int mode)) {
  FAKE_ENTER;
  handle->pointer_mode = mode;
  return 0;
}
FAKE(kBlas, cublasGemmStridedBatchedEx_64,
     (BlasHandle handle, int op_a, int op_b, int64_t m, int64_t n, int64_t k, const void*, const void* a, int type_a,
      int64_t lda, long long stride_a, const void* b, int type_b, int64_t ldb, long long stride_b, const void*, void* c,
      int type_c, int64_t ldc, long long stride_c, int64_t batch, int compute, int)) {
  FAKE_ENTER;
  if (type_a != type_b || type_a != type_c || !computes(type_a, compute)) return kNotSupported;
  const auto item = static_cast<int64_t>(element_size(type_a));
  for (int64_t i = 0; i < batch; ++i) {
    const Gemm gemm{op_a,
                    op_b,
                    m,
                    n,
                    k,
                    static_cast<const std::byte*>(a) + i * stride_a * item,
                    static_cast<const std::byte*>(b) + i * stride_b * item,
                    static_cast<std::byte*>(c) + i * stride_c * item,
                    lda,
                    ldb,
                    ldc,
                    type_a};
    if (!gemm.is_valid()) return kInvalid;
    enqueue(handle->stream, gemm);
  }
  return 0;
}
FAKE(kBlas, cublasGemmEx_64,
     (BlasHandle handle, int op_a, int op_b, int64_t m, int64_t n, int64_t k, const void* alpha, const void* a,
      int type_a, int64_t lda, const void* b, int type_b, int64_t ldb, const void* beta, void* c, int type_c,
      int64_t ldc, int compute, int algorithm)) {
  FAKE_ENTER;
  return fake_cublasGemmStridedBatchedEx_64(handle, op_a, op_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b, ldb, 0,
                                            beta, c, type_c, ldc, 0, 1, compute, algorithm);
}

namespace {

int gemv(int type, BlasHandle handle, int op, int64_t m, int64_t n, const void* a, int64_t lda, const void* x,
         int64_t incx, void* y, int64_t incy) {
  if (lda < std::max<int64_t>(1, m) || incx < 1 || incy < 1) return kInvalid;
  enqueue(handle->stream, [=] {
    const auto* matrix = static_cast<const std::byte*>(a);
    for (int64_t i = 0; i < (op ? n : m); ++i) {
      Element sum = 0;
      for (int64_t p = 0; p < (op ? m : n); ++p)
        sum += load_element(matrix, type, op ? i * lda + p : p * lda + i) *
               load_element(static_cast<const std::byte*>(x), type, p * incx);
      store_element(static_cast<std::byte*>(y), type, i * incy, sum);
    }
    return static_cast<int>(kSuccess);
  });
  return 0;
}

int dot(BlasHandle handle, int64_t n, const void* x, int type, int64_t incx, const void* y, int64_t incy, void* result,
        bool conjugate) {
  if (handle->pointer_mode != 1 || !is_device_memory(result, element_size(type))) return kInvalid;
  enqueue(handle->stream, [=] {
    Element sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      const Element left = load_element(static_cast<const std::byte*>(x), type, i * incx);
      sum += (conjugate ? std::conj(left) : left) * load_element(static_cast<const std::byte*>(y), type, i * incy);
    }
    store_element(static_cast<std::byte*>(result), type, 0, sum);
    return static_cast<int>(kSuccess);
  });
  return 0;
}

}  // namespace

#define FAKE_GEMV(name, type)                                                                                    \
  FAKE(kBlas, name,                                                                                              \
       (BlasHandle handle, int op, int64_t m, int64_t n, const void*, const void* a, int64_t lda, const void* x, \
        int64_t incx, const void*, void* y, int64_t incy)) {                                                     \
    FAKE_ENTER;                                                                                                  \
    return gemv(type, handle, op, m, n, a, lda, x, incx, y, incy);                                               \
  }
FAKE_GEMV(cublasSgemv_v2_64, 0)
FAKE_GEMV(cublasDgemv_v2_64, 1)
FAKE_GEMV(cublasCgemv_v2_64, 4)
FAKE_GEMV(cublasZgemv_v2_64, 5)

FAKE(kBlas, cublasDotEx_64,
     (BlasHandle handle, int64_t n, const void* x, int type, int64_t incx, const void* y, int, int64_t incy,
      void* result, int, int)) {
  FAKE_ENTER;
  return dot(handle, n, x, type, incx, y, incy, result, false);
}
FAKE(kBlas, cublasDotcEx_64,
     (BlasHandle handle, int64_t n, const void* x, int type, int64_t incx, const void* y, int, int64_t incy,
      void* result, int, int)) {
  FAKE_ENTER;
  return dot(handle, n, x, type, incx, y, incy, result, true);
}

}  // namespace fake
}  // namespace crossarray::cuda
