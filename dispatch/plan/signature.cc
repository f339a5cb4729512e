#include "dispatch/plan/plan.h"

namespace crossarray {
namespace {

class Writer {
 public:
  explicit Writer(const PendingGraph& graph) : graph_(graph) {}

  Signature run() {
    size_t most = sizeof(int32_t) * graph_.targets().size();
    for (const Expr* expr : graph_.exprs()) most += most_bytes(*expr);
    out_.bytes.resize(most);
    at_ = out_.bytes.data();
    for (const Expr* expr : graph_.exprs()) node(*expr);
    for (const Value* target : graph_.targets()) put(target->mark);
    out_.bytes.resize(static_cast<size_t>(at_ - out_.bytes.data()));
    return std::move(out_);
  }

 private:
  // Room for one node, so that writing needs no checks: this is on the way of every evaluation.
  static size_t most_bytes(const Expr& expr) {
    auto rank = static_cast<size_t>(expr.space.size());
    return 64 + sizeof(int64_t) * rank * (2 + expr.arity) + 24 * size_t{expr.arity};
  }

  template <class T> void put(const T& value) {
    std::memcpy(at_, &value, sizeof(T));
    at_ += sizeof(T);
  }
  void put(const Dims& dims) {
    for (int64_t each : dims) put(each);
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
  char* at_ = nullptr;
};

}  // namespace

Signature signature_of(const PendingGraph& graph) { return Writer(graph).run(); }

}  // namespace crossarray
