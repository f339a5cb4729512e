// Calls of take and put, drawn for a shape: what the CPU's tests and the emulated kernels' both run.
#pragma once

#include <random>
#include <vector>

#include "cpu/primitives.h"
#include "cpu/walk.h"

namespace crossarray::test {

inline std::vector<std::byte> random_bytes(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(n);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

/// Which part of an array is read or written, and how the values lie.
struct IndexCase {
  Dims base_shape;  // C order
  int indexed;      // leading axes that are indexed
  Dims index_shape;
  bool reversed_rest;  // the rest axes run backwards in base
  bool values_first;   // values: rest axes outside, index axes inside
};

/// The call of a case, without its memory: base starts at `start` of base_bytes, the values have value_bytes.
struct IndexCaseCall {
  IndexCall call;
  std::vector<std::vector<int64_t>> indices;
  int64_t start = 0;
  size_t base_bytes, value_bytes;

  IndexCaseCall(const IndexCase& c, size_t item) {
    std::mt19937 random(5);
    const Dims base_strides = contiguous_strides(c.base_shape, item);
    call.item = item;
    call.index_shape = c.index_shape;
    const int64_t positions = cpu::element_count(c.index_shape);
    for (int axis = 0; axis < c.indexed; ++axis) {
      indices.emplace_back(static_cast<size_t>(positions));
      for (int64_t& i : indices.back()) i = static_cast<int64_t>(random()) % c.base_shape[axis];
      call.base_step.push_back(base_strides[axis]);
    }
    for (const auto& index : indices) call.index.push_back(index.data());
    for (int axis = c.indexed; axis < c.base_shape.size(); ++axis) {
      call.rest_shape.push_back(c.base_shape[axis]);
      call.base_rest.push_back(c.reversed_rest ? -base_strides[axis] : base_strides[axis]);
      if (c.reversed_rest) start += (c.base_shape[axis] - 1) * base_strides[axis];
    }
    const int64_t rest = cpu::element_count(call.rest_shape);
    call.value_index = contiguous_strides(call.index_shape, item);
    call.value_rest = contiguous_strides(call.rest_shape, item);
    for (int64_t& stride : c.values_first ? call.value_rest : call.value_index)
      stride *= c.values_first ? positions : rest;
    base_bytes = static_cast<size_t>(cpu::element_count(c.base_shape)) * item;
    value_bytes = static_cast<size_t>(positions * rest) * item;
  }
};

}  // namespace crossarray::test
