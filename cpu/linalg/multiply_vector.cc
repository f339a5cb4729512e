// Matrix times vector and dot products: OpenBLAS's one-thread kernels on blocks, our threads over the blocks.
//
// Blocks and the order their sums are added in depend on the extents alone, so results do not depend on the threads.
#include <algorithm>

#include "cpu/linalg/operand.h"

namespace crossarray::cpu {
namespace {

using blas::Routines;

/// Elements of the matrix in one block: large enough to hide a call, small enough to share out a matrix of L2's size.
constexpr int64_t kBlock = int64_t{1} << 15;
/// Rows of a block whose columns are dense: 2 KiB of each column keep the prefetchers busy.
constexpr int64_t kDenseColumns = 256;
/// From memory, on one thread.
constexpr double kMicrosecondsPerByte = 2.5e-5;

/// How a rows x cols matrix is cut.
struct Grid {
  int64_t rows, cols;    // of a block
  int64_t down, across;  // blocks
  int64_t blocks() const { return down * across; }

  Grid(int64_t m, int64_t k, bool rows_dense) {
    const int64_t least = rows_dense ? 1 : std::min(m, kDenseColumns);
    cols = std::min(k, std::max<int64_t>(kBlock / least, 1));
    // Whole rows where that leaves enough blocks: nothing to add up afterwards.
    if (!rows_dense && m >= 4 * kDenseColumns) cols = k;
    rows = std::clamp<int64_t>(kBlock / cols, least, m);
    if (m * k <= 2 * kBlock) rows = m, cols = k;
    down = (m + rows - 1) / rows;
    across = (k + cols - 1) / cols;
  }
};

/// Adds the partial results of the blocks of each of m rows, left to right, and stores them at p.out.
template <class T> void add_up(const Product& p, int64_t m, const T* partial, int64_t across) {
  for (int64_t i = 0; i < m; ++i) {
    T sum = partial[i];
    for (int64_t block = 1; block < across; ++block) sum += partial[block * m + i];
    std::memcpy(p.out + i * p.out_row, &sum, sizeof(T));
  }
}

/// Rows [i, i + rows) times columns [j, j + cols), in y[0..rows).
template <class T>
void multiply_block(const Matrix& a, int64_t i, int64_t rows, int64_t j, int64_t cols, const Vector<T>& x, T* y,
                    int64_t step) {
  const Matrix part{a.data + i * a.row + j * a.col, a.row, a.col, a.conjugate};
  const Operand<T> block(part, rows, cols);
  const bool flip = (*block).transposed();
  Routines<T>::gemv((*block).transpose, flip ? cols : rows, flip ? rows : cols, (*block).data, (*block).leading,
                    x.at(j, cols), x.increment(), y, step);
}

template <class T> void gemv(const Product& p) {
  constexpr int64_t item = sizeof(T);
  const Vector<T> x(p.b.data, p.b.row, p.k, p.b.conjugate);
  const Grid grid(p.m, p.k, std::abs(p.a.col) <= std::abs(p.a.row) || p.m == 1);
  const int64_t step = p.m == 1 ? item : p.out_row;
  const bool direct = grid.across == 1 && aligned<T>(p.out) && step > 0 && step % item == 0;
  std::optional<Buffer<T>> partial;
  if (!direct) partial.emplace(grid.across * p.m);
  const double us = static_cast<double>(grid.rows * grid.cols * item) * kMicrosecondsPerByte;
  parallel_for(grid.blocks(), us, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) {
      const int64_t i = block % grid.down * grid.rows, j = block / grid.down * grid.cols;
      const int64_t rows = std::min(grid.rows, p.m - i), cols = std::min(grid.cols, p.k - j);
      T* y = direct ? reinterpret_cast<T*>(p.out + i * step) : partial->data() + j / grid.cols * p.m + i;
      multiply_block(p.a, i, rows, j, cols, x, y, direct ? step / item : 1);
    }
  });
  if (!direct) add_up(p, p.m, partial->data(), grid.across);
}

template <class T> void dot(const Product& p) {
  const Vector<T> a(p.a.data, p.a.col, p.k, p.a.conjugate), b(p.b.data, p.b.row, p.k, p.b.conjugate);
  const auto part = [&](int64_t first, int64_t count) {
    return Routines<T>::dot(count, a.at(first, count), a.increment(), b.at(first, count), b.increment());
  };
  if (p.k <= 2 * kBlock) {
    const T value = part(0, p.k);
    std::memcpy(p.out, &value, sizeof(T));
    return;
  }
  const int64_t blocks = (p.k + kBlock - 1) / kBlock;
  const Buffer<T> partial(blocks);
  parallel_for(blocks, static_cast<double>(2 * kBlock * sizeof(T)) * kMicrosecondsPerByte,
               [&](int64_t first, int64_t last) {
                 for (int64_t i = first; i < last; ++i)
                   partial.data()[i] = part(i * kBlock, std::min(kBlock, p.k - i * kBlock));
               });
  add_up(p, 1, partial.data(), blocks);
}

template <class T> void multiply(const Product& p) {
  if (p.n != 1) return multiply<T>(p.transposed());
  p.m == 1 ? dot<T>(p) : gemv<T>(p);
}

}  // namespace

void multiply_vector(const Product& p) {
  with_blas_type(p.dtype, [&](auto item) { multiply<decltype(item)>(p); });
}

}  // namespace crossarray::cpu
