// NEP 50 promotion and ufunc loop selection.
#pragma once

#include <optional>
#include <span>

#include "dispatch/core/dtype.h"
#include "dispatch/op.h"

namespace crossarray {

enum class Casting : uint8_t { kNo, kEquiv, kSafe, kSameKind, kUnsafe, kSameValue };
bool can_cast(DType from, DType to, Casting rule);
/// The smallest dtype both cast to (np.promote_types).
DType promote_types(DType a, DType b);

/// What takes part in promotion: a dtype, or a Python scalar's kind.
struct PromoteArg {
  DType dtype;
  bool weak = false;
  WeakScalar::Type weak_type = WeakScalar::Type::kInt;
};
/// np.result_type. Only weak operands: Python's defaults (bool, int64, float64, complex128).
DType result_type(std::span<const PromoteArg> operands);

/// The loop an op runs for these operands: input dtypes (one per input) and output dtype.
struct Loop {
  DType in[3];
  DType out;
};
/// Chooses as NumPy's type resolution does. `dtype` is the user's dtype= (the loop whose output is that dtype).
/// Throws kUFuncType: "ufunc 'invert' not supported for the input types, and the inputs could not be safely coerced to
/// any supported types according to the casting rule ''safe''".
Loop resolve_loop(Op op, std::span<const PromoteArg> operands, std::optional<DType> dtype = {},
                  Casting casting = Casting::kSameKind);

}  // namespace crossarray
