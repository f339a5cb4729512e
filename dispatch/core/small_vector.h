// A vector of trivially copyable items that keeps the first N inside itself.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <type_traits>

#include "dispatch/core/error.h"

namespace crossarray {

/// Holds up to 255 items; no allocation up to N. Used for shapes and strides, whose rank is nearly always small.
template <class T, int N> class SmallVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  SmallVector() = default;
  explicit SmallVector(int size, T fill = T{}) { resize(size, fill); }
  SmallVector(std::initializer_list<T> items) { assign(items.begin(), static_cast<int>(items.size())); }
  SmallVector(const SmallVector& other) { copy(other); }
  SmallVector(SmallVector&& other) noexcept { steal(other); }
  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) {
      if (heap_)
        assign(other.data(), other.size_);
      else
        copy(other);
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this != &other) {
      release();
      steal(other);
    }
    return *this;
  }
  ~SmallVector() {
    if (heap_) delete[] heap_;
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return heap_ ? heap_ : inline_; }
  const T* data() const { return heap_ ? heap_ : inline_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](int i) {
    XA_ASSERT(i >= 0 && i < size_);
    return data()[i];
  }
  const T& operator[](int i) const {
    XA_ASSERT(i >= 0 && i < size_);
    return data()[i];
  }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void clear() { size_ = 0; }
  void push_back(T item) {
    if (size_ == capacity_) grow(2 * capacity_);
    data()[size_++] = item;
  }
  void pop_back() { --size_; }
  void resize(int size, T fill = T{}) {
    if (size > capacity_) grow(size);
    for (int i = size_; i < size; ++i) data()[i] = fill;
    size_ = size;
  }
  void insert(int at, T item) {
    push_back(item);
    for (int i = size_ - 1; i > at; --i) data()[i] = data()[i - 1];
    data()[at] = item;
  }
  void erase(int at) {
    for (int i = at; i + 1 < size_; ++i) data()[i] = data()[i + 1];
    --size_;
  }
  friend bool operator==(const SmallVector& a, const SmallVector& b) {
    if (a.size_ != b.size_) return false;
    for (int i = 0; i < a.size_; ++i)
      if (!(a.data()[i] == b.data()[i])) return false;
    return true;
  }

 private:
  // Without a heap block: copying all N inline items beats a loop over size_.
  void copy(const SmallVector& other) {
    if (other.heap_) return assign(other.data(), other.size_);
    size_ = other.size_;
    std::memcpy(static_cast<void*>(inline_), other.inline_, sizeof inline_);
  }
  void assign(const T* items, int size) {
    if (size > capacity_) grow(size);
    size_ = size;
    T* to = data();
    for (int i = 0; i < size; ++i) to[i] = items[i];
  }
  void grow(int capacity) {
    T* bigger = new T[static_cast<size_t>(capacity)];
    std::memcpy(static_cast<void*>(bigger), data(), sizeof(T) * static_cast<size_t>(size_));
    delete[] heap_;
    heap_ = bigger;
    capacity_ = capacity;
  }
  void steal(SmallVector& other) {
    size_ = other.size_;
    capacity_ = other.capacity_;
    heap_ = other.heap_;
    std::memcpy(static_cast<void*>(inline_), other.inline_, sizeof inline_);
    other.heap_ = nullptr;
    other.size_ = 0;
    other.capacity_ = N;
  }
  void release() {
    if (!heap_) return;
    delete[] heap_;
    heap_ = nullptr;
    capacity_ = N;
  }

  T* heap_ = nullptr;
  int size_ = 0;
  int capacity_ = N;
  T inline_[N];  // not cleared: GCC would clear a whole Array with "rep stos", 20 ns of a 30 ns a[i]
};

/// Extents or strides of an array, outermost axis first. NumPy's limit of 64 axes is ours (kMaxRank).
using Dims = SmallVector<int64_t, 4>;
inline constexpr int kMaxRank = 64;

}  // namespace crossarray
