// matmul against three nested loops in long double: every dtype, layouts BLAS can and cannot address, batches.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "cpu/primitives.h"

namespace crossarray::cpu {
namespace {

using Wide = std::complex<long double>;

Wide widen(DType t, const std::byte* from) {
  return visit(t, [&](auto type) -> Wide {
    using T = dtype_t<type()>;
    T value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (type() == DType::kF16)
      return half_to_float(value);
    else if constexpr (type() == DType::kBF16)
      return bfloat16_to_float(value);
    else if constexpr (is_complex(type()))
      return {value.real(), value.imag()};
    else
      return static_cast<long double>(value);
  });
}

void store(DType t, int real, int imaginary, std::byte* to) {
  visit(t, [&](auto type) {
    using T = dtype_t<type()>;
    T value;
    if constexpr (type() == DType::kF16)
      value = float_to_half(static_cast<float>(real));
    else if constexpr (type() == DType::kBF16)
      value = float_to_bfloat16(static_cast<float>(real));
    else if constexpr (is_complex(type()))
      value = T(real, imaginary);
    else if constexpr (type() == DType::kBool)
      value = real > 0;
    else
      value = static_cast<T>(real);
    std::memcpy(to, &value, sizeof value);
  });
}

/// Memory of a matrix whose strides may be negative or zero.
struct Block {
  enum class Order { kC, kF, kReversed, kSpaced, kOneRow };
  std::vector<std::byte> memory;
  std::byte* first = nullptr;
  int64_t row = 0, col = 0;

  Block(DType t, int64_t rows, int64_t cols, Order order) {
    const int64_t item = static_cast<int64_t>(itemsize(t));
    memory.resize(static_cast<size_t>(item * 2 * (rows + 1) * (cols + 1)));
    first = memory.data();
    switch (order) {
      case Order::kC: row = cols * item, col = item; break;
      case Order::kF: row = item, col = rows * item; break;
      case Order::kReversed:
        row = -cols * item, col = -item, first += std::max<int64_t>(rows * cols - 1, 0) * item;
        break;
      case Order::kSpaced: row = 2 * cols * item, col = 2 * item; break;
      case Order::kOneRow: row = 0, col = item; break;
    }
  }
  std::byte* at(int64_t i, int64_t j) const { return first + i * row + j * col; }
};

// Small integers are exact in every dtype, so results are compared for equality.
void fill(const Block& block, DType t, int64_t rows, int64_t cols, unsigned seed) {
  std::mt19937 random(seed);
  const bool is_unsigned = kind(t) == Kind::kUnsigned;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) {
      const int real = static_cast<int>(random() % 4) - (is_unsigned ? 0 : 2);
      store(t, real, static_cast<int>(random() % 3) - 1, block.at(i, j));
    }
}

Wide expected(DType t, const Block& a, const Block& b, int64_t i, int64_t j, int64_t k, bool conjugate) {
  Wide sum = 0;
  for (int64_t l = 0; l < k; ++l) {
    const Wide x = widen(t, a.at(i, l));
    sum += (conjugate ? std::conj(x) : x) * widen(t, b.at(l, j));
  }
  if (t == DType::kBool) return sum != Wide(0) ? Wide(1) : Wide(0);
  if (t == DType::kI8) return static_cast<int8_t>(static_cast<int64_t>(sum.real()));
  if (t == DType::kU8) return static_cast<uint8_t>(static_cast<int64_t>(sum.real()));
  return sum;
}

void check(DType t, int64_t m, int64_t k, int64_t n, Block::Order a_order, Block::Order b_order, Block::Order out_order,
           bool conjugate = false) {
  const Block a(t, m, k, a_order), b(t, k, n, b_order), out(t, m, n, out_order);
  fill(a, t, m, k, 1);
  fill(b, t, k, n, 2);
  matmul({t,
          a.first,
          b.first,
          out.first,
          {},
          {},
          {},
          {},
          m,
          k,
          n,
          a.row,
          a.col,
          b.row,
          b.col,
          out.row,
          out.col,
          conjugate});
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      ASSERT_EQ(widen(t, out.at(i, j)), expected(t, a, b, i, j, k, conjugate))
          << name(t) << " " << m << "x" << k << "x" << n << " orders " << int(a_order) << int(b_order) << int(out_order)
          << " at " << i << "," << j;
}

TEST(Matmul, EqualsLoopsForEveryDtypeAndShape) {
  const int64_t extents[] = {1, 2, 3, 4, 5, 8, 16, 17, 40};
  for (int t = 0; t < kDTypeCount; ++t)
    for (int64_t m : extents)
      for (int64_t k : extents)
        for (int64_t n : extents)
          check(static_cast<DType>(t), m, k, n, Block::Order::kC, Block::Order::kC, Block::Order::kC);
}

TEST(Matmul, EqualsLoopsForEveryLayout) {
  using Order = Block::Order;
  const Order orders[] = {Order::kC, Order::kF, Order::kReversed, Order::kSpaced, Order::kOneRow};
  const int64_t shapes[][3] = {{3, 4, 5}, {1, 20, 1}, {1, 20, 7}, {9, 20, 1}, {20, 30, 40}};
  for (int t = 0; t < kDTypeCount; ++t)
    for (auto [m, k, n] : shapes)
      for (Order a : orders)
        for (Order b : orders)
          for (Order out : {Order::kC, Order::kF, Order::kReversed, Order::kSpaced})
            check(static_cast<DType>(t), m, k, n, a, b, out);
}

TEST(Matmul, ConjugatesTheFirstOperand) {
  using Order = Block::Order;
  for (DType t : {DType::kC64, DType::kC128, DType::kF64})
    for (Order order : {Order::kC, Order::kF, Order::kReversed})
      for (auto [m, k, n] :
           {std::array<int64_t, 3>{1, 3, 1}, {1, 30, 1}, {1, 30, 9}, {9, 30, 1}, {9, 30, 9}, {2, 2, 2}})
        for (Order out : {Order::kC, Order::kF}) check(t, m, k, n, order, order, out, true);
}

TEST(Matmul, OfAnEmptySumIsZero) {
  for (int t = 0; t < kDTypeCount; ++t)
    check(static_cast<DType>(t), 3, 0, 2, Block::Order::kC, Block::Order::kC, Block::Order::kC);
}

TEST(Matmul, WithoutResultsTouchesNothing) {
  matmul({DType::kF64, nullptr, nullptr, nullptr, {}, {}, {}, {}, 0, 3, 2, 24, 8, 16, 8, 16, 8});
  matmul({DType::kF64, nullptr, nullptr, nullptr, {0}, {72}, {48}, {48}, 3, 3, 2, 24, 8, 16, 8, 16, 8});
}

TEST(Matmul, OfAMatrixWithItsTransposeIsExactlySymmetric) {
  constexpr int64_t n = 70, k = 33;
  std::vector<double> a(n * k), out(n * n);
  std::mt19937 random(3);
  for (double& x : a) x = std::uniform_real_distribution<double>(-1, 1)(random);
  const auto* data = reinterpret_cast<const std::byte*>(a.data());
  matmul({DType::kF64,
          data,
          data,
          reinterpret_cast<std::byte*>(out.data()),
          {},
          {},
          {},
          {},
          n,
          k,
          n,
          k * 8,
          8,
          8,
          k * 8,
          n * 8,
          8});
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < k; ++l) sum += a[i * k + l] * a[j * k + l];
      ASSERT_NEAR(out[i * n + j], sum, 1e-13);
      ASSERT_EQ(out[i * n + j], out[j * n + i]);
    }
}

/// Batch (2, 3) of m x k times k x n, b with the given batch strides (in matrices).
void check_batch(DType t, int64_t m, int64_t k, int64_t n, int64_t b_outer, int64_t b_inner) {
  const int64_t item = static_cast<int64_t>(itemsize(t));
  const Block a(t, 6 * m, k, Block::Order::kC), b(t, 6 * k, n, Block::Order::kC), out(t, 6 * m, n, Block::Order::kC);
  fill(a, t, 6 * m, k, 4);
  fill(b, t, 6 * k, n, 5);
  const int64_t a_size = m * k * item, b_size = k * n * item, out_size = m * n * item;
  matmul({t,
          a.first,
          b.first,
          out.first,
          {2, 3},
          {3 * a_size, a_size},
          {b_outer * b_size, b_inner * b_size},
          {3 * out_size, out_size},
          m,
          k,
          n,
          a.row,
          a.col,
          b.row,
          b.col,
          out.row,
          out.col});
  for (int64_t outer = 0; outer < 2; ++outer)
    for (int64_t inner = 0; inner < 3; ++inner) {
      Block one_a(t, 0, 0, Block::Order::kC), one_b = one_a;
      one_a.first = a.at((outer * 3 + inner) * m, 0), one_a.row = a.row, one_a.col = a.col;
      one_b.first = b.at((outer * b_outer + inner * b_inner) * k, 0), one_b.row = b.row, one_b.col = b.col;
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j)
          ASSERT_EQ(widen(t, out.at((outer * 3 + inner) * m + i, j)), expected(t, one_a, one_b, i, j, k, false))
              << name(t) << " batch " << outer << "," << inner << " " << m << "x" << k << "x" << n;
    }
}

TEST(Matmul, BroadcastsOverTheBatch) {
  for (int t = 0; t < kDTypeCount; ++t)
    for (auto [m, k, n] : {std::array<int64_t, 3>{3, 4, 5}, {1, 20, 1}, {20, 20, 20}, {48, 50, 52}})
      for (auto [outer, inner] : {std::array<int64_t, 2>{3, 1}, {0, 1}, {1, 0}, {0, 0}})
        check_batch(static_cast<DType>(t), m, k, n, outer, inner);
}

}  // namespace
}  // namespace crossarray::cpu
