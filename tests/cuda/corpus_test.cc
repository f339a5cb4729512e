// The corpus compiles for the device: every op and cast of the table, random fused programs, the primitives. Asserted on
// NVRTC's output: no spill, no stack, no fma, no float64 where the kernel has none, wide accesses where memory is
// contiguous, the same bytes when compiled again. One architecture and a sample each day, all of it nightly.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "cuda/codegen/primitives.h"
#include "tests/cpu/random_kernel.h"
#include "tests/cuda/nvrtc.h"
#include "tests/cuda/op_kernels.h"

namespace crossarray {
namespace {

using cuda::test::Compiled;
using cuda::test::Nvrtc;

bool nightly() { return std::getenv("CROSSARRAY_NIGHTLY") != nullptr; }

std::vector<std::string> architectures() {
  if (nightly()) return {"sm_75", "sm_80", "sm_90", "sm_100", "sm_120"};
  return {"sm_90"};
}

size_t count(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  return static_cast<size_t>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), expression), std::sregex_iterator()));
}

/// The largest number before `unit` in ptxas's report: "0 bytes stack frame, 12 bytes spill stores".
int largest(const std::string& log, const std::string& unit) {
  const std::regex expression("([0-9]+) bytes " + unit);
  int out = 0;
  for (std::sregex_iterator i(log.begin(), log.end(), expression), end; i != end; ++i)
    out = std::max(out, std::stoi((*i)[1]));
  return out;
}

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "NVRTC is not ours to sanitize";
#endif
    if (Nvrtc::get().found()) return;
    const std::string told = "NVRTC was not found: the device code of this build is NOT checked. Looked for " +
                             Nvrtc::get().looked() +
                             ". Install nvidia-cuda-nvrtc or set CROSSARRAY_NVRTC to the library.";
    if (std::getenv("CI")) FAIL() << told;
    GTEST_SKIP() << told;
  }

  /// Compiles for every architecture and asserts what holds for all kernels.
  Compiled compile(const std::string& text, const std::string& what, bool calls_library = false) {
    Compiled out;
    EXPECT_EQ(text.find("#include"), std::string::npos) << what;
    for (const std::string& arch : architectures()) {
      out = Nvrtc::get().compile(text, arch, cuda::compile_options());
      EXPECT_TRUE(out.ok) << what << " " << arch << "\n" << out.log << text.substr(cuda::prelude().size());
      if (!out.ok) return out;
      // CUDA's functions keep tables of large arguments on the stack, and ptxas saves registers around them: 80 bytes on
      // sm_100.
      EXPECT_LE(largest(out.log, "spill"), calls_library ? 96 : 0) << what << " " << arch << "\n" << out.log;
      EXPECT_LE(largest(out.log, "stack"), calls_library ? 256 : 0) << what << " " << arch << "\n" << out.log;
    }
    return out;
  }
};

bool has_wide_floats(const Kernel& kernel) {
  const auto wide = [](DType t) { return t == DType::kF64 || t == DType::kC128; };
  for (const Slot& s : kernel.slots)
    if (wide(s.dtype)) return true;
  for (DType t : kernel.scalars)
    if (wide(t)) return true;
  for (const Ssa& v : kernel.values)
    if (wide(v.dtype) || wide(v.loop)) return true;
  return false;
}

/// Library functions fuse multiplications and additions of their own: their code is CUDA's, not ours.
bool calls_library(const Kernel& kernel) {
  for (const Ssa& v : kernel.values)
    if (v.kind == ValueKind::kApply && row(v.op).ulp_cuda > 0 && (v.op != Op::absolute || is_complex(v.loop)))
      return true;
  return false;
}

/// A launch over contiguous memory at aligned addresses that are never read.
Launch contiguous_launch(const Kernel& kernel) {
  Launch launch;
  launch.shape = {1 << 20};
  for (const Slot& slot : kernel.slots) {
    launch.slots.emplace_back();
    launch.slots.back().strides = {static_cast<int64_t>(itemsize(slot.dtype))};
  }
  return launch;
}

TEST_F(Corpus, EveryOpCompilesAtEveryLoop) {
  std::string text[kDTypeCount];
  test::for_each_loop([&](const OpRow& row, DType loop) {
    const Kernel kernel = test::op_kernel(row, loop);
    text[static_cast<int>(loop)] +=
        cuda::generate(kernel, cuda::plan_launch(kernel, contiguous_launch(kernel)).variant).body;
  });
  for (int t = 0; t < kDTypeCount; ++t)
    compile(cuda::prelude() + text[t], std::string("ops of ") + name(static_cast<DType>(t)), true);
}

TEST_F(Corpus, EveryCastCompiles) {
  for (int t = 0; t < kDTypeCount; ++t) {
    const Kernel kernel = test::casts_kernel(static_cast<DType>(t));
    const cuda::Source source = cuda::generate(kernel, cuda::plan_launch(kernel, contiguous_launch(kernel)).variant);
    compile(source.text, std::string("casts of ") + name(static_cast<DType>(t)));
  }
}

TEST_F(Corpus, RandomProgramsCompile) {
  const unsigned programs = nightly() ? 400 : 60;
  for (unsigned seed = 0; seed < programs; ++seed) {
    const test::RandomKernel k(seed, {.reduce = seed % 2 == 0, .floats_only = seed % 3 == 0});
    const cuda::LaunchPlan plan = cuda::plan_launch(k.kernel, k.launch);
    const std::string what = "seed " + std::to_string(seed) + "\n" + print(k.kernel);
    const Compiled out = compile(cuda::generate(k.kernel, plan.variant).text, what);
    if (!calls_library(k.kernel)) {
      EXPECT_EQ(count(out.ptx, "fma\\.rn\\.f"), 0u) << what;
    }
    if (!has_wide_floats(k.kernel)) {
      EXPECT_EQ(count(out.ptx, "\\.f64"), 0u) << what;
    }
  }
}

TEST_F(Corpus, ContiguousMemoryIsReadAndWrittenSixteenBytesAtATime) {
  for (const DType t : {DType::kF16, DType::kF32, DType::kF64, DType::kI8, DType::kI64, DType::kC64, DType::kC128}) {
    Kernel kernel;
    kernel.values.push_back(test::load_value(kernel, t));
    test::store_value(kernel, 0);
    const cuda::LaunchPlan plan = cuda::plan_launch(kernel, contiguous_launch(kernel));
    const Compiled out = compile(cuda::generate(kernel, plan.variant).text, name(t));
    EXPECT_GE(count(out.ptx, "ld\\.global\\.(nc\\.)?v[24]"), 1u) << name(t) << out.ptx;
    EXPECT_GE(count(out.ptx, "st\\.global\\.v[24]"), 1u) << name(t) << out.ptx;
  }
}

TEST_F(Corpus, PrimitivesCompile) {
  using cuda::Primitive;
  for (const Primitive primitive : {Primitive::kTake, Primitive::kPut, Primitive::kPutUnique, Primitive::kNonzero})
    for (const auto index : {cuda::IndexWidth::kU32, cuda::IndexWidth::kI64})
      for (const int item : {1, 4, 16})
        for (const int ranks : {1, 3}) {
          const auto n = static_cast<uint8_t>(ranks);
          const cuda::PrimitiveVariant v{primitive, index, static_cast<uint8_t>(item),
                                         n,         n,     static_cast<uint8_t>(n - 1)};
          if (!nightly() && (item != 4 || ranks != 3)) continue;
          compile(cuda::generate(v).text, v.key());
        }
}

TEST_F(Corpus, CompilingAgainGivesTheSameBytes) {
  const test::RandomKernel k(4, {});
  const std::string text = cuda::generate(k.kernel, cuda::plan_launch(k.kernel, k.launch).variant).text;
  EXPECT_EQ(compile(text, "first").cubin, compile(text, "second").cubin);
}

TEST_F(Corpus, AnErrorShowsInTheLog) {
  const Compiled out = Nvrtc::get().compile(cuda::prelude() + "int x = nonsense;", "sm_90", cuda::compile_options());
  EXPECT_FALSE(out.ok);
  EXPECT_NE(out.log.find("nonsense"), std::string::npos) << out.log;
}

}  // namespace
}  // namespace crossarray
