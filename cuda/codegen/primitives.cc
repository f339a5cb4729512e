#include "cuda/codegen/primitives.h"

#include <algorithm>
#include <bit>

#include "cuda/codegen/arguments.h"

namespace crossarray::cuda {
namespace {

constexpr int64_t kBlock = 256, kMaskTile = 4096;  // kTile of cuda/device/indexing.h
constexpr int64_t kMaxGrid = 132 * 16;             // enough for every device; threads take several elements beyond
constexpr int64_t kNarrowLimit = (int64_t{1} << 31) - kMaxGrid * kBlock * 2;

Stage stage(int64_t threads) {
  return {static_cast<uint32_t>(std::clamp<int64_t>((threads + kBlock - 1) / kBlock, 1, kMaxGrid)), kBlock};
}

int64_t element_count(const Dims& shape) {
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  return n;
}

/// Appends an axis, or widens the last one where every stride continues it. `steps`: strides of each list along the axis.
void append_axis(Dims& shape, std::initializer_list<Dims*> strides, int64_t extent,
                 std::initializer_list<int64_t> steps) {
  if (extent == 1) return;
  const auto continues = [&](const Dims* list, int64_t step) { return list->back() == step * extent; };
  const bool merges = !shape.empty() && std::equal(strides.begin(), strides.end(), steps.begin(), continues);
  auto step = steps.begin();
  for (Dims* list : strides) merges ? void(list->back() = *step++) : list->push_back(*step++);
  merges ? void(shape.back() *= extent) : shape.push_back(extent);
}

/// An IndexCall with everything merged that can be, moved in the widest items.
class IndexPlan {
 public:
  IndexPlan(const IndexCall& call, Primitive primitive) : call_(call) {
    plan_.variant.primitive = primitive;
    merge_index();
    merge_rest();
    widen();
  }

  PrimitivePlan run() {
    positions_ = element_count(call_.index_shape);
    const int64_t rest = element_count(rest_), count = positions_ * rest;
    if (count == 0) return std::move(plan_);
    PrimitiveVariant& v = plan_.variant;
    v.index = count < kNarrowLimit ? IndexWidth::kU32 : IndexWidth::kI64;
    v.item = static_cast<uint8_t>(item_);
    v.indices = static_cast<uint8_t>(call_.index.size());
    v.index_rank = static_cast<uint8_t>(index_.size());
    v.rest_rank = static_cast<uint8_t>(rest_.size());
    if (v.primitive == Primitive::kPut) {
      table_ = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(positions_) * 2));
      plan_.scratch_bytes = static_cast<size_t>(2 * table_ + positions_) * 8;
      plan_.stages = {stage(2 * table_), stage(positions_)};
    }
    plan_.stages.push_back(stage(count));
    pack(count, rest);
    return std::move(plan_);
  }

 private:
  void merge_index() {
    for (int axis = 0; axis < call_.index_shape.size(); ++axis)
      append_axis(index_, {&value_index_}, call_.index_shape[axis], {call_.value_index[axis]});
    if (!index_.empty()) return;
    index_.push_back(1);
    value_index_.push_back(0);
  }
  void merge_rest() {
    for (int axis = 0; axis < call_.rest_shape.size(); ++axis)
      append_axis(rest_, {&base_rest_, &value_rest_}, call_.rest_shape[axis],
                  {call_.base_rest[axis], call_.value_rest[axis]});
  }
  /// Dense rows move 16 bytes at a time where every row starts at a multiple of 16, else 8, 4 or 2.
  void widen() {
    item_ = static_cast<int64_t>(call_.item);
    const bool dense = !rest_.empty() && base_rest_.back() == item_ && value_rest_.back() == item_;
    if (!dense) return;
    int64_t common = 16 | rest_.back() * item_ | address(call_.base) | address(call_.values);
    for (int64_t step : call_.base_step) common |= step;
    for (int64_t step : value_index_) common |= step;
    for (int axis = 0; axis + 1 < rest_.size(); ++axis) common |= base_rest_[axis] | value_rest_[axis];
    const int64_t wide = common & -common;  // the largest power of two that divides all of them
    if (wide <= item_) return;
    rest_.back() = rest_.back() * item_ / wide;
    base_rest_.back() = value_rest_.back() = item_ = wide;
    if (rest_.back() > 1) return;
    for (Dims* dims : {&rest_, &base_rest_, &value_rest_}) dims->pop_back();
  }
  static int64_t address(const std::byte* p) { return static_cast<int64_t>(reinterpret_cast<uintptr_t>(p)); }

  void pack(int64_t count, int64_t rest) {
    out_.write(call_.base);
    out_.write(call_.values);
    plan_.scratch_at = out_.bytes.size();
    out_.write<void*>(nullptr);
    for (const int64_t* each : call_.index) out_.write(each);
    for (int64_t step : call_.base_step) out_.write(step);
    dims(value_index_);
    dims(base_rest_);
    dims(value_rest_);
    out_.write(positions_);
    out_.write(table_);
    index(count);
    extent(rest);
    for (int64_t each : index_) extent(each);
    for (int64_t each : rest_) extent(each);
    if (rest_.empty()) extent(1);
    out_.finish();
    plan_.arguments = std::move(out_.bytes);
  }
  void dims(const Dims& values) {
    for (int64_t each : values) out_.write(each);
    if (values.empty()) out_.write(int64_t{0});  // arrays have at least one item
  }
  bool narrow() const { return plan_.variant.index == IndexWidth::kU32; }
  void index(int64_t value) { narrow() ? out_.write(static_cast<uint32_t>(value)) : out_.write(value); }
  void extent(int64_t value) { narrow() ? out_.write(division_by(static_cast<uint32_t>(value))) : out_.write(value); }

  const IndexCall& call_;
  PrimitivePlan plan_;
  Dims index_, value_index_, rest_, base_rest_, value_rest_;
  int64_t item_ = 1, positions_ = 0, table_ = 0;
  ByteWriter out_;
};

bool one_value(const IndexCall& call) {
  const auto none = [](const Dims& steps) {
    return std::all_of(steps.begin(), steps.end(), [](int64_t s) { return s == 0; });
  };
  return none(call.value_index) && none(call.value_rest);
}

const char* item_type(uint8_t bytes) {
  return bytes == 1 ? "u8" : bytes == 2 ? "u16" : bytes == 4 ? "u32" : bytes == 8 ? "u64" : "Bits128";
}

void add_entry(Source& source, const std::string& name, bool barriers, const std::string& body) {
  source.entries.push_back({name, barriers});
  source.body += "XA_KERNEL(" + name + ", Args) {\n" + body + "}\n";
}

}  // namespace

std::string PrimitiveVariant::key() const {
  constexpr const char* kNames[] = {"take", "put", "put_unique", "nonzero"};
  std::string text = std::string("xa_") + kNames[static_cast<size_t>(primitive)];
  text += index == IndexWidth::kU32 ? "_u32" : "_i64";
  for (const uint8_t part : {item, indices, index_rank, rest_rank}) text += "_" + std::to_string(part);
  return text;
}

PrimitivePlan plan_take(const IndexCall& call) { return IndexPlan(call, Primitive::kTake).run(); }

PrimitivePlan plan_put(const IndexCall& call, bool unique) {
  return IndexPlan(call, unique || one_value(call) ? Primitive::kPutUnique : Primitive::kPut).run();
}

PrimitivePlan plan_nonzero(const MaskCall& call, int64_t* positions) {
  PrimitivePlan plan;
  const int64_t n = element_count(call.shape), tiles = (n + kMaskTile - 1) / kMaskTile;
  if (n == 0) return plan;
  Dims shape, strides;
  for (int axis = 0; axis < call.shape.size(); ++axis)
    append_axis(shape, {&strides}, call.shape[axis], {call.strides[axis]});
  if (shape.empty()) {
    shape.push_back(1);
    strides.push_back(0);
  }
  const bool narrow = n < kNarrowLimit;
  plan.variant.primitive = Primitive::kNonzero;
  plan.variant.index = narrow ? IndexWidth::kU32 : IndexWidth::kI64;
  plan.variant.index_rank = static_cast<uint8_t>(shape.size());
  plan.scratch_bytes = static_cast<size_t>(tiles) * 8;
  const Stage all = stage(tiles * kBlock);
  plan.stages = {all, {1, kBlock}, all};
  ByteWriter out;
  out.write(call.mask);
  out.write(positions);
  plan.scratch_at = out.bytes.size();
  out.write<void*>(nullptr);
  for (int64_t stride : strides) out.write(stride);
  out.write(n);
  out.write(tiles);
  for (int64_t extent : shape) narrow ? out.write(division_by(static_cast<uint32_t>(extent))) : out.write(extent);
  out.finish();
  plan.arguments = std::move(out.bytes);
  return plan;
}

Source generate(const PrimitiveVariant& v) {
  Source source;
  const std::string name = v.key(), index = v.index == IndexWidth::kU32 ? "u32" : "i64";
  const std::string ranks = std::to_string(v.index_rank) + ", " + std::to_string(v.rest_rank);
  const std::string item = item_type(v.item), indices = std::to_string(v.indices);
  source.body = "namespace crossarray::device::" + name + "_text {\n";
  if (v.primitive == Primitive::kNonzero) {
    source.body += "using Args = MaskArgs<" + index + ", " + std::to_string(v.index_rank) + ">;\n";
    const std::string shared = "  XA_SHARED(shared, 256 * sizeof(i64));\n";
    add_entry(source, name + "_count", true, shared + "  count_tiles(a, shared);\n");
    add_entry(source, name + "_sum", true, shared + "  sum_tiles(a, shared);\n");
    add_entry(source, name, true, shared + "  write_positions(a, shared);\n");
  } else {
    source.body += "using Args = IndexArgs<" + index + ", " + indices + ", " + ranks + ">;\n";
    const bool last_wins = v.primitive == Primitive::kPut;
    if (last_wins) {
      add_entry(source, name + "_clear", false, "  clear_table(a);\n");
      add_entry(source, name + "_fill", false, "  fill_table<" + index + ">(a);\n");
    }
    const std::string taking = v.primitive == Primitive::kTake ? "true" : "false";
    add_entry(source, name, false,
              "  move_items<" + taking + ", " + item + ", " + index + ">(a, " +
                  (last_wins ? "last_position(a)" : "EveryPosition()") + ");\n");
  }
  source.body += "}\n";
  source.text = prelude() + source.body;
  return source;
}

Arguments pack(const PrimitivePlan& plan, void* scratch) {
  Arguments arguments{plan.arguments};
  std::memcpy(arguments.bytes.data() + plan.scratch_at, &scratch, sizeof scratch);
  return arguments;
}

}  // namespace crossarray::cuda
