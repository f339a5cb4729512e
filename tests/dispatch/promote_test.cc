#include "dispatch/core/promote.h"

#include <gtest/gtest.h>

#include "dispatch/core/error.h"

namespace crossarray {
namespace {

PromoteArg strong(DType t) { return {t}; }
PromoteArg weak(WeakScalar::Type t) { return {DType::kF64, true, t}; }

TEST(Promote, CommonTypesAreNumPys) {
  EXPECT_EQ(promote_types(DType::kI8, DType::kU8), DType::kI16);
  EXPECT_EQ(promote_types(DType::kI64, DType::kU64), DType::kF64);
  EXPECT_EQ(promote_types(DType::kI16, DType::kF16), DType::kF32);
  EXPECT_EQ(promote_types(DType::kI32, DType::kF32), DType::kF64);
  EXPECT_EQ(promote_types(DType::kF64, DType::kC64), DType::kC128);
  EXPECT_EQ(promote_types(DType::kF16, DType::kBF16), DType::kF32);
}

TEST(Promote, PythonScalarsAreWeak) {
  PromoteArg f32_float[] = {strong(DType::kF32), weak(WeakScalar::Type::kFloat)};
  EXPECT_EQ(result_type(f32_float), DType::kF32);
  PromoteArg i8_float[] = {strong(DType::kI8), weak(WeakScalar::Type::kFloat)};
  EXPECT_EQ(result_type(i8_float), DType::kF64);
  PromoteArg bool_int[] = {strong(DType::kBool), weak(WeakScalar::Type::kInt)};
  EXPECT_EQ(result_type(bool_int), DType::kI64);
  PromoteArg f16_complex[] = {strong(DType::kF16), weak(WeakScalar::Type::kComplex)};
  EXPECT_EQ(result_type(f16_complex), DType::kC64);
}

TEST(Promote, SmallIntegersTakeTheSmallestSafeFloatLoop) {
  PromoteArg i8[] = {strong(DType::kI8)}, i16[] = {strong(DType::kI16)}, i32[] = {strong(DType::kI32)};
  EXPECT_EQ(resolve_loop(Op::sin, i8).out, DType::kF16);
  EXPECT_EQ(resolve_loop(Op::sin, i16).out, DType::kF32);
  EXPECT_EQ(resolve_loop(Op::sin, i32).out, DType::kF64);
  PromoteArg pair[] = {strong(DType::kI8), strong(DType::kI8)};
  EXPECT_EQ(resolve_loop(Op::divide, pair).out, DType::kF64);
  EXPECT_EQ(resolve_loop(Op::arctan2, pair).out, DType::kF16);
}

TEST(Promote, RefusesWhatNumPyRefuses) {
  PromoteArg bools[] = {strong(DType::kBool), strong(DType::kBool)};
  EXPECT_THROW(resolve_loop(Op::subtract, bools), Error);
  EXPECT_THROW(resolve_loop(Op::gcd, bools), Error);
  PromoteArg floats[] = {strong(DType::kF64), strong(DType::kF64)};
  EXPECT_THROW(resolve_loop(Op::bitwise_and, floats), Error);
  EXPECT_THROW(resolve_loop(Op::add, floats, DType::kI32), Error);
}

TEST(Promote, SameKindAllowsNarrowingWithinAKind) {
  EXPECT_TRUE(can_cast(DType::kF64, DType::kF32, Casting::kSameKind));
  EXPECT_TRUE(can_cast(DType::kU8, DType::kI8, Casting::kSameKind));
  EXPECT_FALSE(can_cast(DType::kI64, DType::kU64, Casting::kSameKind));
  EXPECT_FALSE(can_cast(DType::kF64, DType::kI64, Casting::kSameKind));
}

}  // namespace
}  // namespace crossarray
