// What an array's bytes are and where they live: Value (immutable once published) and Storage (a cell holding one).
#pragma once

#include <cstdint>
#include <utility>

#include "dispatch/core/device.h"
#include "dispatch/core/dtype.h"
#include "dispatch/core/ref.h"

namespace crossarray {

class Expr;

/// Bytes that an Expr promised or that are there. Once ready and shared (refs() > 1) it never changes: a writer copies
/// first (copy on write). This is what makes rule 3 of the semantics hold: a recorded expression keeps the Values it read.
///
/// State: pending (producer set) -> running (a plan has claimed it) -> computed. What is computed has valid bytes on the
/// host, on devices, or on both; at most one copy each.
class Value : public RefCounted<Value>, public Pooled<Value> {
 public:
  static constexpr size_t kInlineBytes = 128;  // covers 16 doubles; 7 ns cheaper than a separate block

  explicit Value(size_t bytes) : bytes_(bytes) {}
  ~Value();

  size_t bytes() const { return bytes_; }
  /// Host code may use host() at once, and nobody cares where results go: its bytes are valid there and it is pinned to no
  /// device. What is not ready is pending, pinned, or asks the router.
  bool ready() const { return ready_; }
  bool pending() const { return producer_ != nullptr; }
  Expr* producer() const { return producer_; }

  bool on_host() const { return on_host_; }
  /// Bytes valid on the host, where work on the value belongs as far as the value goes: ready, or pinned to the CPU.
  bool stays_on_host() const { return on_host_ && !is_remote(pin_); }
  /// Ready, on the host only, pinned nowhere: as nearly every value is.
  bool ordinary() const { return ready_ && !copies_; }
  /// Bytes of a value that is valid on the host.
  void* host() const { return host_.data; }
  const Buffer& host_buffer() const { return host_; }

  /// The device this value stays on, kAuto if nobody asked for one. A pin is for life.
  Device pin() const { return pin_; }
  void set_pin(Device device);
  /// Copies on devices, a list; null for nearly every value.
  DeviceCopy* copies() const { return copies_; }
  DeviceCopy* copy_on(Device device) const;
  bool valid_on(Device device) const;

  /// Takes ownership of `buffer` and becomes ready; the producer (if any) is let go, and with it the inputs it held.
  void publish(Buffer buffer);
  /// Hands over the bytes of a ready value that nobody will read any more.
  Buffer take_buffer() { return std::exchange(host_, Buffer{}); }
  /// Memory inside the value, for results of at most kInlineBytes; publish() it as a buffer without an owner.
  void* inline_memory() { return inline_; }
  /// Becomes ready on inline memory if `bytes` fits, else on memory of `backend`. Throws kMemory.
  void* allocate(Backend& backend);
  /// Becomes computed with bytes on a device only (publish for devices).
  void publish_on(DeviceCopy* copy);
  /// The host's bytes hold the value from now on. `buffer` is new host memory, or has no data: what is there is kept.
  void set_on_host(Buffer buffer);
  /// The host's bytes are behind those of a device from now on. Their memory stays.
  void clear_on_host();
  void add_copy(DeviceCopy* copy);
  /// Takes a copy out of the list and frees its memory.
  void drop_copy(DeviceCopy* copy);
  /// Waits until no copy to a device reads the host's bytes any more. Throws kDevice.
  void await_uploads();
  /// Makes this value the output of `producer` (held strongly; the Expr points back weakly).
  void set_producer(Expr* producer);
  /// Forgets an expression that will not be run (nobody can reach the value): breaks long chains without recursion.
  Ref<Expr> take_producer();
  /// Lets go of all memory outside the object: what a ready value that nobody reads any more is reduced to.
  void shed() {
    if (host_.drop || host_.owner) drop_host();
    host_.data = inline_;
  }
  /// Makes a shed value an uninitialised ready one of `bytes` bytes. Throws kMemory, and is shed again.
  void* renew(size_t bytes) {
    bytes_ = bytes;
    return bytes <= kInlineBytes ? host_.data : allocate_host();
  }

  /// Number of Storages that hold this value: 0 = reachable only from other pending expressions (never stored).
  int holders = 0;
  /// Claimed by a plan that is running without the graph lock: others must wait, nobody may write.
  bool running = false;
  /// Scratch of the lowering pass (index of the node in the current graph, -1 outside one).
  int32_t mark = -1;

 private:
  void take_apart();
  void drop_host();
  void* allocate_host();
  void computed();
  void drop_copies();

  size_t bytes_;
  Expr* producer_ = nullptr;
  DeviceCopy* copies_ = nullptr;
  bool ready_ = false;
  bool on_host_ = false;
  Device pin_ = kAuto;
  Buffer host_;
  alignas(16) std::byte inline_[kInlineBytes];
};

/// The cell behind one or more arrays. Views share a Storage; a full overwrite puts a new Value in it.
class Storage : public RefCounted<Storage>, public Pooled<Storage> {
 public:
  explicit Storage(Ref<Value> value) { rebind(std::move(value)); }
  ~Storage() { rebind(nullptr); }

  const Ref<Value>& value() const { return value_; }
  /// Replaces the value: what pending readers recorded stays theirs.
  void rebind(Ref<Value> value);

  /// Live holders of the raw pointer outside the library (buffer protocol, DLPack, NumPy views) or memory that is not
  /// ours. While positive, reads run at once and writes go in place at once (rule 4).
  int exports = 0;
  bool foreign = false;
  bool shared() const { return exports > 0 || foreign; }
  /// True if whoever holds the one reference to this cell is all there is: cell and value can be used again.
  bool recyclable() const { return refs() == 1 && !shared() && value_->refs() == 1 && value_->ordinary(); }

 private:
  Ref<Value> value_;
};

}  // namespace crossarray
