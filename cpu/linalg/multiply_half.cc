// f16 and bf16 products: widened to f32, multiplied there, rounded once, as NumPy does.
#include <memory>
#include <new>

#include "cpu/linalg/product.h"
#include "dispatch/core/error.h"

namespace crossarray::cpu {
namespace {

template <class H> float widen(const std::byte* from) {
  H h;
  std::memcpy(&h, from, sizeof h);
  if constexpr (std::is_same_v<H, Half>)
    return half_to_float(h);
  else
    return bfloat16_to_float(h);
}

template <class H> void widen_matrix(const Matrix& x, int64_t rows, int64_t cols, float* to) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) *to++ = widen<H>(x.data + i * x.row + j * x.col);
}

template <class H> void round_matrix(const Product& p, const float* from) {
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      H h;
      if constexpr (std::is_same_v<H, Half>)
        h = float_to_half(*from++);
      else
        h = float_to_bfloat16(*from++);
      std::memcpy(p.out + i * p.out_row + j * p.out_col, &h, sizeof h);
    }
}

template <class H> void multiply(const Product& p) {
  const int64_t item = sizeof(float), a_count = p.m * p.k, b_count = p.k * p.n;
  std::unique_ptr<float[]> scratch(new (std::nothrow) float[static_cast<size_t>(a_count + b_count + p.m * p.n)]);
  if (!scratch) raise(ErrorKind::kMemory, "matmul: no memory to widen half-precision operands.");
  float *a = scratch.get(), *b = a + a_count, *out = b + b_count;
  widen_matrix<H>(p.a, p.m, p.k, a);
  widen_matrix<H>(p.b, p.k, p.n, b);
  const Product wide{DType::kF32,
                     p.m,
                     p.k,
                     p.n,
                     {reinterpret_cast<std::byte*>(a), p.k * item, item},
                     {reinterpret_cast<std::byte*>(b), p.n * item, item},
                     reinterpret_cast<std::byte*>(out),
                     p.n * item,
                     item};
  multiply_any(wide);
  round_matrix<H>(p, out);
}

}  // namespace

void multiply_half(const Product& p) { return p.dtype == DType::kF16 ? multiply<Half>(p) : multiply<BFloat16>(p); }

}  // namespace crossarray::cpu
