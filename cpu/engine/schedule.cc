#include "cpu/engine/schedule.h"

namespace crossarray::cpu {
namespace {

class Scheduler {
 public:
  Scheduler(const Kernel& kernel, const std::vector<int>& group) : kernel_(kernel), group_(group), done_(group.size()) {
    for (size_t r = 0; r < group.size(); ++r) {
      done_[r] = group[r] < 0;
      if (!done_[r]) waiting_.push_back(static_cast<Reg>(r));
    }
  }

  std::vector<Reg> run() {
    while (!waiting_.empty()) {
      const size_t at = choose();
      const Reg r = waiting_[at];
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
      done_[r] = true;
      order_.push_back(r);
    }
    return std::move(order_);
  }

 private:
  const Ssa& ssa(Reg r) const { return kernel_.values[r]; }
  bool ready(Reg r) const {
    for (Reg in : {ssa(r).a, ssa(r).b, ssa(r).c})
      if (in != kNoReg && !done_[in]) return false;
    return true;
  }
  bool reads(Reg r, Reg in) const { return ssa(r).a == in || ssa(r).b == in || ssa(r).c == in; }

  /// A value that goes on with the current run, best one that reads what was just computed; else the first that can be.
  size_t choose() const {
    size_t first = waiting_.size(), same = first;
    for (size_t i = 0; i < waiting_.size(); ++i) {
      const Reg r = waiting_[i];
      if (!ready(r)) continue;
      if (first == waiting_.size()) first = i;
      if (order_.empty() || group_[r] == 0 || group_[r] != group_[order_.back()]) continue;
      if (reads(r, order_.back())) return i;
      if (same == waiting_.size()) same = i;
    }
    return same < waiting_.size() ? same : first;
  }

  const Kernel& kernel_;
  const std::vector<int>& group_;
  std::vector<bool> done_;
  std::vector<Reg> waiting_, order_;
};

}  // namespace

std::vector<Reg> schedule(const Kernel& kernel, const std::vector<int>& group) {
  return Scheduler(kernel, group).run();
}

}  // namespace crossarray::cpu
