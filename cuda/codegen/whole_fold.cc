#include "cuda/codegen/whole_fold.h"

#include "cuda/codegen/space.h"

namespace crossarray::cuda {
namespace {

bool is_position(ReduceKind kind) { return kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax; }
bool is_extremum(ReduceKind kind) { return kind == ReduceKind::kMin || kind == ReduceKind::kMax; }
bool accumulates(ReduceKind kind) { return kind == ReduceKind::kSum || kind == ReduceKind::kProd; }

/// Of a sum or product, as NumPy has it, where it is not the element's.
DType accumulator_of(DType dtype) { return dtype == DType::kI32 ? DType::kI64 : dtype; }

}  // namespace

std::optional<WholeFold> whole_fold_of(const Kernel& kernel) {
  if (kernel.reduces.size() != 1 || !kernel.stores.empty() || kernel.values.empty() || kernel.values.size() > 2)
    return std::nullopt;
  const ReduceStmt& fold = kernel.reduces[0];
  const Ssa& load = kernel.values[0];
  if (fold.mask != kNoReg || fold.has_initial || load.kind != ValueKind::kLoad) return std::nullopt;
  if (!accumulates(fold.kind) && !is_extremum(fold.kind) && !is_position(fold.kind)) return std::nullopt;
  if (kernel.reduced != (kernel.rank >= 64 ? ~uint64_t{0} : (uint64_t{1} << kernel.rank) - 1)) return std::nullopt;
  const DType element = load.dtype;
  const DType result = is_position(fold.kind)   ? DType::kI64
                       : accumulates(fold.kind) ? accumulator_of(element)
                                                : element;
  if (kernel.slots[fold.slot].dtype != result || kernel.slots[load.index].dtype != element) return std::nullopt;
  if (accumulates(fold.kind) && fold.accumulate != result) return std::nullopt;
  if (kernel.values.size() == 2) {
    const Ssa& cast = kernel.values[1];
    if (cast.kind != ValueKind::kCast || cast.a != 0 || cast.dtype != result || !accumulates(fold.kind))
      return std::nullopt;
  }
  if (fold.value + size_t{1} != kernel.values.size()) return std::nullopt;
  return WholeFold{fold.kind, element, load.index, fold.slot};
}

int64_t dense_elements(const WholeFold& fold, const Kernel& kernel, const Launch& launch) {
  const Space space = collapse(kernel, launch);
  const auto item = static_cast<int64_t>(itemsize(fold.dtype));
  if (space.rank() != 1 || space.strides[fold.in][0] != item) return 0;
  if (reinterpret_cast<uintptr_t>(launch.slots[fold.in].data) % static_cast<uintptr_t>(item) != 0) return 0;
  return space.elements();
}

}  // namespace crossarray::cuda
