// A kernel's values as text, and the pieces elementwise and reduction texts share.
#pragma once

#include <string>
#include <vector>

#include "cuda/codegen/codegen.h"

namespace crossarray::cuda {

/// "f32": the prelude's name of an element type.
const char* type_name(DType dtype);

/// Accumulator of a reduction in the prelude ("Sum<f32>"), and its largest size.
std::string accumulator(const ReduceStmt& r);
size_t accumulator_size(const ReduceStmt& r);
/// kVar and kStd take degrees of freedom off the count.
bool has_ddof(ReduceKind kind);
/// kArgMin and kArgMax want the position of an element.
bool has_position(ReduceKind kind);

/// Writes the body of a kernel: everything after the prelude, in a namespace of its own.
class BodyWriter {
 public:
  BodyWriter(const Kernel& kernel, const Variant& variant, const std::string& name);

  std::string elementwise();
  std::string reduction();

 private:
  void line(int indent, const std::string& text);
  void open();
  std::string close();
  bool is(size_t slot, SlotRole role) const { return kernel_.slots[slot].role == role; }
  bool reduced_axis(int axis) const { return variant_.reduced >> axis & 1; }
  std::vector<int> axes(bool reduced) const;

  // -- element(): loaded values in, stored values and accumulators out
  void element_function();
  void values();
  std::string element_call(const std::string& suffix, const std::string& position) const;

  // -- addresses
  /// Declares position variables of `axes` from the flat index expression.
  void positions(int indent, const std::string& flat, const std::vector<int>& axes);
  /// "i0 * a.s1_0 + i1 * a.s1_1"; "0" without axes.
  std::string offset(size_t slot, const std::vector<int>& axes) const;

  // -- one element or vector: loads from q0, q1, ... into l0, l1, ..., element(), stores of o0, o1, ...
  /// Type of a slot's element, or of its vector.
  std::string slot_type(size_t slot, bool vector) const;
  void loads(int indent, bool vector);
  void compute(int indent, bool vector, const std::string& position);
  void stores(int indent);

  // -- batches: several elements or vectors of which all are loaded before one is computed
  void batch_function();
  int batch() const;
  /// Declares q0, q1, ... of element or vector i.
  void pointers(int indent);
  /// The same for one element among those after the last vector.
  void tail_pointers(int indent, const std::string& at);
  /// Loops over i from `first` in steps of `step`, in batches while they last.
  void batch_loops(int indent, const std::string& first, const std::string& last, const std::string& arguments);
  std::string bases(const char* before) const;

  void tail();

  void reduction_kernel();
  void reduction_loops();
  void reduction_finish_kernel();
  void finish_function();
  std::string states(const char* prefix) const;

  const Kernel& kernel_;
  const Variant& variant_;
  std::string name_, index_, offset_, text_;
};

}  // namespace crossarray::cuda
