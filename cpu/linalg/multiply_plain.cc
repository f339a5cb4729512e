// Products by loops, vectorised by the compiler: integers (wrapping), bool, and small complex ones.
//
// A block of columns of one row of the result stays in registers while k runs. Where b's rows are not dense, b is packed
// once.
#include <algorithm>
#include <memory>
#include <new>

#include "cpu/linalg/product.h"
#include "cpu/threads.h"
#include "dispatch/core/error.h"

namespace crossarray::cpu {
namespace {

// What sums up: unsigned integers wrap without undefined behaviour, bools add by "or".
template <DType t> struct Accumulator { using type = dtype_t<t>; };
template <> struct Accumulator<DType::kBool> { using type = uint8_t; };
template <> struct Accumulator<DType::kI8> { using type = uint8_t; };
template <> struct Accumulator<DType::kI16> { using type = uint16_t; };
template <> struct Accumulator<DType::kI32> { using type = uint32_t; };
template <> struct Accumulator<DType::kI64> { using type = uint64_t; };

template <DType t, class T> inline void multiply_add(T a, T b, T& sum) {
  if constexpr (t == DType::kBool) {
    sum = static_cast<T>(sum | (a & b));
  } else if constexpr (is_complex(t)) {
    // Written out: std::complex's product tests for NaN.
    sum = T(sum.real() + (a.real() * b.real() - a.imag() * b.imag()),
            sum.imag() + (a.real() * b.imag() + a.imag() * b.real()));
  } else if constexpr (sizeof(T) < sizeof(int)) {
    sum = static_cast<T>(sum + static_cast<unsigned>(a) * b);
  } else {
    sum += a * b;
  }
}

template <DType t, class T> inline T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  if constexpr (t == DType::kBool) return value != 0;
  return value;
}

template <class T> inline T conjugate_if(T value, bool conjugate) {
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>)
    return conjugate ? std::conj(value) : value;
  return value;
}

template <class T> inline constexpr int64_t kBlock = 256 / sizeof(T);

/// Bool sums are looked at every so many terms: once all are true the rest cannot change them.
inline constexpr int64_t kDecided = 16;

/// out[i][0..columns) for one row i; b's rows dense at `b`. kColumns < 0: `columns` known at run time only.
template <DType t, class T, int64_t kColumns>
void multiply_row(const Product& p, const std::byte* a, const std::byte* b, std::byte* out, int64_t columns) {
  const int64_t width = kColumns < 0 ? columns : kColumns;
  T sum[kBlock<T>] = {};
  for (int64_t l = 0; l < p.k; ++l, a += p.a.col, b += p.b.row) {
    const T value = conjugate_if(load<t, T>(a), p.a.conjugate);
    for (int64_t j = 0; j < width; ++j) multiply_add<t>(value, load<t, T>(b + j * int64_t{sizeof(T)}), sum[j]);
    if (t == DType::kBool && l % kDecided == kDecided - 1 && std::memchr(sum, 0, static_cast<size_t>(width)) == nullptr)
      break;
  }
  for (int64_t j = 0; j < width; ++j) std::memcpy(out + j * p.out_col, &sum[j], sizeof(T));
}

/// One dot product: a row of a times a column of b, any strides.
template <DType t, class T>
void multiply_dot(const Product& p, const std::byte* a, const std::byte* b, std::byte* out) {
  T sum{};
  if constexpr (t == DType::kBool) {
    for (int64_t l = 0; l < p.k && !sum; ++l) sum = load<t, T>(a + l * p.a.col) & load<t, T>(b + l * p.b.row);
    std::memcpy(out, &sum, sizeof(T));
    return;
  }
  if (p.a.col == sizeof(T) && p.b.row == sizeof(T)) {
    for (int64_t l = 0; l < p.k; ++l)
      multiply_add<t>(conjugate_if(load<t, T>(a + l * int64_t{sizeof(T)}), p.a.conjugate),
                      load<t, T>(b + l * int64_t{sizeof(T)}), sum);
  } else {
    for (int64_t l = 0; l < p.k; ++l)
      multiply_add<t>(conjugate_if(load<t, T>(a + l * p.a.col), p.a.conjugate), load<t, T>(b + l * p.b.row), sum);
  }
  std::memcpy(out, &sum, sizeof(T));
}

template <DType t, class T> void multiply_rows(const Product& p, int64_t first, int64_t last) {
  const int64_t item = sizeof(T);
  if (p.n == 1) {
    for (int64_t i = first; i < last; ++i)
      multiply_dot<t, T>(p, p.a.data + i * p.a.row, p.b.data, p.out + i * p.out_row);
    return;
  }
  for (int64_t j = 0; j < p.n; j += kBlock<T>) {
    const int64_t columns = std::min(kBlock<T>, p.n - j);
    for (int64_t i = first; i < last; ++i) {
      const std::byte *a = p.a.data + i * p.a.row, *b = p.b.data + j * item;
      std::byte* out = p.out + i * p.out_row + j * p.out_col;
      if (columns == kBlock<T>)
        multiply_row<t, T, kBlock<T>>(p, a, b, out, columns);
      else
        multiply_row<t, T, -1>(p, a, b, out, columns);
    }
  }
}

template <class T> std::unique_ptr<T[]> pack_rows(Product& p) {
  std::unique_ptr<T[]> packed(new (std::nothrow) T[static_cast<size_t>(p.k * p.n)]);
  if (!packed) raise(ErrorKind::kMemory, "matmul: no memory to pack an operand.");
  T* to = packed.get();
  for (int64_t l = 0; l < p.k; ++l)
    for (int64_t j = 0; j < p.n; ++j)
      *to++ = conjugate_if(load<DType::kU8, T>(p.b.data + l * p.b.row + j * p.b.col), p.b.conjugate);
  p.b = {reinterpret_cast<const std::byte*>(packed.get()), p.n * int64_t{sizeof(T)}, int64_t{sizeof(T)}};
  return packed;
}

template <DType t> void multiply(Product p) {
  using T = typename Accumulator<t>::type;
  // A column vector b is read in place by dot; a conjugated b (a product written transposed) is packed.
  std::unique_ptr<T[]> packed;
  if (p.b.conjugate || (p.n > 1 && p.b.col != sizeof(T))) packed = pack_rows<T>(p);
  const double us_per_row = p.flops() / static_cast<double>(p.m) * 0.0001 * sizeof(T) / 4;
  parallel_for(p.m, us_per_row, [&](int64_t first, int64_t last) { multiply_rows<t, T>(p, first, last); });
}

}  // namespace

void multiply_plain(const Product& p) {
  visit(p.dtype, [&](auto t) {
    if constexpr (!is_half(t())) multiply<t()>(p);
  });
}

}  // namespace crossarray::cpu
