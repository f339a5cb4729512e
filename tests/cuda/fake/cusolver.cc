// The fake cuSOLVER: textbook factorisations (factorise.h), run when the stream does.
#include <numeric>

#include "tests/cuda/fake/factorise.h"
#include "tests/cuda/fake/state.h"

namespace crossarray::cuda {

struct SolverHandleT {
  Stream stream = nullptr;
};
struct SolverParametersT {};
using SolverHandle = SolverHandleT*;
using SolverParameters = SolverParametersT*;

namespace fake {
namespace {

constexpr int kInvalid = 3;
constexpr size_t kWork = 512;

/// A matrix in device memory.
struct View {
  void* data;
  int type;
  int64_t rows, cols, ld;
  Dense read() const {
    Dense m(rows, cols);
    for (int64_t j = 0; j < cols; ++j)
      for (int64_t i = 0; i < rows; ++i) m(i, j) = load_element(static_cast<const std::byte*>(data), type, j * ld + i);
    return m;
  }
  void write(const Dense& m) const {
    for (int64_t j = 0; j < cols; ++j)
      for (int64_t i = 0; i < rows; ++i) store_element(static_cast<std::byte*>(data), type, j * ld + i, m(i, j));
  }
};

int ask(size_t* device_bytes, size_t* host_bytes) {
  *device_bytes = kWork;
  *host_bytes = 0;
  return 0;
}

bool is_work(const void* work, size_t bytes) { return bytes == kWork && is_device_memory(work, bytes); }

/// The whole Hermitian matrix from one triangle.
Dense whole(const Dense& a, bool upper) {
  Dense m = a;
  for (int64_t j = 0; j < a.cols; ++j)
    for (int64_t i = 0; i < j; ++i) upper ? void(m(j, i) = std::conj(a(i, j))) : void(m(i, j) = std::conj(a(j, i)));
  return m;
}

}  // namespace

FAKE(kSolver, cusolverDnCreate, (SolverHandle * handle)) {
  FAKE_ENTER;
  *handle = keep(new SolverHandleT);
  return 0;
}
FAKE(kSolver, cusolverDnSetStream, (SolverHandle handle, Stream stream)) {
  FAKE_ENTER;
  handle->stream = stream;
  return 0;
}
FAKE(kSolver, cusolverDnCreateParams, (SolverParameters * parameters)) {
  FAKE_ENTER;
  *parameters = keep(new SolverParametersT);
  return 0;
}

FAKE(kSolver, cusolverDnXpotrf_bufferSize,
     (SolverHandle, SolverParameters, int, int64_t, int, const void*, int64_t, int, size_t* device, size_t* host)) {
  FAKE_ENTER;
  return ask(device, host);
}
FAKE(kSolver, cusolverDnXpotrf,
     (SolverHandle handle, SolverParameters, int uplo, int64_t n, int type, void* a, int64_t lda, int, void* work,
      size_t bytes, void*, size_t, int* info)) {
  FAKE_ENTER;
  if (!is_work(work, bytes) || lda < n) return kInvalid;
  enqueue(handle->stream, [=] {
    const View view{a, type, n, n, lda};
    Dense m = view.read();
    Dense factor = whole(m, uplo);
    *info = cholesky(factor);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = j; i < n; ++i) uplo ? void(m(j, i) = std::conj(factor(i, j))) : void(m(i, j) = factor(i, j));
    view.write(m);
    return static_cast<int>(kSuccess);
  });
  return 0;
}

FAKE(kSolver, cusolverDnXgetrf_bufferSize,
     (SolverHandle, SolverParameters, int64_t, int64_t, int, const void*, int64_t, int, size_t* device, size_t* host)) {
  FAKE_ENTER;
  return ask(device, host);
}
FAKE(kSolver, cusolverDnXgetrf,
     (SolverHandle handle, SolverParameters, int64_t m, int64_t n, int type, void* a, int64_t lda, int64_t* pivots, int,
      void* work, size_t bytes, void*, size_t, int* info)) {
  FAKE_ENTER;
  if (!is_work(work, bytes) || lda < m) return kInvalid;
  enqueue(handle->stream, [=] {
    const View view{a, type, m, n, lda};
    Dense factors = view.read();
    *info = lu(factors, pivots);
    view.write(factors);
    return static_cast<int>(kSuccess);
  });
  return 0;
}
FAKE(kSolver, cusolverDnXgetrs,
     (SolverHandle handle, SolverParameters, int op, int64_t n, int64_t columns, int type, const void* a, int64_t lda,
      const int64_t* pivots, int, void* b, int64_t ldb, int* info)) {
  FAKE_ENTER;
  enqueue(handle->stream, [=] {
    const View right{b, type, n, columns, ldb};
    Dense x = right.read();
    lu_solve(View{const_cast<void*>(a), type, n, n, lda}.read(), pivots, op == 1, x);
    right.write(x);
    *info = 0;
    return static_cast<int>(kSuccess);
  });
  return 0;
}

FAKE(kSolver, cusolverDnXgeqrf_bufferSize,
     (SolverHandle, SolverParameters, int64_t, int64_t, int, const void*, int64_t, int, const void*, int,
      size_t* device, size_t* host)) {
  FAKE_ENTER;
  return ask(device, host);
}
FAKE(kSolver, cusolverDnXgeqrf,
     (SolverHandle handle, SolverParameters, int64_t m, int64_t n, int type, void* a, int64_t lda, int, void* tau, int,
      void* work, size_t bytes, void*, size_t, int* info)) {
  FAKE_ENTER;
  if (!is_work(work, bytes) || lda < m) return kInvalid;
  enqueue(handle->stream, [=] {
    const View view{a, type, m, n, lda};
    Dense factors = view.read();
    std::vector<Element> factor;
    qr(factors, factor);
    view.write(factors);
    for (size_t i = 0; i < factor.size(); ++i)
      store_element(static_cast<std::byte*>(tau), type, static_cast<int64_t>(i), factor[i]);
    *info = 0;
    return static_cast<int>(kSuccess);
  });
  return 0;
}

namespace {

int orgqr(SolverHandle handle, int type, int m, int n, int k, void* a, int lda, const void* tau, void* work, int items,
          int* info) {
  if (!is_device_memory(work, static_cast<size_t>(items) * element_size(type)) || k > n || n > m) return kInvalid;
  enqueue(handle->stream, [=] {
    const View view{a, type, m, n, lda};
    std::vector<Element> factor;
    for (int i = 0; i < k; ++i) factor.push_back(load_element(static_cast<const std::byte*>(tau), type, i));
    view.write(q_of(view.read(), factor));
    *info = 0;
    return static_cast<int>(kSuccess);
  });
  return 0;
}

}  // namespace

#define FAKE_ORGQR(name, type)                                                                                 \
  FAKE(kSolver, name##_bufferSize, (SolverHandle, int, int, int, const void*, int, const void*, int* items)) { \
    FAKE_ENTER;                                                                                                \
    *items = 64;                                                                                               \
    return 0;                                                                                                  \
  }                                                                                                            \
  FAKE(kSolver, name,                                                                                          \
       (SolverHandle handle, int m, int n, int k, void* a, int lda, const void* tau, void* work, int items,    \
        int* info)) {                                                                                          \
    FAKE_ENTER;                                                                                                \
    return orgqr(handle, type, m, n, k, a, lda, tau, work, items, info);                                       \
  }
FAKE_ORGQR(cusolverDnSorgqr, 0)
FAKE_ORGQR(cusolverDnDorgqr, 1)
FAKE_ORGQR(cusolverDnCungqr, 4)
FAKE_ORGQR(cusolverDnZungqr, 5)

FAKE(kSolver, cusolverDnXgesvd_bufferSize,
     (SolverHandle, SolverParameters, signed char, signed char, int64_t, int64_t, int, const void*, int64_t, int,
      const void*, int, const void*, int64_t, int, const void*, int64_t, int, size_t* device, size_t* host)) {
  FAKE_ENTER;
  return ask(device, host);
}
FAKE(kSolver, cusolverDnXgesvd,
     (SolverHandle handle, SolverParameters, signed char job_u, signed char job_vt, int64_t m, int64_t n, int type,
      void* a, int64_t lda, int type_s, void* s, int, void* u, int64_t ldu, int, void* vt, int64_t ldvt, int,
      void* work, size_t bytes, void*, size_t, int* info)) {
  FAKE_ENTER;
  if (!is_work(work, bytes) || m < n || lda < m || job_u == 'A') return kInvalid;
  enqueue(handle->stream, [=] {
    Dense columns = View{a, type, m, n, lda}.read(), v(n, n), left(m, n), right(n, n);
    for (int64_t i = 0; i < n; ++i) v(i, i) = 1;
    orthogonalise_columns(columns, v);
    std::vector<double> size(static_cast<size_t>(n));
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = 0; i < m; ++i) size[static_cast<size_t>(j)] += std::norm(columns(i, j));
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](auto x, auto y) { return size[size_t(x)] > size[size_t(y)]; });
    for (int64_t j = 0; j < n; ++j) {
      const int64_t from = order[static_cast<size_t>(j)];
      const double value = std::sqrt(size[static_cast<size_t>(from)]);
      store_element(static_cast<std::byte*>(s), type_s, j, value);
      for (int64_t i = 0; i < m; ++i) left(i, j) = value > 0 ? columns(i, from) / value : Element(0);
      for (int64_t i = 0; i < n; ++i) right(j, i) = std::conj(v(i, from));
    }
    if (job_u == 'S') View{u, type, m, n, ldu}.write(left);
    if (job_vt != 'N') View{vt, type, n, n, ldvt}.write(right);
    *info = 0;
    return static_cast<int>(kSuccess);
  });
  return 0;
}

FAKE(kSolver, cusolverDnXsyevd_bufferSize,
     (SolverHandle, SolverParameters, int, int, int64_t, int, const void*, int64_t, int, const void*, int,
      size_t* device, size_t* host)) {
  FAKE_ENTER;
  return ask(device, host);
}
FAKE(kSolver, cusolverDnXsyevd,
     (SolverHandle handle, SolverParameters, int jobz, int uplo, int64_t n, int type, void* a, int64_t lda, int type_w,
      void* w, int, void* work, size_t bytes, void*, size_t, int* info)) {
  FAKE_ENTER;
  if (!is_work(work, bytes) || lda < n) return kInvalid;
  enqueue(handle->stream, [=] {
    const View view{a, type, n, n, lda};
    Dense m = whole(view.read(), uplo), v(n, n), sorted(n, n);
    for (int64_t i = 0; i < n; ++i) v(i, i) = 1;
    diagonalise(m, v);
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](auto x, auto y) { return m(x, x).real() < m(y, y).real(); });
    for (int64_t j = 0; j < n; ++j) {
      const int64_t from = order[static_cast<size_t>(j)];
      store_element(static_cast<std::byte*>(w), type_w, j, m(from, from).real());
      for (int64_t i = 0; i < n; ++i) sorted(i, j) = v(i, from);
    }
    if (jobz) view.write(sorted);
    *info = 0;
    return static_cast<int>(kSuccess);
  });
  return 0;
}

}  // namespace fake
}  // namespace crossarray::cuda
