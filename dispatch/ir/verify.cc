#include <string>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray {
namespace {

class Verifier {
 public:
  explicit Verifier(const Kernel& kernel) : kernel_(kernel) {}

  void run() {
    require(kernel_.rank >= 1 && kernel_.rank <= kMaxRank, "rank is between 1 and 64");
    require(!kernel_.stores.empty() || !kernel_.reduces.empty(), "a kernel stores or reduces something");
    for (at_ = 0; at_ < kernel_.values.size(); ++at_) value(kernel_.values[at_]);
    for (const StoreStmt& s : kernel_.stores) store(s);
    for (const ReduceStmt& r : kernel_.reduces) reduction(r);
    require(kernel_.reduces.empty() == (kernel_.reduced == 0), "axes are reduced exactly when there is a reduction");
  }

 private:
  void require(bool condition, const char* rule) const {
    if (!condition)
      raise(ErrorKind::kRuntime, std::string("invalid kernel: broken rule: ") + rule + " (at value " +
                                     std::to_string(at_) + ")\n" + print(kernel_));
  }
  bool defined(Reg r) const { return r < at_; }
  DType type(Reg r) const { return kernel_.values[r].dtype; }
  bool is_slot(uint16_t i, SlotRole role, DType t) const {
    return i < kernel_.slots.size() && kernel_.slots[i].role == role && kernel_.slots[i].dtype == t;
  }

  void value(const Ssa& v) const {
    switch (v.kind) {
      case ValueKind::kLoad:
        return require(is_slot(v.index, SlotRole::kLoad, v.dtype), "a load reads a load slot of its dtype");
      case ValueKind::kScalar:
        return require(v.index < kernel_.scalars.size() && kernel_.scalars[v.index] == v.dtype, "a scalar is declared");
      case ValueKind::kCast:
        return require(defined(v.a) && type(v.a) == v.loop && v.loop != v.dtype,
                       "a cast changes a defined value's dtype");
      case ValueKind::kApply: return apply(v);
    }
  }

  void apply(const Ssa& v) const {
    const OpRow& r = row(v.op);
    require(v.op != Op::copy && (!is_half(v.loop) || has_half_loop(r.loops)) && contains(r.loops, v.loop),
            "an op is applied at a loop it has");
    const Reg in[] = {v.a, v.b, v.c};
    for (int i = 0; i < r.arity; ++i) {
      require(defined(in[i]), "inputs are defined before use");
      DType wanted = v.loop;
      if (r.inputs == Inputs::BoolFirst && i == 0) wanted = DType::kBool;
      if (r.inputs == Inputs::IntSecond && i == 1) wanted = DType::kI64;
      require(type(in[i]) == wanted, "inputs have the loop's dtype");
    }
  }

  void store(const StoreStmt& s) const {
    require(defined(s.value) && is_slot(s.slot, SlotRole::kStore, type(s.value)),
            "a store writes a store slot of its dtype");
  }

  void reduction(const ReduceStmt& r) const {
    require(defined(r.value) && type(r.value) == r.accumulate, "a reduction accumulates its value's dtype");
    require(r.mask == kNoReg || (defined(r.mask) && type(r.mask) == DType::kBool), "a mask is bool");
    require(r.slot < kernel_.slots.size() && kernel_.slots[r.slot].role == SlotRole::kReduce,
            "a reduction has its slot");
    require(!r.has_initial || (r.initial < kernel_.scalars.size() && kernel_.scalars[r.initial] == r.accumulate),
            "initial is a scalar of the accumulator's dtype");
  }

  const Kernel& kernel_;
  size_t at_ = 0;
};

}  // namespace

void verify(const Kernel& kernel) { Verifier(kernel).run(); }

}  // namespace crossarray
