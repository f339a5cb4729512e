// Reductions with everything computed before them. Groups of lanes of a block share one output; when there are few
// outputs, several blocks share one too, leave partial accumulators in scratch memory, and a second kernel merges those.
// How elements are divided depends on sizes only, so results are the same bits on every run and every device.
#include "cuda/codegen/body.h"

namespace crossarray::cuda {
namespace {

std::string number(size_t n) { return std::to_string(n); }

}  // namespace

/// Initial values, results, casts, stores: done by lane 0 of an output's group.
void BodyWriter::finish_function() {
  line(0, "struct Partial {");
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) line(1, accumulator(kernel_.reduces[i]) + " r" + number(i) + ";");
  line(0, "};");
  size_t bytes = 0;
  for (const ReduceStmt& r : kernel_.reduces) bytes += accumulator_size(r);
  line(0, "static_assert(sizeof(Partial) <= " + number(bytes) + ");");
  line(0, "XA_FN void finish(const Args& a, " + index_ + " output, const Partial& total) {");
  const std::vector<int> kept = axes(false);
  positions(1, "output", kept);
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) {
    const ReduceStmt& r = kernel_.reduces[i];
    const std::string state = "r" + number(i);
    std::string result = "total." + state;
    if (r.has_initial) {
      line(1, accumulator(r) + " " + state + ";");
      line(1, state + ".add(a.c" + number(r.initial) + ");");
      line(1, state + ".merge(total." + state + ");");
      result = state;
    }
    result += has_ddof(r.kind) ? ".result(a.ddof" + number(i) + ")" : ".result()";
    line(1, "store(a.p" + number(r.slot) + " + (" + offset(r.slot, kept) + "), scalar::convert<" +
                type_name(kernel_.slots[r.slot].dtype) + ">(" + result + "));");
  }
  line(0, "}");
}

/// The elements first <= i < last of one output, from the lane's own on.
void BodyWriter::reduction_loops() {
  const std::string arguments = bases(", b") + ", total";
  if (!variant_.vector) {
    line(3, "const " + index_ + " step = lanes.count;");
    return batch_loops(3, "first + lanes.lane", "last", arguments);
  }
  const std::string width = number(variant_.vector);
  line(3, "const " + index_ + " step = lanes.count * " + width + ", whole = last - (last - first) % " + width + ";");
  batch_loops(3, "first + lanes.lane * " + width, "whole", arguments);
  line(0, "#pragma unroll 1");
  line(3, "for (i = whole + lanes.lane; i < last; i += lanes.count) {");
  for (size_t r = 0; r < kernel_.reduces.size(); ++r)
    line(4, accumulator(kernel_.reduces[r]) + "& r" + number(r) + " = total.r" + number(r) + ";");
  tail_pointers(4, "static_cast<" + offset_ + ">(i)");
  loads(4, false);
  compute(4, false, "i");
  stores(4);
  line(3, "}");
}

void BodyWriter::reduction_kernel() {
  const std::vector<int> kept = axes(false);
  line(0, "XA_KERNEL(" + name_ + ", Args) {");
  line(1, "XA_SHARED(shared, 256 * largest_accumulator);");
  line(1, "const Lanes lanes = lanes_of(a.lanes_log2, a.rows);");
  line(1, "const " + index_ + " groups = block_size() >> a.lanes_log2, tiles = (a.kept + groups - 1) / groups;");
  line(0, "#pragma unroll 1");
  line(1, "for (" + index_ + " work = block_in_grid(); work < tiles * a.splits; work += grid_size()) {");
  line(2, "const " + index_ + " split = work / tiles, output = (work - split * tiles) * groups + lanes.group;");
  line(2, "Partial total;");
  line(2, "if (output < a.kept) {");
  line(3, "const " + index_ + " first = split * a.chunk;");
  line(3, "const " + index_ + " last = a.reduced - first < a.chunk ? a.reduced : first + a.chunk;");
  positions(3, "output", kept);
  for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
    if (!is(slot, SlotRole::kReduce))
      line(3, "unsigned char* const b" + number(slot) + " = a.p" + number(slot) + " + (" + offset(slot, kept) + ");");
  reduction_loops();
  line(2, "}");
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) line(2, "combine(total.r" + number(i) + ", shared, lanes);");
  line(2, "if (lanes.lane == 0 && output < a.kept) {");
  line(3, "if (a.splits == 1)");
  line(4, "finish(a, output, total);");
  line(3, "else");
  line(4, "reinterpret_cast<Partial*>(a.scratch)[output * a.splits + split] = total;");
  line(2, "}");
  line(1, "}");
  line(0, "}");
}

/// Lanes of a group merge the partial accumulators of one output, in the order of the splits.
void BodyWriter::reduction_finish_kernel() {
  line(0, "XA_KERNEL(" + name_ + "_finish, Args) {");
  line(1, "XA_SHARED(shared, 256 * largest_accumulator);");
  line(1, "const Lanes lanes = lanes_of(a.finish_lanes_log2, true);");
  line(1, "const " + index_ + " groups = block_size() >> a.finish_lanes_log2, tiles = (a.kept + groups - 1) / groups;");
  line(0, "#pragma unroll 1");
  line(1, "for (" + index_ + " work = block_in_grid(); work < tiles; work += grid_size()) {");
  line(2, "const " + index_ + " output = work * groups + lanes.group;");
  line(2, "Partial total;");
  line(2, "if (output < a.kept)");
  line(0, "#pragma unroll 1");
  line(3, "for (u32 i = lanes.lane; i < a.splits; i += lanes.count) {");
  line(4, "const Partial& part = reinterpret_cast<const Partial*>(a.scratch)[output * a.splits + i];");
  for (size_t i = 0; i < kernel_.reduces.size(); ++i)
    line(4, "total.r" + number(i) + ".merge(part.r" + number(i) + ");");
  line(3, "}");
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) line(2, "combine(total.r" + number(i) + ", shared, lanes);");
  line(2, "if (lanes.lane == 0 && output < a.kept) finish(a, output, total);");
  line(1, "}");
  line(0, "}");
}

std::string BodyWriter::reduction() {
  open();
  element_function();
  finish_function();
  batch_function();
  std::string types;
  for (const ReduceStmt& r : kernel_.reduces) types += (types.empty() ? "" : ", ") + accumulator(r);
  line(0, "constexpr u32 largest_accumulator = largest_size<" + types + ">();");
  reduction_kernel();
  reduction_finish_kernel();
  return close();
}

}  // namespace crossarray::cuda
