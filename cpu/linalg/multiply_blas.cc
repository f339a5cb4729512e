// Products through OpenBLAS: find the operands' BLAS addressing, pack what has none, choose the routine.
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "cpu/linalg/blas.h"
#include "cpu/linalg/product.h"
#include "dispatch/core/error.h"

namespace crossarray::cpu {
namespace {

using blas::Routines;

template <class T> struct Buffer {
  explicit Buffer(int64_t count) : data(new (std::nothrow) T[static_cast<size_t>(count)]) {
    if (!data)
      raise(ErrorKind::kMemory, "matmul: no memory to pack an operand of " + std::to_string(count) + " elements.");
  }
  std::unique_ptr<T[]> data;
};

/// A matrix BLAS can address: leading dimension and transposition.
template <class T> struct Addressed {
  const T* data;
  CBLAS_TRANSPOSE transpose;
  int64_t leading;
};

template <class T> bool aligned(const void* data) { return reinterpret_cast<uintptr_t>(data) % alignof(T) == 0; }

/// Leading dimension of a row-major matrix with these byte strides, or 0. A stride over one element is never used.
template <class T> int64_t leading_dimension(int64_t rows, int64_t cols, int64_t row, int64_t col) {
  constexpr int64_t item = sizeof(T);
  if (cols > 1 && col != item) return 0;
  if (rows == 1) return std::max<int64_t>(cols, 1);
  return row % item == 0 && row >= item * std::max<int64_t>(cols, 1) ? row / item : 0;
}

template <class T> std::optional<Addressed<T>> address(const Matrix& x, int64_t rows, int64_t cols) {
  if (!aligned<T>(x.data)) return std::nullopt;
  const T* data = reinterpret_cast<const T*>(x.data);
  if (const int64_t ld = leading_dimension<T>(rows, cols, x.row, x.col))
    return Addressed<T>{data, x.conjugate ? CblasConjNoTrans : CblasNoTrans, ld};
  if (const int64_t ld = leading_dimension<T>(cols, rows, x.col, x.row))
    return Addressed<T>{data, x.conjugate ? CblasConjTrans : CblasTrans, ld};
  return std::nullopt;
}

template <class T> T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T> T conjugate_if(T value, bool conjugate) {
  if constexpr (!std::is_floating_point_v<T>) return conjugate ? std::conj(value) : value;
  return value;
}

/// Dense row-major copy, conjugated if the matrix is.
template <class T> void pack(const Matrix& x, int64_t rows, int64_t cols, T* to) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) *to++ = conjugate_if(load<T>(x.data + i * x.row + j * x.col), x.conjugate);
}

/// An operand ready for BLAS; owns the packed copy if one was needed.
template <class T> class Operand {
 public:
  Operand(const Matrix& x, int64_t rows, int64_t cols) {
    if (auto found = address<T>(x, rows, cols)) {
      view_ = *found;
      return;
    }
    packed_.emplace(rows * cols);
    pack(x, rows, cols, packed_->data.get());
    view_ = {packed_->data.get(), CblasNoTrans, cols};
  }
  const Addressed<T>& operator*() const { return view_; }

 private:
  Addressed<T> view_;
  std::optional<Buffer<T>> packed_;
};

/// A vector ready for BLAS: its increment may be negative (data then points to the lowest address, as BLAS wants).
template <class T> class Vector {
 public:
  Vector(const std::byte* data, int64_t stride, int64_t count, bool conjugate) {
    constexpr int64_t item = sizeof(T);
    if (count == 1) stride = item;
    if (!conjugate && stride != 0 && stride % item == 0 && aligned<T>(data)) {
      increment_ = stride / item;
      data_ = reinterpret_cast<const T*>(stride < 0 ? data + (count - 1) * stride : data);
      return;
    }
    packed_.emplace(count);
    pack<T>({data, stride, 0, conjugate}, count, 1, packed_->data.get());
    data_ = packed_->data.get();
  }
  const T* data() const { return data_; }
  int64_t increment() const { return increment_; }

 private:
  const T* data_;
  int64_t increment_ = 1;
  std::optional<Buffer<T>> packed_;
};

/// Where the result goes: straight to `out`, or to a dense buffer scattered afterwards.
template <class T> class Result {
 public:
  explicit Result(const Product& p) : product_(p) {
    if (aligned<T>(p.out)) leading_ = leading_dimension<T>(p.m, p.n, p.out_row, p.out_col);
    if (leading_) {
      data_ = reinterpret_cast<T*>(p.out);
    } else {
      temporary_.emplace(p.m * p.n);
      data_ = temporary_->data.get();
      leading_ = p.n;
    }
  }
  T* data() { return data_; }
  int64_t leading() const { return leading_; }
  void finish() {
    if (!temporary_) return;
    for (int64_t i = 0; i < product_.m; ++i)
      for (int64_t j = 0; j < product_.n; ++j)
        std::memcpy(product_.out + i * product_.out_row + j * product_.out_col, &data_[i * product_.n + j], sizeof(T));
  }

 private:
  const Product& product_;
  T* data_;
  int64_t leading_ = 0;
  std::optional<Buffer<T>> temporary_;
};

template <class T> void dot(const Product& p) {
  const Vector<T> a(p.a.data, p.a.col, p.k, p.a.conjugate), b(p.b.data, p.b.row, p.k, p.b.conjugate);
  const T value = Routines<T>::dot(p.k, a.data(), a.increment(), b.data(), b.increment());
  std::memcpy(p.out, &value, sizeof(T));
}

/// n == 1: matrix times vector.
template <class T> void gemv(const Product& p) {
  const Operand<T> a(p.a, p.m, p.k);
  const Vector<T> x(p.b.data, p.b.row, p.k, p.b.conjugate);
  const bool transposed = (*a).transpose == CblasTrans || (*a).transpose == CblasConjTrans;
  const int64_t rows = transposed ? p.k : p.m, cols = transposed ? p.m : p.k;
  const int64_t step = p.m == 1 ? int64_t{sizeof(T)} : p.out_row;
  if (aligned<T>(p.out) && step > 0 && step % int64_t{sizeof(T)} == 0) {
    Routines<T>::gemv((*a).transpose, rows, cols, (*a).data, (*a).leading, x.data(), x.increment(),
                      reinterpret_cast<T*>(p.out), step / int64_t{sizeof(T)});
    return;
  }
  Buffer<T> y(p.m);
  Routines<T>::gemv((*a).transpose, rows, cols, (*a).data, (*a).leading, x.data(), x.increment(), y.data.get(), 1);
  for (int64_t i = 0; i < p.m; ++i) std::memcpy(p.out + i * p.out_row, &y.data[i], sizeof(T));
}

/// Copies the upper triangle below the diagonal, in blocks that stay in L1.
template <class T> void mirror_upper(T* c, int64_t n, int64_t leading) {
  constexpr int64_t kBlock = 32;
  for (int64_t i0 = 0; i0 < n; i0 += kBlock)
    for (int64_t j0 = 0; j0 <= i0; j0 += kBlock)
      for (int64_t i = i0; i < std::min(i0 + kBlock, n); ++i)
        for (int64_t j = j0; j < std::min(j0 + kBlock, i); ++j) c[i * leading + j] = c[j * leading + i];
}

/// a * a^T: half the work of gemm and an exactly symmetric result (NumPy does the same).
bool is_gram(const Product& p) {
  return p.m == p.n && p.a.data == p.b.data && p.a.row == p.b.col && p.a.col == p.b.row && !p.a.conjugate &&
         !p.b.conjugate;
}

template <class T> bool gram(const Product& p) {
  const auto a = address<T>(p.a, p.m, p.k);
  if (!a) return false;
  Result<T> out(p);
  Routines<T>::syrk(a->transpose, p.n, p.k, a->data, a->leading, out.data(), out.leading());
  mirror_upper(out.data(), p.n, out.leading());
  out.finish();
  return true;
}

template <class T> void gemm(const Product& p) {
  const Operand<T> a(p.a, p.m, p.k), b(p.b, p.k, p.n);
  Result<T> out(p);
  Routines<T>::gemm((*a).transpose, (*b).transpose, p.m, p.n, p.k, (*a).data, (*a).leading, (*b).data, (*b).leading,
                    out.data(), out.leading());
  out.finish();
}

template <class T> void multiply(const Product& p) {
  if (p.m == 1 && p.n == 1) return dot<T>(p);
  if (p.n == 1) return gemv<T>(p);
  if (p.m == 1) return gemv<T>(p.transposed());
  if (is_gram(p) && gram<T>(p)) return;
  const bool column_major =
      !leading_dimension<T>(p.m, p.n, p.out_row, p.out_col) && leading_dimension<T>(p.n, p.m, p.out_col, p.out_row);
  gemm<T>(column_major ? p.transposed() : p);
}

}  // namespace

void multiply_blas(const Product& p) {
  switch (p.dtype) {
    case DType::kF32: return multiply<float>(p);
    case DType::kF64: return multiply<double>(p);
    case DType::kC64: return multiply<std::complex<float>>(p);
    default: return multiply<std::complex<double>>(p);
  }
}

void set_blas_threads(int threads) {
  static std::atomic<int> current{0};
  if (current.exchange(threads, std::memory_order_relaxed) != threads) scipy_openblas_set_num_threads64_(threads);
}

}  // namespace crossarray::cpu
