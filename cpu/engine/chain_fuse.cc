#include "cpu/engine/chain_fuse.h"

#include <optional>
#include <utility>

namespace crossarray::cpu {
namespace {

bool same_memory(const ChainLink& a, const ChainLink& b) { return a.place == b.place && a.temporary == b.temporary; }
bool is_store(const ChainLink& link) {
  return !link.is_op && (link.step == Step::kStore || link.step == Step::kStream) && link.run != nullptr;
}
bool is_scalar(const ChainLink& link) {
  return link.operand == Operand::kScalar || link.operand == Operand::kScalarFirst;
}
bool is_plain(const ChainLink& link) { return !link.every_other; }
bool takes_vector(const ChainLink& link) {
  return link.operand == Operand::kVector || link.operand == Operand::kVectorFirst;
}
/// How the second factor of a product is taken; of two vectors the order is settled by swapping them.
Operand y_order(const ChainLink& y) { return is_scalar(y) ? y.operand : Operand::kVector; }
bool is_sum(const ChainLink& link) { return link.is_op && (link.op == Op::add || link.op == Op::subtract); }
bool is_product(const ChainLink& link) { return link.is_op && link.op == Op::multiply && is_plain(link); }

class Fuser {
 public:
  Fuser(ChainCode& code, bool fast_math) : code_(code), links_(code.links), fast_math_(fast_math) {}

  void run() {
    for (size_t i = 0; i < links_.size(); ++i) fuse_product(i);
    if (!fast_math_) return;
    for (ChainLink& link : links_) use_reciprocal(link);
  }

 private:
  /// Position of the store just before `i` that saved what links_[reader] reads.
  std::optional<size_t> saved_before(size_t i, const ChainLink& reader) const {
    while (i-- > 0 && is_store(links_[i]))
      if (links_[i].step == Step::kStore && same_memory(links_[i], reader)) return i;
    return std::nullopt;
  }

  /// Is temporary memory read from link `i` on, before it is stored again?
  bool is_read_from(size_t i, const ChainLink& where) const {
    for (; i < links_.size(); ++i) {
      if (!same_memory(links_[i], where)) continue;
      return !is_store(links_[i]);
    }
    return false;
  }

  /// x * y, or y * x as the two were: which of two NaNs is handed on depends on it.
  void set_product(size_t i, Fused fused, ChainLink x, ChainLink y) {
    if (y.operand == Operand::kVectorFirst) std::swap(x, y);
    links_[i] = place_of(x);
    links_[i].run = links_[i].plain = chain_fused(fused, code_.dtype, y_order(y));
    links_[i + 1] = place_of(y);
  }
  /// What a link of a pair keeps: its memory. It is no op and no store any more.
  static ChainLink place_of(const ChainLink& from) {
    ChainLink link{};
    link.place = from.place;
    link.temporary = from.temporary;
    link.advances = from.advances;
    return link;
  }

  /// load x; multiply y; add or subtract z.
  void fuse_product(size_t i) {
    if (i + 2 >= links_.size()) return;
    const ChainLink x = links_[i], y = links_[i + 1], z = links_[i + 2];
    if (x.is_op || x.step != Step::kLoad || x.run == nullptr || !is_product(y) || !is_sum(z) || is_scalar(z)) return;
    const bool z_first = z.operand == Operand::kVectorFirst || z.operand == Operand::kEveryOtherFirst;
    const Fused fused = z.op == Op::add ? (z_first ? Fused::kAddProduct : Fused::kProductAdd)
                                        : (z_first ? Fused::kSubtractProduct : Fused::kSubtractFromProduct);
    const std::optional<size_t> saved = takes_vector(z) ? saved_before(i, z) : std::nullopt;
    if (!saved) {
      const Step step = z.every_other ? Step::kLoadEveryOther : Step::kLoad;
      links_[i] = place_of(z);
      links_[i].every_other = z.every_other;
      links_[i].step = step;
      links_[i].run = links_[i].plain = chain_step(step, code_.dtype);
      return set_product(i + 1, fused, x, y);
    }
    set_product(i, fused, x, y);
    links_.erase(links_.begin() + static_cast<std::ptrdiff_t>(i + 2));
    if (z.temporary >= 0 && !is_read_from(i, z)) links_.erase(links_.begin() + static_cast<std::ptrdiff_t>(*saved));
  }

  void use_reciprocal(ChainLink& link) const {
    if (!link.is_op || link.op != Op::divide || link.operand != Operand::kScalar) return;
    link.is_op = false;
    link.step = Step::kScaleByReciprocal;
    link.run = link.plain = chain_step(link.step, code_.dtype);
  }

  ChainCode& code_;
  std::vector<ChainLink>& links_;
  const bool fast_math_;
};

}  // namespace

void fuse_links(ChainCode& code, bool fast_math) { Fuser(code, fast_math).run(); }

}  // namespace crossarray::cpu
