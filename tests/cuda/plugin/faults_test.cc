// What goes wrong on a device: where it shows, what stays usable, what is lost.
#include <sys/wait.h>
#include <unistd.h>

#include "cuda/plugin/probe.h"
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

class Faults : public FakeDevice {
 protected:
  void SetUp() override {
    FakeDevice::SetUp();
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process of its own: tables are filled once
  }
};

/// The message of the Error that `f` throws; its kind must be `kind`.
template <class F> std::string message_of(ErrorKind kind, F f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), kind) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing thrown";
  return "";
}

void expect_in(const char* part, const std::string& text) {
  EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
}

TEST_F(Faults, AFaultOnTheDeviceShowsAtTheNextWait) {
  CudaBackend lost(0);
  void *a = lost.allocate(1000), *b = lost.allocate(1000);
  fake_cuda_set("sticky_at", 1);
  lost.copy_within(a, b, 1000);  // enqueued: nothing to see yet
  EXPECT_FALSE(lost.lost());
  expect_in("CUDA_ERROR_ILLEGAL_ADDRESS (700)", message_of(ErrorKind::kDevice, [&] { lost.synchronize(); }));
  EXPECT_TRUE(lost.lost());
}

TEST_F(Faults, AfterAStickyErrorEverythingSaysThatTheDeviceIsLost) {
  CudaBackend lost(0);
  void* memory = lost.allocate(1000);
  fake_cuda_set("sticky_at", 1);
  lost.copy_within(memory, memory, 1000);
  EXPECT_THROW(lost.synchronize(), Error);
  char host[8];
  const auto refused = [&](auto f) { expect_in("cuda:0 is lost", message_of(ErrorKind::kDevice, f)); };
  refused([&] { lost.allocate(10); });
  refused([&] { lost.record(); });
  refused([&] { lost.copy_from_host(memory, host, 8, {}); });
  refused([&] { lost.copy_to_host(host, memory, 8, {}); });
  refused([&] { lost.compile(copy_kernel(DType::kF32, DType::kF32, 1)); });
  refused([&] { lost.free_cached(); });
  const int64_t before = fake_cuda_count("cuMemFreeAsync");
  lost.deallocate(memory, 1000);
  EXPECT_EQ(fake_cuda_count("cuMemFreeAsync"), before) << "frees after loss call nothing";
  EXPECT_EQ(lost.memory().in_use, 0u);
}

TEST_F(Faults, AnAccessOutOfBoundsIsAFault) {
  CudaBackend lost(0);
  auto* memory = static_cast<std::byte*>(lost.allocate(1000));
  lost.copy_within(memory, memory + 600, 500);
  EXPECT_THROW(lost.synchronize(), Error);
  EXPECT_TRUE(lost.lost());
}

TEST_F(Faults, ALaunchThatIsRefusedLosesNothing) {
  const DeviceBytes in(device(), 4000), out(device(), 4000);
  std::vector<float> ones(1000, 1), got(1000);
  upload(device(), in.data(), ones.data(), 4000);
  const auto program = device().compile(copy_kernel(DType::kF32, DType::kF32, 1));
  Launch launch;
  launch.shape = {1000};
  launch.slots = {{in.data(), {4}}, {out.data(), {4}}};
  device().run(*program, launch);
  fake_cuda_set("launch_fail_at", 1);
  expect_in("cuLaunchKernel failed with CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
            message_of(ErrorKind::kDevice, [&] { device().run(*program, launch); }));
  EXPECT_FALSE(device().lost());
  device().run(*program, launch);
  download(device(), got.data(), out.data(), 4000);
  EXPECT_EQ(got, ones);
}

/// Multiplies two 2 x 2 matrices in a child process and says what came of it.
void multiply_and_exit() {
  try {
    MatmulCall call{};
    call.dtype = DType::kF32;
    call.m = call.n = call.k = 2;
    call.a_row = call.b_row = call.out_row = 8;
    call.a_col = call.b_col = call.out_col = 4;
    const DeviceBytes a(device(), 16), b(device(), 16), out(device(), 16);
    call.a = a.data(), call.b = b.data(), call.out = out.data();
    device().matmul(call);
  } catch (const Error& e) {
    std::fprintf(stderr, "%s, in use %zu\n", e.what(), device().memory().in_use);
    _exit(e.kind() == ErrorKind::kDevice ? 3 : 4);
  }
  _exit(0);
}

TEST_F(Faults, AMissingLibraryIsNamedByTheOperationThatNeedsIt) {
  fake_cuda_set("missing_blas", 1);
  EXPECT_EXIT(multiply_and_exit(), ::testing::ExitedWithCode(3),
              "matmul on a CUDA device needs nvidia-cublas.*in use 0");
}

TEST_F(Faults, ALibraryWithoutMemoryIsOutOfMemory) {
  fake_cuda_set("blas_oom_at", 1);
  EXPECT_EXIT(multiply_and_exit(), ::testing::ExitedWithCode(4), "cublasCreate failed with status 3.*in use 0");
}

TEST_F(Faults, AMissingCompilerIsNamed) {
  const auto compile = [] {
    fake_cuda_set("missing_compiler", 1);
    const std::string text = message_of(ErrorKind::kDevice, [] {
      const DeviceBytes memory(device(), 4);
      Launch launch;
      launch.shape = {1};
      launch.slots = {{memory.data(), {4}}};
      launch.scalars = {Scalar::of(DType::kF32, 1.0f)};
      device().run(*device().compile(fill_kernel(DType::kF32, 1)), launch);
    });
    std::fprintf(stderr, "%s\n", text.c_str());
    _exit(0);
  };
  EXPECT_EXIT(compile(), ::testing::ExitedWithCode(0), "compiling kernels needs nvidia-cuda-nvrtc");
}

TEST_F(Faults, WithoutTheKernelLibraryScansRunLineByLineOrOnTheCpu) {
  const auto scan = [] {
    fake_cuda_set("missing_kernels", 1);
    ScanCall call{Op::add, DType::kF64, DType::kF64, DType::kF64, nullptr, nullptr, {100000}, {8}, {8}, 0};
    const bool few_long_lines = device().supports(call);
    call.shape = {100000, 300};
    call.in_strides = call.out_strides = {8, 800000};
    _exit(!few_long_lines && device().supports(call) ? 0 : 1);
  };
  EXPECT_EXIT(scan(), ::testing::ExitedWithCode(0), "");
}

TEST_F(Faults, AForkedChildIsToldSo) {
  const auto fork_and_allocate = [] {
    look_for_cuda();
    void* memory = device().allocate(100);
    const pid_t child = fork();
    if (child == 0) {
      const int64_t frees = fake_cuda_count("cuMemFreeAsync");
      device().deallocate(memory, 100);
      if (fake_cuda_count("cuMemFreeAsync") != frees) _exit(3);
      try {
        device().allocate(100);
      } catch (const Error& e) {
        std::fprintf(stderr, "%s\n", e.what());
        _exit(e.kind() == ErrorKind::kDevice ? 0 : 2);
      }
      _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WEXITSTATUS(status));
  };
  EXPECT_EXIT(fork_and_allocate(), ::testing::ExitedWithCode(0), "before this process was forked");
}

}  // namespace
}  // namespace crossarray::cuda::test
