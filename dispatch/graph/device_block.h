// A `with xp.device(...)` block: what it recorded, so that leaving it can compute that (flush rule of the semantics).
#pragma once

#include <vector>

#include "dispatch/core/device.h"
#include "dispatch/core/ref.h"

namespace crossarray {

class Expr;
class Value;

/// Entered when made, by this thread: its work is given to `device` until leave(). Blocks of one thread nest; what an inner
/// one recorded is its own. Under the graph lock.
class DeviceBlock : public RefCounted<DeviceBlock> {
 public:
  explicit DeviceBlock(Device device);
  ~DeviceBlock();

  /// The block this thread is in, or null.
  static DeviceBlock* current();

  /// Gives the thread's work back to the device and the block before. What is pending stays so until somebody computes it.
  void leave();
  /// Results recorded here that somebody can reach and nobody has computed.
  std::vector<Ref<Value>> pending() const;

  /// Notes an expression in the block this thread is in, if it is in one.
  static void note(Expr& expr);

 private:
  Device before_;
  DeviceBlock* outer_;  // holds it
  Expr* first_ =
      nullptr;  // the latest of a list through Expr::noted_next; expressions take themselves out when they go
};

}  // namespace crossarray
