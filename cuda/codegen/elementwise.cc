// Elementwise kernels: a grid-stride loop over elements, or over vectors along the innermost axis.
#include "cuda/codegen/body.h"

namespace crossarray::cuda {
namespace {

std::string number(size_t n) { return std::to_string(n); }

}  // namespace

void BodyWriter::elementwise_scalar() {
  line(1, "for (" + index_ + " i = thread_in_grid<" + index_ + ">(); i < a.count; i += threads_in_grid<" + index_ +
              ">()) {");
  const std::vector<int> all = axes(false);
  positions(2, "i", all);
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    line(2, "unsigned char* const q" + number(slot) + " = a.p" + number(slot) + " + (" + offset(slot, all) + ");");
  scalar_element(2, "");
  line(1, "}");
}

void BodyWriter::elementwise_vector() {
  const size_t width = variant_.vector;
  const auto item = [&](size_t slot) { return variant_.repeat[slot] ? 0 : itemsize(kernel_.slots[slot].dtype); };
  const int inner = variant_.rank - 1;
  line(1, "for (" + index_ + " i = thread_in_grid<" + index_ + ">(); i < a.count; i += threads_in_grid<" + index_ +
              ">()) {");
  std::vector<int> all = axes(false);
  positions(2, "i", all);
  all.pop_back();
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    line(2, "unsigned char* const q" + number(slot) + " = a.p" + number(slot) + " + (" + offset(slot, all) +
                " + static_cast<" + offset_ + ">(i" + number(static_cast<size_t>(inner)) + ") * " +
                number(item(slot) * width) + ");");
  vector_element(2, "");
  line(1, "}");
  if (variant_.rank > 1) return;  // rows are whole vectors
  line(1, "const " + index_ + " last = thread_in_grid<" + index_ + ">();");
  line(1, "if (last < a.tail) {");
  line(2, "const " + offset_ + " at = static_cast<" + offset_ + ">(a.count * " + number(width) + " + last);");
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    line(2, "unsigned char* const q" + number(slot) + " = a.p" + number(slot) + " + at * " + number(item(slot)) + ";");
  scalar_element(2, "");
  line(1, "}");
}

std::string BodyWriter::elementwise() {
  open();
  element_function();
  line(0, "XA_KERNEL(" + name_ + ", Args) {");
  variant_.vector ? elementwise_vector() : elementwise_scalar();
  line(0, "}");
  return close();
}

}  // namespace crossarray::cuda
