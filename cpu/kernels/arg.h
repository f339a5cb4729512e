// Positions of extrema, as NumPy's argmin and argmax see them: the first of equals, a NaN before everything else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/core/dtype.h"

namespace crossarray::cpu {

/// Position of the extremum of in[0..n), n >= 1; n if none takes the place of an earlier `*best` (null: there is no
/// earlier one; it is no NaN). Null for complex numbers and halves.
using ArgFn = size_t (*)(const void* in, size_t n, const void* best);
ArgFn arg_kernel(bool max, DType dtype);

/// The same for `count` stretches of `n` elements that follow each other: out[k] (an int64) from in[k * n ...].
using ArgSegmentsFn = void (*)(const void* in, size_t count, size_t n, void* out);
ArgSegmentsFn arg_segments_kernel(bool max, DType dtype);

/// Column extrema: best[j] and its row index[j] updated by `rows` rows of n elements, `stride` bytes apart, whose numbers
/// count from first_row. fresh: there is no best yet. Null but for 4- and 8-byte dtypes that are not complex.
using ArgRowsFn = void (*)(const std::byte* first, int64_t stride, size_t rows, size_t n, int64_t first_row, bool fresh,
                           void* best, int64_t* index);
ArgRowsFn arg_rows_kernel(bool max, DType dtype);

}  // namespace crossarray::cpu
