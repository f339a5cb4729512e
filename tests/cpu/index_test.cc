// take, put, count_true and nonzero against plain loops.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "cpu/primitives.h"
#include "cpu/walk.h"

namespace crossarray::cpu {
namespace {

std::vector<std::byte> random_bytes(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(n);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

/// What IndexCall promises, one element at a time.
void reference(const IndexCall& call, bool is_take) {
  const int64_t positions = element_count(call.index_shape), rest = element_count(call.rest_shape);
  if (positions == 0 || rest == 0) return;
  Walk<1> j(call.index_shape, {&call.value_index});
  for (int64_t position = 0; position < positions; ++position, j.next()) {
    int64_t offset = 0;
    for (int k = 0; k < call.index.size(); ++k) offset += call.index[k][position] * call.base_step[k];
    Walk<2> r(call.rest_shape, {&call.base_rest, &call.value_rest});
    for (int64_t i = 0; i < rest; ++i, r.next()) {
      std::byte *base = call.base + offset + r[0], *value = call.values + j[0] + r[1];
      std::memcpy(is_take ? value : base, is_take ? base : value, call.item);
    }
  }
}

struct Case {
  Dims base_shape;  // C order
  int indexed;      // leading axes that are indexed
  Dims index_shape;
  bool reversed_rest;  // the rest axes run backwards in base
  bool values_first;   // values: rest axes outside, index axes inside
};

/// Builds the call for a case over the given memory.
struct Built {
  IndexCall call;
  std::vector<std::vector<int64_t>> indices;
  size_t base_bytes, value_bytes;

  Built(const Case& c, size_t item) {
    const auto bytes = static_cast<int64_t>(item);
    std::mt19937 random(5);
    const Dims base_strides = contiguous_strides(c.base_shape, item);
    call.item = item;
    call.index_shape = c.index_shape;
    const int64_t positions = element_count(c.index_shape);
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
    const int64_t rest = element_count(call.rest_shape);
    call.value_index = contiguous_strides(call.index_shape, item);
    call.value_rest = contiguous_strides(call.rest_shape, item);
    for (int64_t& stride : c.values_first ? call.value_rest : call.value_index)
      stride *= c.values_first ? positions : rest;
    base_bytes = static_cast<size_t>(element_count(c.base_shape) * bytes);
    value_bytes = static_cast<size_t>(positions * rest * bytes);
  }
  int64_t start = 0;
};

const Case kCases[] = {
    {{50}, 1, {200}, false, false},      {{50}, 1, {0}, false, false},          {{50}, 1, {4, 5}, false, false},
    {{9, 7}, 2, {30}, false, false},     {{9, 7}, 1, {30}, false, false},       {{9, 7}, 1, {30}, true, false},
    {{9, 70}, 1, {3}, true, false},      {{9, 7}, 1, {3, 4}, false, true},      {{5, 6, 7}, 1, {11}, true, true},
    {{5, 6, 7}, 2, {11}, false, true},   {{5, 6, 70}, 1, {2, 2}, true, false},  {{5, 0}, 1, {3}, false, false},
    {{1000}, 1, {100000}, false, false}, {{1000, 33}, 1, {9000}, false, false}, {{100, 3000}, 1, {90}, true, true},
};

TEST(Take, EqualsALoopForEveryItemSizeAndLayout) {
  for (const Case& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      Built built(c, item);
      std::vector<std::byte> base = random_bytes(built.base_bytes, 1), got(built.value_bytes), want = got;
      built.call.base = base.data() + built.start;
      built.call.values = want.data();
      reference(built.call, true);
      built.call.values = got.data();
      take(built.call);
      ASSERT_EQ(got, want) << "item " << item << " case " << &c - kCases;
    }
}

TEST(Put, EqualsALoopAndLaterValuesWin) {
  for (const Case& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      Built built(c, item);
      std::vector<std::byte> base = random_bytes(built.base_bytes, 1), want = base;
      std::vector<std::byte> values = random_bytes(built.value_bytes, 2);
      built.call.values = values.data();
      built.call.base = want.data() + built.start;
      reference(built.call, false);
      built.call.base = base.data() + built.start;
      put(built.call);
      ASSERT_EQ(base, want) << "item " << item << " case " << &c - kCases;
    }
}

TEST(Put, OfOneBroadcastValueFillsEveryPosition) {
  std::vector<double> base(10, 0.0);
  const std::vector<int64_t> index = {1, 3, 3, 9};
  double value = 5;
  IndexCall call{};
  call.item = 8;
  call.base = reinterpret_cast<std::byte*>(base.data());
  call.values = reinterpret_cast<std::byte*>(&value);
  call.index_shape = {4};
  call.index.push_back(index.data());
  call.base_step.push_back(8);
  call.value_index = {0};
  put(call);
  EXPECT_EQ(base, (std::vector<double>{0, 5, 0, 5, 0, 0, 0, 0, 0, 5}));
}

void check_mask(const MaskCall& call) {
  std::vector<int64_t> want;
  if (element_count(call.shape) > 0) {
    Walk<1> walk(call.shape, {&call.strides});
    for (int64_t i = 0; i < element_count(call.shape); ++i, walk.next())
      if (call.mask[walk[0]] != std::byte{0}) want.push_back(i);
  }
  ASSERT_EQ(count_true(call), static_cast<int64_t>(want.size()));
  std::vector<int64_t> got(want.size() + 1, -7);
  nonzero(call, got.data());
  ASSERT_EQ(got.back(), -7) << "wrote past the end";
  got.pop_back();
  ASSERT_EQ(got, want);
}

TEST(Mask, CountsAndFindsTrueAtEveryDensity) {
  for (int64_t n : {0, 1, 7, 8, 9, 63, 64, 1000, 300000, 1100000})
    for (unsigned percent : {0, 1, 50, 99, 100}) {
      std::mt19937 random(9);
      std::vector<std::byte> mask(static_cast<size_t>(n));
      for (std::byte& m : mask) m = static_cast<std::byte>(random() % 100 < percent);
      check_mask({mask.data(), {n}, {1}});
    }
}

TEST(Mask, TakesAnyLayout) {
  std::vector<std::byte> mask = random_bytes(20000, 3);
  for (std::byte& m : mask) m &= std::byte{1};
  check_mask({mask.data(), {}, {}});
  check_mask({mask.data(), {30, 40}, {1, 30}});
  check_mask({mask.data(), {30, 40}, {400, 5}});
  check_mask({mask.data() + 19999, {10000}, {-2}});
  check_mask({mask.data(), {50, 20}, {0, 1}});
  check_mask({mask.data(), {1, 20, 1, 30}, {7, 30, 9, 1}});
}

}  // namespace
}  // namespace crossarray::cpu
