// Rewrites done when an op is recorded: exact special cases that become cheaper ops, and NumPy's odd ones out.
#pragma once

#include <optional>
#include <span>

#include "dispatch/graph/record.h"

namespace crossarray {

/// False for an op that simplify() never rewrites.
constexpr bool has_rewrites(Op op) { return op == Op::power || (op >= Op::equal && op <= Op::greater_equal); }

/// The result of a rewrite that applies to op(args), or nullopt. May raise (integer ** negative integer).
///   x ** 2, 3, 4        -> multiplications; x ** -1 -> reciprocal (floats)
///   u8 < 300            -> a constant: NumPy compares with the Python integer's value
///   int64 < uint64      -> exact, not through float64
std::optional<Array> simplify(Op op, std::span<const Arg> args, const ApplyOptions& options);

}  // namespace crossarray
