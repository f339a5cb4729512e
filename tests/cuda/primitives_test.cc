// take, put and nonzero on the emulation against the CPU's.
#include "cpu/primitives.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cpu/walk.h"
#include "cuda/codegen/primitives.h"
#include "tests/cpu/index_cases.h"
#include "tests/cuda/emulated.h"

namespace crossarray {
namespace {

using test::IndexCase, test::IndexCaseCall, test::random_bytes;

void run(const cuda::PrimitivePlan& plan, cuda::test::Schedule schedule = cuda::test::Schedule::kInOrder) {
  static std::map<std::string, std::unique_ptr<cuda::test::HostLibrary>> compiled;
  if (plan.stages.empty()) return;
  const cuda::Source source = cuda::generate(plan.variant);
  auto& library = compiled[plan.variant.key()];
  if (!library) library = std::make_unique<cuda::test::HostLibrary>(source.text);
  const cuda::test::Scratch scratch(plan.scratch_bytes);
  cuda::test::run_stages(*library, source.entries, plan.stages, pack(plan, scratch.data()), schedule);
}

const IndexCase kCases[] = {
    {{50}, 1, {200}, false, false},      {{50}, 1, {0}, false, false},      {{9, 7}, 2, {30}, false, false},
    {{9, 8}, 1, {30}, false, false},     {{9, 7}, 1, {30}, true, false},    {{9, 7}, 1, {3, 4}, false, true},
    {{5, 6, 7}, 1, {11}, true, true},    {{5, 6, 7}, 2, {11}, false, true}, {{5, 0}, 1, {3}, false, false},
    {{100, 48}, 1, {700}, false, false},
};

TEST(EmulatedTake, EqualsTheCpusForEveryItemSizeAndLayout) {
  for (const IndexCase& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      IndexCaseCall built(c, item);
      std::vector<std::byte> base = random_bytes(built.base_bytes, 1), got(built.value_bytes), want = got;
      built.call.base = base.data() + built.start;
      built.call.values = want.data();
      cpu::take(built.call);
      built.call.values = got.data();
      run(cuda::plan_take(built.call));
      ASSERT_EQ(got, want) << "item " << item << " case " << &c - kCases;
    }
}

TEST(EmulatedPut, EqualsTheCpusAndLaterValuesWin) {
  for (const IndexCase& c : kCases)
    for (size_t item : {1, 2, 4, 8, 16}) {
      IndexCaseCall built(c, item);
      std::vector<std::byte> base = random_bytes(built.base_bytes, 1), want = base;
      std::vector<std::byte> values = random_bytes(built.value_bytes, 2);
      built.call.values = values.data();
      built.call.base = want.data() + built.start;
      cpu::put(built.call);
      built.call.base = base.data() + built.start;
      run(cuda::plan_put(built.call));
      ASSERT_EQ(base, want) << "item " << item << " case " << &c - kCases;
    }
}

TEST(EmulatedPut, OfOneValueNeedsNoTable) {
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
  const cuda::PrimitivePlan plan = cuda::plan_put(call);
  EXPECT_EQ(plan.scratch_bytes, 0u);
  run(plan);
  EXPECT_EQ(base, (std::vector<double>{0, 5, 0, 5, 0, 0, 0, 0, 0, 5}));
}

TEST(PrimitivePlan, MovesDenseRowsSixteenBytesAtATime) {
  alignas(16) float base[64] = {}, values[64] = {};
  const int64_t index[4] = {0, 3, 1, 2};
  IndexCall call{};
  call.item = 4;
  call.base = reinterpret_cast<std::byte*>(base);
  call.values = reinterpret_cast<std::byte*>(values);
  call.index_shape = {4};
  call.index.push_back(index);
  call.base_step.push_back(64);
  call.value_index = {64};
  call.rest_shape = {16};
  call.base_rest = call.value_rest = {4};
  EXPECT_EQ(cuda::plan_take(call).variant.item, 16);
  call.values += 4;
  EXPECT_EQ(cuda::plan_take(call).variant.item, 4) << "rows that start at odd addresses move element by element";
}

void check_mask(const MaskCall& call) {
  std::vector<int64_t> want(static_cast<size_t>(cpu::count_true(call)));
  cpu::nonzero(call, want.data());
  for (const auto schedule :
       {cuda::test::Schedule::kInOrder, cuda::test::Schedule::kReversed, cuda::test::Schedule::kShuffled}) {
    std::vector<int64_t> got(want.size() + 1, -7);
    run(cuda::plan_nonzero(call, got.data()), schedule);
    ASSERT_EQ(got.back(), -7) << "wrote past the end";
    got.pop_back();
    ASSERT_EQ(got, want);
  }
}

TEST(EmulatedNonzero, FindsTrueAtEveryDensity) {
  for (int64_t n : {0, 1, 7, 64, 4096, 4097, 50000})
    for (unsigned percent : {0, 1, 50, 100}) {
      std::mt19937 random(9);
      std::vector<std::byte> mask(static_cast<size_t>(n));
      for (std::byte& m : mask) m = static_cast<std::byte>(random() % 100 < percent);
      check_mask({mask.data(), {n}, {1}});
    }
}

TEST(EmulatedNonzero, TakesAnyLayout) {
  std::vector<std::byte> mask = random_bytes(20000, 3);
  for (std::byte& m : mask) m &= std::byte{1};
  check_mask({mask.data(), {}, {}});
  check_mask({mask.data(), {30, 40}, {1, 30}});
  check_mask({mask.data() + 19999, {10000}, {-2}});
  check_mask({mask.data(), {50, 20}, {0, 1}});
  check_mask({mask.data(), {1, 20, 1, 30}, {7, 30, 9, 1}});
}

}  // namespace
}  // namespace crossarray
