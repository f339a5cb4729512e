#include "cuda/codegen/scan.h"

#include <algorithm>
#include <cstring>

#include "cuda/codegen/body.h"

namespace crossarray::cuda {
namespace {

constexpr uint32_t kBlock = 256;
constexpr int64_t kMostBlocks = 1 << 16;

void append(Arguments& arguments, int64_t value) {
  const size_t at = arguments.bytes.size();
  arguments.bytes.resize(at + sizeof value);
  std::memcpy(arguments.bytes.data() + at, &value, sizeof value);
}

std::string name_of(const ScanVariant& v) {
  return std::string("xa_scan_") + row(v.op).name + "_" + type_name(v.in) + "_" + type_name(v.loop) + "_" +
         type_name(v.out) + "_" + std::to_string(v.rank);
}

std::string fields(int rank) {
  std::string text = "struct Args {\n  unsigned char *in, *out;\n  i64 lines, length, in_step, out_step;\n";
  for (int axis = 0; axis < rank; ++axis) {
    const std::string i = std::to_string(axis);
    text += "  i64 e" + i + ", s" + i + ", t" + i + ";\n";
  }
  return text + "};\n";
}

/// Where line `i` begins: innermost axis first.
std::string line_start(int rank) {
  std::string text;
  for (int axis = rank - 1; axis >= 0; --axis) {
    const std::string i = std::to_string(axis);
    text += "    { const i64 at = rest % a.e" + i + "; rest /= a.e" + i + "; in += at * a.s" + i + "; out += at * a.t" +
            i + "; }\n";
  }
  return text;
}

/// acc = op(acc, x); halves are computed in float and rounded after every step.
std::string step(const ScanVariant& v) {
  const std::string op = std::string("scalar::") + row(v.op).name;
  if (!is_half(v.loop)) return op + "(acc, x)";
  return "scalar::convert<T>(" + op + "(scalar::convert<f32>(acc), scalar::convert<f32>(x)))";
}

}  // namespace

bool can_scan(const ScanCall& call) {
  const OpRow& op = row(call.op);
  const bool closed = op.result == Result::Same || (op.result == Result::Bool && call.loop == DType::kBool);
  const DType loop = is_half(call.loop) ? DType::kF32 : call.loop;
  return op.arity == 2 && op.inputs == Inputs::Same && closed && contains(op.loops, loop) &&
         !(is_half(call.loop) && (op.loops & loops::OwnHalf));
}

ScanPlan plan_scan(const ScanCall& call) {
  ScanPlan plan;
  Dims shape = call.shape, in = call.in_strides, out = call.out_strides;
  const int64_t length = shape[call.axis], in_step = in[call.axis], out_step = out[call.axis];
  for (Dims* dims : {&shape, &in, &out}) dims->erase(call.axis);
  int64_t lines = 1;
  for (int64_t extent : shape) lines *= extent;
  plan.variant = {call.op, call.in_dtype, call.loop, call.out_dtype, static_cast<uint8_t>(shape.size())};
  if (lines == 0 || length == 0) return plan;
  plan.stages = {{static_cast<uint32_t>(std::min((lines + kBlock - 1) / kBlock, kMostBlocks)), kBlock}};
  append(plan.arguments, reinterpret_cast<int64_t>(call.in));
  append(plan.arguments, reinterpret_cast<int64_t>(call.out));
  for (int64_t value : {lines, length, in_step, out_step}) append(plan.arguments, value);
  for (int axis = 0; axis < shape.size(); ++axis)
    for (int64_t value : {shape[axis], in[axis], out[axis]}) append(plan.arguments, value);
  return plan;
}

Source generate(const ScanVariant& v) {
  Source source;
  const std::string name = name_of(v);
  source.body = "namespace crossarray::device::" + name + "_text {\n" + fields(v.rank) +
                "using T = " + type_name(v.loop) + ";\nXA_KERNEL(" + name + ", Args) {\n" +
                "  for (i64 line = thread_in_grid<i64>(); line < a.lines; line += threads_in_grid<i64>()) {\n"
                "    i64 rest = line;\n"
                "    const unsigned char* in = a.in;\n"
                "    unsigned char* out = a.out;\n" +
                line_start(v.rank) +
                "    T acc{};\n"
                "    for (i64 i = 0; i < a.length; ++i, in += a.in_step, out += a.out_step) {\n"
                "      const T x = scalar::convert<T>(load<" +
                type_name(v.in) + ">(in));\n      acc = i == 0 ? x : " + step(v) +
                ";\n      store(out, scalar::convert<" + type_name(v.out) + ">(acc));\n    }\n  }\n}\n}\n";
  source.text = prelude() + source.body;
  source.entries.push_back({name, false});
  return source;
}

}  // namespace crossarray::cuda
