// Every op of the table at every dtype, and every cast, on the emulation against the scalar expressions: special values,
// random bits, small numbers. The host's library functions stand in for CUDA's, so real functions agree to the bit; the
// complex ones are the prelude's own and are held to their rows' bounds.
#include <gtest/gtest.h>

#include <map>

#include "cpu/reference/reference.h"
#include "tests/cpu/kernel_values.h"
#include "tests/cuda/emulated.h"
#include "tests/cuda/op_kernels.h"

namespace crossarray {
namespace {

constexpr int64_t kElements = 1501;  // with a tail

std::vector<std::byte> draw(DType dtype, unsigned seed) {
  return visit(dtype, [&](auto t) { return test::draw<scalar_t<t()>>(kElements, seed); });
}

/// A kernel and its memory.
struct Bound {
  Kernel kernel;
  std::string what;
  std::vector<std::vector<std::byte>> memory;
  Launch launch;

  Bound(Kernel k, std::string name) : kernel(std::move(k)), what(std::move(name)) {
    launch.shape = {kElements};
    for (const Slot& slot : kernel.slots) {
      memory.push_back(draw(slot.dtype, static_cast<unsigned>(memory.size())));
      Launch::Binding binding;
      binding.strides = {static_cast<int64_t>(itemsize(slot.dtype))};
      launch.slots.push_back(binding);
    }
    bind();
  }
  Bound(const Bound& other) : kernel(other.kernel), what(other.what), memory(other.memory), launch(other.launch) {
    bind();
  }
  void bind() {
    for (size_t i = 0; i < memory.size(); ++i) launch.slots[i].data = memory[i].data();
  }
};

/// Distance in units of the last place of the modulus; zeros and infinities of either sign are apart.
template <class R> double modulus_ulps(scalar::Complex<R> got, scalar::Complex<R> want) {
  const auto nan = [](auto z) { return z.re != z.re || z.im != z.im; };
  if (nan(got) || nan(want)) return nan(got) && nan(want) ? 0 : INFINITY;
  const auto same = [](R a, R b) { return a == b || (std::isfinite(a) && std::isfinite(b)); };
  if (!same(got.re, want.re) || !same(got.im, want.im)) return INFINITY;
  const auto gap = [](R a, R b) { return a == b ? 0.0 : static_cast<double>(a) / 2 - static_cast<double>(b) / 2; };
  const double error = std::hypot(gap(got.re, want.re), gap(got.im, want.im));
  const double size = std::max(std::hypot(static_cast<double>(want.re) / 2, static_cast<double>(want.im) / 2),
                               static_cast<double>(std::numeric_limits<R>::min()));
  return error / size / static_cast<double>(std::numeric_limits<R>::epsilon());
}

/// Empty if all elements of a slot agree within `bound` ulp (0: the same bits, or NaN for NaN).
std::string difference(const Bound& got, const Bound& want, size_t slot, double bound) {
  const DType dtype = got.kernel.slots[slot].dtype;
  const size_t item = itemsize(dtype);
  double worst = 0;
  std::string text;
  for (size_t i = 0; i < static_cast<size_t>(kElements); ++i) {
    const std::byte *g = got.memory[slot].data() + i * item, *w = want.memory[slot].data() + i * item;
    const double ulps = visit(dtype, [&](auto t) -> double {
      scalar_t<t()> x, y;
      std::memcpy(&x, g, item);
      std::memcpy(&y, w, item);
      if constexpr (crossarray::is_complex(t()))
        if (bound > 0) return modulus_ulps(x, y);
      return test::ulps_apart(x, y);
    });
    if (ulps <= bound || ulps <= worst) continue;
    worst = ulps;
    text = "element " + std::to_string(i) + " is " + std::to_string(ulps) + " ulp off:";
    for (size_t s = 0; s < got.kernel.slots.size(); ++s) {
      Scalar value{got.kernel.slots[s].dtype, {}};
      std::memcpy(value.bits, got.memory[s].data() + i * itemsize(value.dtype), itemsize(value.dtype));
      const auto z = cast_scalar(value, DType::kC128).as<std::complex<double>>();
      char digits[80];
      std::snprintf(digits, sizeof digits, " (%.17g, %.17g)", z.real(), z.imag());
      text += digits;
    }
  }
  return text;
}

void check(const std::vector<Bound>& cases, const std::vector<double>& bounds) {
  std::string text = cuda::prelude();
  std::vector<cuda::LaunchPlan> plans;
  std::vector<cuda::Source> sources;
  for (const Bound& c : cases) {
    plans.push_back(cuda::plan_launch(c.kernel, c.launch));
    sources.push_back(cuda::generate(c.kernel, plans.back().variant));
    text += sources.back().body;
  }
  const cuda::test::HostLibrary library(text);
  for (size_t i = 0; i < cases.size(); ++i) {
    Bound got = cases[i], want = cases[i];
    cpu::reference::run(want.kernel, want.launch);
    cuda::test::run_emulated(library, sources[i], got.kernel, got.launch, plans[i], cuda::test::Schedule::kInOrder);
    for (const StoreStmt& s : got.kernel.stores)
      EXPECT_EQ(difference(got, want, s.slot, bounds[i]), "") << cases[i].what << " slot " << s.slot;
  }
}

/// Complex functions of the host's library and the prelude's differ in rounding, each within the row's bound. Powers are
/// exp(b log a) in both: exp turns the rounding of an argument of some hundreds into as many ulp.
double bound_of(const OpRow& row, DType loop) {
  if (!is_complex(loop)) return 0;
  return row.op == Op::power || row.op == Op::float_power ? 256 : 2 * static_cast<double>(row.ulp_cuda);
}

class EmulatedOps : public testing::TestWithParam<int> {};

TEST_P(EmulatedOps, EqualTheScalarExpressions) {
  std::vector<Bound> cases;
  std::vector<double> bounds;
  test::for_each_loop([&](const OpRow& row, DType loop) {
    if (loop != static_cast<DType>(GetParam())) return;
    cases.emplace_back(test::op_kernel(row, loop), std::string(row.name) + " " + name(loop));
    bounds.push_back(bound_of(row, loop));
  });
  check(cases, bounds);
}

INSTANTIATE_TEST_SUITE_P(Loop, EmulatedOps, testing::Range(0, kDTypeCount),
                         [](const auto& info) { return std::string(name(static_cast<DType>(info.param))); });

TEST(EmulatedCasts, EqualTheScalarExpressions) {
  std::vector<Bound> cases;
  for (int from = 0; from < kDTypeCount; ++from)
    cases.emplace_back(test::casts_kernel(static_cast<DType>(from)),
                       std::string("cast of ") + name(static_cast<DType>(from)));
  check(cases, std::vector<double>(cases.size(), 0));
}

}  // namespace
}  // namespace crossarray
