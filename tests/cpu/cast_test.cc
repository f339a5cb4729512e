// Casts between all pairs of dtypes on every SIMD target give the scalar conversion's bits.
#include <gtest/gtest.h>

#include "cpu/kernels/kernels.h"
#include "kernel_values.h"

namespace crossarray {
namespace {

template <class From, class To> void check_pair(DType from, DType to) {
  const cpu::TileFn kernel = cpu::cast_kernel(from, to);
  const ScalarFn expression = scalar_cast_fn(from, to);
  for (size_t n : {0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 300}) {
    for (unsigned single : {0u, 1u}) {
      const std::vector<std::byte> input = test::draw<From>(n + 2, static_cast<unsigned>(n) + 17);
      std::vector<std::byte> output((n + 2) * sizeof(To), std::byte{0x5A});
      const void* in[] = {input.data() + sizeof(From)};
      kernel(in, single, output.data() + sizeof(To), n);
      for (size_t i = 0; i < n; ++i) {
        const void* at[] = {input.data() + (1 + (single ? 0 : i)) * sizeof(From)};
        To want{}, got{};
        expression(at, &want);
        std::memcpy(&got, output.data() + (1 + i) * sizeof(To), sizeof got);
        ASSERT_EQ(test::ulps_apart(want, got), 0)
            << name(from) << " to " << name(to) << " n=" << n << " element " << i << " on " << cpu::simd_target();
      }
      for (size_t e = 0; e < sizeof(To); ++e) ASSERT_EQ(output[(n + 1) * sizeof(To) + e], std::byte{0x5A});
    }
  }
}

class Cast : public testing::TestWithParam<std::string> {};

TEST_P(Cast, EqualsTheScalarConversion) {
  cpu::set_simd_target(GetParam());
  for (int f = 0; f < kDTypeCount; ++f) {
    for (int t = 0; t < kDTypeCount; ++t) {
      const DType from = static_cast<DType>(f), to = static_cast<DType>(t);
      visit(from, [&](auto a) {
        visit(to, [&](auto b) { check_pair<scalar_t<decltype(a)::value>, scalar_t<decltype(b)::value>>(from, to); });
      });
    }
  }
  cpu::set_simd_target(cpu::simd_targets().front());
}

INSTANTIATE_TEST_SUITE_P(Targets, Cast, testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& info) { return info.param; });

TEST(Half, EveryValueSurvivesTheRoundTrip) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const Half h{static_cast<uint16_t>(bits)};
    const BFloat16 b{static_cast<uint16_t>(bits)};
    if ((bits & 0x7FFF) <= 0x7C00) {
      EXPECT_EQ(float_to_half(half_to_float(h)).bits, bits);
    }
    if ((bits & 0x7FFF) <= 0x7C00) {
      EXPECT_EQ(double_to_half(half_to_float(h)).bits, bits);
    }
    if ((bits & 0x7FFF) <= 0x7F80) {
      EXPECT_EQ(float_to_bfloat16(bfloat16_to_float(b)).bits, bits);
    }
  }
}

TEST(Half, ADoubleIsRoundedOnce) {
  // 1 + 2^-11 + 2^-40 is above the tie; through float it would land on the tie and round down to even.
  EXPECT_EQ(double_to_half(1 + 0x1p-11 + 0x1p-40).bits, 0x3C01);
  EXPECT_EQ(double_to_half(1 + 0x1p-11).bits, 0x3C00);
  EXPECT_EQ(double_to_half(65519.999).bits, 0x7BFF);
  EXPECT_EQ(double_to_half(65520).bits, 0x7C00);
  EXPECT_EQ(double_to_half(0x1p-25).bits, 0);
  EXPECT_EQ(double_to_half(0x1.8p-25).bits, 1);
}

TEST(WeakScalar, AnIntThatDoesNotFitRaises) {
  WeakScalar big;
  big.i = 300;
  EXPECT_EQ(cast_weak(big, DType::kI16).as<int16_t>(), 300);
  EXPECT_EQ(cast_weak(big, DType::kF64).as<double>(), 300.0);
  EXPECT_THROW(cast_weak(big, DType::kU8), std::runtime_error);
  big.i = -1;
  EXPECT_THROW(cast_weak(big, DType::kU64), std::runtime_error);
  big.range = WeakScalar::Range::kU64;
  big.u = ~uint64_t{0};
  EXPECT_EQ(cast_weak(big, DType::kU64).as<uint64_t>(), ~uint64_t{0});
  EXPECT_THROW(cast_weak(big, DType::kI64), std::runtime_error);
}

}  // namespace
}  // namespace crossarray
