// Array: a strided view of a Storage. Value type, cheap to copy; all views are O(1).
#pragma once

#include <string>

#include "dispatch/core/dtype.h"
#include "dispatch/core/small_vector.h"
#include "dispatch/core/storage.h"

namespace crossarray {

/// Where elements lie: extents, byte strides, byte offset of the first element. Strides may be zero or negative.
struct Layout {
  Dims shape;
  Dims strides;
  int64_t offset = 0;

  int rank() const { return shape.size(); }
  int64_t size() const {
    int64_t n = 1;
    for (int64_t extent : shape) n *= extent;
    return n;
  }
};

/// C-order byte strides.
Dims contiguous_strides(const Dims& shape, size_t itemsize);
/// Fortran-order byte strides.
Dims fortran_strides(const Dims& shape, size_t itemsize);
bool is_c_contiguous(const Layout& layout, size_t itemsize);
bool is_f_contiguous(const Layout& layout, size_t itemsize);
/// Half-open byte range [low, high) the layout touches, relative to the storage; empty for size 0.
struct Extent {
  int64_t low, high;
};
Extent byte_extent(const Layout& layout, size_t itemsize);
/// True if an element of one can share bytes with an element of the other (bounds test: may say yes too often).
bool may_overlap(const Layout& a, size_t item_a, const Layout& b, size_t item_b);
/// True if two different indices of one layout can name the same byte (broadcast or as_strided views).
bool has_internal_overlap(const Layout& layout, size_t itemsize);

class Array {
 public:
  Array() = default;
  Array(Ref<Storage> storage, DType dtype, Layout layout)
      : storage_(std::move(storage)), layout_(std::move(layout)), dtype_(dtype) {}

  /// Uninitialised ready C-contiguous array on the host. Throws kMemory; kValue when the byte count overflows.
  static Array empty(const Dims& shape, DType dtype);
  /// The same with strides in `order` (a permutation of axes, outermost first), for results that follow F order.
  static Array empty_permuted(const Dims& shape, DType dtype, const Dims& order);
  /// 0-d array holding one scalar.
  static Array scalar(const Scalar& value);
  /// 0-d array holding a copy of the element at `bytes`.
  static Array element(const std::byte* bytes, DType dtype);

  explicit operator bool() const { return static_cast<bool>(storage_); }
  DType dtype() const { return dtype_; }
  const Layout& layout() const { return layout_; }
  const Dims& shape() const { return layout_.shape; }
  const Dims& strides() const { return layout_.strides; }
  int rank() const { return layout_.rank(); }
  int64_t size() const { return layout_.size(); }
  size_t item() const { return itemsize(dtype_); }
  const Ref<Storage>& storage() const { return storage_; }
  Value& value() const { return *storage_->value(); }
  bool ready() const { return value().ready(); }
  bool c_contiguous() const { return is_c_contiguous(layout_, item()); }
  bool f_contiguous() const { return is_f_contiguous(layout_, item()); }

  /// Pointer to the first element of a ready array.
  std::byte* host() const { return static_cast<std::byte*>(value().host()) + layout_.offset; }
  /// Makes a dead array (empty, or one whose storage is recyclable() and shed) an uninitialised, ready and writeable one
  /// of `bytes` bytes in the storage it has. Returns its memory; the caller sets the layout. Throws kMemory.
  std::byte* renew(DType dtype, size_t bytes) {
    dtype_ = dtype;
    layout_.offset = 0;
    scalar_flag = false;
    writeable = true;
    return storage_ ? static_cast<std::byte*>(value().renew(bytes)) : renew_storage(bytes);
  }
  /// renew() as a 0-d array with the scalar flag.
  std::byte* renew_scalar(DType dtype) {
    std::byte* memory = renew(dtype, itemsize(dtype));
    layout_.shape.clear();
    layout_.strides.clear();
    scalar_flag = true;
    return memory;
  }
  void drop_storage() { storage_ = nullptr; }
  /// The layout of an array that is being made.
  Layout& new_layout() { return layout_; }

  /// A view of the same storage.
  Array view(Layout layout) const { return Array(storage_, dtype_, std::move(layout)).with_flags(*this); }
  Array view_as(DType dtype, Layout layout) const {
    return Array(storage_, dtype, std::move(layout)).with_flags(*this);
  }

  /// NumPy-scalar semantics on a 0-d array (architecture 5.7).
  bool scalar_flag = false;
  bool writeable = true;

 private:
  std::byte* renew_storage(size_t bytes);
  Array&& with_flags(const Array& from) && {
    writeable = from.writeable;
    return std::move(*this);
  }
  Ref<Storage> storage_;
  Layout layout_;
  DType dtype_ = DType::kF64;
};

/// Copies one element: a copy of a size known to the compiler is one load and one store.
inline void copy_item(std::byte* to, const std::byte* from, size_t item) {
  switch (item) {
    case 8: std::memcpy(to, from, 8); return;
    case 4: std::memcpy(to, from, 4); return;
    case 1: *to = *from; return;
    case 2: std::memcpy(to, from, 2); return;
    default: std::memcpy(to, from, 16);
  }
}

/// "(3, 4)", "(3,)", "()"; NumPy's broadcast errors use "," as separator.
std::string shape_text(const Dims& shape, const char* separator = ", ");

/// Throws kMemory in NumPy's words when an array of this many bytes cannot exist on this machine: an operation is refused
/// when it is recorded, not when somebody looks.
void check_capacity(size_t bytes, const Dims& shape, DType dtype);

/// Number of bytes of `shape`, or Error(kValue) with NumPy's text when it exceeds the address space.
size_t checked_bytes(const Dims& shape, size_t itemsize);

}  // namespace crossarray
