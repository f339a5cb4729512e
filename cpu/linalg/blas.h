// OpenBLAS by C++ overloads: one name per routine for float, double and both complex types. Row-major.
#pragma once

#include <cblas.h>

#include <complex>
#include <cstdint>
#include <type_traits>

namespace crossarray::cpu::blas {

template <class T> struct Routines;

// The real routines pass scalars by value, the complex ones by address: `scalar` hides that.
#define XA_BLAS_ROUTINES(T, letter, dot_name, scalar)                                                                  \
  template <> struct Routines<T> {                                                                                     \
    static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, \
                     const T* b, int64_t ldb, T* c, int64_t ldc) {                                                     \
      const T one(1), zero(0);                                                                                         \
      scipy_cblas_##letter##gemm64_(CblasRowMajor, ta, tb, m, n, k, scalar(one), a, lda, b, ldb, scalar(zero), c,      \
                                    ldc);                                                                              \
    }                                                                                                                  \
    static void gemv(CBLAS_TRANSPOSE ta, int64_t rows, int64_t cols, const T* a, int64_t lda, const T* x,              \
                     int64_t incx, T* y, int64_t incy) {                                                               \
      const T one(1), zero(0);                                                                                         \
      scipy_cblas_##letter##gemv64_(CblasRowMajor, ta, rows, cols, scalar(one), a, lda, x, incx, scalar(zero), y,      \
                                    incy);                                                                             \
    }                                                                                                                  \
    static void syrk(CBLAS_TRANSPOSE ta, int64_t n, int64_t k, const T* a, int64_t lda, T* c, int64_t ldc) {           \
      const T one(1), zero(0);                                                                                         \
      scipy_cblas_##letter##syrk64_(CblasRowMajor, CblasUpper, ta, n, k, scalar(one), a, lda, scalar(zero), c, ldc);   \
    }                                                                                                                  \
    static T dot(int64_t n, const T* x, int64_t incx, const T* y, int64_t incy) {                                      \
      return dot_name(n, x, incx, y, incy);                                                                            \
    }                                                                                                                  \
  }

template <class T, auto kSub> T complex_dot(int64_t n, const T* x, int64_t incx, const T* y, int64_t incy) {
  T result;
  kSub(n, x, incx, y, incy, &result);
  return result;
}

#define XA_BY_VALUE(v) v
#define XA_BY_ADDRESS(v) &v
XA_BLAS_ROUTINES(float, s, scipy_cblas_sdot64_, XA_BY_VALUE);
XA_BLAS_ROUTINES(double, d, scipy_cblas_ddot64_, XA_BY_VALUE);
XA_BLAS_ROUTINES(std::complex<float>, c, (complex_dot<std::complex<float>, scipy_cblas_cdotu_sub64_>), XA_BY_ADDRESS);
XA_BLAS_ROUTINES(std::complex<double>, z, (complex_dot<std::complex<double>, scipy_cblas_zdotu_sub64_>), XA_BY_ADDRESS);
#undef XA_BY_VALUE
#undef XA_BY_ADDRESS
#undef XA_BLAS_ROUTINES

}  // namespace crossarray::cpu::blas
