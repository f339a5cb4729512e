// Sort keys as unsigned integers of the same width: four key types instead of eleven.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace crossarray::kernels {

template <class U> inline constexpr U kSignBit = U(1) << (8 * sizeof(U) - 1);

/// Bits of infinity without its sign: whatever is above is a NaN.
template <class U> __host__ __device__ constexpr U infinity_bits(XaOrder order) {
  if (order == kXaBFloat16) return U(0x7F80);
  return sizeof(U) == 2 ? U(0x7C00) : sizeof(U) == 4 ? U(0x7F800000) : U(0x7FF0000000000000);
}

/// Bits of an element to a key whose unsigned order is the element's; every NaN becomes the largest key.
template <class U> __host__ __device__ U encode_key(U bits, XaOrder order) {
  if (order == kXaUnsigned) return bits;
  if (order == kXaSigned) return bits ^ kSignBit<U>;
  const U magnitude = bits & U(~kSignBit<U>);
  if (magnitude > infinity_bits<U>(order)) return U(~U(0));
  return bits & kSignBit<U> ? U(~bits) : U(bits | kSignBit<U>);
}

template <class U> __host__ __device__ U decode_key(U key, XaOrder order) {
  if (order == kXaUnsigned) return key;
  if (order == kXaSigned) return key ^ kSignBit<U>;
  // The quiet NaN: infinity and the bit below its exponent.
  if (key == U(~U(0))) return infinity_bits<U>(order) | U(infinity_bits<U>(order) & -infinity_bits<U>(order)) >> 1;
  return key & kSignBit<U> ? U(key ^ kSignBit<U>) : U(~key);
}

}  // namespace crossarray::kernels
