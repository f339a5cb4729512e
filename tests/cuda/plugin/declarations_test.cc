// Our declarations of NVIDIA's functions against their headers, where the toolkit is there: checked by the compiler.
#include <gtest/gtest.h>

#include "cuda/plugin/driver.h"

#if XA_HAVE_CUDA_HEADERS
#include <cublas_v2.h>
#include <cuda.h>
#include <cufft.h>
#include <cusolverDn.h>
#include <nvrtc.h>

#include <cstddef>
#include <type_traits>

namespace crossarray::cuda {
namespace {

// Handles are pointers, whatever they point to; enumerations are ints.
using CompilerProgram = struct CompilerProgramHandle*;
using BlasHandle = struct BlasHandleT*;
using SolverHandle = struct SolverHandleT*;
using SolverParameters = struct SolverParametersT*;

/// Passed alike: both pointers, or both integers (enumerations too) of one size.
template <class Ours, class Theirs> constexpr bool alike() {
  constexpr bool numbers =
      (std::is_integral_v<Ours> || std::is_enum_v<Ours>)&&(std::is_integral_v<Theirs> || std::is_enum_v<Theirs>);
  return sizeof(Ours) == sizeof(Theirs) && (numbers || (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>));
}

template <class Ours, class Theirs> struct SameCall : std::false_type {};
template <class R, class... A, class S, class... B> struct SameCall<R (*)(A...), S (*)(B...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(A) == sizeof...(B))
      return (alike<A, B>() && ... && alike<R, S>());
    else
      return false;
  }();
};

#define XA_ENTRY(name, parameters) \
  static_assert(SameCall<int(*) parameters, decltype(&::name)>::value, "declared differently: " #name);
#include "cuda/libs/cublas.def"
#include "cuda/libs/cufft.def"
#include "cuda/libs/cusolver.def"
#include "cuda/plugin/driver.def"
#include "cuda/plugin/nvrtc.def"
#undef XA_ENTRY

static_assert(sizeof(PoolProperties) == sizeof(CUmemPoolProps));
static_assert(offsetof(PoolProperties, location_type) == offsetof(CUmemPoolProps, location));
static_assert(offsetof(PoolProperties, security) == offsetof(CUmemPoolProps, win32SecurityAttributes));
static_assert(offsetof(PoolProperties, limit) == offsetof(CUmemPoolProps, maxSize));
static_assert(sizeof(DevicePointer) == sizeof(CUdeviceptr));

TEST(Declarations, ConstantsAreTheHeaders) {
  EXPECT_EQ(PoolProperties{}.allocation_type, CU_MEM_ALLOCATION_TYPE_PINNED);
  EXPECT_EQ(kPointerMemoryType, CU_POINTER_ATTRIBUTE_MEMORY_TYPE);
  EXPECT_EQ(kPointerDevice, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL);
  EXPECT_EQ(kMemoryOfHost, unsigned{CU_MEMORYTYPE_HOST});
  EXPECT_EQ(kMemoryOfDevice, unsigned{CU_MEMORYTYPE_DEVICE});
  EXPECT_EQ(PoolProperties{}.location_type, CU_MEM_LOCATION_TYPE_DEVICE);
  EXPECT_EQ(PoolProperties{}.handle_types, CU_MEM_HANDLE_TYPE_NONE);
  EXPECT_EQ(int(kOutOfMemory), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(int(kDeinitialized), CUDA_ERROR_DEINITIALIZED);
  EXPECT_EQ(int(kStubLibrary), CUDA_ERROR_STUB_LIBRARY);
  EXPECT_EQ(int(kNoDevice), CUDA_ERROR_NO_DEVICE);
  EXPECT_EQ(int(kNotReady), CUDA_ERROR_NOT_READY);
  EXPECT_EQ(int(kIllegalAddress), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(int(kLaunchFailed), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kStreamNonBlocking, CU_STREAM_NON_BLOCKING);
  EXPECT_EQ(kEventNoTiming, CU_EVENT_DISABLE_TIMING);
  EXPECT_EQ(int(kMultiprocessors), CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  EXPECT_EQ(int(kIntegrated), CU_DEVICE_ATTRIBUTE_INTEGRATED);
  EXPECT_EQ(int(kThreadsPerMultiprocessor), CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
  EXPECT_EQ(int(kComputeMajor), CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  EXPECT_EQ(int(kComputeMinor), CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  EXPECT_EQ(int(kPoolsSupported), CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED);
  EXPECT_EQ(int(kReleaseThreshold), CU_MEMPOOL_ATTR_RELEASE_THRESHOLD);
  EXPECT_EQ(int(kReservedCurrent), CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT);
  EXPECT_EQ(int(kUsedCurrent), CU_MEMPOOL_ATTR_USED_MEM_CURRENT);
}

/// Those of which the header says that the process must be relaunched, or that the context cannot be used.
TEST(Declarations, CodesThatEndTheContextAreSticky) {
  for (const int code : {CUDA_ERROR_ECC_UNCORRECTABLE, CUDA_ERROR_CONTAINED, CUDA_ERROR_ILLEGAL_ADDRESS,
                         CUDA_ERROR_LAUNCH_TIMEOUT, CUDA_ERROR_CONTEXT_IS_DESTROYED, CUDA_ERROR_ASSERT,
                         CUDA_ERROR_HARDWARE_STACK_ERROR, CUDA_ERROR_ILLEGAL_INSTRUCTION, CUDA_ERROR_MISALIGNED_ADDRESS,
                         CUDA_ERROR_INVALID_ADDRESS_SPACE, CUDA_ERROR_INVALID_PC, CUDA_ERROR_LAUNCH_FAILED,
                         CUDA_ERROR_TENSOR_MEMORY_LEAK, CUDA_ERROR_MPS_CLIENT_TERMINATED, CUDA_ERROR_EXTERNAL_DEVICE})
    EXPECT_TRUE(is_sticky(code)) << code;
  for (const int code : {CUDA_SUCCESS, CUDA_ERROR_INVALID_VALUE, CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_NOT_READY,
                         CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE})
    EXPECT_FALSE(is_sticky(code)) << code;
}

TEST(Declarations, LibraryConstantsAreTheHeaders) {
  EXPECT_EQ(CUDA_R_32F, 0);
  EXPECT_EQ(CUDA_R_64F, 1);
  EXPECT_EQ(CUDA_R_16F, 2);
  EXPECT_EQ(CUDA_C_32F, 4);
  EXPECT_EQ(CUDA_C_64F, 5);
  EXPECT_EQ(CUDA_R_16BF, 14);
  EXPECT_EQ(CUBLAS_COMPUTE_32F, 68);
  EXPECT_EQ(CUBLAS_COMPUTE_32F_FAST_TF32, 77);
  EXPECT_EQ(CUBLAS_COMPUTE_64F, 70);
  EXPECT_EQ(CUBLAS_GEMM_DEFAULT, -1);
  EXPECT_EQ(CUBLAS_POINTER_MODE_DEVICE, 1);
  EXPECT_EQ(CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION, 16);
  EXPECT_EQ(CUBLAS_STATUS_ALLOC_FAILED, 3);
  EXPECT_EQ(CUFFT_ALLOC_FAILED, 2);
  EXPECT_EQ(CUSOLVER_STATUS_ALLOC_FAILED, 2);
  EXPECT_EQ(CUBLAS_FILL_MODE_UPPER, 1);
  EXPECT_EQ(CUFFT_C2C, 0x29);
  EXPECT_EQ(CUFFT_R2C, 0x2a);
  EXPECT_EQ(CUFFT_C2R, 0x2c);
  EXPECT_EQ(CUFFT_Z2Z, 0x69);
  EXPECT_EQ(CUFFT_D2Z, 0x6a);
  EXPECT_EQ(CUFFT_Z2D, 0x6c);
  EXPECT_EQ(CUFFT_FORWARD, -1);
}

}  // namespace
}  // namespace crossarray::cuda
#else
TEST(Declarations, ConstantsAreTheHeaders) { GTEST_SKIP() << "no CUDA headers here: nothing to compare with"; }
#endif
