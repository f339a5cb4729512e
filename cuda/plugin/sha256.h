// SHA-256 (FIPS 180-4): names and seals of the files in the kernel cache.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace crossarray::cuda {

using Digest = std::array<uint8_t, 32>;
Digest sha256(std::string_view bytes);
/// 64 lower-case digits.
std::string to_hex(const Digest& digest);

}  // namespace crossarray::cuda
