#include "cpu/engine/code.h"

#include <algorithm>

namespace crossarray::cpu {
namespace {

/// Builds TileCode value by value; buffers are given back after a value's last reader.
class Generator {
 public:
  Generator(const Kernel& kernel, const Routes& routes, bool deferred, const std::vector<ReduceTypes>& reduce_types)
      : kernel_(kernel), reduce_types_(reduce_types), values_(kernel.values.size()) {
    code_.routes = routes;
    code_.deferred = deferred;
    code_.scalars_at = static_cast<int>(kernel.slots.size());
    code_.buffers_at = code_.scalars_at + static_cast<int>(kernel.scalars.size());
  }

  TileCode run() {
    count_readers();
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].readers == 0 || kernel_.values[i].kind == ValueKind::kLoad) continue;
      define(static_cast<Reg>(i));
      if (!code_.deferred) store(static_cast<Reg>(i));
      reduce_ready();
    }
    reduce_ready();
    if (code_.deferred) save_stored_loads();
    for (size_t i = 0; i < values_.size(); ++i) store(static_cast<Reg>(i));
    code_.places = code_.buffers_at + code_.buffers;
    code_.buffer_bytes = static_cast<size_t>(kMaxTile) * widest_;
    return std::move(code_);
  }

 private:
  struct ValueState {
    int readers = 0;      // that are still to come
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
    if (ssa(r).kind == ValueKind::kScalar) {
      v.scalar = true;
      return v.place = static_cast<Place>(code_.scalars_at + index);
    }
    const Route route = code_.routes[index];
    v.scalar = route == Route::kScalar;
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
    if (!scalar && !code_.deferred)
      for (const StoreStmt& s : kernel_.stores)
        if (s.value == r && code_.routes[s.slot] == Route::kInPlace) return s.slot;
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

  void define(Reg r) {
    if (ssa(r).kind == ValueKind::kScalar) return;
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
    v.scalar = instr.once;
    v.place = instr.out = target(r, v.scalar);
    for (Reg in : {s.a, s.b, s.c})
      if (in != kNoReg) release(in);
    code_.instrs.push_back(instr);
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
      const Place place = use(r);
      if (place != s.slot) store_to(r, place, s.slot);
      release(r);
    }
  }
  void store_to(Reg r, Place place, uint16_t slot) {
    const bool in_place = code_.routes[slot] == Route::kInPlace;
    if (!values_[r].scalar) return emit(in_place ? Code::kCopy : Code::kScatter, place, slot, slot, item(r));
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
  const std::vector<ReduceTypes>& reduce_types_;
  TileCode code_;
  std::vector<ValueState> values_;
  std::vector<bool> reduced_;
  std::vector<Place> free_;
  size_t widest_ = 1;
};

}  // namespace

TileCode generate(const Kernel& kernel, const Routes& routes, bool deferred, const std::vector<ReduceTypes>& reduce_types) {
  return Generator(kernel, routes, deferred, reduce_types).run();
}

}  // namespace crossarray::cpu
