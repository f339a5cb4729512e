// Matrix products through OpenBLAS: each call on one thread, our threads over pieces of the result.
//
// OpenBLAS's own pool would spin against NumPy's and against ours. Its results depend on where a piece ends, so pieces
// depend on the extents alone and never on the number of threads.
#include <algorithm>
#include <utility>
#include <vector>

#include "cpu/linalg/operand.h"

namespace crossarray::cpu {
namespace {

using blas::Routines;

/// Where the result goes: straight to `out`, or to a dense buffer scattered afterwards.
template <class T> class Result {
 public:
  explicit Result(const Product& p) : product_(p) {
    if (aligned<T>(p.out)) leading_ = leading_dimension<T>(p.m, p.n, p.out_row, p.out_col);
    if (leading_) {
      data_ = reinterpret_cast<T*>(p.out);
    } else {
      temporary_.emplace(p.m * p.n);
      data_ = temporary_->data();
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

/// Results below this many multiply-adds are one piece, and batches of them are shared out whole.
bool is_one_piece(const Product& p) { return p.flops() < kThreadedFlops; }

/// Longest side of a piece: below it, packing the operands again and again begins to show.
constexpr int64_t kPiece = 384;
/// Sides are multiples of the widest kernel's tile.
constexpr int64_t kTile = 16;

int64_t piece_extent(int64_t extent, int64_t pieces) {
  const int64_t piece = (extent + pieces - 1) / pieces;
  return (piece + kTile - 1) / kTile * kTile;
}

/// How an m x n result is cut: an even number of pieces, so that two threads have the same to do.
struct Pieces {
  int64_t rows, cols, down, across;

  Pieces(int64_t m, int64_t n) : down((m + kPiece - 1) / kPiece), across((n + kPiece - 1) / kPiece) {
    if (down * across % 2 != 0) ++(m > n ? down : across);
    rows = piece_extent(m, down);
    cols = piece_extent(n, across);
    down = (m + rows - 1) / rows;
    across = (n + cols - 1) / cols;
  }
};

double piece_us(double flops) { return flops * 2e-5; }

/// Rows and columns [first, last) of the upper triangle's block (i, j) of a * a^T.
template <class T>
void gram_block(const Product& p, const Addressed<T>& a, int64_t piece, int64_t i, int64_t j, Result<T>& out) {
  const int64_t row = i * piece, col = j * piece;
  const int64_t rows = std::min(piece, p.n - row), cols = std::min(piece, p.n - col);
  T* to = out.data() + row * out.leading() + col;
  const Addressed<T> left = a.at(row, 0), right = a.at(col, 0);
  if (i == j) return Routines<T>::syrk(a.transpose, rows, p.k, left.data, a.leading, to, out.leading());
  Routines<T>::gemm(a.transpose, a.transposed() ? CblasNoTrans : CblasTrans, rows, cols, p.k, left.data, a.leading,
                    right.data, a.leading, to, out.leading());
}

template <class T> bool gram(const Product& p) {
  const auto a = address<T>(p.a, p.m, p.k);
  if (!a) return false;
  Result<T> out(p);
  const int64_t wanted = is_one_piece(p) ? 1 : 2 * ((p.n + 2 * kPiece - 1) / (2 * kPiece));
  const int64_t piece = is_one_piece(p) ? p.n : piece_extent(p.n, wanted), count = (p.n + piece - 1) / piece;
  // Blocks right of the diagonal, which cost twice as much, come first.
  std::vector<std::pair<int64_t, int64_t>> blocks;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = i + 1; j < count; ++j) blocks.emplace_back(i, j);
  for (int64_t i = 0; i < count; ++i) blocks.emplace_back(i, i);
  const auto tasks = static_cast<int64_t>(blocks.size());
  parallel_for(tasks, piece_us(p.flops() / static_cast<double>(2 * tasks)), [&](int64_t first, int64_t last) {
    for (int64_t t = first; t < last; ++t) {
      const auto [i, j] = blocks[static_cast<size_t>(t)];
      gram_block(p, *a, piece, i, j, out);
    }
  });
  mirror_upper(out.data(), p.n, out.leading());
  out.finish();
  return true;
}

template <class T> void gemm(const Product& p) {
  const Operand<T> a(p.a, p.m, p.k), b(p.b, p.k, p.n);
  Result<T> out(p);
  const auto piece = [&](int64_t i, int64_t rows, int64_t j, int64_t cols) {
    Routines<T>::gemm((*a).transpose, (*b).transpose, rows, cols, p.k, (*a).at(i, 0).data, (*a).leading,
                      (*b).at(0, j).data, (*b).leading, out.data() + i * out.leading() + j, out.leading());
  };
  if (is_one_piece(p)) {
    piece(0, p.m, 0, p.n);
  } else {
    const Pieces cut(p.m, p.n);
    const int64_t count = cut.down * cut.across;
    parallel_for(count, piece_us(p.flops() / static_cast<double>(count)), [&](int64_t first, int64_t last) {
      for (int64_t t = first; t < last; ++t) {
        const int64_t i = t / cut.across * cut.rows, j = t % cut.across * cut.cols;
        piece(i, std::min(cut.rows, p.m - i), j, std::min(cut.cols, p.n - j));
      }
    });
  }
  out.finish();
}

template <class T> void multiply(const Product& p) {
  if (is_gram(p) && gram<T>(p)) return;
  const bool column_major =
      !leading_dimension<T>(p.m, p.n, p.out_row, p.out_col) && leading_dimension<T>(p.n, p.m, p.out_col, p.out_row);
  gemm<T>(column_major ? p.transposed() : p);
}

/// No call of OpenBLAS starts threads of its own.
const bool one_thread_per_call = (scipy_openblas_set_num_threads64_(1), true);

}  // namespace

void multiply_blas(const Product& p) {
  with_blas_type(p.dtype, [&](auto item) { multiply<decltype(item)>(p); });
}

}  // namespace crossarray::cpu
