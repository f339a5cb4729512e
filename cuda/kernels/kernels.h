// The C door of _cuda_kernels.so: CUB's algorithms, the only code that nvcc compiles.
//
// Every function returns a CUDA error code (0: success) and takes its scratch in CUB's way: with `scratch` null it only
// writes the bytes needed to *scratch_bytes. Pointers are of the current context's device; work goes on `stream`.
// A type or operation that is not there gives 1 (invalid value).
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

enum XaNumber : int32_t { kXaI32 = 0, kXaI64 = 1, kXaF32 = 2, kXaF64 = 3 };
enum XaFold : int32_t { kXaSum = 0, kXaProd = 1, kXaMin = 2, kXaMax = 3, kXaArgMin = 4, kXaArgMax = 5 };
/// How the bits of a key are ordered. Floats: -inf .. inf, then NaN.
enum XaOrder : int32_t { kXaUnsigned = 0, kXaSigned = 1, kXaFloat = 2, kXaBFloat16 = 3 };

#define XA_KERNEL __attribute__((visibility("default")))

/// out[0] = fold of in[0..n), n >= 1. Sum and prod of i32 give i64; floats are added up in float64, float64 with its
/// rounding errors; argmin and argmax give the i64 index of the first
/// extremum. NaN wins, as in NumPy.
XA_KERNEL int xa_reduce(XaFold fold, XaNumber type, void* scratch, size_t* scratch_bytes, const void* in, void* out,
                        int64_t n, void* stream);

/// out[i] = fold of in[0..i] in the type of the input; sum, prod, min, max. `out` may be `in`.
XA_KERNEL int xa_scan(XaFold fold, XaNumber type, void* scratch, size_t* scratch_bytes, const void* in, void* out,
                      int64_t n, void* stream);

/// Sorts keys of `width` bytes (1, 2, 4, 8), stably, ascending. NaN come out last, as one NaN.
XA_KERNEL int xa_sort_keys(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                           void* out, int64_t n, void* stream);
/// The positions that sort the keys, stably (argsort).
XA_KERNEL int xa_sort_positions(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                                int64_t* positions, int64_t n, void* stream);

/// The same for `rows` rows of `columns` keys each.
XA_KERNEL int xa_sort_rows(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                           void* out, int64_t rows, int64_t columns, void* stream);
XA_KERNEL int xa_sort_rows_positions(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                                     int64_t* positions, int64_t rows, int64_t columns, void* stream);

/// Items of `width` bytes (1, 2, 4, 8, 16) whose flag is set, in order; their number to *count (device memory).
XA_KERNEL int xa_select(int32_t width, void* scratch, size_t* scratch_bytes, const void* in, const uint8_t* flags,
                        void* out, int64_t* count, int64_t n, void* stream);
/// Positions of set flags, in order.
XA_KERNEL int xa_select_positions(void* scratch, size_t* scratch_bytes, const uint8_t* flags, int64_t* positions,
                                  int64_t* count, int64_t n, void* stream);
}
