// Integer division on every SIMD target: all pairs of bytes, edges and random values of wider integers against C++'s `/`.
#include <gtest/gtest.h>

#include <random>

#include "cpu/kernels/kernels.h"
#include "kernel_values.h"

namespace crossarray {
namespace {

/// What NumPy defines, in 128 bits, where nothing overflows.
template <class T> T want(Op op, T a, T b) {
  if (b == 0) return 0;
  const __int128 x = a, y = b;
  const __int128 truncated = x / y, rest = x % y;
  const bool below = rest != 0 && (rest < 0) != (y < 0);
  if (op == Op::floor_divide) return static_cast<T>(truncated - below);
  return static_cast<T>(op == Op::remainder && below ? rest + y : rest);
}

template <class T> std::vector<T> divisors() {
  if constexpr (sizeof(T) == 1) {
    std::vector<T> all;
    for (int b = 0; b < 256; ++b) all.push_back(static_cast<T>(b));
    return all;
  }
  std::vector<T> chosen = test::special_values<T>();
  for (int bit = 0; bit < int(8 * sizeof(T)); ++bit)
    for (int off : {-1, 0, 1}) {
      const uint64_t magnitude = (uint64_t{1} << bit) + static_cast<uint64_t>(off);
      chosen.push_back(static_cast<T>(magnitude));
      chosen.push_back(static_cast<T>(~magnitude + 1));
    }
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) chosen.push_back(static_cast<T>(random() >> random() % (8 * sizeof(T))));
  return chosen;
}

/// All values of 8 and 16 bits; of others every divisor with its neighbours, multiples of `b` with theirs, and random ones.
template <class T> std::vector<T> dividends(T b) {
  std::vector<T> chosen;
  if constexpr (sizeof(T) <= 2) {
    for (int a = 0; a < 1 << 8 * sizeof(T); ++a) chosen.push_back(static_cast<T>(a));
    return chosen;
  }
  std::mt19937_64 random(static_cast<uint64_t>(b));
  for (T a : divisors<T>()) chosen.push_back(a);
  for (int i = 0; i < 200; ++i) {
    const uint64_t multiple = static_cast<uint64_t>(b) * (random() >> random() % 64);
    for (uint64_t off : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) chosen.push_back(static_cast<T>(multiple + off));
    chosen.push_back(static_cast<T>(random()));
  }
  return chosen;
}

template <class T> void check(Op op, DType dtype) {
  const cpu::TileFn kernel = cpu::tile_kernel(op, dtype);
  for (T b : divisors<T>()) {
    const std::vector<T> a = dividends(b), repeated(a.size(), b);
    std::vector<T> by_one(a.size()), by_run(a.size());
    const void *one[] = {a.data(), &b}, *run[] = {a.data(), repeated.data()};
    kernel(one, 2, by_one.data(), a.size());
    kernel(run, 0, by_run.data(), a.size());
    for (size_t i = 0; i < a.size(); ++i) {
      const T right = want(op, a[i], b);
      ASSERT_EQ(+by_one[i], +right) << row(op).name << " " << name(dtype) << ": " << +a[i] << " by the divisor " << +b;
      ASSERT_EQ(+by_run[i], +right) << row(op).name << " " << name(dtype) << ": " << +a[i] << " by the lanes " << +b;
    }
  }
}

class IntDivide : public testing::TestWithParam<std::string> {};

TEST_P(IntDivide, IsExactForEveryDivisor) {
  cpu::set_simd_target(GetParam());
  for (Op op : {Op::floor_divide, Op::remainder, Op::fmod}) {
    check<int8_t>(op, DType::kI8);
    check<uint8_t>(op, DType::kU8);
    check<int16_t>(op, DType::kI16);
    check<uint16_t>(op, DType::kU16);
    check<int32_t>(op, DType::kI32);
    check<uint32_t>(op, DType::kU32);
    check<int64_t>(op, DType::kI64);
    check<uint64_t>(op, DType::kU64);
  }
  cpu::set_simd_target(cpu::simd_targets().front());
}

INSTANTIATE_TEST_SUITE_P(Targets, IntDivide, testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace crossarray
