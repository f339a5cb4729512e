// Running a library primitive (scan, matmul, take, put, masks) on the device the router picks.
//
//   return run_primitive("cumsum", {&in}, work, [&](Backend& b) { return b.supports(call); }, [&](PrimitiveRun& run) {
//     Array out = run.result(in.shape(), dtype);
//     call.in = run.read(in);
//     call.out = run.write(out);
//     run.execute(estimated_us, [&] { run.backend().scan(call); });
//     return out;
//   });
#pragma once

#include <initializer_list>
#include <memory>
#include <span>

#include "dispatch/core/function_ref.h"
#include "dispatch/plan/cost.h"
#include "dispatch/plan/residency.h"

namespace crossarray {

/// One run on one device. Results are pinned where the inputs are.
class PrimitiveRun {
 public:
  /// work: for the profile; null: not known.
  PrimitiveRun(const char* name, Device device, Device pin, const Work* work)
      : name_(name), device_(device), pin_(pin), work_(work) {}

  Device device() const { return device_; }
  bool on_host() const { return device_ == kCpu; }
  Backend& backend() const { return backend_of(device_); }
  /// Address of the first element of `a` there, evaluated and copied as needed. It stays until the run ends.
  std::byte* read(const Array& a);
  /// A new array there; order: its axes, outermost first (null: C order).
  Array result(const Dims& shape, DType dtype, const Dims* order = nullptr);
  /// Address of the first element of a result(), to be written by execute().
  std::byte* write(Array& result);
  /// Does the work: on the host without the graph lock if it takes long, elsewhere it is enqueued.
  void execute(double estimated_us, FunctionRef<void()> work);

 private:
  const char* name_;
  Device device_, pin_;
  const Work* work_;
  // What few runs need, off the way of tiny ones.
  struct Extra {
    std::vector<Ref<Value>> reads;
    std::vector<HoldCopy> holds;
    std::vector<Array> shared;           // with the outside, which may change them as soon as we return
    std::vector<Ref<Value>> unfinished;  // results on a device that execute() completes
  };
  Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }
  static constexpr int kUsualReads = 3;
  Ref<Value> keep_[kUsualReads];  // writers copy while we read
  int reads_ = 0;
  std::unique_ptr<Extra> extra_;
};

/// The device that work on `inputs` is pinned to: that of the pinned ones, else the current one. Throws kValue naming `name`
/// when two are pinned to different devices.
Device common_pin(const char* name, std::span<const Array* const> inputs);

/// Places the primitive by its inputs, its work and what backends support, and calls `body`; once more on the host if the
/// device had no room, or lacks a library and is not where the inputs are pinned. Throws kValue naming `name` when two
/// inputs are pinned to different devices.
Array run_primitive(const char* name, std::initializer_list<const Array*> inputs, const Work& work,
                    FunctionRef<bool(Backend&)> supports, FunctionRef<Array(PrimitiveRun&)> body);

/// Changes elements of `target` on the device where writes to it belong: body(run, address of its first element)
/// enqueues the work. False, having done nothing, if that is the host, or the device cannot or has no room.
bool write_by_primitive(const char* name, Array& target, FunctionRef<bool(Backend&)> supports,
                        FunctionRef<void(PrimitiveRun&, std::byte*)> body);

}  // namespace crossarray
