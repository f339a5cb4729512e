// Error of the transcendental ops against a wider type (long double for float64, double for float32), swept over each
// row's domain on every SIMD target. The bound is the row's ulp_cpu. XA_PRINT_ULP=1 prints what was measured.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cpu/kernels/kernels.h"
#include "kernel_values.h"

namespace crossarray {
namespace {

template <class T> using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
constexpr size_t kPoints = 40000;

/// Exact value of a unary or binary op, as near as the wider type gives it; false when there is no reference.
template <class W> bool reference(Op op, W a, W b, W* out) {
  switch (op) {
    case Op::exp: *out = std::exp(a); return true;
    case Op::exp2: *out = std::exp2(a); return true;
    case Op::expm1: *out = std::expm1(a); return true;
    case Op::log: *out = std::log(a); return true;
    case Op::log2: *out = std::log2(a); return true;
    case Op::log10: *out = std::log10(a); return true;
    case Op::log1p: *out = std::log1p(a); return true;
    case Op::sin: *out = std::sin(a); return true;
    case Op::cos: *out = std::cos(a); return true;
    case Op::tan: *out = std::tan(a); return true;
    case Op::arcsin: *out = std::asin(a); return true;
    case Op::arccos: *out = std::acos(a); return true;
    case Op::arctan: *out = std::atan(a); return true;
    case Op::sinh: *out = std::sinh(a); return true;
    case Op::cosh: *out = std::cosh(a); return true;
    case Op::tanh: *out = std::tanh(a); return true;
    case Op::arcsinh: *out = std::asinh(a); return true;
    case Op::arccosh: *out = std::acosh(a); return true;
    case Op::arctanh: *out = std::atanh(a); return true;
    case Op::cbrt: *out = std::cbrt(a); return true;
    case Op::arctan2: *out = std::atan2(a, b); return true;
    case Op::hypot: *out = std::hypot(a, b); return true;
    case Op::power:
    case Op::float_power: *out = std::pow(a, b); return true;
    default: return false;
  }
}

template <class T> class Sweep {
 public:
  using W = Wide<T>;
  explicit Sweep(const OpRow& row) : row_(row) {}

  /// An element's result is the same bits alone as among others, special ones included: nothing depends on tiling.
  void check_alone(cpu::TileFn kernel) {
    fill();
    std::vector<T> out(a_.size());
    const void* in[] = {a_.data(), b_.data()};
    kernel(in, 0, out.data(), a_.size());
    for (size_t i = 0; i < a_.size(); i += 3) {
      const void* one[] = {&a_[i], &b_[i]};
      T alone;
      kernel(one, 0, &alone, 1);
      ASSERT_EQ(test::ulps_apart(alone, out[i]), 0)
          << row_.name << "(" << a_[i] << ", " << b_[i] << ") depends on its neighbours on " << cpu::simd_target();
    }
  }

  /// Largest error over ordinary points, checking special points on the way.
  double run(cpu::TileFn kernel) {
    fill();
    std::vector<T> out(a_.size());
    const void* in[] = {a_.data(), b_.data()};
    kernel(in, 0, out.data(), a_.size());
    double worst = 0;
    for (size_t i = 0; i < a_.size(); ++i) {
      W wide = 0;
      T narrow = 0;
      reference<W>(row_.op, a_[i], b_[i], &wide);
      // Infinities: the narrow libm is the reference (glibc 2.36's powl(-inf, -2^63) is inf, not 0).
      if (std::isinf(a_[i])) reference<T>(row_.op, a_[i], b_[i], &narrow), wide = narrow;
      const double error = error_of(out[i], wide);
      if (error > row_.ulp_cpu) {
        char text[200];
        std::snprintf(text, sizeof text, "%s(%.17g, %.17g) = %.17g, exact %.20Lg, %.2f ulp", row_.name, double(a_[i]),
                      double(b_[i]), double(out[i]), static_cast<long double>(wide), error);
        ADD_FAILURE() << text << " on " << cpu::simd_target();
        if (++failures_ == 4) return error;
      }
      worst = std::max(worst, error);
    }
    return worst;
  }

 private:
  static double error_of(T got, W exact) {
    const T rounded = static_cast<T>(exact);
    if (std::isnan(rounded) || std::isnan(got)) return std::isnan(rounded) == std::isnan(got) ? 0 : INFINITY;
    if (std::isinf(rounded) || std::isinf(got)) {
      if (got == rounded) return 0;
      const T limit = std::copysign(std::numeric_limits<T>::max(), got);
      return std::isinf(rounded) && got == limit ? 1 : std::isinf(got) && rounded == limit ? 1 : INFINITY;
    }
    if (got == 0 && rounded == 0) return std::signbit(got) == std::signbit(rounded) ? 0 : INFINITY;
    int exponent;
    std::frexp(rounded == 0 ? std::numeric_limits<T>::denorm_min() : rounded, &exponent);
    const int digits = std::numeric_limits<T>::digits, lowest = std::numeric_limits<T>::min_exponent;
    const W unit = std::ldexp(W(1), std::max(exponent, lowest) - digits);
    return static_cast<double>(std::fabs((static_cast<W>(got) - exact) / unit));
  }

  void fill() {
    const std::vector<T> special = test::special_values<T>();
    for (T x : special)
      for (T y : row_.arity == 2 ? special : std::vector<T>{T(1)}) push(x, y);
    std::mt19937_64 random(static_cast<unsigned>(row_.op));
    for (size_t i = 0; i < kPoints; ++i) push(draw(random, i), draw(random, i + 1));
  }
  void push(T x, T y) {
    a_.push_back(x);
    b_.push_back(y);
  }
  /// Thirds: any bits; the domain's ordinary range; a narrow band around 0 and 1.
  T draw(std::mt19937_64& random, size_t i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    const std::string_view domain = row_.domain;
    double low = -10, high = 10;
    if (domain == "exp") low = -700, high = 710;
    if (domain == "exp" && sizeof(T) == 4) low = -104, high = 89;
    if (domain == "log" || domain == "pow") low = 0, high = 100;
    if (domain == "log1p") low = -1;
    if (domain == "unit") low = -1, high = 1;
    if (domain == "above1") low = 1, high = 1000;
    if (domain == "trig") low = -1000, high = 1000;
    if (i % 3 == 0) return static_cast<T>(low + (high - low) * unit);
    if (i % 3 == 1) return static_cast<T>((i & 4 ? 1 : 0) + (unit - 0.5) * std::exp2(-double(random() % 30)));
    T any;
    const uint64_t bits = random();
    std::memcpy(&any, &bits, sizeof any);
    return any;
  }

  const OpRow& row_;
  std::vector<T> a_, b_;
  int failures_ = 0;
};

class Ulp : public testing::TestWithParam<std::string> {};

template <class T> void sweep(const OpRow& row, DType loop) {
  Wide<T> unused;
  if (!contains(row.loops, loop) || !reference<Wide<T>>(row.op, 1, 1, &unused)) return;
  Sweep<T>(row).check_alone(cpu::tile_kernel(row.op, loop));
  const double worst = Sweep<T>(row).run(cpu::tile_kernel(row.op, loop));
  if (std::getenv("XA_PRINT_ULP"))
    std::printf("%-5s %-12s %-8s %.3f\n", cpu::simd_target().c_str(), row.name, name(loop), worst);
}

TEST_P(Ulp, StaysWithinTheRowsBound) {
  cpu::set_simd_target(GetParam());
  for (const OpRow& row : rows()) {
    sweep<float>(row, DType::kF32);
    sweep<double>(row, DType::kF64);
  }
  cpu::set_simd_target(cpu::simd_targets().front());
}

INSTANTIATE_TEST_SUITE_P(Targets, Ulp, testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace crossarray
