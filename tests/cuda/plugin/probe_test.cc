// One sentence for every reason why CUDA is there or not.
#include "cuda/plugin/probe.h"

#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

class ProbeSentence : public FakeDevice {
 protected:
  void TearDown() override {
    unsetenv("CROSSARRAY_CUDA");
    unsetenv("CUDA_VISIBLE_DEVICES");
    FakeDevice::TearDown();
  }
  void expect(int devices, const std::string& part) {
    const Probe found = look_for_cuda();
    EXPECT_EQ(found.devices, devices);
    EXPECT_NE(found.sentence.find(part), std::string::npos) << found.sentence;
    EXPECT_EQ(found.sentence.back(), '.');
  }
};

TEST_F(ProbeSentence, SwitchedOff) {
  setenv("CROSSARRAY_CUDA", "off", 1);
  expect(0, "switched off by CROSSARRAY_CUDA=off");
  EXPECT_EQ(fake_cuda_count("cuInit"), 0);
}

TEST_F(ProbeSentence, NoVisibleDevices) {
  setenv("CUDA_VISIBLE_DEVICES", "", 1);
  expect(0, "CUDA_VISIBLE_DEVICES is empty");
  EXPECT_EQ(fake_cuda_count("cuInit"), 0);
}

TEST_F(ProbeSentence, VisibleDevicesMayBeNames) {
  setenv("CUDA_VISIBLE_DEVICES", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", 1);
  expect(1, "Fake GPU");
}

TEST_F(ProbeSentence, NoDriver) {
  fake_cuda_set("missing_driver", 1);
  expect(0, "No NVIDIA driver: could not open libcuda.so.1");
}

TEST_F(ProbeSentence, NoDevice) {
  fake_cuda_set("init_code", 100);
  expect(0, "no CUDA device");
  fake_cuda_set("init_code", 0);
  fake_cuda_set("devices", 0);
  expect(0, "no CUDA device");
}

TEST_F(ProbeSentence, Stub) {
  fake_cuda_set("init_code", 34);
  expect(0, "the toolkit's stub");
}

TEST_F(ProbeSentence, DriverTooOld) {
  fake_cuda_set("driver_version", 12040);
  expect(0, "supports CUDA 12.4; CUDA 13 needs driver 580 or newer");
}

TEST_F(ProbeSentence, DriverThatDoesNotStart) {
  fake_cuda_set("init_code", 999);
  expect(0, "failed to initialise: CUDA_ERROR_UNKNOWN (999)");
  EXPECT_EQ(look_for_cuda().code, 999);
}

TEST_F(ProbeSentence, DeviceTooOld) {
  fake_cuda_set("sm", 61);
  expect(0, "compute capability 6.1; 7.5 or newer is needed");
}

TEST_F(ProbeSentence, NoCompiler) {
  fake_cuda_set("missing_compiler", 1);
  expect(0, "Fake GPU is there, but CUDA needs nvidia-cuda-nvrtc");
}

TEST_F(ProbeSentence, Devices) {
  expect(1, "Fake GPU.");
  fake_cuda_set("devices", 3);
  expect(3, "Fake GPU and 2 more.");
}

TEST_F(ProbeSentence, ThePluginsDoorGivesTheSame) {
  EXPECT_EQ(device().name(), "cuda:0");
  EXPECT_EQ(device().describe(), "Fake GPU, sm_90, 8.0 GiB");
  EXPECT_FALSE(device().host_accessible());
}

}  // namespace
}  // namespace crossarray::cuda::test
