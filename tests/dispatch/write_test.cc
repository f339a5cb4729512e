// Rule 3: a recorded expression keeps the values its inputs had when it was recorded.
#include <gtest/gtest.h>

#include "tests/dispatch/arrays.h"

namespace crossarray {
namespace {

using test::make;
using test::ramp;
using test::values;
using test::weak;

void apply_in_place(Op op, std::initializer_list<Arg> args, Array& out, const Array* where = nullptr) {
  apply_into(op, std::span<const Arg>(args.begin(), args.size()), out, where);
}

TEST(Write, PendingReadersKeepTheOldValuesAfterAFullOverwrite) {
  Array x = ramp({50000});
  Array y = apply(Op::add, {x, weak(1.0)});
  assign(x, weak(7.0));
  EXPECT_EQ(values<double>(y)[49999], 50000.0);
  EXPECT_EQ(values<double>(x)[49999], 7.0);
}

TEST(Write, PendingReadersKeepTheOldValuesAfterAPartialWrite) {
  Array x = ramp({50000});
  Array y = apply(Op::add, {x, weak(1.0)});
  Array head = x.view(slice_axis(x.layout(), 0, 0, 10, 1));
  assign(head, weak(-1.0));
  EXPECT_EQ(values<double>(y)[0], 1.0);
  EXPECT_EQ(values<double>(x)[9], -1.0);
  EXPECT_EQ(values<double>(x)[10], 10.0);
}

TEST(Write, ViewsSeeAFullOverwriteThroughAnAlias) {
  Array x = ramp({50000});
  Array tail = x.view(slice_axis(x.layout(), 0, 1, 49999, 1));
  apply_in_place(Op::multiply, {x, weak(2.0)}, x);
  EXPECT_EQ(values<double>(tail)[0], 2.0);
}

TEST(Write, OverlappingViewsReadBeforeTheyWrite) {
  for (int64_t n : {10, 50000}) {
    Array x = ramp({n});
    Array from = x.view(slice_axis(x.layout(), 0, 0, n - 1, 1)), to = x.view(slice_axis(x.layout(), 0, 1, n - 1, 1));
    apply_in_place(Op::add, {to, from}, to);
    std::vector<double> got = values<double>(x);
    for (int64_t i = 1; i < n; ++i) ASSERT_EQ(got[static_cast<size_t>(i)], static_cast<double>(2 * i - 1)) << n;
  }
}

TEST(Write, ACopyIsIndependentOfItsSource) {
  Array x = ramp({50000});
  Array y = copy(x);
  Array head = x.view(slice_axis(x.layout(), 0, 0, 1, 1));
  assign(head, weak(5.0));
  EXPECT_EQ(values<double>(y)[0], 0.0);
  EXPECT_EQ(values<double>(x)[0], 5.0);
}

TEST(Write, WhereMaskLeavesTheRestAlone) {
  Array x = make<double>({4}, {1, 2, 3, 4}), mask = make<bool>({4}, {true, false, true, false});
  apply_in_place(Op::negative, {x}, x, &mask);
  EXPECT_EQ(values<double>(x), (std::vector<double>{-1, 2, -3, 4}));
}

TEST(Write, RefusesReadOnlyAndWrongShapes) {
  Array x = ramp({4}), longer = ramp({5});
  EXPECT_THROW(assign(x, longer), Error);
  EXPECT_THROW(apply_in_place(Op::add, {longer, longer}, x), Error);
  x.writeable = false;
  EXPECT_THROW(assign(x, weak(1.0)), Error);
}

TEST(Write, ComparesSignedWithUnsignedExactly) {
  Array a = make<int64_t>({3}, {-1, 9007199254740993, 5}), b = make<uint64_t>({3}, {0, 9007199254740992, 5});
  EXPECT_EQ(values<bool>(apply(Op::less, {a, b})), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(values<bool>(apply(Op::equal, {b, a})), (std::vector<bool>{false, false, true}));
}

}  // namespace
}  // namespace crossarray
