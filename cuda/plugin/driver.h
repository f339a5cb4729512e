// The CUDA driver as a table of functions, with our own declarations of the few types it needs.
//
// No CUDA header is included: this part builds on every machine. tests/cuda/plugin/declarations_test.cc checks the
// declarations against cuda.h where the toolkit is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cuda/plugin/library.h"

namespace crossarray::cuda {

using DevicePointer = unsigned long long;
using Context = struct ContextHandle*;
using Stream = struct StreamHandle*;
using Event = struct EventHandle*;
using Module = struct ModuleHandle*;
using Function = struct FunctionHandle*;
using MemoryPool = struct MemoryPoolHandle*;

/// CUmemPoolProps.
struct PoolProperties {
  int allocation_type = 1;  // pinned on the device: the only one
  int handle_types = 0;     // shared with no other process
  int location_type = 1;    // a device
  int location = 0;         // its ordinal
  void* security = nullptr;
  size_t limit = 0;  // 0: the driver's
  unsigned short usage = 0;
  unsigned char reserved[54] = {};
};

/// Error codes that mean something to us.
enum Code : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kDeinitialized = 4,
  kStubLibrary = 34,
  kNoDevice = 100,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchFailed = 719,
};
/// After these the context is dead: every later call fails too.
bool is_sticky(int code);

inline constexpr unsigned kStreamNonBlocking = 1;
inline constexpr unsigned kEventTimed = 0, kEventNoTiming = 2;
inline constexpr int kPointerMemoryType = 2, kPointerDevice = 9;
inline constexpr unsigned kMemoryOfHost = 1, kMemoryOfDevice = 2;
enum DeviceAttribute : int {
  kMultiprocessors = 16,
  kIntegrated = 18,
  kThreadsPerMultiprocessor = 39,
  kComputeMajor = 75,
  kComputeMinor = 76,
  kPoolsSupported = 115,
};
enum PoolAttribute : int { kReleaseThreshold = 4, kReservedCurrent = 5, kUsedCurrent = 7 };

struct Driver : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/plugin/driver.def"
#undef XA_ENTRY
};

/// The table, filled at the first call. Throws kDevice with the reason if there is no driver.
const Driver& driver();
/// "CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered".
std::string describe_code(int code);

}  // namespace crossarray::cuda
