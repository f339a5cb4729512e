#include "cuda/codegen/codegen.h"

#include <cstdio>

#include "cuda/codegen/body.h"

namespace crossarray::cuda {

extern const char kPreludeText[];

namespace {

/// FNV-1a, 64 bits: names kernels and versions the prelude. Stable across builds.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

/// "xa_map_" or "xa_reduce_" and 16 digits that tell texts apart. The variant says what the space looks like; the
/// kernel's own view of it does not show in the text.
std::string entry_name(Kernel kernel, const Variant& variant) {
  char digits[17];
  kernel.rank = 0;
  kernel.reduced = 0;
  for (Slot& slot : kernel.slots) slot.access = Access::kStrided;
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(hash_of(key(kernel) + variant.key())));
  return std::string(kernel.reduces.empty() ? "xa_map_" : "xa_reduce_") + digits;
}

Ssa value(ValueKind kind, DType loop, DType dtype) {
  Ssa v{kind};
  v.loop = loop;
  v.dtype = dtype;
  return v;
}

}  // namespace

std::string Variant::key() const {
  std::string out = index == IndexWidth::kU32 ? "u32" : "i64";
  out += " v" + std::to_string(vector) + " r" + std::to_string(rank) + " " + std::to_string(reduced);
  for (const uint8_t each : repeat) out += each ? 'r' : '-';
  return out;
}

const std::string& prelude() {
  static const std::string text = kPreludeText;
  return text;
}

uint64_t prelude_version() {
  static const uint64_t version = hash_of(prelude());
  return version;
}

std::vector<std::string> compile_options(bool fast_math) {
  return {"--std=c++20",     fast_math ? "--fmad=true" : "--fmad=false",
          "--prec-div=true", "--prec-sqrt=true",
          "--ftz=false",     "--disable-warnings"};
}

Source generate(const Kernel& kernel, const Variant& variant) {
  Source source;
  const std::string name = entry_name(kernel, variant);
  BodyWriter writer(kernel, variant, name);
  source.body = kernel.reduces.empty() ? writer.elementwise() : writer.reduction();
  source.text = prelude() + source.body;
  source.entries.push_back({name, !kernel.reduces.empty()});
  if (!kernel.reduces.empty()) source.entries.push_back({name + "_finish", true});
  return source;
}

Kernel copy_kernel(DType from, DType to, int rank) {
  Kernel kernel;
  kernel.rank = static_cast<uint8_t>(rank);
  kernel.slots = {{from, SlotRole::kLoad, Access::kStrided}, {to, SlotRole::kStore, Access::kStrided}};
  kernel.values.push_back(value(ValueKind::kLoad, from, from));
  if (from != to) {
    kernel.values.push_back(value(ValueKind::kCast, from, to));
    kernel.values.back().a = 0;
  }
  kernel.stores.push_back({static_cast<Reg>(kernel.values.size() - 1), 1});
  return kernel;
}

Kernel fill_kernel(DType dtype, int rank) {
  Kernel kernel;
  kernel.rank = static_cast<uint8_t>(rank);
  kernel.slots = {{dtype, SlotRole::kStore, Access::kStrided}};
  kernel.scalars = {dtype};
  kernel.values.push_back(value(ValueKind::kScalar, dtype, dtype));
  kernel.stores.push_back({0, 0});
  return kernel;
}

Kernel count_true_kernel(int rank) {
  Kernel kernel;
  kernel.rank = static_cast<uint8_t>(rank);
  kernel.reduced = rank >= 64 ? ~uint64_t{0} : (uint64_t{1} << rank) - 1;
  kernel.slots = {{DType::kBool, SlotRole::kLoad, Access::kStrided},
                  {DType::kI64, SlotRole::kReduce, Access::kBroadcast}};
  kernel.values.push_back(value(ValueKind::kLoad, DType::kBool, DType::kBool));
  kernel.values.push_back(value(ValueKind::kCast, DType::kBool, DType::kI64));
  kernel.values.back().a = 0;
  ReduceStmt sum{};
  sum.kind = ReduceKind::kSum;
  sum.value = 1;
  sum.slot = 1;
  sum.accumulate = DType::kI64;
  kernel.reduces.push_back(sum);
  return kernel;
}

}  // namespace crossarray::cuda
