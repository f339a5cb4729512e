// A device of the fake driver, and host memory moved to it and back.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "cuda/plugin/backend.h"
#include "tests/cuda/fake/control.h"

namespace crossarray::cuda::test {

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "xa-test-XXXXXX").string();
    if (!mkdtemp(path_.data())) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Every test begins with a driver that works and counters at 0.
class FakeDevice : public ::testing::Test {
 protected:
  void SetUp() override { fake_cuda_reset(); }
  void TearDown() override { fake_cuda_reset(); }
};

/// Device memory for the life of the object.
class DeviceBytes {
 public:
  DeviceBytes(Backend& backend, size_t bytes) : backend_(backend), bytes_(bytes), data_(backend.allocate(bytes)) {}
  ~DeviceBytes() { backend_.deallocate(data_, bytes_); }
  DeviceBytes(const DeviceBytes&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  Backend& backend_;
  size_t bytes_;
  void* data_;
};

inline void upload(Backend& backend, void* to, const void* from, size_t bytes) {
  backend.order_after(backend.copy_from_host(to, from, bytes, backend.record()));
}

inline void download(Backend& backend, void* to, const void* from, size_t bytes) {
  backend.wait(backend.copy_to_host(to, from, bytes, backend.record()));
}

/// `slots` copied to the device; bindings point there. read_back() brings all of them home.
class OnDevice {
 public:
  OnDevice(Backend& backend, const Launch& launch, const std::vector<std::vector<std::byte>*>& slots)
      : launch_(launch), backend_(backend), slots_(slots) {
    for (size_t i = 0; i < slots.size(); ++i) {
      memory_.push_back(std::make_unique<DeviceBytes>(backend, slots[i]->size()));
      upload(backend, memory_[i]->data(), slots[i]->data(), slots[i]->size());
      launch_.slots[i].data = memory_[i]->data() + (launch.slots[i].data - slots[i]->data());
    }
  }
  const Launch& launch() const { return launch_; }
  void read_back() {
    for (size_t i = 0; i < slots_.size(); ++i)
      download(backend_, slots_[i]->data(), memory_[i]->data(), slots_[i]->size());
  }

 private:
  Launch launch_;
  Backend& backend_;
  std::vector<std::vector<std::byte>*> slots_;
  std::vector<std::unique_ptr<DeviceBytes>> memory_;
};

/// The device all tests share; made at first use.
inline CudaBackend& device() {
  static auto& made = *new CudaBackend(0);
  return made;
}

}  // namespace crossarray::cuda::test
