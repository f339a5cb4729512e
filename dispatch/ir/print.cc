#include <string>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray {
namespace {

const char* text_of(Access a) {
  constexpr const char* kNames[] = {"contiguous", "inner", "broadcast", "strided"};
  return kNames[static_cast<size_t>(a)];
}

const char* text_of(ReduceKind k) {
  constexpr const char* kNames[] = {"sum",     "prod",   "min",     "max",    "fmin",   "fmax", "all", "any",
                                    "bit_and", "bit_or", "bit_xor", "argmin", "argmax", "mean", "var", "std"};
  return kNames[static_cast<size_t>(k)];
}

std::string reg(Reg r) { return "%" + std::to_string(r); }

std::string value_text(const Kernel& kernel, const Ssa& v) {
  switch (v.kind) {
    case ValueKind::kLoad:
      return std::string("load ") + name(v.dtype) + " slot" + std::to_string(v.index) + " " +
             text_of(kernel.slots[v.index].access);
    case ValueKind::kScalar: return std::string("scalar ") + name(v.dtype) + " " + std::to_string(v.index);
    case ValueKind::kCast: return std::string("cast ") + name(v.loop) + " -> " + name(v.dtype) + " " + reg(v.a);
    case ValueKind::kApply: break;
  }
  std::string text = std::string(row(v.op).name) + " " + name(v.loop);
  for (Reg r : {v.a, v.b, v.c})
    if (r != kNoReg) text += " " + reg(r);
  return text;
}

template <class T> void append_bits(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace

std::string print(const Kernel& kernel) {
  std::string text = "kernel rank=" + std::to_string(kernel.rank) + " reduced=";
  for (int axis = 0; axis < kernel.rank; ++axis) text += kernel.reduced >> axis & 1 ? '1' : '0';
  text += '\n';
  for (size_t i = 0; i < kernel.values.size(); ++i)
    text += "  " + reg(static_cast<Reg>(i)) + " = " + value_text(kernel, kernel.values[i]) + "\n";
  for (const StoreStmt& s : kernel.stores)
    text += "  store slot" + std::to_string(s.slot) + " " + text_of(kernel.slots[s.slot].access) + " " + reg(s.value) +
            "\n";
  for (const ReduceStmt& r : kernel.reduces) {
    text += std::string("  reduce ") + text_of(r.kind) + " " + name(r.accumulate) + " " + reg(r.value);
    if (r.mask != kNoReg) text += " where " + reg(r.mask);
    if (r.has_initial) text += " initial scalar" + std::to_string(r.initial);
    text += " -> slot" + std::to_string(r.slot) + " " + name(kernel.slots[r.slot].dtype) + "\n";
  }
  return text;
}

std::string key(const Kernel& kernel) {
  std::string out;
  out.reserve(16 + 4 * kernel.slots.size() + 12 * kernel.values.size() + 12 * kernel.reduces.size());
  append_bits(out, kernel.rank);
  append_bits(out, kernel.reduced);
  for (size_t n : {kernel.slots.size(), kernel.scalars.size(), kernel.values.size(), kernel.stores.size()})
    append_bits(out, static_cast<uint16_t>(n));
  for (const Slot& s : kernel.slots)
    for (uint8_t part : {static_cast<uint8_t>(s.dtype), static_cast<uint8_t>(s.role), static_cast<uint8_t>(s.access)})
      append_bits(out, part);
  for (DType t : kernel.scalars) append_bits(out, t);
  for (const Ssa& v : kernel.values) {
    for (uint8_t part : {static_cast<uint8_t>(v.kind), static_cast<uint8_t>(v.op), static_cast<uint8_t>(v.loop),
                         static_cast<uint8_t>(v.dtype)})
      append_bits(out, part);
    for (uint16_t part : {v.index, v.a, v.b, v.c}) append_bits(out, part);
  }
  for (const StoreStmt& s : kernel.stores)
    for (uint16_t part : {s.value, s.slot}) append_bits(out, part);
  for (const ReduceStmt& r : kernel.reduces) {
    for (uint8_t part :
         {static_cast<uint8_t>(r.kind), static_cast<uint8_t>(r.accumulate), static_cast<uint8_t>(r.has_initial)})
      append_bits(out, part);
    for (uint16_t part : {r.value, r.mask, r.slot, r.initial}) append_bits(out, part);
  }
  return out;
}

}  // namespace crossarray
