#include "cpu/engine/chain_code.h"

#include <algorithm>

#include "cpu/engine/chain_fuse.h"

namespace crossarray::cpu {

ChainBuilder::ChainBuilder(DType dtype, bool fast_math) : fast_math_(fast_math) {
  code_.dtype = dtype;
  code_.runner = chain_runner(dtype);
}

void ChainBuilder::emit(void* run, ChainLink where) {
  where.run = where.plain = run;
  code_.links.push_back(where);
}

void ChainBuilder::step(Step step, ChainLink where) {
  where.step = step;
  emit(chain_step(step, code_.dtype), where);
}

void ChainBuilder::apply(Op op, Operand operand, ChainLink where) {
  where.is_op = true;
  where.op = op;
  where.operand = operand;
  emit(chain_op(op, code_.dtype, operand), where);
}

ChainLink ChainBuilder::location(const ChainSource& source) const {
  ChainLink link{};
  if (source.value < 0) {
    link.place = source.place;
    link.advances = !source.scalar;
    link.every_other = source.every_other;
    return link;
  }
  const Value& v = values_[static_cast<size_t>(source.value)];
  link.place = v.place;
  link.temporary = v.temporary;
  link.advances = v.place != kNowhere;
  return link;
}

/// Puts the accumulators' value where later links can read it, if they will.
void ChainBuilder::save_accumulator() {
  if (accumulator_ < 0) return;
  Value& v = values_[static_cast<size_t>(accumulator_)];
  if (v.uses == 0 || v.place != kNowhere || v.temporary >= 0) return;
  if (free_.empty()) {
    v.temporary = static_cast<int16_t>(code_.temporaries++);
  } else {
    v.temporary = free_.back();
    free_.pop_back();
  }
  ChainLink link{};
  link.temporary = v.temporary;
  step(Step::kStore, link);
}

void ChainBuilder::load(const ChainSource& source) {
  save_accumulator();
  const Step how = source.value >= 0    ? Step::kLoad
                   : source.scalar      ? Step::kBroadcast
                   : source.every_other ? Step::kLoadEveryOther
                                        : Step::kLoad;
  step(how, location(source));
  accumulator_ = source.value;
}

void ChainBuilder::used(const ChainSource& source) {
  if (source.value < 0) return;
  Value& v = values_[static_cast<size_t>(source.value)];
  if (--v.uses == 0 && v.temporary >= 0) free_.push_back(v.temporary);
}

void ChainBuilder::store(Place place, bool stream) {
  ChainLink link{};
  link.place = place;
  link.advances = link.stores = true;
  step(Step::kStore, link);
  code_.links.back().step = stream ? Step::kStream : Step::kStore;
  if (!stream) return;
  code_.links.back().run = chain_step(Step::kStream, code_.dtype);
  code_.streams = true;
}

Operand ChainBuilder::operand(const ChainSource& source, bool first) {
  if (source.value < 0 && source.scalar) return first ? Operand::kScalarFirst : Operand::kScalar;
  if (source.value < 0 && source.every_other) return first ? Operand::kEveryOtherFirst : Operand::kEveryOther;
  return first ? Operand::kVectorFirst : Operand::kVector;
}

void ChainBuilder::add(Op op, bool binary, ChainSource a, ChainSource b, int uses, const SmallVector<Place, 4>& places,
                       Place stream_below) {
  bool first = false;  // the accumulators hold the op's second input
  if (a.value < 0 || a.value != accumulator_) {
    first = binary && b.value >= 0 && b.value == accumulator_;
    if (!first) {
      first = binary && a.value < 0 && a.scalar && !(b.value < 0 && b.scalar);  // a scalar is the operand
      load(first ? b : a);
    }
  }
  const ChainSource other = first ? a : b;
  used(first ? b : a);
  save_accumulator();  // it is about to be overwritten: what still needs it (the other input too) reads it from memory
  if (binary) {
    apply(op, operand(other, first), location(other));
    used(other);
  } else {
    apply(op, Operand::kVector, ChainLink{});
  }
  values_.push_back({uses});
  accumulator_ = count() - 1;
  for (Place place : places) {
    store(place, place < stream_below);
    if (place >= stream_below) values_.back().place = place;
  }
}

void ChainBuilder::copy(Place from, Place to) {
  load({-1, from});
  store(to, true);
}

/// Before everything else, and after fusing: superinstructions want their links side by side.
void ChainBuilder::prefetch(Place far_below) {
  std::vector<ChainLink> asked;
  for (const ChainLink& link : code_.links) {
    const auto same = [&](const ChainLink& other) { return other.place == link.place; };
    if (!link.advances || link.stores || link.every_other || link.place >= far_below) continue;
    if (std::any_of(asked.begin(), asked.end(), same)) continue;
    ChainLink ahead{};
    ahead.place = link.place;
    ahead.advances = true;
    ahead.step = Step::kPrefetch;
    ahead.run = ahead.plain = chain_step(Step::kPrefetch, code_.dtype);
    asked.push_back(ahead);
  }
  code_.links.insert(code_.links.begin(), asked.begin(), asked.end());
}

ChainCode ChainBuilder::finish(Place far_below) {
  step(Step::kEnd, ChainLink{});
  fuse_links(code_, fast_math_);
  prefetch(far_below);
  return std::move(code_);
}

}  // namespace crossarray::cpu
