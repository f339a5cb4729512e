// What is between the brackets: x[key] as a view, as one element, or as advanced indexing.
#pragma once

#include <vector>

#include "dispatch/plan/primitive.h"
#include "python/src/ndarray.h"

namespace crossarray::python {

enum class IndexOutcome : uint8_t {
  kView,      // slices, newaxis, ellipsis, integers
  kCopy,      // the same, but one of the integers is a 0-d array: reading copies the view, as NumPy does
  kElement,   // integers only, all axes used
  kAdvanced,  // an array, list or bool takes part (or the index is wrong: parse_advanced says how)
};

/// Resolves an index without arrays into `out`. Allocates nothing for ranks up to 4. Throws kIndex, PythonError.
IndexOutcome basic_index(const Layout& array_layout, PyObject* key, Layout& out);

/// One array of an advanced index: int64, C-contiguous over the common index shape, in bounds, not negative.
struct IndexArray {
  Array positions;
  int64_t step;  // bytes in x per unit
};

/// x[key] with arrays: the axes left by the basic part, and index arrays that are broadcast to one shape.
struct AdvancedIndex {
  Layout rest;                     // offset included
  Dims shape;                      // of the index arrays
  Dims order;                      // axes of `shape`, outermost first, as the index arrays lie; empty: C order
  int place = 0;                   // axis of the result where `shape` is inserted among rest's axes
  std::vector<IndexArray> arrays;  // at least one
  bool single_mask = false;        // x[mask], mask of x's rank: NumPy words its errors differently

  Dims result_shape() const;
};

/// Throws kValue naming `name` if the array, the key's arrays and the value are not all pinned to one device.
void check_index_device(const char* name, PyObject* self, PyObject* key, PyObject* value = nullptr);

/// Throws kIndex with NumPy's texts. Evaluates index arrays (bounds and positions need values).
AdvancedIndex parse_advanced(const Array& a, PyObject* key);

/// What take and put share of a call. Base, positions and values are the caller's.
IndexCall index_call(const AdvancedIndex& index, size_t item);

/// The call's positions where `run` works.
void read_positions(PrimitiveRun& run, const AdvancedIndex& index, IndexCall& call);

/// A boolean ndarray key that x[mask] can use as it is: shape equal to x's leading axes. Null otherwise.
const Array* mask_key(const Array& a, PyObject* key);

}  // namespace crossarray::python
