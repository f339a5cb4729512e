// The doors to cuFFT, cuSOLVER and CUB on the fake driver: what comes back must satisfy the definitions.
#include <complex>
#include <numbers>
#include <random>

#include "cuda/libs/cufft.h"
#include "cuda/libs/cusolver.h"
#include "cuda/libs/kernels.h"
#include "cuda/libs/matrix_layout.h"
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

using C = std::complex<double>;

class Libraries : public FakeDevice {
 protected:
  template <class T> std::vector<T> random_numbers(size_t n) {
    std::normal_distribution<double> normal;
    std::vector<T> v(n);
    for (T& x : v)
      if constexpr (std::is_same_v<T, C>)
        x = C(normal(random_), normal(random_));
      else
        x = static_cast<T>(normal(random_));
    return v;
  }
  std::mt19937 random_{11};
};

/// A vector on the device for the object's life.
template <class T> class Moved {
 public:
  explicit Moved(const std::vector<T>& host) : memory_(device(), host.size() * sizeof(T)), size_(host.size()) {
    upload(device(), memory_.data(), host.data(), memory_.bytes());
  }
  T* data() const { return reinterpret_cast<T*>(memory_.data()); }
  std::vector<T> home() const {
    std::vector<T> host(size_);
    download(device(), host.data(), memory_.data(), memory_.bytes());
    return host;
  }

 private:
  DeviceBytes memory_;
  size_t size_;
};

template <class T> void expect_near(const std::vector<T>& got, const std::vector<T>& want, double bound) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_LT(std::abs(got[i] - want[i]), bound) << "element " << i;
}

cufft::Shape lines(int64_t n, int64_t batch) {
  cufft::Shape shape;
  shape.n = {n};
  shape.batch = batch;
  shape.in = shape.out = {{n}, 1, n};
  return shape;
}

TEST_F(Libraries, FourierTransformAndItsInverseGiveTheInputTimesItsLength) {
  const std::vector<C> x = random_numbers<C>(3 * 20);
  const Moved<C> in(x), middle(x), out(x);
  cufft::transform(device().machine(), lines(20, 3), in.data(), middle.data(), false);
  cufft::transform(device().machine(), lines(20, 3), middle.data(), out.data(), true);
  std::vector<C> want = x;
  for (C& value : want) value *= 20;
  expect_near(out.home(), want, 1e-12);
  EXPECT_EQ(fake_cuda_count("cufftMakePlanMany64"), 1);
}

TEST_F(Libraries, RealTransformsKeepHalfTheSpectrum) {
  const std::vector<double> x = random_numbers<double>(2 * 7);
  cufft::Shape forward = lines(7, 2), backward = lines(7, 2);
  forward.transform = cufft::Transform::kRealToComplex;
  forward.out = backward.in = {{4}, 1, 4};
  backward.transform = cufft::Transform::kComplexToReal;
  const Moved<double> in(x), out(x);
  const Moved<C> spectrum(std::vector<C>(8));
  cufft::transform(device().machine(), forward, in.data(), spectrum.data(), false);
  double sum = 0;
  for (int i = 0; i < 7; ++i) sum += x[static_cast<size_t>(i)];
  EXPECT_NEAR(spectrum.home()[0].real(), sum, 1e-12);
  cufft::transform(device().machine(), backward, spectrum.data(), out.data(), true);
  std::vector<double> want = x;
  for (double& value : want) value *= 7;
  expect_near(out.home(), want, 1e-12);
}

TEST_F(Libraries, PlansAreKeptAndTheOldestGoes) {
  const Moved<C> in(std::vector<C>(64)), out(std::vector<C>(64));
  const auto run = [&](int64_t n) { cufft::transform(device().machine(), lines(n, 1), in.data(), out.data(), false); };
  for (int64_t n = 30; n < 30 + static_cast<int64_t>(cufft::kMostPlans); ++n) run(n);
  const int64_t made = fake_cuda_count("cufftMakePlanMany64"), gone = fake_cuda_count("cufftDestroy");
  run(30);
  EXPECT_EQ(fake_cuda_count("cufftMakePlanMany64"), made);
  run(64);
  EXPECT_EQ(fake_cuda_count("cufftDestroy"), gone + 1);
  run(30);
  EXPECT_EQ(fake_cuda_count("cufftMakePlanMany64"), made + 1);
}

/// a b for column-major matrices; `adjoint` takes the conjugate transpose of a.
std::vector<C> product(const std::vector<C>& a, const std::vector<C>& b, int64_t m, int64_t k, int64_t n,
                       bool adjoint) {
  std::vector<C> c(static_cast<size_t>(m * n));
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t p = 0; p < k; ++p)
        c[static_cast<size_t>(j * m + i)] +=
            (adjoint ? std::conj(a[static_cast<size_t>(i * k + p)]) : a[static_cast<size_t>(p * m + i)]) *
            b[static_cast<size_t>(j * k + p)];
  return c;
}

std::vector<C> adjoint(const std::vector<C>& a, int64_t rows, int64_t cols) {
  std::vector<C> t(a.size());
  for (int64_t j = 0; j < cols; ++j)
    for (int64_t i = 0; i < rows; ++i)
      t[static_cast<size_t>(i * cols + j)] = std::conj(a[static_cast<size_t>(j * rows + i)]);
  return t;
}

cusolver::ColumnMajor matrix(const Moved<C>& m, int64_t rows, int64_t cols) { return {m.data(), rows, cols, rows}; }

TEST_F(Libraries, CholeskyFactorTimesItsAdjointIsTheMatrix) {
  const int64_t n = 5;
  const std::vector<C> g = random_numbers<C>(25), a = product(g, g, n, n, n, true);
  const Moved<C> on_device(a);
  const Moved<int> info({-1});
  cusolver::potrf(device().machine(), DType::kC128, false, matrix(on_device, n, n), info.data());
  EXPECT_EQ(info.home()[0], 0);
  std::vector<C> l = on_device.home();
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < j; ++i) l[static_cast<size_t>(j * n + i)] = 0;
  expect_near(product(l, adjoint(l, n, n), n, n, n, false), a, 1e-12);
}

TEST_F(Libraries, AMatrixThatIsNotPositiveSaysSoInItsCode) {
  const Moved<C> on_device(std::vector<C>{1, 0, 0, -1});
  const Moved<int> info({-1});
  cusolver::potrf(device().machine(), DType::kC128, true, matrix(on_device, 2, 2), info.data());
  EXPECT_EQ(info.home()[0], 2);
}

TEST_F(Libraries, LuSolvesLinearSystems) {
  const int64_t n = 6;
  const std::vector<C> a = random_numbers<C>(36), b = random_numbers<C>(12);
  for (const bool transposed : {false, true}) {
    const Moved<C> factors(a), x(b);
    const Moved<int64_t> pivots(std::vector<int64_t>(6));
    const Moved<int> info({-1});
    cusolver::getrf(device().machine(), DType::kC128, matrix(factors, n, n), pivots.data(), info.data());
    cusolver::getrs(device().machine(), DType::kC128, transposed, matrix(factors, n, n), pivots.data(), matrix(x, n, 2),
                    info.data());
    std::vector<C> left = a;
    if (transposed)
      for (C& value : left = adjoint(a, n, n)) value = std::conj(value);
    expect_near(product(left, x.home(), n, n, 2, false), b, 1e-10);
  }
}

TEST_F(Libraries, QTimesRIsTheMatrix) {
  const int64_t m = 6, n = 4;
  const std::vector<C> a = random_numbers<C>(24);
  const Moved<C> on_device(a), tau(std::vector<C>(4));
  const Moved<int> info({-1});
  cusolver::geqrf(device().machine(), DType::kC128, matrix(on_device, m, n), tau.data(), info.data());
  const std::vector<C> packed = on_device.home();
  std::vector<C> r(16);
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i <= j; ++i) r[static_cast<size_t>(j * n + i)] = packed[static_cast<size_t>(j * m + i)];
  cusolver::orgqr(device().machine(), DType::kC128, matrix(on_device, m, n), n, tau.data(), info.data());
  expect_near(product(on_device.home(), r, m, n, n, false), a, 1e-12);
}

TEST_F(Libraries, SingularValuesAndVectorsGiveTheMatrixBack) {
  const int64_t m = 6, n = 4;
  const std::vector<C> a = random_numbers<C>(24);
  const Moved<C> on_device(a), u(std::vector<C>(24)), vt(std::vector<C>(16));
  const Moved<double> s(std::vector<double>(4));
  const Moved<int> info({-1});
  cusolver::gesvd(device().machine(), DType::kC128, 'S', 'S', matrix(on_device, m, n), s.data(), matrix(u, m, n),
                  matrix(vt, n, n), info.data());
  std::vector<C> scaled = u.home();
  const std::vector<double> values = s.home();
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < m; ++i) scaled[static_cast<size_t>(j * m + i)] *= values[static_cast<size_t>(j)];
  expect_near(product(scaled, vt.home(), m, n, n, false), a, 1e-12);
  EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
}

TEST_F(Libraries, EigenvectorsAreScaledByTheMatrix) {
  const int64_t n = 5;
  const std::vector<C> g = random_numbers<C>(25), a = product(g, g, n, n, n, true);
  const Moved<C> on_device(a);
  const Moved<double> w(std::vector<double>(5));
  const Moved<int> info({-1});
  cusolver::syevd(device().machine(), DType::kC128, true, false, matrix(on_device, n, n), w.data(), info.data());
  const std::vector<C> v = on_device.home();
  std::vector<C> scaled = v;
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < n; ++i) scaled[static_cast<size_t>(j * n + i)] *= w.home()[static_cast<size_t>(j)];
  expect_near(product(a, v, n, n, n, false), scaled, 1e-10);
}

TEST_F(Libraries, SortsPutNanLastAndKeepEqualElementsInOrder) {
  const double nan = std::nan("");
  const std::vector<double> x = {3, nan, -1, 3, 0, nan, -7, 2};
  const Moved<double> in(x), out(x);
  const Moved<int64_t> positions(std::vector<int64_t>(8));
  kernels::sort(device().machine(), DType::kF64, in.data(), out.data(), nullptr, 1, 8);
  const std::vector<double> sorted = out.home();
  EXPECT_EQ(std::vector<double>(sorted.begin(), sorted.begin() + 6), (std::vector<double>{-7, -1, 0, 2, 3, 3}));
  EXPECT_TRUE(std::isnan(sorted[6]) && std::isnan(sorted[7]));
  kernels::sort(device().machine(), DType::kF64, in.data(), nullptr, positions.data(), 2, 4);
  EXPECT_EQ(positions.home(), (std::vector<int64_t>{2, 0, 3, 1, 2, 0, 3, 1}));
}

TEST_F(Libraries, SelectKeepsFlaggedItems) {
  const std::vector<double> x = {1, 2, 3, 4, 5};
  const Moved<double> in(x), out(x);
  const Moved<uint8_t> flags({0, 1, 0, 1, 1});
  const Moved<int64_t> count({-1}), positions(std::vector<int64_t>(5));
  const auto* set = reinterpret_cast<const bool*>(flags.data());
  kernels::select(device().machine(), 8, in.data(), set, out.data(), count.data(), 5);
  EXPECT_EQ(count.home()[0], 3);
  EXPECT_EQ(out.home()[2], 5);
  kernels::select(device().machine(), 8, nullptr, set, positions.data(), count.data(), 5);
  EXPECT_EQ(positions.home()[0], 1);
}

TEST_F(Libraries, ReductionsOfDenseArrays) {
  const Moved<int> in({3, -4, 5, -4});
  const Moved<int64_t> out({0});
  EXPECT_TRUE(kernels::reduce(device().machine(), ReduceKind::kArgMin, DType::kI32, in.data(), out.data(), 4));
  EXPECT_EQ(out.home()[0], 1);
  EXPECT_TRUE(kernels::reduce(device().machine(), ReduceKind::kProd, DType::kI32, in.data(), out.data(), 4));
  EXPECT_EQ(out.home()[0], 240);
  EXPECT_FALSE(kernels::reduce(device().machine(), ReduceKind::kSum, DType::kI16, in.data(), out.data(), 4));
}

/// The maximum of a matrix whose rows are `step` elements apart, by the backend, and how often CUB was called.
std::pair<double, int64_t> maximum_by_backend(int64_t rows, int64_t columns, int64_t step) {
  std::vector<double> values(static_cast<size_t>(rows * step));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 7919 % 1009);
  const Moved<double> in(values), out({0});
  Kernel kernel;
  kernel.rank = 2;
  kernel.reduced = 3;
  kernel.slots = {{DType::kF64, SlotRole::kLoad, Access::kInner}, {DType::kF64, SlotRole::kReduce, Access::kBroadcast}};
  Ssa load{ValueKind::kLoad};
  load.loop = load.dtype = DType::kF64;
  kernel.values = {load};
  ReduceStmt fold{};
  fold.kind = ReduceKind::kMax;
  fold.slot = 1;
  fold.accumulate = DType::kF64;
  kernel.reduces = {fold};
  Launch launch;
  launch.shape = {rows, columns};
  launch.slots = {{reinterpret_cast<std::byte*>(in.data()), {8 * step, 8}},
                  {reinterpret_cast<std::byte*>(out.data()), {0, 0}}};
  launch.params = {0};
  const int64_t before = fake_cuda_count("xa_reduce");
  device().run(*device().compile(kernel), launch);
  return {out.home()[0], fake_cuda_count("xa_reduce") - before};
}

TEST_F(Libraries, DenseFoldsOfWholeArraysGoToCubFromTheirSizeOn) {
  device().use_library_reductions(8 * 1000, 8 * 1000);
  EXPECT_EQ(maximum_by_backend(10, 99, 99).second, 0) << "too small";
  EXPECT_EQ(maximum_by_backend(10, 100, 101).second, 0) << "not dense";
  const auto [by_cub, calls] = maximum_by_backend(10, 100, 100);
  EXPECT_GT(calls, 0);
  device().use_library_reductions(1e30, 1e30);
  EXPECT_EQ(maximum_by_backend(10, 100, 100), (std::pair<double, int64_t>(by_cub, 0)));
  device().use_library_reductions(16 << 20, 16 << 20);
}

TEST_F(Libraries, LongDenseMasksGoToCub) {
  const size_t n = 100000;
  std::vector<uint8_t> flags(n);
  for (size_t i = 0; i < n; i += 7) flags[i] = 1;
  const Moved<uint8_t> mask(flags);
  const Moved<int64_t> positions(std::vector<int64_t>(n / 7 + 1));
  const auto* data = reinterpret_cast<const std::byte*>(mask.data());
  device().nonzero({data, {100, 1000}, {1000, 1}}, positions.data());
  EXPECT_GT(fake_cuda_count("xa_select_positions"), 0);
  EXPECT_EQ(positions.home()[2], 14);
  const int64_t calls = fake_cuda_count("xa_select_positions");
  device().nonzero({data, {50, 1000}, {2000, 2}}, positions.data());
  EXPECT_EQ(fake_cuda_count("xa_select_positions"), calls) << "every other element: not dense";
  EXPECT_EQ(positions.home()[1], 7);
}

TEST(MatrixLayout, FindsTheDenseAxis) {
  const auto form = [](int64_t rows, int64_t cols, int64_t row, int64_t col) {
    return leading({nullptr, rows, cols, row, col}, 4);
  };
  EXPECT_TRUE(form(3, 5, 20, 4)->row_major);
  EXPECT_EQ(form(3, 5, 32, 4)->ld, 8);
  EXPECT_FALSE(form(3, 5, 4, 12)->row_major);
  EXPECT_FALSE(form(3, 5, 40, 8)) << "every other column";
  EXPECT_FALSE(form(3, 5, 0, 4)) << "a repeated row";
  EXPECT_FALSE(form(3, 5, -20, 4)) << "upside down";
  EXPECT_TRUE(form(1, 5, -99, 4)) << "one row has any stride";
  EXPECT_TRUE(form(1, 1, 0, 0));
}

}  // namespace
}  // namespace crossarray::cuda::test
