// Tests of the tests: bugs planted in the kernels' text, each of which its check must catch. A check that lets one pass
// proves nothing about the kernels that pass it.
#include <gtest/gtest.h>

#include <random>

#include "tests/cuda/emulated.h"

namespace crossarray {
namespace {

using cuda::test::HostLibrary;
using cuda::test::Schedule;

/// `text` with the only occurrence of `from` replaced. Throws when there is none or another: the text has changed, and
/// this would test nothing.
std::string mutate(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
    raise(ErrorKind::kRuntime, "not exactly once in the text: " + from);
  return text.replace(at, from.size(), to);
}

Ssa load_of(uint16_t slot, DType dtype) {
  Ssa v{ValueKind::kLoad};
  v.loop = v.dtype = dtype;
  v.index = slot;
  return v;
}

/// Sums along the rows of an int32 and of an int64 array in one kernel. The block helper is called twice, with different
/// data and accumulators of different sizes, so that threads meet in the same shared memory; a block has several rows.
struct TwoSums {
  static constexpr int64_t kRows = 300, kColumns = 8;
  Kernel kernel;
  Launch launch;
  std::vector<int32_t> a = std::vector<int32_t>(kRows * kColumns);
  std::vector<int64_t> b = std::vector<int64_t>(kRows * kColumns);
  int32_t a_sums[kRows] = {};
  int64_t b_sums[kRows] = {};

  TwoSums() {
    std::mt19937 random(3);
    for (int32_t& x : a) x = static_cast<int32_t>(random() % 1000);
    for (int64_t& x : b) x = random() % 1000;
    kernel.rank = 2;
    kernel.reduced = 2;
    launch.shape = {kRows, kColumns};
    add_load(DType::kI64, b.data());
    add_load(DType::kI32, a.data());
    add_sum(DType::kI64, b_sums);
    add_sum(DType::kI32, a_sums);
  }
  bool right() const {
    bool right = true;
    for (int64_t row = 0; row < kRows; ++row) {
      int64_t a_sum = 0, b_sum = 0;
      for (int64_t i = row * kColumns; i < (row + 1) * kColumns; ++i) {
        a_sum += a[static_cast<size_t>(i)];
        b_sum += b[static_cast<size_t>(i)];
      }
      right &= a_sum == a_sums[row] && b_sum == b_sums[row];
    }
    return right;
  }

 private:
  void add_load(DType dtype, void* data) {
    const auto item = static_cast<int64_t>(itemsize(dtype));
    kernel.values.push_back(load_of(static_cast<uint16_t>(kernel.slots.size()), dtype));
    kernel.slots.push_back({dtype, SlotRole::kLoad, Access::kContiguous});
    launch.slots.push_back({static_cast<std::byte*>(data), {kColumns * item, item}});
  }
  void add_sum(DType dtype, void* sums) {
    ReduceStmt sum{};
    sum.kind = ReduceKind::kSum;
    sum.accumulate = dtype;
    sum.value = static_cast<Reg>(kernel.reduces.size());
    sum.slot = static_cast<uint16_t>(kernel.slots.size());
    kernel.reduces.push_back(sum);
    kernel.slots.push_back({dtype, SlotRole::kReduce, Access::kBroadcast});
    launch.slots.push_back({static_cast<std::byte*>(sums), {static_cast<int64_t>(itemsize(dtype)), 0}});
  }
};

bool right_on(const std::string& text, Schedule schedule) {
  TwoSums work;
  const cuda::LaunchPlan plan = cuda::plan_launch(work.kernel, work.launch);
  const cuda::Source source = cuda::generate(work.kernel, plan.variant);
  const HostLibrary library(text);
  cuda::test::run_emulated(library, source, work.kernel, work.launch, plan, schedule);
  return work.right();
}

std::string text_of_two_sums() {
  const TwoSums work;
  return cuda::generate(work.kernel, cuda::plan_launch(work.kernel, work.launch).variant).text;
}

/// Does some schedule give a wrong answer?
bool caught_by_schedules(const std::string& text) {
  bool right = true;
  for (Schedule schedule : {Schedule::kInOrder, Schedule::kReversed, Schedule::kShuffled})
    right &= right_on(text, schedule);
  return !right;
}

TEST(Mutants, TheUnchangedKernelIsRightOnEverySchedule) { EXPECT_FALSE(caught_by_schedules(text_of_two_sums())); }

TEST(Mutants, AMissingBarrierBeforeTheSharedReadIsCaught) {
  const std::string text =
      mutate(text_of_two_sums(), "states[thread] = state;\n  barrier();", "states[thread] = state;");
  EXPECT_TRUE(caught_by_schedules(text));
}

TEST(Mutants, AMissingBarrierInsideTheTreeIsCaught) {
  const std::string from = "states[thread].merge(states[thread + half * lanes.step]);";
  const std::string text = mutate(mutate(text_of_two_sums(), from + "\n    barrier();", from),
                                  "state = states[thread];", "barrier(); state = states[thread];");
  EXPECT_TRUE(caught_by_schedules(text));
}

TEST(Mutants, AMissingBarrierAfterTheHelperIsCaught) {
  const std::string text =
      mutate(text_of_two_sums(), "state = states[thread];\n  barrier();", "state = states[thread];");
  EXPECT_TRUE(caught_by_schedules(text));
}

TEST(Mutants, ThreadsThatLeaveABarrierOutAreReported) {
  const std::string text = mutate(text_of_two_sums(), "state = states[thread];\n  barrier();",
                                  "state = states[thread];\n  if (thread & 1) barrier();");
  EXPECT_THROW(right_on(text, Schedule::kInOrder), Error);
}

// -- bounds and alignment: what AddressSanitizer and UBSan catch, in a child that dies of it

#ifdef __SANITIZE_ADDRESS__
/// y = x over floats that end where their memory does; `skip` floats are left out at the start.
void copy_floats(const std::string& from, const std::string& to, int64_t n, int64_t skip, bool aligned_plan) {
  std::vector<float> x(static_cast<size_t>(n), 1.0f), y(x.size());
  const Kernel kernel = cuda::copy_kernel(DType::kF32, DType::kF32, 1);
  Launch launch;
  launch.shape = {n - skip};
  for (std::vector<float>* each : {&x, &y}) launch.slots.push_back({reinterpret_cast<std::byte*>(each->data()), {4}});
  if (!aligned_plan) launch.slots[0].data += 4 * skip;
  const cuda::LaunchPlan plan = cuda::plan_launch(kernel, launch);
  if (aligned_plan) launch.slots[0].data += 4 * skip;
  const cuda::Source source = cuda::generate(kernel, plan.variant);
  const HostLibrary library(from.empty() ? source.text : mutate(source.text, from, to));
  cuda::test::run_emulated(library, source, kernel, launch, plan, Schedule::kInOrder);
}

constexpr const char *kTailLoop = "if (last < a.tail)", *kVectorLoop = "for (; i < a.count; i += step)";

TEST(SanitizedMutants, TheUnchangedKernelIsClean) {
  copy_floats("", "", 1003, 0, false);
  copy_floats("", "", 1003, 1, false);
}
TEST(SanitizedMutants, ATailThatIsOneTooLongIsCaught) {
  EXPECT_DEATH(copy_floats(kTailLoop, "if (last <= a.tail)", 1003, 0, false), "heap-buffer-overflow");
}
TEST(SanitizedMutants, AVectorCountRoundedUpIsCaught) {
  EXPECT_DEATH(copy_floats(kVectorLoop, "for (; i <= a.count; i += step)", 1003, 0, false), "heap-buffer-overflow");
}
TEST(SanitizedMutants, AVectorLoadAtAnOddOffsetIsCaught) {
  EXPECT_DEATH(copy_floats("", "", 1004, 1, true), "misaligned address");
}
#endif

#ifdef __SANITIZE_THREAD__
/// One std::thread per CUDA thread: every pair of accesses that no barrier orders is a race.
bool right_as_threads(const std::string& text) {
  TwoSums work;
  const cuda::LaunchPlan plan = cuda::plan_launch(work.kernel, work.launch);
  const cuda::Source source = cuda::generate(work.kernel, plan.variant);
  const HostLibrary library(text, {"-DXA_HOST_THREADS"});
  const cuda::Arguments arguments = cuda::pack(work.kernel, work.launch, plan, nullptr);
  cuda::test::run_threads(library.entry(source.entries[0].name), plan.stages[0].grid, plan.stages[0].block,
                          arguments.bytes.data());
  return work.right();
}

class ThreadMutants : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
TEST_F(ThreadMutants, TheUnchangedKernelHasNoRace) { EXPECT_TRUE(right_as_threads(text_of_two_sums())); }
TEST_F(ThreadMutants, AMissingBarrierBeforeTheSharedReadIsARace) {
  const std::string text =
      mutate(text_of_two_sums(), "states[thread] = state;\n  barrier();", "states[thread] = state;");
  EXPECT_DEATH(right_as_threads(text), "data race");
}
TEST_F(ThreadMutants, AMissingBarrierInsideTheTreeIsARace) {
  const std::string from = "states[thread].merge(states[thread + half * lanes.step]);";
  const std::string text = mutate(text_of_two_sums(), from + "\n    barrier();", from);
  EXPECT_DEATH(right_as_threads(text), "data race");
}
TEST_F(ThreadMutants, AMissingBarrierAfterTheHelperIsARace) {
  const std::string text =
      mutate(text_of_two_sums(), "state = states[thread];\n  barrier();", "state = states[thread];");
  EXPECT_DEATH(right_as_threads(text), "data race");
}
#endif

}  // namespace
}  // namespace crossarray
