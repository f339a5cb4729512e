// The one parameter of a kernel: which fields it has, in which order, as text of a struct and as packed bytes.
#pragma once

#include <string>
#include <vector>

#include "cuda/codegen/codegen.h"

namespace crossarray::cuda {

/// Where a field's value comes from.
enum class FieldSource : uint8_t {
  kPointer,  // of slot `index`
  kStride,   // of slot `index` along `axis`, bytes
  kExtent,   // of `axis`, ready for division
  kScalar,   // scalar `index` of the launch
  kDdof,     // parameter of reduction `index`
  kCount,    // elements or vectors of the elementwise loop
  kTail,     // elements after the last vector
  kKept,     // outputs of a reduction
  kReduced,  // elements of one output
  kChunk,    // elements of one output that one block takes
  kSplits,
  kLanes,
  kFinishLanes,
  kRows,
  kScratch,
};

struct Field {
  FieldSource source;
  uint8_t axis = 0;
  uint16_t index = 0;
};

/// The struct's fields for a kernel's variant: the text and the packer both follow this list.
std::vector<Field> argument_fields(const Kernel& kernel, const Variant& variant);
/// "struct Args { ... };"
std::string arguments_text(const Kernel& kernel, const Variant& variant);

/// Appends values at their natural alignment, as a C++ struct lays them out.
class ByteWriter {
 public:
  void write(const void* value, size_t size, size_t alignment) {
    const size_t at = (bytes.size() + alignment - 1) / alignment * alignment;
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, value, size);
    if (alignment > largest_) largest_ = alignment;
  }
  template <class T> void write(T value) { write(&value, sizeof value, alignof(T)); }
  /// Pads the end as sizeof does.
  void finish() { bytes.resize((bytes.size() + largest_ - 1) / largest_ * largest_); }

  std::vector<std::byte> bytes;

 private:
  size_t largest_ = 1;
};

/// Divisor, multiplier and shift of Extent<u32>.
struct Division {
  uint32_t extent, multiplier, shift;
};
Division division_by(uint32_t extent);

}  // namespace crossarray::cuda
