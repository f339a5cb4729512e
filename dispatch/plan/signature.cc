#include "dispatch/plan/plan.h"

namespace crossarray {
namespace {

class Writer {
 public:
  explicit Writer(const PendingGraph& graph) : graph_(graph) {}

  Signature run() {
    out_.bytes.reserve(96 * graph_.exprs().size() + 16);
    for (const Expr* expr : graph_.exprs()) node(*expr);
    for (const Value* target : graph_.targets()) put(target->mark);
    return std::move(out_);
  }

 private:
  template <class T>
  void put(const T& value) {
    out_.bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  void put(const Dims& dims) {
    out_.bytes.append(reinterpret_cast<const char*>(dims.data()), sizeof(int64_t) * static_cast<size_t>(dims.size()));
  }

  void node(const Expr& expr) {
    struct Head {
      ExprKind kind;
      uint8_t what;
      DType in[3], accumulate, loop_out, out;
      uint8_t arity, rank, held, has_initial;
    } head{expr.kind,
           expr.kind == ExprKind::kReduce ? static_cast<uint8_t>(expr.reduce) : static_cast<uint8_t>(expr.op),
           {expr.loop_in[0], expr.loop_in[1], expr.loop_in[2]},
           expr.accumulate,
           expr.loop_out,
           expr.out_dtype,
           expr.arity,
           static_cast<uint8_t>(expr.space.size()),
           expr.out->holders > 0,
           expr.has_initial};
    put(head);
    put(expr.space);
    put(expr.out_strides);
    if (expr.kind == ExprKind::kReduce) put(expr.reduced);
    if (expr.has_initial) put(scalar(expr.initial));
    for (int i = 0; i < expr.arity; ++i) operand(expr.in[i]);
  }

  void operand(const Operand& in) {
    if (!in.value) {
      put(kScalarMark);
      put(scalar(in.scalar));
      return;
    }
    put(in.value->mark);
    put(in.dtype);
    put(in.offset);
    put(in.strides);
  }

  uint32_t scalar(const Scalar& value) {
    size_t i = 0;
    while (i < out_.scalars.size() && !(out_.scalars[i] == value)) ++i;
    if (i == out_.scalars.size()) out_.scalars.push_back(value);
    return static_cast<uint32_t>(i) | static_cast<uint32_t>(value.dtype) << 24;
  }

  static constexpr int32_t kScalarMark = -1;  // no value in a graph has it
  const PendingGraph& graph_;
  Signature out_;
};

}  // namespace

Signature signature_of(const PendingGraph& graph) { return Writer(graph).run(); }

}  // namespace crossarray
