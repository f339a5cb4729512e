// Register-threaded chains: runs of ops on f32, f64 or 32- and 64-bit integers. Eight SIMD accumulators travel in registers
// from link to link; each link applies one op and jumps to the next, so a value meets memory only where the program loads
// or stores it.
//
// Example, relu(x) * s + b into out:  load x; maximum S 0; multiply S s; add V b; store out; end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/op.h"

namespace crossarray::cpu {

/// Where the operand of a binary op comes from, and whether it is the op's second (acc op x) or first input (x op acc).
/// kEveryOther: memory[0], memory[2], ... ; nothing behind the last element taken is touched.
enum class Operand : uint8_t { kVector, kVectorFirst, kScalar, kScalarFirst, kEveryOther, kEveryOtherFirst };
inline constexpr size_t kOperands = 6;

/// Superinstructions: two ops of two operands, x and y, in one link. y is the memory of the next Link, which is jumped over.
enum class Fused : uint8_t {
  kAddProduct,           // acc + x * y
  kProductAdd,           // x * y + acc: the same but for which of two NaNs is handed on
  kSubtractProduct,      // acc - x * y
  kSubtractFromProduct,  // x * y - acc
};

struct Link {
  void* run;          // the function of this link, for the target the chain was made for
  std::byte* memory;  // operand or destination; advances with the block where mask is all ones
  size_t mask;
};

/// Runs links over blocks of the bytes [begin, end), a multiple of the block. `stream`: fences what was streamed.
struct ChainRunner {
  void (*run)(const Link* links, size_t begin, size_t end, bool stream);
  size_t block;      // bytes the accumulators hold together: 8 vectors
  size_t alignment;  // of memory that chain_stream writes
};
ChainRunner chain_runner(DType dtype);

/// Links for a dtype on the target in use. Null when there is none (the op costs too much, or has no such loop).
void* chain_op(Op op, DType dtype, Operand operand);
/// x is a vector; y is kVector, kScalar or kScalarFirst (y * x).
void* chain_fused(Fused fused, DType dtype, Operand y);
enum class Step : uint8_t {
  kPrefetch,  // asks for a block that is read later
  kLoad,
  kLoadEveryOther,
  kBroadcast,  // every lane the element at `memory`
  kStore,
  kStream,             // store past the caches
  kScaleByReciprocal,  // acc * (1 / *memory), close to acc / *memory
  kEnd,
};
void* chain_step(Step step, DType dtype);

}  // namespace crossarray::cpu
