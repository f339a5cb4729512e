#include "dispatch/op.h"

#include <array>

namespace crossarray {
namespace {

constexpr std::array<OpRow, kOpCount> make_rows() {
  return {{
#define OP(name, arity, set, inputs, result, ufunc, flops, ulp_cpu, ulp_cuda, domain, identity, doc) \
  {Op::name, #name,  arity,    loops::set, Inputs::inputs, Result::result, ufunc, flops, ulp_cpu,    \
   ulp_cuda, domain, identity, doc},
#include "dispatch/ops.def"
  }};
}

constexpr std::array<OpRow, kOpCount> kRows = make_rows();

}  // namespace

const OpRow& row(Op op) { return kRows[static_cast<size_t>(op)]; }

std::span<const OpRow> rows() { return kRows; }

Op find_op(std::string_view name) {
  for (const OpRow& r : kRows)
    if (name == r.name) return r.op;
  return Op::kCount;
}

}  // namespace crossarray
