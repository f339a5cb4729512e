// Batches: a thread loads several elements or vectors before it computes the first, so that enough bytes are under way to
// fill the memory's latency. Stores come after all loads of a batch: an output may be one of the inputs.
#include "cuda/codegen/body.h"

namespace crossarray::cuda {
namespace {

std::string number(size_t n) { return std::to_string(n); }

}  // namespace

/// Fewer where their registers would cost resident threads.
int BodyWriter::batch() const {
  size_t loaded = 0;  // registers of 4 bytes
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    if (is(slot, SlotRole::kLoad)) loaded += variant_.vector ? 4 : (itemsize(kernel_.slots[slot].dtype) + 3) / 4;
  const int most = variant_.vector ? 2 : 4;
  if (loaded <= 8) return most;
  return loaded <= 16 ? 2 : 1;
}

/// ", unsigned char* b0, ..." or ", b0, ...": where the slots of one output begin.
std::string BodyWriter::bases(const char* before) const {
  std::string text;
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    if (!is(slot, SlotRole::kReduce)) text += before + number(slot);
  return text;
}

void BodyWriter::pointers(int indent) {
  const bool reduces = !kernel_.reduces.empty();
  std::vector<int> along = axes(reduces);
  positions(indent, "i", along);
  const std::string inner = number(static_cast<size_t>(along.back()));
  // A reduction's vectors lie along its only reduced axis, where i counts elements.
  if (variant_.vector) along.pop_back();
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
    if (is(slot, SlotRole::kReduce)) continue;
    std::string at = offset(slot, along);
    if (variant_.vector) {
      const size_t item = variant_.repeat[slot] ? 0 : itemsize(kernel_.slots[slot].dtype);
      at = (at == "0" ? "" : at + " + ") + ("static_cast<" + offset_ + ">(i" + inner + ") * ") +
           number(reduces ? item : item * variant_.vector);
    }
    line(indent,
         "unsigned char* const q" + number(slot) + " = " + (reduces ? "b" : "a.p") + number(slot) + " + (" + at + ");");
  }
}

void BodyWriter::tail_pointers(int indent, const std::string& at) {
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
    if (is(slot, SlotRole::kReduce)) continue;
    const size_t item = variant_.repeat[slot] ? 0 : itemsize(kernel_.slots[slot].dtype);
    line(indent, "unsigned char* const q" + number(slot) + " = " + (kernel_.reduces.empty() ? "a.p" : "b") +
                     number(slot) + " + " + at + " * " + number(item) + ";");
  }
}

void BodyWriter::batch_function() {
  const bool vector = variant_.vector, reduces = !kernel_.reduces.empty();
  line(0, "template <int n> XA_FN void batch(const Args& a, " + index_ + " first, " + index_ + " step" +
              (reduces ? bases(", unsigned char* b") + ", Partial& total" : "") + ") {");
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
    if (is(slot, SlotRole::kLoad)) line(1, slot_type(slot, vector) + " loaded" + number(slot) + "[n];");
    if (is(slot, SlotRole::kStore)) line(1, "unsigned char* stored" + number(slot) + "[n];");
  }
  for (size_t i = 0; i < kernel_.reduces.size(); ++i)
    line(1, accumulator(kernel_.reduces[i]) + "& r" + number(i) + " = total.r" + number(i) + ";");
  line(0, "#pragma unroll");
  line(1, "for (int u = 0; u < n; ++u) {");
  line(2, "const " + index_ + " i = first + u * step;");
  pointers(2);
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
    const std::string s = number(slot);
    if (is(slot, SlotRole::kLoad)) line(2, "loaded" + s + "[u] = load<" + slot_type(slot, vector) + ">(q" + s + ");");
    if (is(slot, SlotRole::kStore)) line(2, "stored" + s + "[u] = q" + s + ";");
  }
  line(1, "}");
  line(0, "#pragma unroll");
  line(1, "for (int u = 0; u < n; ++u) {");
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
    const std::string s = number(slot);
    if (is(slot, SlotRole::kLoad)) line(2, "const " + slot_type(slot, vector) + "& l" + s + " = loaded" + s + "[u];");
    if (is(slot, SlotRole::kStore)) line(2, "unsigned char* const q" + s + " = stored" + s + "[u];");
  }
  compute(2, vector, "first + u * step");
  stores(2);
  line(1, "}");
  line(0, "}");
}

void BodyWriter::batch_loops(int indent, const std::string& first, const std::string& last,
                             const std::string& arguments) {
  const std::string several = number(static_cast<size_t>(batch()));
  line(indent, index_ + " i = " + first + ";");
  if (batch() > 1) {
    line(0, "#pragma unroll 1");
    line(indent, "for (; i + " + number(static_cast<size_t>(batch() - 1)) + " * step < " + last + "; i += " + several +
                     " * step) batch<" + several + ">(a, i, step" + arguments + ");");
  }
  line(0, "#pragma unroll 1");
  line(indent, "for (; i < " + last + "; i += step) batch<1>(a, i, step" + arguments + ");");
}

}  // namespace crossarray::cuda
