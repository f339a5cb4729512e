#include "cuda/codegen/body.h"

#include "cuda/codegen/arguments.h"

namespace crossarray::cuda {
namespace {

std::string number(size_t n) { return std::to_string(n); }

std::string value_text(const Kernel& kernel, const Ssa& v) {
  switch (v.kind) {
    case ValueKind::kLoad: return "l" + number(v.index);
    case ValueKind::kScalar: return "a.c" + number(v.index);
    case ValueKind::kCast: return std::string("scalar::convert<") + type_name(v.dtype) + ">(v" + number(v.a) + ")";
    case ValueKind::kApply: break;
  }
  std::string text = std::string("scalar::") + row(v.op).name + "(";
  const Reg in[] = {v.a, v.b, v.c};
  for (int i = 0; i < row(v.op).arity; ++i) text += (i ? ", v" : "v") + number(in[i]);
  return text + ")";
}

}  // namespace

const char* type_name(DType dtype) {
  constexpr const char* kNames[] = {"bool", "i8",  "u8",   "i16", "u16", "i32", "u32", "i64",
                                    "u64",  "f16", "bf16", "f32", "f64", "c64", "c128"};
  return kNames[static_cast<size_t>(dtype)];
}

std::string accumulator(const ReduceStmt& r) {
  constexpr const char* kNames[] = {"Sum",    "Prod",  "Min",    "Max",    "FMin",   "FMax", "All", "Any",
                                    "BitAnd", "BitOr", "BitXor", "ArgMin", "ArgMax", "Mean", "Var", "Std"};
  return std::string(kNames[static_cast<size_t>(r.kind)]) + "<" + type_name(r.accumulate) + ">";
}

size_t accumulator_size(const ReduceStmt& r) {
  // The largest is Mean: a value, its rounding error and a count.
  return 2 * std::max<size_t>(itemsize(r.accumulate), 4) + 8;
}

bool has_ddof(ReduceKind kind) { return kind == ReduceKind::kVar || kind == ReduceKind::kStd; }
bool has_position(ReduceKind kind) { return kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax; }

BodyWriter::BodyWriter(const Kernel& kernel, const Variant& variant, const std::string& name)
    : kernel_(kernel),
      variant_(variant),
      name_(name),
      index_(variant.index == IndexWidth::kU32 ? "u32" : "i64"),
      offset_(variant.index == IndexWidth::kU32 ? "i32" : "i64") {}

void BodyWriter::line(int indent, const std::string& text) {
  text_.append(2 * static_cast<size_t>(indent), ' ').append(text).push_back('\n');
}

void BodyWriter::open() {
  line(0, "namespace crossarray::device::" + name_ + "_text {");
  text_ += arguments_text(kernel_, variant_);
}

std::string BodyWriter::close() {
  line(0, "}");
  return std::move(text_);
}

std::vector<int> BodyWriter::axes(bool reduced) const {
  std::vector<int> out;
  for (int axis = 0; axis < variant_.rank; ++axis)
    if (reduced_axis(axis) == reduced) out.push_back(axis);
  return out;
}

std::string BodyWriter::states(const char* prefix) const {
  std::string text;
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) text += prefix + number(i);
  return text;
}

void BodyWriter::values() {
  for (size_t i = 0; i < kernel_.values.size(); ++i)
    line(1, std::string("const ") + type_name(kernel_.values[i].dtype) + " v" + number(i) + " = " +
                value_text(kernel_, kernel_.values[i]) + ";");
}

void BodyWriter::element_function() {
  line(0, "XA_FN void element(const Args& a");
  bool position = false;
  for (size_t i = 0; i < kernel_.slots.size(); ++i)
    if (is(i, SlotRole::kLoad)) line(2, std::string(", const ") + type_name(kernel_.slots[i].dtype) + " l" + number(i));
  for (const StoreStmt& s : kernel_.stores)
    line(2, std::string(", ") + type_name(kernel_.slots[s.slot].dtype) + "& o" + number(s.slot));
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) {
    line(2, ", " + accumulator(kernel_.reduces[i]) + "& r" + number(i));
    position |= has_position(kernel_.reduces[i].kind);
  }
  if (position) line(2, ", const " + index_ + " position");
  line(0, ") {");
  values();
  for (const StoreStmt& s : kernel_.stores) line(1, "o" + number(s.slot) + " = v" + number(s.value) + ";");
  for (size_t i = 0; i < kernel_.reduces.size(); ++i) {
    const ReduceStmt& r = kernel_.reduces[i];
    const std::string mask = r.mask == kNoReg ? "" : "if (v" + number(r.mask) + ") ";
    line(1, mask + "r" + number(i) + ".add(v" + number(r.value) + (has_position(r.kind) ? ", position);" : ");"));
  }
  line(0, "}");
}

/// Stored values go to o0, o1, ... `suffix` selects a vector's element.
std::string BodyWriter::element_call(const std::string& suffix, const std::string& position) const {
  std::string text = "element(a";
  for (size_t i = 0; i < kernel_.slots.size(); ++i) {
    if (!is(i, SlotRole::kLoad)) continue;
    text += ", l" + number(i);
    if (!suffix.empty() && !variant_.repeat[i]) text += suffix;
  }
  for (const StoreStmt& s : kernel_.stores) text += ", o" + number(s.slot) + suffix;
  text += states(", r");
  for (const ReduceStmt& r : kernel_.reduces)
    if (has_position(r.kind)) return text + ", " + position + ");";
  return text + ");";
}

void BodyWriter::positions(int indent, const std::string& flat, const std::vector<int>& axes) {
  if (axes.empty()) return;
  const std::string outermost = number(static_cast<size_t>(axes[0]));
  line(indent, index_ + " i" + outermost + " = " + flat + ";");
  for (size_t k = axes.size(); k-- > 1;) {
    const std::string axis = number(static_cast<size_t>(axes[k]));
    line(indent, "const " + index_ + " i" + axis + " = a.e" + axis + ".split(i" + outermost + ");");
  }
}

std::string BodyWriter::offset(size_t slot, const std::vector<int>& axes) const {
  std::string text;
  for (int axis : axes) {
    if (is(slot, SlotRole::kReduce) && reduced_axis(axis)) continue;
    const std::string i = number(static_cast<size_t>(axis));
    text += (text.empty() ? "" : " + ") + ("static_cast<" + offset_ + ">(i" + i + ") * a.s" + number(slot) + "_" + i);
  }
  return text.empty() ? "0" : text;
}

std::string BodyWriter::slot_type(size_t slot, bool vector) const {
  std::string element = type_name(kernel_.slots[slot].dtype);
  if (!vector || variant_.repeat[slot]) return element;
  return "Vec<" + element + ", " + number(variant_.vector) + ">";
}

void BodyWriter::loads(int indent, bool vector) {
  for (size_t i = 0; i < kernel_.slots.size(); ++i)
    if (is(i, SlotRole::kLoad))
      line(indent, "const " + slot_type(i, vector) + " l" + number(i) + " = load<" + slot_type(i, vector) + ">(q" +
                       number(i) + ");");
}

void BodyWriter::compute(int indent, bool vector, const std::string& position) {
  for (const StoreStmt& s : kernel_.stores) line(indent, slot_type(s.slot, vector) + " o" + number(s.slot) + ";");
  if (!vector) return line(indent, element_call("", position));
  line(0, "#pragma unroll");
  line(indent, "for (int k = 0; k < " + number(variant_.vector) + "; ++k) " +
                   element_call(".v[k]", position.empty() ? "" : position + " + k"));
}

void BodyWriter::stores(int indent) {
  for (const StoreStmt& s : kernel_.stores) line(indent, "store(q" + number(s.slot) + ", o" + number(s.slot) + ");");
}

}  // namespace crossarray::cuda
