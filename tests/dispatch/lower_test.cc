#include "dispatch/ir/lower.h"

#include <gtest/gtest.h>

#include "tests/dispatch/arrays.h"

namespace crossarray {
namespace {

using test::ramp;
using test::weak;

Lowered lower_one(const Array& a) {
  Value* target = &a.value();
  Lowered plan = lower(PendingGraph({&target, 1}));
  for (const Step& step : plan.steps) verify(step.kernel);
  return plan;
}

TEST(Lower, AChainIsOneKernelWithOneLoadPerInput) {
  Array x = ramp({100000});
  Array y = apply(Op::add, {apply(Op::multiply, {x, weak(2.0)}), x});
  Lowered plan = lower_one(y);
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(print(plan.steps[0].kernel),
            "kernel rank=1 reduced=0\n"
            "  %0 = load float64 slot0 contiguous\n"
            "  %1 = scalar float64 0\n"
            "  %2 = multiply float64 %0 %1\n"
            "  %3 = add float64 %2 %0\n"
            "  store slot1 contiguous %3\n");
}

TEST(Lower, StandardisedSumReadsItsInputTwice) {
  Array x = ramp({100000});
  Array z =
      apply(Op::divide, {apply(Op::subtract, {x, reduce(ReduceKind::kMean, x, 1)}), reduce(ReduceKind::kStd, x, 1)});
  Array total = reduce(ReduceKind::kSum, z, 1);
  z = Array();
  Lowered plan = lower_one(total);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].kernel.reduces.size(), 2u);
  EXPECT_TRUE(plan.steps[1].kernel.stores.empty());
}

TEST(Lower, WhatAnArrayStillHoldsIsStored) {
  Array x = ramp({100000});
  Array y = apply(Op::exp, {x});
  Array total = reduce(ReduceKind::kSum, y, 1);
  Lowered held = lower_one(total);
  ASSERT_EQ(held.steps.size(), 1u);
  EXPECT_EQ(held.steps[0].kernel.stores.size(), 1u);
  y = Array();
  Lowered dropped = lower_one(total);
  EXPECT_TRUE(dropped.steps[0].kernel.stores.empty());
}

TEST(Lower, ShiftedViewsOfOneBufferAreTwoLoads) {
  Array x = ramp({100000});
  Array left = x.view(slice_axis(x.layout(), 0, 0, 99999, 1)), right = x.view(slice_axis(x.layout(), 0, 1, 99999, 1));
  Lowered plan = lower_one(apply(Op::subtract, {right, left}));
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].slots.size(), 3u);
  EXPECT_EQ(plan.steps[0].slots[0].offset - plan.steps[0].slots[1].offset, 8);
}

TEST(Lower, HalfOpsAreWidenedAndRounded) {
  test::LazyScope lazy;
  Array h = cast(ramp({3000}), DType::kF16);
  evaluate(h);
  Array y = apply(Op::add, {h, h});
  Lowered plan = lower_one(y);
  EXPECT_NE(print(plan.steps[0].kernel).find("cast float16 -> float32"), std::string::npos);
  EXPECT_NE(print(plan.steps[0].kernel).find("cast float32 -> float16"), std::string::npos);
}

TEST(Lower, ContiguousAxesCollapseAndBroadcastOnesDoNot) {
  Array x = ramp({100, 200, 30}), row = ramp({30});
  Array doubled = apply(Op::add, {x, x}), shifted = apply(Op::add, {x, row});
  EXPECT_EQ(lower_one(doubled).steps[0].shape, Dims({600000}));
  EXPECT_EQ(lower_one(shifted).steps[0].shape, Dims({20000, 30}));
}

TEST(Lower, DeepGraphsAreCutWithoutRecursion) {
  Array x = ramp({5000});
  for (int i = 0; i < 100000; ++i) x = apply(Op::add, {x, weak(1.0)});
  EXPECT_EQ(test::values<double>(x)[4999], 104999.0);
}

TEST(Lower, WideGraphsAreEvaluatedBeforeTheyOutgrowAKernel) {
  std::vector<Array> level;
  for (int i = 0; i < 4096; ++i) level.push_back(ramp({2100}));
  while (level.size() > 1) {
    std::vector<Array> next;
    for (size_t i = 0; i < level.size(); i += 2) next.push_back(apply(Op::add, {level[i], level[i + 1]}));
    level = std::move(next);
  }
  EXPECT_EQ(test::values<double>(level[0])[2099], 4096.0 * 2099);
}

TEST(Lower, AnArgumentReductionKeepsTheOrderOfItsAxes) {
  Array x = ramp({300, 200});
  int axes[] = {1, 0};
  Array t = x.view(transpose(x.layout(), axes));
  Array lowest = reduce(ReduceKind::kArgMax, apply(Op::negative, {t}), 3);
  EXPECT_EQ(test::values<int64_t>(lowest)[0], 0);
  EXPECT_EQ(test::values<int64_t>(reduce(ReduceKind::kArgMax, t, 3))[0], 300 * 200 - 1);
  EXPECT_EQ(test::values<int64_t>(reduce(ReduceKind::kArgMax, t, 2))[0], 299);
}

}  // namespace
}  // namespace crossarray
