#include "dispatch/plan/calibrate.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "dispatch/plan/devices.h"
#include "dispatch/plan/program_cache.h"

namespace crossarray {
namespace {

constexpr int64_t kLarge = int64_t{1} << 22;   // beyond any cache with two arrays of 8-byte elements
constexpr int64_t kCached = int64_t{1} << 16;  // 1 MiB with two
constexpr int64_t kTiny = 256;
constexpr int kOpsInChain = 4;
constexpr double kLeastSeconds = 0.01;

// Memory of a backend for one measurement.
class Block {
 public:
  Block(Backend& backend, size_t bytes) : backend_(backend), bytes_(bytes), data_(backend.allocate(bytes)) {}
  ~Block() { backend_.deallocate(data_, bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  Backend& backend_;
  size_t bytes_;
  void* data_;
};

// Best microseconds of one call.
double best_us(Backend& backend, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  work();
  backend.synchronize();
  double best = 1e30, total = 0;
  for (int i = 0; i < 3 || (total < kLeastSeconds * 1e6 && i < 200); ++i) {
    Clock::time_point start = Clock::now();
    work();
    backend.synchronize();
    double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    best = std::min(best, us);
    total += us;
  }
  return best;
}

Kernel chain_kernel(Op op, int count, DType dtype) {
  Kernel k;
  k.slots = {{dtype, SlotRole::kLoad, Access::kContiguous}, {dtype, SlotRole::kStore, Access::kContiguous}};
  k.scalars = {dtype};
  Ssa load{ValueKind::kLoad}, scalar{ValueKind::kScalar};
  load.loop = load.dtype = scalar.loop = scalar.dtype = dtype;
  k.values = {load, scalar};
  Reg last = 0;
  for (int i = 0; i < count; ++i) {
    Ssa apply{ValueKind::kApply};
    apply.op = op;
    apply.loop = apply.dtype = dtype;
    apply.a = last;
    if (row(op).arity == 2) apply.b = 1;
    k.values.push_back(apply);
    last = static_cast<Reg>(k.values.size() - 1);
  }
  k.stores = {{last, 1}};
  return k;
}

Kernel sum_kernel(DType dtype) {
  Kernel k;
  k.reduced = 1;
  k.slots = {{dtype, SlotRole::kLoad, Access::kContiguous}, {dtype, SlotRole::kReduce, Access::kBroadcast}};
  Ssa load{ValueKind::kLoad};
  load.loop = load.dtype = dtype;
  k.values = {load};
  ReduceStmt sum{};
  sum.kind = ReduceKind::kSum;
  sum.slot = 1;
  sum.accumulate = dtype;
  k.reduces = {sum};
  return k;
}

double kernel_us(Backend& backend, const Kernel& kernel, int64_t n) {
  DType dtype = kernel.slots[0].dtype;
  auto item = static_cast<int64_t>(itemsize(dtype));
  Block in(backend, static_cast<size_t>(n * item)), out(backend, static_cast<size_t>(n * item));
  std::vector<std::byte> zeros(static_cast<size_t>(n * item));
  Fence there = backend.copy_from_host(in.data(), zeros.data(), zeros.size(), backend.record());
  backend.wait(there);
  const Program& program = program_for(backend, kernel);
  Launch launch;
  launch.shape = {n};
  launch.slots = {{in.data(), {item}}, {out.data(), {kernel.reduces.empty() ? item : 0}}};
  launch.scalars.assign(kernel.scalars.size(), cast_scalar(Scalar::of(DType::kF64, 1.5), dtype));
  launch.params.assign(kernel.reduces.size(), 0.0);
  return best_us(backend, [&] { backend.run(program, launch); });
}

double product_us(Backend& backend, DType dtype, int64_t n) {
  auto item = static_cast<int64_t>(itemsize(dtype));
  auto bytes = static_cast<size_t>(n * n * item);
  Block a(backend, bytes), b(backend, bytes), out(backend, bytes);
  MatmulCall call{};
  call.dtype = dtype;
  call.a = a.data(), call.b = b.data(), call.out = out.data();
  call.m = call.k = call.n = n;
  call.a_row = call.b_row = call.out_row = n * item;
  call.a_col = call.b_col = call.out_col = item;
  if (!backend.supports(call)) return 0;
  std::vector<std::byte> zeros(bytes);
  for (std::byte* to : {a.data(), b.data()})
    backend.wait(backend.copy_from_host(to, zeros.data(), bytes, backend.record()));
  return best_us(backend, [&] { backend.matmul(call); });
}

// Length and number of transforms: too many bytes for a cache.
constexpr int64_t kTransform = int64_t{1} << 16, kTransforms = 16;
constexpr double kFactorsOfTwo = 16;

// 0 where there is no transform to be had.
double transform_us(Backend& backend) {
  constexpr size_t kBytes = kTransform * kTransforms * 16;
  Block in(backend, kBytes), out(backend, kBytes);
  const FftCall call{DType::kC128, in.data(), out.data(), kTransform, kTransforms, false};
  if (!backend.supports(call)) return 0;
  std::vector<std::byte> zeros(kBytes);
  backend.wait(backend.copy_from_host(in.data(), zeros.data(), kBytes, backend.record()));
  try {
    return best_us(backend, [&] { backend.fft(call); });
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kDevice || backend.lost()) throw;
    return 0;
  }
}

// From how many bytes on the device's library sums faster than a generated kernel, in steps of 4; kNever if nowhere.
double library_crossover(Backend& backend, DType dtype) {
  constexpr double kNever = 1e30;
  constexpr size_t kLeast = size_t{1} << 18, kMost = size_t{1} << 26;
  double from = kNever;
  for (size_t bytes = kMost; bytes >= kLeast; bytes /= 4) {
    const auto n = static_cast<int64_t>(bytes / itemsize(dtype));
    backend.use_library_reductions(kNever, kNever);
    const double own = kernel_us(backend, sum_kernel(dtype), n);
    backend.use_library_reductions(0, 0);
    if (kernel_us(backend, sum_kernel(dtype), n) >= own) break;
    from = static_cast<double>(bytes);
  }
  return from;
}

struct Measurement {
  std::string name;
  std::function<void()> take;
};

DType type_of(int wide) { return wide ? DType::kF64 : DType::kF32; }
double traffic(int64_t n, int wide) { return static_cast<double>(n) * 2 * (wide ? 8 : 4); }

void add_rates(std::vector<Measurement>& all, Device device) {
  Backend& backend = backend_of(device);
  auto rates = [device]() -> Rates& { return device == kCpu ? machine().cpu : machine().devices[device - 1u].rates; };
  const std::string name = backend.name() + ": ";
  all.push_back({name + "launch", [=, &backend] {
                   rates().launch_us = kernel_us(backend, chain_kernel(Op::add, 1, DType::kF64), kTiny);
                 }});
  all.push_back({name + "memory", [=, &backend] {
                   double us = kernel_us(backend, chain_kernel(Op::add, 1, DType::kF64), kLarge);
                   rates().byte_ns = std::max(0.0, us - rates().launch_us) * 1e3 / traffic(kLarge, 1);
                 }});
  all.push_back({name + "cache", [=, &backend] {
                   double us = kernel_us(backend, chain_kernel(Op::add, 1, DType::kF64), kCached);
                   rates().cached_byte_ns = std::max(0.0, us - rates().launch_us) * 1e3 / traffic(kCached, 1);
                   if (rates().cache_bytes == 0) rates().cache_bytes = traffic(kCached, 1);
                 }});
  constexpr Op kOps[kOpClasses] = {Op::add, Op::sqrt, Op::exp, Op::power};
  for (int c = 0; c < kOpClasses; ++c)
    for (int wide = 0; wide < 2; ++wide)
      all.push_back({name + row(kOps[c]).name + " of " + crossarray::name(type_of(wide)), [=, &backend] {
                       double one = kernel_us(backend, chain_kernel(kOps[c], 1, type_of(wide)), kLarge / 4);
                       double more =
                           kernel_us(backend, chain_kernel(kOps[c], 1 + kOpsInChain, type_of(wide)), kLarge / 4);
                       rates().op_ns[c][wide] = std::max(0.0, more - one) * 1e3 / ((kLarge / 4.0) * kOpsInChain);
                     }});
  all.push_back({name + "sum", [=, &backend] {
                   double us = kernel_us(backend, sum_kernel(DType::kF64), kLarge) - rates().launch_us;
                   double reading = static_cast<double>(kLarge) * 8 * rates().byte_ns * 1e-3;
                   rates().reduce_ns = std::max(0.0, us - reading) * 1e3 / static_cast<double>(kLarge);
                 }});
  for (int wide = 0; wide < 2; ++wide)
    all.push_back({name + "matrix product of " + crossarray::name(type_of(wide)), [=, &backend] {
                     constexpr int64_t kN = 512;
                     double us = product_us(backend, type_of(wide), kN);
                     if (us > 0) rates().flop_ns[wide] = us * 1e3 / (2.0 * kN * kN * kN);
                   }});
}

// NumPy's, on the host, are measured where NumPy is called.
void add_transform(std::vector<Measurement>& all, Device device) {
  Backend& backend = backend_of(device);
  all.push_back({backend.name() + ": Fourier transform", [device, &backend] {
                   if (double us = transform_us(backend); us > 0)
                     machine().devices[device - 1u].rates.fft_ns =
                         us * 1e3 / (kTransform * kTransforms * kFactorsOfTwo);
                 }});
}

// Microseconds of a copy up or down.
double copy_us(Backend& backend, bool up, std::byte* host, size_t bytes) {
  Block there(backend, bytes);
  return best_us(backend, [&] {
    Fence fence = up ? backend.copy_from_host(there.data(), host, bytes, backend.record())
                     : backend.copy_to_host(host, there.data(), bytes, backend.record());
    backend.wait(fence);
  });
}

void measure_link(Backend& backend, bool up, Link& link) {
  constexpr size_t kSmall = 4096, kBytes = size_t{32} << 20;
  std::vector<std::byte> pageable(kBytes);
  link.latency_us = copy_us(backend, up, pageable.data(), kSmall);
  auto rate = [&](std::byte* host) {
    return std::max(0.0, copy_us(backend, up, host, kBytes) - link.latency_us) * 1e3 / static_cast<double>(kBytes);
  };
  link.pageable_byte_ns = link.pinned_byte_ns = rate(pageable.data());
  if (void* pinned = backend.allocate_pinned(kBytes)) {
    link.pinned_byte_ns = rate(static_cast<std::byte*>(pinned));
    backend.deallocate_pinned(pinned, kBytes);
  }
}

std::vector<Measurement> measurements() {
  std::vector<Measurement> all;
  add_rates(all, kCpu);
  for (int d = 1; d < device_count(); ++d) {
    auto device = static_cast<Device>(d);
    Backend& backend = backend_of(device);
    if (backend.lost()) continue;
    add_rates(all, device);
    add_transform(all, device);
    for (int wide = 0; wide < 2; ++wide)
      all.push_back({backend.name() + ": sums by the library of " + name(type_of(wide)), [&backend, d, wide] {
                       double* from = machine().devices[static_cast<size_t>(d - 1)].library_reduce_bytes;
                       from[wide] = library_crossover(backend, type_of(wide));
                       backend.use_library_reductions(from[0], from[1]);
                     }});
    all.push_back({backend.name() + ": copies there",
                   [&backend, d] { measure_link(backend, true, machine().devices[static_cast<size_t>(d - 1)].up); }});
    all.push_back({backend.name() + ": copies back", [&backend, d] {
                     measure_link(backend, false, machine().devices[static_cast<size_t>(d - 1)].down);
                   }});
  }
  return all;
}

}  // namespace

std::vector<std::string> calibration_steps() {
  std::vector<std::string> names;
  for (const Measurement& each : measurements()) names.push_back(each.name);
  return names;
}

void calibration_step(size_t i) {
  std::vector<Measurement> all = measurements();
  if (i >= all.size())
    raise(ErrorKind::kIndex, "calibration has " + std::to_string(all.size()) + " steps, got " + std::to_string(i));
  machine();
  all[i].take();
  if (i + 1 == all.size()) {
    machine().calibrated = true;
    machine().origin = kMeasuredFigures;
  }
}

}  // namespace crossarray
