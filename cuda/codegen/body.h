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
  struct Element;  // text of the call of element() for one way of reading and writing

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

  // -- one element or vector at pointers q0, q1, ... (+ offsets)
  void scalar_element(int indent, const std::string& position);
  void vector_element(int indent, const std::string& position);

  void elementwise_scalar();
  void elementwise_vector();

  void reduction_kernel();
  void reduction_loops(const std::vector<int>& reduced);
  void reduction_finish_kernel();
  void finish_function();
  std::string states(const char* prefix) const;

  const Kernel& kernel_;
  const Variant& variant_;
  std::string name_, index_, offset_, text_;
};

}  // namespace crossarray::cuda
