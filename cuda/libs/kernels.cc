#include "cuda/libs/kernels.h"

#include <optional>

#include "cuda/codegen/scan.h"
#include "cuda/kernels/kernels.h"
#include "cuda/libs/door.h"

namespace crossarray::cuda::kernels {
namespace {

// A thread that works on a whole line takes some 10 ns an element; CUB needs a launch or two.
constexpr int64_t kLongLine = 4096;
constexpr int64_t kFewLines = 64;
// Shorter masks are one launch of the generated kernel.
constexpr int64_t kLongMask = int64_t{1} << 16;

struct Table : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/libs/kernels.def"
#undef XA_ENTRY
};

/// Perhaps with nothing in it: opened().why().
const Table& opened() {
  static const Table& table = *new Table(Library::kKernels);
  return table;
}

const Table& functions(const char* operation) {
  if (!opened().why().empty()) refuse_missing(operation, opened().why());
  return opened();
}

/// Calls `f(scratch, &bytes)` twice: for the size, then with that much scratch memory.
template <class F> void with_scratch(Machine& machine, const char* call, F f) {
  size_t bytes = 0;
  machine.device.check(f(nullptr, &bytes), call);
  const Scratch scratch(machine.pool, std::max<size_t>(bytes, 1));
  machine.device.check(f(scratch.data(), &bytes), call);
}

std::optional<XaNumber> number_type(DType dtype) {
  switch (dtype) {
    case DType::kI32: return kXaI32;
    case DType::kI64: return kXaI64;
    case DType::kF32: return kXaF32;
    case DType::kF64: return kXaF64;
    default: return std::nullopt;
  }
}

std::optional<XaFold> fold_of(Op op) {
  switch (op) {
    case Op::add: return kXaSum;
    case Op::multiply: return kXaProd;
    case Op::minimum: return kXaMin;
    case Op::maximum: return kXaMax;
    default: return std::nullopt;
  }
}

std::optional<XaFold> fold_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum: return kXaSum;
    case ReduceKind::kProd: return kXaProd;
    case ReduceKind::kMin: return kXaMin;
    case ReduceKind::kMax: return kXaMax;
    case ReduceKind::kArgMin: return kXaArgMin;
    case ReduceKind::kArgMax: return kXaArgMax;
    default: return std::nullopt;
  }
}

/// Sums and products of unsigned integers have the bits of signed ones.
std::optional<XaNumber> scan_type(const ScanCall& call) {
  const bool wraps = call.op == Op::add || call.op == Op::multiply;
  if (wraps && call.loop == DType::kU32) return kXaI32;
  if (wraps && call.loop == DType::kU64) return kXaI64;
  return number_type(call.loop);
}

int64_t line_count(const ScanCall& call) {
  int64_t lines = 1;
  for (int axis = 0; axis < call.shape.size(); ++axis)
    if (axis != call.axis) lines *= call.shape[axis];
  return lines;
}

bool is_few_long_lines(const ScanCall& call) {
  return call.shape[call.axis] >= kLongLine && line_count(call) <= kFewLines;
}

bool cub_takes(const ScanCall& call) { return fold_of(call.op) && scan_type(call) && opened().why().empty(); }

/// One strided line of length n to or from a dense one, with a cast.
void copy_line(Machine& machine, DType from, DType to, const std::byte* in, int64_t in_step, std::byte* out,
               int64_t out_step, int64_t n) {
  Launch launch;
  launch.shape = {n};
  launch.slots = {{const_cast<std::byte*>(in), {in_step}}, {out, {out_step}}};
  machine.program(copy_kernel(from, to, 1)).run(launch);
}

void scan_line(Machine& machine, const ScanCall& call, const std::byte* in, std::byte* out) {
  const int64_t n = call.shape[call.axis], item = static_cast<int64_t>(itemsize(call.loop));
  const int64_t in_step = call.in_strides[call.axis], out_step = call.out_strides[call.axis];
  const bool from_place = call.in_dtype == call.loop && in_step == item;
  const bool to_place = call.out_dtype == call.loop && out_step == item;
  const Scratch line(machine.pool, from_place && to_place ? 0 : static_cast<size_t>(n * item));
  auto* dense = static_cast<std::byte*>(line.data());
  if (!from_place) copy_line(machine, call.in_dtype, call.loop, in, in_step, dense, item, n);
  const std::byte* source = from_place ? in : dense;
  std::byte* target = to_place ? out : dense;
  with_scratch(machine, "xa_scan", [&](void* scratch, size_t* bytes) {
    return functions("accumulate")
        .xa_scan(*fold_of(call.op), *scan_type(call), scratch, bytes, source, target, n, machine.device.compute());
  });
  if (!to_place) copy_line(machine, call.loop, call.out_dtype, dense, item, out, out_step, n);
}

void scan_lines(Machine& machine, const ScanCall& call, int axis, const std::byte* in, std::byte* out) {
  if (axis == call.shape.size()) return scan_line(machine, call, in, out);
  if (axis == call.axis) return scan_lines(machine, call, axis + 1, in, out);
  for (int64_t i = 0; i < call.shape[axis]; ++i)
    scan_lines(machine, call, axis + 1, in + i * call.in_strides[axis], out + i * call.out_strides[axis]);
}

XaOrder order_of(DType dtype) {
  if (dtype == DType::kBF16) return kXaBFloat16;
  if (is_float(dtype)) return kXaFloat;
  return kind(dtype) == Kind::kSigned ? kXaSigned : kXaUnsigned;
}

}  // namespace

bool runs(const ScanCall& call) { return can_scan(call) && (!is_few_long_lines(call) || cub_takes(call)); }

void scan(Machine& machine, const ScanCall& call) {
  if (is_few_long_lines(call) && cub_takes(call)) return scan_lines(machine, call, 0, call.in, call.out);
  const ScanPlan plan = plan_scan(call);
  if (plan.stages.empty()) return;
  launch_stages(machine, machine.jit.functions(generate(plan.variant), false), plan.stages, plan.arguments.bytes);
}

bool reduce(Machine& machine, ReduceKind kind, DType dtype, const void* in, void* out, int64_t n) {
  const auto fold = fold_of(kind);
  const auto type = number_type(dtype);
  if (!fold || !type || n == 0 || !opened().why().empty()) return false;
  with_scratch(machine, "xa_reduce", [&](void* scratch, size_t* bytes) {
    return opened().xa_reduce(*fold, *type, scratch, bytes, in, out, n, machine.device.compute());
  });
  return true;
}

void sort(Machine& machine, DType dtype, const void* in, void* out, int64_t* positions, int64_t rows, int64_t columns) {
  const Table& f = functions("sort");
  const XaOrder order = order_of(dtype);
  const auto width = static_cast<int32_t>(itemsize(dtype));
  void* stream = machine.device.compute();
  with_scratch(machine, "xa_sort", [&](void* scratch, size_t* bytes) {
    if (rows == 1 && out) return f.xa_sort_keys(order, width, scratch, bytes, in, out, columns, stream);
    if (rows == 1) return f.xa_sort_positions(order, width, scratch, bytes, in, positions, columns, stream);
    if (out) return f.xa_sort_rows(order, width, scratch, bytes, in, out, rows, columns, stream);
    return f.xa_sort_rows_positions(order, width, scratch, bytes, in, positions, rows, columns, stream);
  });
}

void select(Machine& machine, int width, const void* in, const bool* flags, void* out, int64_t* count, int64_t n) {
  const Table& f = functions("boolean selection");
  const auto* bytes_set = reinterpret_cast<const uint8_t*>(flags);
  void* stream = machine.device.compute();
  with_scratch(machine, "xa_select", [&](void* scratch, size_t* bytes) {
    if (!in) return f.xa_select_positions(scratch, bytes, bytes_set, static_cast<int64_t*>(out), count, n, stream);
    return f.xa_select(width, scratch, bytes, in, bytes_set, out, count, n, stream);
  });
}

bool nonzero(Machine& machine, const MaskCall& call, int64_t* positions) {
  int64_t n = 1;
  for (int64_t extent : call.shape) n *= extent;
  if (n < kLongMask || !is_c_contiguous({call.shape, call.strides, 0}, 1) || !opened().why().empty()) return false;
  const Scratch count(machine.pool, sizeof(int64_t));
  select(machine, 8, nullptr, reinterpret_cast<const bool*>(call.mask), positions, static_cast<int64_t*>(count.data()),
         n);
  return true;
}

}  // namespace crossarray::cuda::kernels
