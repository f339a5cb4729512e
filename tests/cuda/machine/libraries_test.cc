// NVIDIA's real libraries, as far as this machine has them: found, complete, and NVRTC compiles. No driver is needed.
#include <gtest/gtest.h>

#include "cuda/codegen/codegen.h"
#include "cuda/plugin/compiler.h"
#include "cuda/plugin/driver.h"
#include "cuda/plugin/library.h"
#include "cuda/plugin/probe.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {
namespace {

#define XA_ENTRY(name, parameters) #name,
const std::vector<const char*> kCompilerNames = {
#include "cuda/plugin/nvrtc.def"
};
const std::vector<const char*> kBlasNames = {
#include "cuda/libs/cublas.def"
};
const std::vector<const char*> kFftNames = {
#include "cuda/libs/cufft.def"
};
const std::vector<const char*> kSolverNames = {
#include "cuda/libs/cusolver.def"
};
const std::vector<const char*> kDriverNames = {
#include "cuda/plugin/driver.def"
};
#undef XA_ENTRY

void expect_all(Library library, const std::vector<const char*>& names) {
  if (!find_symbol(library, names[0])) GTEST_SKIP() << missing(library);
  for (const char* name : names) EXPECT_NE(find_symbol(library, name), nullptr) << name;
  EXPECT_EQ(missing(library), "");
  EXPECT_NE(identity(library).find(' '), std::string::npos) << "the file's size tells builds apart";
}

TEST(MachineLibraries, CompilerHasEveryFunction) { expect_all(Library::kCompiler, kCompilerNames); }
TEST(MachineLibraries, BlasHasEveryFunction) { expect_all(Library::kBlas, kBlasNames); }
TEST(MachineLibraries, FftHasEveryFunction) { expect_all(Library::kFft, kFftNames); }
TEST(MachineLibraries, SolverHasEveryFunction) { expect_all(Library::kSolver, kSolverNames); }
TEST(MachineLibraries, DriverHasEveryFunction) { expect_all(Library::kDriver, kDriverNames); }

TEST(MachineLibraries, WhatIsMissingIsSaid) {
  if (find_symbol(Library::kKernels, "xa_scan")) GTEST_SKIP() << "_cuda_kernels.so lies beside the test";
  EXPECT_NE(missing(Library::kKernels).find("_cuda_kernels.so"), std::string::npos) << missing(Library::kKernels);
}

TEST(MachineProbe, WithoutADriverSaysSo) {
  if (find_symbol(Library::kDriver, "cuInit")) GTEST_SKIP() << "there is a driver here: " << look_for_cuda().sentence;
  const Probe found = look_for_cuda();
  EXPECT_EQ(found.devices, 0);
  EXPECT_EQ(found.sentence.rfind("No NVIDIA driver: could not open libcuda.so.1", 0), 0u) << found.sentence;
}

class MachineCompiler : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!find_symbol(Library::kCompiler, "nvrtcVersion")) GTEST_SKIP() << missing(Library::kCompiler);
  }
  const std::vector<std::string> options_ = compile_options();
};

TEST_F(MachineCompiler, MakesMachineCodeForEveryArchitectureAndTheSameEveryTime) {
  const Source source = generate(copy_kernel(DType::kF16, DType::kF64, 2), {});
  for (int sm : {75, 80, 90, 100, 120}) {
    const std::string code = compile_source(source.text, options_, sm);
    EXPECT_EQ(code.substr(1, 3), "ELF") << sm;
    EXPECT_EQ(code, compile_source(source.text, options_, sm));
  }
}

TEST_F(MachineCompiler, ADeviceNewerThanTheCompilerGetsPtx) {
  const Source source = generate(copy_kernel(DType::kF32, DType::kF32, 1), {});
  EXPECT_NE(compile_source(source.text, options_, 999).find(".visible .entry " + source.entries[0].name),
            std::string::npos);
}

TEST_F(MachineCompiler, AnErrorShowsOptionsLogAndNumberedSource) {
  try {
    compile_source("extern \"C\" __global__ void k() {\n  unknown();\n}\n", options_, 90);
    FAIL();
  } catch (const Error& e) {
    const std::string text = e.what();
    for (const char* part : {"--gpu-architecture=sm_90", "\"unknown\" is undefined", "2 |   unknown();"})
      EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

}  // namespace
}  // namespace crossarray::cuda
