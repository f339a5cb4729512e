#include "cpu/engine/code.h"

#include <algorithm>
#include <span>

#include "cpu/engine/schedule.h"

namespace crossarray::cpu {
namespace {

/// Tiles of code without buffers, in kTile.
constexpr int64_t kLongTile = 8;
/// Buffers of smaller elements have as many bytes as of this size: longer tiles.
constexpr size_t kShortTileItem = 8;

/// Builds TileCode value by value; buffers are given back after a value's last reader.
class Generator {
 public:
  Generator(const Kernel& kernel, const Reach& reach, const std::vector<ReduceTypes>& reduce_types, bool fast_math)
      : kernel_(kernel),
        reach_(reach),
        reduce_types_(reduce_types),
        fast_math_(fast_math),
        values_(kernel.values.size()) {
    code_.reach = reach;
    code_.scalars_at = static_cast<int>(kernel.slots.size());
    code_.buffers_at = code_.scalars_at + static_cast<int>(kernel.scalars.size());
  }

  TileCode run() {
    count_readers();
    find_scalars();
    const std::vector<int> group = groups();
    const std::vector<Reg> order = schedule(kernel_, group);
    for (size_t i = 0; i < order.size();) {
      size_t end = i + 1;
      while (group[order[i]] > 0 && end < order.size() && group[order[end]] == group[order[i]]) ++end;
      const bool chained =
          end > i + 1 || (group[order[i]] > 0 && (reach_.stream || fast_math_ || reads_every_other(order[i])));
      chained ? define_chain(std::span(order).subspan(i, end - i)) : define(order[i]);
      for (; i < end; ++i)
        if (!reach_.deferred) store(order[i]);
      reduce_ready();
    }
    reduce_ready();
    if (reach_.deferred) save_stored_loads();
    for (size_t i = 0; i < values_.size(); ++i) store(static_cast<Reg>(i));
    code_.places = code_.buffers_at + code_.buffers;
    code_.buffer_bytes = static_cast<size_t>(kMaxTile) * std::max(widest_, kShortTileItem);
    code_.scale = code_.buffers == 0 ? kLongTile : std::max<int64_t>(1, kShortTileItem / widest_);
    return std::move(code_);
  }

 private:
  struct ValueState {
    int readers = 0;  // that are still to come
    bool defined = false, scalar = false, stored = false;
    Place place = kNowhere;
  };

  const Ssa& ssa(Reg r) const { return kernel_.values[r]; }
  size_t item(Reg r) const { return itemsize(ssa(r).dtype); }
  bool is_buffer(Place p) const { return p != kNowhere && p >= code_.buffers_at; }

  void count_readers() {
    for (const StoreStmt& s : kernel_.stores) ++values_[s.value].readers;
    for (const ReduceStmt& r : kernel_.reduces) {
      ++values_[r.value].readers;
      if (r.mask != kNoReg) ++values_[r.mask].readers;
    }
    reduced_.assign(kernel_.reduces.size(), false);
    for (size_t i = values_.size(); i-- > 0;) {
      if (values_[i].readers == 0) continue;
      for (Reg in : {ssa(static_cast<Reg>(i)).a, ssa(static_cast<Reg>(i)).b, ssa(static_cast<Reg>(i)).c})
        if (in != kNoReg) ++values_[in].readers;
    }
  }

  /// Scalars of the launch, elements of slots that do not move within a tile, and what is computed from those alone.
  void find_scalars() {
    for (size_t i = 0; i < values_.size(); ++i) {
      const Ssa& s = ssa(static_cast<Reg>(i));
      values_[i].scalar =
          s.kind == ValueKind::kScalar || (s.kind == ValueKind::kLoad && reach_.routes[s.index] == Route::kScalar);
      if (s.kind != ValueKind::kCast && s.kind != ValueKind::kApply) continue;
      values_[i].scalar = true;
      for (Reg in : {s.a, s.b, s.c}) values_[i].scalar &= in == kNoReg || values_[in].scalar;
    }
  }

  /// For schedule(): a positive number per dtype for ops that can be links of a chain.
  std::vector<int> groups() const {
    std::vector<int> group(values_.size(), 0);
    for (size_t i = 0; i < values_.size(); ++i) {
      const Ssa& s = ssa(static_cast<Reg>(i));
      const bool given = s.kind == ValueKind::kLoad || s.kind == ValueKind::kScalar;
      if (given || values_[i].readers == 0) {
        group[i] = -1;
      } else if (s.kind == ValueKind::kApply && !values_[i].scalar && s.dtype == s.loop &&
                 chain_op(s.op, s.loop, crossarray::cpu::Operand::kVector)) {
        group[i] = 1 + static_cast<int>(s.loop);
      }
    }
    return group;
  }

  Place new_buffer(size_t item) {
    widest_ = std::max(widest_, item);
    if (!free_.empty()) {
      const Place place = free_.back();
      free_.pop_back();
      return place;
    }
    return static_cast<Place>(code_.buffers_at + code_.buffers++);
  }
  void free_buffer(Place place) {
    if (is_buffer(place)) free_.push_back(place);
  }

  /// Place of a value that is about to be read. Loads are gathered when first needed.
  Place use(Reg r) {
    ValueState& v = values_[r];
    if (v.defined) return v.place;
    v.defined = true;
    const uint16_t index = ssa(r).index;
    if (ssa(r).kind == ValueKind::kScalar) return v.place = static_cast<Place>(code_.scalars_at + index);
    const Route route = reach_.routes[index];
    if (route == Route::kInPlace || route == Route::kScalar) return v.place = index;
    v.place = route == Route::kRepeated ? pinned_buffer(v, item(r)) : new_buffer(item(r));
    Instr instr;
    instr.code = Code::kGather;
    instr.index = index;
    instr.item = static_cast<uint16_t>(item(r));
    instr.out = v.place;
    code_.instrs.push_back(instr);
    return v.place;
  }
  /// A buffer nothing else ever uses: what it holds stays for the next tile.
  Place pinned_buffer(ValueState& v, size_t item) {
    ++v.readers;
    widest_ = std::max(widest_, item);
    return static_cast<Place>(code_.buffers_at + code_.buffers++);
  }

  /// One reader of `r` is done.
  void release(Reg r) {
    if (--values_[r].readers == 0) free_buffer(values_[r].place);
  }

  /// Where to put a value: straight into its output, over an input that dies here, or in a new buffer.
  Place target(Reg r, bool scalar) {
    if (!scalar && !reach_.deferred && !reach_.stream)
      for (const StoreStmt& s : kernel_.stores)
        if (s.value == r && reach_.routes[s.slot] == Route::kInPlace && !keeps_elements(r)) return s.slot;
    for (Reg in : {ssa(r).a, ssa(r).b, ssa(r).c}) {
      if (in == kNoReg || values_[in].readers != 1 || !is_buffer(values_[in].place)) continue;
      if (item(in) == item(r) && values_[in].scalar == scalar && occurrences(r, in) == 1) {
        const Place place = values_[in].place;
        values_[in].place = kNowhere;
        return place;
      }
    }
    return new_buffer(item(r));
  }
  int occurrences(Reg r, Reg in) const { return (ssa(r).a == in) + (ssa(r).b == in) + (ssa(r).c == in); }

  /// The slot where x[mask] = s lies over x: only what the mask chooses need be written. -1: r is no such value.
  int updated_slot(Reg r) const {
    const Ssa& s = ssa(r);
    if (!reach_.in_place || s.kind != ValueKind::kApply || s.op != Op::where) return -1;
    if (values_[s.a].scalar || ssa(s.c).kind != ValueKind::kLoad || item(r) > 8) return -1;
    for (const StoreStmt& store : kernel_.stores)
      if (store.value == r && reach_.routes[store.slot] == Route::kInPlace &&
          reach_.twins[store.slot] == ssa(s.c).index)
        return store.slot;
    return -1;
  }
  void define_update(Reg r, uint16_t slot) {
    const Ssa& s = ssa(r);
    const Place values = use(s.b), mask = use(s.a);
    emit(Code::kStoreWhere, values, slot, slot, item(r));
    code_.instrs.back().in[1] = mask;
    code_.instrs.back().scalar_mask = values_[s.b].scalar;
    values_[r].defined = true;
    values_[r].place = slot;
    for (Reg in : {s.a, s.b, s.c}) release(in);
  }

  void define(Reg r) {
    if (ssa(r).kind == ValueKind::kScalar) return;
    if (const int slot = updated_slot(r); slot >= 0) return define_update(r, static_cast<uint16_t>(slot));
    const Ssa& s = ssa(r);
    Instr instr;
    instr.fn = s.kind == ValueKind::kCast ? cast_kernel(ssa(s.a).dtype, s.dtype) : tile_kernel(s.op, s.loop);
    int arity = 0;
    instr.once = true;
    for (Reg in : {s.a, s.b, s.c}) {
      if (in == kNoReg) break;
      instr.in[arity] = use(in);
      instr.scalar_mask |= static_cast<uint8_t>(values_[in].scalar << arity);
      instr.once &= values_[in].scalar;
      ++arity;
    }
    ValueState& v = values_[r];
    v.defined = true;
    v.place = instr.out = target(r, v.scalar);
    for (Reg in : {s.a, s.b, s.c})
      if (in != kNoReg) release(in);
    code_.instrs.push_back(instr);
  }

  /// Places a chained value is stored to: outputs it can go straight into, else a buffer if anyone else reads it.
  SmallVector<Place, 4> chain_places(Reg r, int uses) {
    SmallVector<Place, 4> places;
    int outside = values_[r].readers - uses;
    for (const StoreStmt& s : kernel_.stores) {
      if (s.value != r || reach_.deferred || reach_.routes[s.slot] != Route::kInPlace) continue;
      places.push_back(s.slot);
      --outside;
    }
    // What was streamed is not read back.
    if (outside > 0 && (places.empty() || reach_.stream)) places.push_back(new_buffer(item(r)));
    return places;
  }

  /// A load that chains take from where it lies; in a buffer once something else has gathered it.
  bool is_every_other(Reg r) const {
    return ssa(r).kind == ValueKind::kLoad && reach_.routes[ssa(r).index] == Route::kEveryOther && !values_[r].defined;
  }
  bool reads_every_other(Reg r) const {
    for (Reg in : {ssa(r).a, ssa(r).b})
      if (in != kNoReg && is_every_other(in)) return true;
    return false;
  }

  void define_chain(std::span<const Reg> run) {
    std::vector<int> number(values_.size(), -1), uses(values_.size(), 0);
    for (size_t i = 0; i < run.size(); ++i) {
      number[run[i]] = static_cast<int>(i);
      for (Reg in : {ssa(run[i]).a, ssa(run[i]).b})
        if (in != kNoReg) ++uses[in];
    }
    const auto source = [&](Reg r) {
      if (r == kNoReg) return ChainSource{};
      if (number[r] >= 0) return ChainSource{number[r]};
      if (is_every_other(r)) return ChainSource{-1, ssa(r).index, false, true};
      const Place place = use(r);
      return ChainSource{-1, place, values_[r].scalar};
    };
    ChainBuilder chain(ssa(run[0]).loop, fast_math_);
    const auto stream_below = static_cast<Place>(reach_.stream ? code_.scalars_at : 0);
    for (Reg r : run) {
      const Ssa& s = ssa(r);
      const ChainSource a = source(s.a), b = source(s.b);
      const SmallVector<Place, 4> places = chain_places(r, uses[r]);
      chain.add(s.op, s.b != kNoReg, a, b, uses[r], places, stream_below);
      values_[r].defined = in_chain_[r] = true;
      if (!places.empty()) values_[r].place = places.back();
    }
    // Inputs are let go of at the end only: the last block of a tile runs over elements that are done already.
    for (Reg r : run)
      for (Reg in : {ssa(r).a, ssa(r).b})
        if (in != kNoReg) release(in);
    emit_chain(chain.finish(static_cast<Place>(reach_.far ? code_.scalars_at : 0)));
  }
  void emit_chain(ChainCode chain) {
    emit(Code::kChain, kNowhere, kNowhere, static_cast<uint16_t>(code_.chains.size()), itemsize(chain.dtype));
    code_.chains.push_back(std::move(chain));
  }

  void emit(Code code, Place in, Place out, uint16_t index, size_t item) {
    Instr instr;
    instr.code = code;
    instr.in[0] = in;
    instr.out = out;
    instr.index = index;
    instr.item = static_cast<uint16_t>(item);
    code_.instrs.push_back(instr);
  }

  /// Loads that are stored as they are leave their place before the first store can overwrite it.
  void save_stored_loads() {
    for (const StoreStmt& s : kernel_.stores) {
      ValueState& v = values_[s.value];
      if (ssa(s.value).kind != ValueKind::kLoad || is_buffer(use(s.value))) continue;
      const Place saved = new_buffer(item(s.value));
      emit(v.scalar ? Code::kFill : Code::kCopy, v.place, saved, 0, item(s.value));
      v.place = saved;
      v.scalar = false;
    }
  }

  void store(Reg r) {
    if (values_[r].stored) return;
    values_[r].stored = true;
    for (const StoreStmt& s : kernel_.stores) {
      if (s.value != r) continue;
      if (!is_in_slot(r, s.slot)) store_to(r, use(r), s.slot);
      release(r);
    }
  }
  /// A value that was computed straight into the slot, or that its chain has stored there.
  bool is_in_slot(Reg r, uint16_t slot) {
    return values_[r].place == slot || (in_chain_[r] && !reach_.deferred && reach_.routes[slot] == Route::kInPlace);
  }
  /// x[mask] = s written over x: most elements stay, and memory that is not written need not travel back.
  bool keeps_elements(Reg r) const {
    const Ssa& s = ssa(r);
    if (!(reach_.deferred || reach_.in_place) || s.kind != ValueKind::kApply || s.op != Op::where) return false;
    return ssa(s.b).kind == ValueKind::kLoad || ssa(s.c).kind == ValueKind::kLoad;
  }
  void store_to(Reg r, Place place, uint16_t slot) {
    const bool in_place = reach_.routes[slot] == Route::kInPlace;
    if (in_place && reach_.stream && !values_[r].scalar && item(r) >= 4 && item(r) <= 8) {
      ChainBuilder chain(item(r) == 4 ? DType::kF32 : DType::kF64, false);  // loads and stores keep any bits
      chain.copy(place, slot);
      return emit_chain(chain.finish());
    }
    const Code copy = keeps_elements(r) ? Code::kUpdate : Code::kCopy;
    if (!values_[r].scalar) return emit(in_place ? copy : Code::kScatter, place, slot, slot, item(r));
    if (in_place) return emit(Code::kFill, place, slot, slot, item(r));
    const Place dense = new_buffer(item(r));
    emit(Code::kFill, place, dense, slot, item(r));
    emit(Code::kScatter, dense, slot, slot, item(r));
    free_buffer(dense);
  }

  bool is_available(Reg r) const {
    return r == kNoReg || values_[r].defined || ssa(r).kind == ValueKind::kLoad || ssa(r).kind == ValueKind::kScalar;
  }
  /// Emits every reduction whose value and mask are known: buffers die early and the value is still in cache.
  void reduce_ready() {
    for (size_t i = 0; i < kernel_.reduces.size(); ++i) {
      const ReduceStmt& r = kernel_.reduces[i];
      if (reduced_[i] || !is_available(r.value) || !is_available(r.mask)) continue;
      reduced_[i] = true;
      emit_reduce(r, i);
    }
  }
  void emit_reduce(const ReduceStmt& r, size_t i) {
    SmallVector<Place, 4> temporaries;
    Place value = use(r.value);
    bool scalar = values_[r.value].scalar;
    DType dtype = ssa(r.value).dtype;
    for (DType step : {reduce_types_[i].via, reduce_types_[i].input}) {
      if (step == dtype) continue;
      const Place to = new_buffer(itemsize(step));
      temporaries.push_back(to);
      emit_cast(dtype, step, value, to, scalar);
      value = to;
      dtype = step;
    }
    if (scalar) value = dense(value, itemsize(dtype), temporaries);
    Place mask = r.mask == kNoReg ? kNowhere : use(r.mask);
    if (mask != kNowhere && values_[r.mask].scalar) mask = dense(mask, 1, temporaries);
    emit(Code::kReduce, value, kNowhere, static_cast<uint16_t>(i), itemsize(dtype));
    code_.instrs.back().in[1] = mask;
    for (Place place : temporaries) free_buffer(place);
    release(r.value);
    if (r.mask != kNoReg) release(r.mask);
  }
  Place dense(Place scalar, size_t item, SmallVector<Place, 4>& temporaries) {
    const Place to = new_buffer(item);
    temporaries.push_back(to);
    emit(Code::kFill, scalar, to, 0, item);
    return to;
  }
  void emit_cast(DType from, DType to, Place in, Place out, bool scalar) {
    Instr instr;
    instr.fn = cast_kernel(from, to);
    instr.scalar_mask = scalar;
    instr.once = scalar;
    instr.in[0] = in;
    instr.out = out;
    code_.instrs.push_back(instr);
  }

  const Kernel& kernel_;
  const Reach& reach_;
  const std::vector<ReduceTypes>& reduce_types_;
  const bool fast_math_;
  TileCode code_;
  std::vector<ValueState> values_;
  std::vector<bool> reduced_, in_chain_ = std::vector<bool>(values_.size());
  std::vector<Place> free_;
  size_t widest_ = 1;
};

}  // namespace

TileCode generate(const Kernel& kernel, const Reach& reach, const std::vector<ReduceTypes>& reduce_types,
                  bool fast_math) {
  return Generator(kernel, reach, reduce_types, fast_math).run();
}

}  // namespace crossarray::cpu
