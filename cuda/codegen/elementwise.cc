// Elementwise kernels: a grid-stride loop over elements, or over vectors along the innermost axis.
#include "cuda/codegen/body.h"

namespace crossarray::cuda {

/// The elements after the last vector of flat memory.
void BodyWriter::tail() {
  const std::string width = std::to_string(variant_.vector);
  line(1, "const " + index_ + " last = thread_in_grid<" + index_ + ">();");
  line(1, "if (last < a.tail) {");
  line(2, "const " + offset_ + " at = static_cast<" + offset_ + ">(a.count * " + width + " + last);");
  tail_pointers(2, "at");
  loads(2, false);
  compute(2, false, "");
  stores(2);
  line(1, "}");
}

std::string BodyWriter::elementwise() {
  open();
  element_function();
  batch_function();
  line(0, "XA_KERNEL(" + name_ + ", Args) {");
  line(1, "const " + index_ + " step = threads_in_grid<" + index_ + ">();");
  batch_loops(1, "thread_in_grid<" + index_ + ">()", "a.count", "");
  if (variant_.vector && variant_.rank == 1) tail();  // rows of other spaces are whole vectors
  line(0, "}");
  return close();
}

}  // namespace crossarray::cuda
