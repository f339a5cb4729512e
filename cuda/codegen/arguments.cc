#include "cuda/codegen/arguments.h"

#include "cuda/codegen/body.h"

namespace crossarray::cuda {
namespace {

class FieldList {
 public:
  FieldList(const Kernel& kernel, const Variant& variant) : kernel_(kernel), variant_(variant) { fields_.reserve(32); }

  std::vector<Field> run() {
    for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) add(FieldSource::kPointer, slot);
    kernel_.reduces.empty() ? elementwise() : reduction();
    for (size_t i = 0; i < kernel_.scalars.size(); ++i) add(FieldSource::kScalar, i);
    return std::move(fields_);
  }

 private:
  void add(FieldSource source, size_t index = 0, int axis = 0) {
    fields_.push_back({source, static_cast<uint8_t>(axis), static_cast<uint16_t>(index)});
  }

  void elementwise() {
    add(FieldSource::kCount);
    if (variant_.vector && variant_.rank == 1) add(FieldSource::kTail);
    extents(false);
    strides();
  }

  void reduction() {
    for (const FieldSource source :
         {FieldSource::kScratch, FieldSource::kKept, FieldSource::kReduced, FieldSource::kChunk, FieldSource::kSplits,
          FieldSource::kLanes, FieldSource::kFinishLanes, FieldSource::kRows})
      add(source);
    extents(false);
    extents(true);
    strides();
    for (size_t i = 0; i < kernel_.reduces.size(); ++i)
      if (has_ddof(kernel_.reduces[i].kind)) add(FieldSource::kDdof, i);
  }

  /// The outermost axis needs no division: its position is what is left.
  void extents(bool reduced) {
    bool outermost = true;
    for (int axis = 0; axis < variant_.rank; ++axis) {
      if ((variant_.reduced >> axis & 1) != reduced) continue;
      if (!outermost) add(FieldSource::kExtent, 0, axis);
      outermost = false;
    }
  }

  void strides() {
    const int inner = variant_.vector ? variant_.rank - 1 : variant_.rank;  // innermost strides are known to vectors
    for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
      for (int axis = 0; axis < inner; ++axis)
        if (kernel_.slots[slot].role != SlotRole::kReduce || !(variant_.reduced >> axis & 1))
          add(FieldSource::kStride, slot, axis);
  }

  const Kernel& kernel_;
  const Variant& variant_;
  std::vector<Field> fields_;
};

/// "u32 count": type and name of a field in the struct.
std::string declaration(const Kernel& kernel, const Variant& variant, const Field& f) {
  const bool narrow = variant.index == IndexWidth::kU32;
  const std::string index = narrow ? "u32 " : "i64 ", offset = narrow ? "i32 " : "i64 ", i = std::to_string(f.index);
  const std::string axis = std::to_string(f.axis);
  switch (f.source) {
    case FieldSource::kPointer: return "unsigned char* p" + i;
    case FieldSource::kStride: return offset + "s" + i + "_" + axis;
    case FieldSource::kExtent: return std::string("Extent<") + (narrow ? "u32" : "i64") + "> e" + axis;
    case FieldSource::kScalar: return std::string(type_name(kernel.scalars[f.index])) + " c" + i;
    case FieldSource::kDdof: return std::string(type_name(real_of(kernel.reduces[f.index].accumulate))) + " ddof" + i;
    case FieldSource::kCount: return index + "count";
    case FieldSource::kTail: return index + "tail";
    case FieldSource::kKept: return index + "kept";
    case FieldSource::kReduced: return index + "reduced";
    case FieldSource::kChunk: return index + "chunk";
    case FieldSource::kSplits: return "u32 splits";
    case FieldSource::kLanes: return "u32 lanes_log2";
    case FieldSource::kFinishLanes: return "u32 finish_lanes_log2";
    case FieldSource::kRows: return "u32 rows";
    case FieldSource::kScratch: break;
  }
  return "unsigned char* scratch";
}

class Packer {
 public:
  Packer(const Kernel& kernel, const Launch& launch, const LaunchPlan& plan, void* scratch)
      : kernel_(kernel),
        launch_(launch),
        plan_(plan),
        scratch_(scratch),
        narrow_(plan.variant.index == IndexWidth::kU32) {}

  std::vector<std::byte> run() {
    out_.bytes.reserve(512);
    for (const Field& field : argument_fields(kernel_, plan_.variant)) write(field);
    out_.finish();
    return std::move(out_.bytes);
  }

 private:
  void write(const Field& f) {
    switch (f.source) {
      case FieldSource::kPointer: return out_.write(launch_.slots[f.index].data);
      case FieldSource::kStride: return offset(plan_.strides[f.index][f.axis]);
      case FieldSource::kExtent: return extent(plan_.shape[f.axis]);
      case FieldSource::kScalar: return scalar(launch_.scalars[f.index]);
      case FieldSource::kDdof: return ddof(f.index);
      case FieldSource::kCount: return index(plan_.count);
      case FieldSource::kTail: return index(plan_.tail);
      case FieldSource::kKept: return index(plan_.kept);
      case FieldSource::kReduced: return index(plan_.reduced);
      case FieldSource::kChunk: return index(plan_.chunk);
      case FieldSource::kSplits: return out_.write(plan_.splits);
      case FieldSource::kLanes: return out_.write(plan_.lanes_log2);
      case FieldSource::kFinishLanes: return out_.write(plan_.finish_lanes_log2);
      case FieldSource::kRows: return out_.write(static_cast<uint32_t>(plan_.rows));
      case FieldSource::kScratch: return out_.write(scratch_);
    }
  }
  void index(int64_t value) { narrow_ ? out_.write(static_cast<uint32_t>(value)) : out_.write(value); }
  void offset(int64_t value) { narrow_ ? out_.write(static_cast<int32_t>(value)) : out_.write(value); }
  void extent(int64_t value) { narrow_ ? out_.write(division_by(static_cast<uint32_t>(value))) : out_.write(value); }
  void scalar(const Scalar& value) {
    const size_t size = itemsize(value.dtype);
    out_.write(value.bits, size, is_complex(value.dtype) ? size / 2 : size);
  }
  void ddof(size_t i) {
    const double value = i < launch_.params.size() ? launch_.params[i] : 0;
    const bool single = real_of(kernel_.reduces[i].accumulate) == DType::kF32;
    single ? out_.write(static_cast<float>(value)) : out_.write(value);
  }

  const Kernel& kernel_;
  const Launch& launch_;
  const LaunchPlan& plan_;
  void* scratch_;
  bool narrow_;
  ByteWriter out_;
};

}  // namespace

std::vector<Field> argument_fields(const Kernel& kernel, const Variant& variant) {
  return FieldList(kernel, variant).run();
}

std::string arguments_text(const Kernel& kernel, const Variant& variant) {
  std::string text = "struct Args {\n";
  for (const Field& f : argument_fields(kernel, variant)) text += "  " + declaration(kernel, variant, f) + ";\n";
  return text + "};\n";
}

Division division_by(uint32_t extent) {
  uint32_t shift = 0;
  while ((uint64_t{1} << shift) < extent) ++shift;
  const uint64_t multiplier = extent == 0 ? 0 : (((uint64_t{1} << shift) - extent) << 32) / extent + 1;
  return {extent, static_cast<uint32_t>(multiplier), shift};
}

Arguments pack(const Kernel& kernel, const Launch& launch, const LaunchPlan& plan, void* scratch) {
  return {Packer(kernel, launch, plan, scratch).run()};
}

}  // namespace crossarray::cuda
