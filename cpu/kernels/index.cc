// take and put: gather and scatter by integer arrays.
//
// What is dense on both sides moves as one chunk; the rest is two nested loops, over index positions and over the
// remaining axes, the longer one inside.
#include <algorithm>

#include "cpu/primitives.h"
#include "cpu/threads.h"
#include "cpu/walk.h"

namespace crossarray::cpu {
namespace {

/// An IndexCall with everything collapsed that can be.
struct Plan {
  const IndexCall& call;
  int64_t positions;                 // j
  int64_t value_step = -1;           // bytes from one j to the next, -1 when the values are not evenly spaced over j
  int64_t chunk;                     // bytes, dense in base and in values
  Dims rest, base_rest, value_rest;  // axes of r outside the chunk

  explicit Plan(const IndexCall& c)
      : call(c),
        positions(element_count(c.index_shape)),
        chunk(static_cast<int64_t>(c.item)),
        rest(c.rest_shape),
        base_rest(c.base_rest),
        value_rest(c.value_rest) {
    drop_ones();
    while (!rest.empty() && base_rest.back() == chunk && value_rest.back() == chunk) {
      chunk *= rest.back();
      for (Dims* dims : {&rest, &base_rest, &value_rest}) dims->pop_back();
    }
    value_step = even_step();
  }

 private:
  void drop_ones() {
    for (int axis = rest.size() - 1; axis >= 0; --axis)
      if (rest[axis] == 1)
        for (Dims* dims : {&rest, &base_rest, &value_rest}) dims->erase(axis);
  }
  int64_t even_step() const {
    int64_t step = 0, extent = 1;
    for (int axis = call.index_shape.size() - 1; axis >= 0; --axis) {
      if (call.index_shape[axis] == 1) continue;
      if (extent == 1)
        step = call.value_index[axis];
      else if (call.value_index[axis] != step * extent)
        return -1;
      extent *= call.index_shape[axis];
    }
    return step;
  }
};

/// Copies one chunk; kChunk 0: its size is known at run time only.
template <bool kTake, size_t kChunk> inline void move(std::byte* base, std::byte* values, size_t chunk) {
  const size_t bytes = kChunk ? kChunk : chunk;
  if constexpr (kTake)
    std::memcpy(values, base, bytes);
  else
    std::memcpy(base, values, bytes);
}

/// Byte offset in base of index position j.
template <int kIndices> inline int64_t base_offset(const IndexCall& call, int64_t j) {
  if constexpr (kIndices == 1) return call.index.data()[0][j] * call.base_step.data()[0];
  int64_t offset = 0;
  for (int k = 0; k < call.index.size(); ++k) offset += call.index.data()[k][j] * call.base_step.data()[k];
  return offset;
}

/// Index positions [first, last) at one position of the rest.
template <bool kTake, size_t kChunk, int kIndices>
void move_positions(const Plan& plan, std::byte* base, std::byte* values, int64_t first, int64_t last) {
  const IndexCall& call = plan.call;
  const auto chunk = static_cast<size_t>(plan.chunk);
  if (plan.value_step < 0 || kIndices != 1) {
    Walk<1> walk(call.index_shape, {&call.value_index}, first);
    for (int64_t j = first; j < last; ++j, walk.next())
      move<kTake, kChunk>(base + base_offset<kIndices>(call, j), values + walk[0], chunk);
    return;
  }
  const int64_t *index = call.index[0], step = call.base_step[0], value_step = plan.value_step;
  std::byte* value = values + first * value_step;
  // Stores wait for lines they do not find: asked for early, a put of 100K float64 takes half the time (Zen 5).
  constexpr int64_t kAhead = 16;
  for (int64_t j = first; j < last; ++j, value += value_step) {
    if (!kTake) __builtin_prefetch(base + index[std::min(j + kAhead, last - 1)] * step, 1);
    move<kTake, kChunk>(base + index[j] * step, value, chunk);
  }
}

/// One index position, all of the rest: the innermost rest axis in a plain loop.
template <bool kTake, size_t kChunk> void move_rest(const Plan& plan, std::byte* base, std::byte* values) {
  Dims outer = plan.rest;
  const int64_t inner = outer.back(), base_step = plan.base_rest.back(), value_step = plan.value_rest.back();
  outer.pop_back();
  Walk<2> walk(outer, {&plan.base_rest, &plan.value_rest});
  for (int64_t i = element_count(outer); i > 0; --i, walk.next())
    for (int64_t r = 0; r < inner; ++r)
      move<kTake, kChunk>(base + walk[0] + r * base_step, values + walk[1] + r * value_step,
                          static_cast<size_t>(plan.chunk));
}

template <bool kTake, size_t kChunk, int kIndices> void run(const Plan& plan) {
  const IndexCall& call = plan.call;
  const int64_t rest = element_count(plan.rest);
  const double us = 0.0015 + static_cast<double>(plan.chunk) * 1e-4;  // of one chunk
  if (!plan.rest.empty() && plan.rest.back() > plan.positions) {
    // Later positions win in put: its order is kept by staying on one thread.
    const auto body = [&](int64_t first, int64_t last) {
      Walk<1> walk(call.index_shape, {&call.value_index}, first);
      for (int64_t j = first; j < last; ++j, walk.next())
        move_rest<kTake, kChunk>(plan, call.base + base_offset<kIndices>(call, j), call.values + walk[0]);
    };
    return kTake ? parallel_for(plan.positions, us * static_cast<double>(rest), body) : body(0, plan.positions);
  }
  if (plan.rest.empty()) {
    const auto body = [&](int64_t first, int64_t last) {
      move_positions<kTake, kChunk, kIndices>(plan, call.base, call.values, first, last);
    };
    return kTake ? parallel_for(plan.positions, us, body) : body(0, plan.positions);
  }
  parallel_for(rest, us * static_cast<double>(plan.positions), [&](int64_t first, int64_t last) {
    Walk<2> walk(plan.rest, {&plan.base_rest, &plan.value_rest}, first);
    for (int64_t r = first; r < last; ++r, walk.next())
      move_positions<kTake, kChunk, kIndices>(plan, call.base + walk[0], call.values + walk[1], 0, plan.positions);
  });
}

template <bool kTake, size_t kChunk> void run_chunk(const Plan& plan) {
  return plan.call.index.size() == 1 ? run<kTake, kChunk, 1>(plan) : run<kTake, kChunk, 0>(plan);
}

template <bool kTake> void move_all(const IndexCall& call) {
  if (element_count(call.index_shape) == 0 || element_count(call.rest_shape) == 0) return;
  const Plan plan(call);
  switch (plan.chunk) {
    case 1: return run_chunk<kTake, 1>(plan);
    case 2: return run_chunk<kTake, 2>(plan);
    case 4: return run_chunk<kTake, 4>(plan);
    case 8: return run_chunk<kTake, 8>(plan);
    case 16: return run_chunk<kTake, 16>(plan);
    default: return run_chunk<kTake, 0>(plan);
  }
}

}  // namespace

void take(const IndexCall& call) { move_all<true>(call); }
void put(const IndexCall& call) { move_all<false>(call); }

}  // namespace crossarray::cpu
