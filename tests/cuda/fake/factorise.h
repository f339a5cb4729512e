// Textbook factorisations of small column-major matrices in complex double precision (Golub and Van Loan, Matrix
// Computations, 4th edition): what the fake cuSOLVER computes with.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/cuda/fake/elements.h"

namespace crossarray::cuda::fake {

struct Dense {
  int64_t rows = 0, cols = 0;
  std::vector<Element> items;
  Dense(int64_t r, int64_t c) : rows(r), cols(c), items(static_cast<size_t>(r * c)) {}
  Element& operator()(int64_t i, int64_t j) { return items[static_cast<size_t>(j * rows + i)]; }
  const Element& operator()(int64_t i, int64_t j) const { return items[static_cast<size_t>(j * rows + i)]; }
};

/// Lower factor in place (section 4.2); 0, or the order of the first minor that is not positive.
inline int cholesky(Dense& a) {
  for (int64_t j = 0; j < a.cols; ++j) {
    for (int64_t k = 0; k < j; ++k)
      for (int64_t i = j; i < a.rows; ++i) a(i, j) -= a(i, k) * std::conj(a(j, k));
    if (!(a(j, j).real() > 0)) return static_cast<int>(j + 1);
    const double d = std::sqrt(a(j, j).real());
    for (int64_t i = j; i < a.rows; ++i) a(i, j) /= d;
  }
  return 0;
}

/// LU with partial pivoting in place (section 3.4); pivots from 1.
inline int lu(Dense& a, int64_t* pivots) {
  int info = 0;
  for (int64_t k = 0; k < std::min(a.rows, a.cols); ++k) {
    int64_t p = k;
    for (int64_t i = k + 1; i < a.rows; ++i)
      if (std::abs(a(i, k)) > std::abs(a(p, k))) p = i;
    pivots[k] = p + 1;
    for (int64_t j = 0; j < a.cols; ++j) std::swap(a(k, j), a(p, j));
    if (a(k, k) == Element(0)) {
      if (!info) info = static_cast<int>(k + 1);
      continue;
    }
    for (int64_t i = k + 1; i < a.rows; ++i) {
      a(i, k) /= a(k, k);
      for (int64_t j = k + 1; j < a.cols; ++j) a(i, j) -= a(i, k) * a(k, j);
    }
  }
  return info;
}

/// Solves A x = b (A' x = b) with lu()'s factors, in place of b.
inline void lu_solve(const Dense& a, const int64_t* pivots, bool transposed, Dense& b) {
  const int64_t n = a.cols;
  const auto exchange = [&](int64_t k) {
    for (int64_t c = 0; c < b.cols; ++c) std::swap(b(k, c), b(pivots[k] - 1, c));
  };
  if (!transposed)
    for (int64_t k = 0; k < n; ++k) exchange(k);
  for (int64_t c = 0; c < b.cols; ++c) {
    for (int64_t i = 0; i < n; ++i) {  // forward: L, or the transpose of U
      for (int64_t k = 0; k < i; ++k) b(i, c) -= (transposed ? a(k, i) : a(i, k)) * b(k, c);
      if (transposed) b(i, c) /= a(i, i);
    }
    for (int64_t i = n; i-- > 0;) {
      for (int64_t k = i + 1; k < n; ++k) b(i, c) -= (transposed ? a(k, i) : a(i, k)) * b(k, c);
      if (!transposed) b(i, c) /= a(i, i);
    }
  }
  if (transposed)
    for (int64_t k = n; k-- > 0;) exchange(k);
}

/// Householder QR in place (section 5.2), LAPACK's storage: H = I - tau v v', v(0) = 1.
inline void qr(Dense& a, std::vector<Element>& tau) {
  const int64_t steps = std::min(a.rows, a.cols);
  tau.assign(static_cast<size_t>(steps), 0);
  for (int64_t k = 0; k < steps; ++k) {
    double norm = 0;
    for (int64_t i = k; i < a.rows; ++i) norm += std::norm(a(i, k));
    norm = std::sqrt(norm);
    double below = 0;
    for (int64_t i = k + 1; i < a.rows; ++i) below += std::norm(a(i, k));
    if (below == 0 && a(k, k).imag() == 0) continue;
    const double beta = a(k, k).real() > 0 ? -norm : norm;
    const Element t = (beta - a(k, k)) / beta, scale = a(k, k) - beta;
    tau[static_cast<size_t>(k)] = t;
    for (int64_t i = k + 1; i < a.rows; ++i) a(i, k) /= scale;
    for (int64_t j = k + 1; j < a.cols; ++j) {  // H' from the left
      Element dot = a(k, j);
      for (int64_t i = k + 1; i < a.rows; ++i) dot += std::conj(a(i, k)) * a(i, j);
      a(k, j) -= std::conj(t) * dot;
      for (int64_t i = k + 1; i < a.rows; ++i) a(i, j) -= std::conj(t) * dot * a(i, k);
    }
    a(k, k) = beta;
  }
}

/// The first a.cols columns of Q = H0 H1 ..., from the vectors in `a`.
inline Dense q_of(const Dense& a, const std::vector<Element>& tau) {
  Dense q(a.rows, a.cols);
  for (int64_t j = 0; j < a.cols; ++j) q(j, j) = 1;
  for (size_t step = tau.size(); step-- > 0;) {
    const auto k = static_cast<int64_t>(step);
    for (int64_t j = 0; j < q.cols; ++j) {
      Element dot = q(k, j);
      for (int64_t i = k + 1; i < a.rows; ++i) dot += std::conj(a(i, k)) * q(i, j);
      q(k, j) -= tau[step] * dot;
      for (int64_t i = k + 1; i < a.rows; ++i) q(i, j) -= tau[step] * dot * a(i, k);
    }
  }
  return q;
}

/// One-sided Jacobi (section 8.6): columns of `a` become orthogonal, `v` collects the rotations.
inline void orthogonalise_columns(Dense& a, Dense& v) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    for (int64_t p = 0; p < a.cols; ++p)
      for (int64_t q = p + 1; q < a.cols; ++q) {
        double alpha = 0, beta = 0;
        Element gamma = 0;
        for (int64_t i = 0; i < a.rows; ++i) {
          alpha += std::norm(a(i, p));
          beta += std::norm(a(i, q));
          gamma += std::conj(a(i, p)) * a(i, q);
        }
        const double size = std::abs(gamma);
        if (size == 0 || size <= 1e-16 * std::sqrt(alpha * beta)) continue;
        off = std::max(off, size / std::sqrt(alpha * beta));
        const Element phase = gamma / size;
        const double zeta = (beta - alpha) / (2 * size);
        const double t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
        const double c = 1 / std::sqrt(1 + t * t), s = c * t;
        for (Dense* m : {&a, &v})
          for (int64_t i = 0; i < m->rows; ++i) {
            const Element x = (*m)(i, p), y = (*m)(i, q) * std::conj(phase);
            (*m)(i, p) = c * x - s * y;
            (*m)(i, q) = s * x + c * y;
          }
      }
    if (off < 1e-15) break;
  }
}

/// Hermitian eigenproblem by cyclic Jacobi (section 8.5): the diagonal becomes the values, `v` the vectors.
inline void diagonalise(Dense& a, Dense& v) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    for (int64_t p = 0; p < a.cols; ++p)
      for (int64_t q = p + 1; q < a.cols; ++q) {
        const double size = std::abs(a(p, q));
        off = std::max(off, size);
        if (size == 0) continue;
        const Element phase = a(p, q) / size;
        const double zeta = (a(q, q).real() - a(p, p).real()) / (2 * size);
        const double t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
        const double c = 1 / std::sqrt(1 + t * t), s = c * t;
        const auto rotate_columns = [&](Dense& m) {
          for (int64_t i = 0; i < m.rows; ++i) {
            const Element x = m(i, p), y = m(i, q) * std::conj(phase);
            m(i, p) = c * x - s * y;
            m(i, q) = s * x + c * y;
          }
        };
        rotate_columns(a);
        rotate_columns(v);
        for (int64_t j = 0; j < a.cols; ++j) {
          const Element x = a(p, j), y = a(q, j) * phase;
          a(p, j) = c * x - s * y;
          a(q, j) = s * x + c * y;
        }
      }
    if (off < 1e-15) break;
  }
}

}  // namespace crossarray::cuda::fake
