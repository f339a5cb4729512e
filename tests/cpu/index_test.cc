// take, put, count_true and nonzero against plain loops.
#include <gtest/gtest.h>

#include <vector>

#include "tests/cpu/index_cases.h"

namespace crossarray::cpu {
namespace {

using test::IndexCase, test::IndexCaseCall, test::random_bytes;

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

const IndexCase kCases[] = {
    {{50}, 1, {200}, false, false},      {{50}, 1, {0}, false, false},          {{50}, 1, {4, 5}, false, false},
    {{9, 7}, 2, {30}, false, false},     {{9, 7}, 1, {30}, false, false},       {{9, 7}, 1, {30}, true, false},
    {{9, 70}, 1, {3}, true, false},      {{9, 7}, 1, {3, 4}, false, true},      {{5, 6, 7}, 1, {11}, true, true},
    {{5, 6, 7}, 2, {11}, false, true},   {{5, 6, 70}, 1, {2, 2}, true, false},  {{5, 0}, 1, {3}, false, false},
    {{1000}, 1, {100000}, false, false}, {{1000, 33}, 1, {9000}, false, false}, {{100, 3000}, 1, {90}, true, true},
};

TEST(Take, EqualsALoopForEveryItemSizeAndLayout) {
  for (const IndexCase& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      IndexCaseCall built(c, item);
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
  for (const IndexCase& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      IndexCaseCall built(c, item);
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
