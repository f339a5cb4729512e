// Every op and loop dtype of the table, on every SIMD target: the tile kernel gives the scalar expression's results.
#include <gtest/gtest.h>

#include "cpu/kernels/kernels.h"
#include "kernel_values.h"

namespace crossarray {
namespace {

constexpr size_t kPad = 3;  // elements before each run: no vector is aligned

/// One kernel under test with typed inputs A, B, C and result R.
template <class R, class... T> class Runner {
 public:
  Runner(const OpRow& row, DType loop)
      : row_(row), loop_(loop), kernel_(cpu::tile_kernel(row.op, loop)), expression_(scalar_fn(row.op, loop)) {}

  void check_all() {
    ASSERT_NE(kernel_, nullptr) << row_.name << " " << name(loop_);
    for (unsigned single = 0; single < 1u << sizeof...(T); ++single) {
      for (size_t n = 0; n <= 67; ++n) check(n, single, std::index_sequence_for<T...>());
      check(517, single, std::index_sequence_for<T...>());
    }
    check_in_place(std::index_sequence_for<T...>());
  }

 private:
  /// The expression itself may be 1 ulp off. log(exp(a) + exp(b)) can cancel: there only the larger operand bounds it.
  double bound() const {
    if (row_.op == Op::logaddexp || row_.op == Op::logaddexp2) return 1e3;
    return row_.ulp_cpu > 0 ? row_.ulp_cpu + 1 : 0;
  }

  template <size_t... i> void check(size_t n, unsigned single, std::index_sequence<i...>) {
    auto inputs = std::make_tuple(test::draw<T>(kPad + n + 1, 7 * n + 100 * i + static_cast<unsigned>(row_.op))...);
    const void* in[] = {std::get<i>(inputs).data() + kPad * sizeof(T)...};
    std::vector<std::byte> out((kPad + n + 1) * sizeof(R), std::byte{0x5A});
    kernel_(in, single, out.data() + kPad * sizeof(R), n);
    for (size_t e = 0; e < n; ++e) {
      const void* at[] = {static_cast<const std::byte*>(in[i]) + (single >> i & 1 ? 0 : e) * sizeof(T)...};
      compare(at, out.data() + (kPad + e) * sizeof(R), n, e, single);
    }
    for (size_t e = 0; e < sizeof(R); ++e)
      ASSERT_EQ(out[(kPad + n) * sizeof(R) + e], std::byte{0x5A}) << row_.name << " wrote behind its run, n=" << n;
  }

  template <size_t... i> void check_in_place(std::index_sequence<i...>) {
    const size_t n = 151;
    constexpr bool same_size[] = {sizeof(T) == sizeof(R)...};
    for (size_t target = 0; target < sizeof...(T); ++target) {
      if (!same_size[target]) continue;
      auto inputs = std::make_tuple(test::draw<T>(n, 31 * i + 5)...);
      auto work = inputs;
      const void* in[] = {std::get<i>(work).data()...};
      const void* original[] = {std::get<i>(inputs).data()...};
      kernel_(in, 0, const_cast<void*>(in[target]), n);
      for (size_t e = 0; e < n; ++e) {
        const void* at[] = {static_cast<const std::byte*>(original[i]) + e * sizeof(T)...};
        compare(at, static_cast<const std::byte*>(in[target]) + e * sizeof(R), n, e, 0);
      }
    }
  }

  void compare(const void* const* at, const void* got_at, size_t n, size_t e, unsigned single) {
    R want{}, got{};
    expression_(at, &want);
    std::memcpy(&got, got_at, sizeof got);
    const double apart = test::ulps_apart(want, got);
    if (apart > bound()) {
      ADD_FAILURE() << row_.name << " " << name(loop_) << " on " << cpu::simd_target() << ": n=" << n << " element "
                    << e << " single=" << single << " is " << apart << " ulp off; input " << describe<T...>(at)
                    << " want " << text(want) << " got " << text(got);
      throw std::runtime_error("first difference shown");
    }
  }

  template <class V> static std::string text(V v) {
    char chars[80];
    if constexpr (scalar::Cplx<V>)
      std::snprintf(chars, sizeof chars, "(%.17g, %.17g)", double(v.re), double(v.im));
    else if constexpr (scalar::HalfLike<V>)
      std::snprintf(chars, sizeof chars, "bits %#x", v.bits);
    else
      std::snprintf(chars, sizeof chars, "%.17g", double(v));
    return chars;
  }
  template <class... V> static std::string describe(const void* const* at) {
    std::string all;
    size_t k = 0;
    auto one = [&]<class X>(X) {
      X value;
      std::memcpy(&value, at[k++], sizeof value);
      all += text(value) + " ";
    };
    (one(V{}), ...);
    return all;
  }

  const OpRow& row_;
  DType loop_;
  cpu::TileFn kernel_;
  ScalarFn expression_;
};

template <class T, class F> void with_result(Result result, F f) {
  switch (result) {
    case Result::Same: return f(T{});
    case Result::Bool: return f(bool{});
    case Result::Int32: return f(int32_t{});
    case Result::UInt8: return f(uint8_t{});
    case Result::Real:
      if constexpr (scalar::Cplx<T>)
        return f(decltype(T::re){});
      else
        return f(T{});
  }
}

template <class T> void check_row(const OpRow& row, DType loop) {
  with_result<T>(row.result, [&]<class R>(R) {
    if (row.arity == 1)
      Runner<R, T>(row, loop).check_all();
    else if (row.inputs == Inputs::IntSecond)
      Runner<R, T, int64_t>(row, loop).check_all();
    else if (row.arity == 2)
      Runner<R, T, T>(row, loop).check_all();
    else
      Runner<R, bool, T, T>(row, loop).check_all();
  });
}

class Tile : public testing::TestWithParam<std::string> {};

TEST_P(Tile, EqualsTheScalarExpression) {
  cpu::set_simd_target(GetParam());
  for (const OpRow& row : rows()) {
    for (int t = 0; t < kDTypeCount; ++t) {
      const DType loop = static_cast<DType>(t);
      if (!has_expression(row.loops, loop)) {
        EXPECT_EQ(cpu::tile_kernel(row.op, loop), nullptr) << row.name << " " << name(loop);
        continue;
      }
      try {
        visit(loop, [&](auto constant) { check_row<scalar_t<decltype(constant)::value>>(row, loop); });
      } catch (const std::runtime_error&) {
      }
    }
  }
  cpu::set_simd_target(cpu::simd_targets().front());
}

INSTANTIATE_TEST_SUITE_P(Targets, Tile, testing::ValuesIn(cpu::simd_targets()),
                         [](const auto& info) { return info.param; });

TEST(SimdTarget, ListsWhatWasBuiltAndRefusesOthers) {
  ASSERT_FALSE(cpu::simd_targets().empty());
  EXPECT_EQ(cpu::simd_target(), cpu::simd_targets().front());
#ifdef XA_SIMD_BUILT
  if (std::string(XA_SIMD_BUILT) == "all")
    EXPECT_GE(cpu::simd_targets().size(), 2u);
  else
    EXPECT_EQ(cpu::simd_targets(), std::vector<std::string>{XA_SIMD_BUILT});
#endif
  EXPECT_THROW(cpu::set_simd_target("SSE9"), std::runtime_error);
}

}  // namespace
}  // namespace crossarray
