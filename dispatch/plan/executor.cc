#include "dispatch/plan/executor.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "dispatch/ir/lower.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/blocks.h"
#include "dispatch/plan/cost.h"
#include "dispatch/plan/program_cache.h"

namespace crossarray {
namespace {

// Below this, letting go of the lock costs more than it gives (evidence/python-binding.md section 4).
constexpr double kUnlockMicroseconds = 50;

int plans_in_flight = 0;  // changed under the graph lock
std::mutex done_mutex;
std::condition_variable done;
uint64_t plans_done = 0;  // under done_mutex

template <class DataOf>
Launch make_launch(const Step& step, DataOf data_of) {
  Launch launch;
  launch.shape = step.shape;
  launch.scalars = step.scalars;
  launch.params = step.params;
  launch.slots.reserve(step.slots.size());
  for (const Step::Bound& slot : step.slots)
    launch.slots.push_back({slot.data ? slot.data : data_of(slot.value) + slot.offset, slot.strides});
  return launch;
}

// A lowered plan from claim to publication. Destroying it before publish() leaves every value pending, as it was.
class Run {
 public:
  explicit Run(Lowered plan) : plan_(std::move(plan)), backend_(cpu_backend()) {
    for (const Ref<Value>& v : plan_.outputs) v->running = true;
    ++plans_in_flight;
  }

  ~Run() {
    for (size_t i = 0; i < buffers_.size(); ++i)
      if (buffers_[i].owner) backend_.deallocate(buffers_[i].data, buffers_[i].bytes);
    for (const Ref<Value>& v : plan_.outputs) v->running = false;
    --plans_in_flight;
    std::lock_guard<std::mutex> hold(done_mutex);
    ++plans_done;
    done.notify_all();
  }

  void prepare() {
    buffers_.reserve(plan_.outputs.size());
    for (const Ref<Value>& v : plan_.outputs) buffers_.push_back(memory_for(*v));
    std::erase_if(plan_.steps, is_empty);
    for (size_t first = 0; first < plan_.steps.size(); first = run_ends_.back())
      run_ends_.push_back(end_of_blocked_run(plan_.steps, first));
    for (const Step& step : plan_.steps) {
      programs_.push_back(&program_for(backend_, step.kernel));
      launches_.push_back(launch_of(step));
      microseconds_ += cpu_microseconds(step);
    }
  }

  void execute() {
    run_unlocked(microseconds_, [this] {
      size_t first = 0;
      for (size_t end : run_ends_) {
        run_together(first, end);
        first = end;
      }
    });
  }

  void publish() {
    for (size_t i = 0; i < buffers_.size(); ++i) plan_.outputs[i]->publish(buffers_[i]);
    buffers_.clear();
  }

 private:
  Buffer memory_for(Value& v) {
    if (v.bytes() <= Value::kInlineBytes) return {v.inline_memory(), v.bytes(), nullptr, nullptr, nullptr};
    return {backend_.allocate(v.bytes()), v.bytes(), &backend_, nullptr, nullptr};
  }

  void run_together(size_t first, size_t end) {
    if (end - first == 1) return backend_.run(*programs_[first], launches_[first]);
    backend_.run_blocked(std::span(programs_).subspan(first, end - first),
                         std::span<const Launch>(launches_).subspan(first, end - first), 1);
  }

  // Nothing to compute: no elements, and no reduction that must write its identity.
  static bool is_empty(const Step& step) {
    if (step.elements() > 0) return false;
    for (int axis = 0; axis < step.shape.size(); ++axis)
      if (step.shape[axis] == 0 && !(step.kernel.reduced >> axis & 1)) return true;
    return step.kernel.reduces.empty();
  }

  std::byte* data_of(Value* v) const {
    if (v->ready()) return static_cast<std::byte*>(v->host());
    for (size_t i = 0; i < plan_.outputs.size(); ++i)
      if (plan_.outputs[i].get() == v) return static_cast<std::byte*>(buffers_[i].data);
    XA_ASSERT(false);
    return nullptr;
  }

  Launch launch_of(const Step& step) const {
    return make_launch(step, [this](Value* v) { return data_of(v); });
  }

  Lowered plan_;
  Backend& backend_;
  std::vector<Buffer> buffers_;  // one per output, until published
  std::vector<const Program*> programs_;
  std::vector<Launch> launches_;
  std::vector<size_t> run_ends_;  // ends of the runs of steps that share a sweep
  double microseconds_ = 0;
};

void wait_for_any_plan() {
  std::unique_lock<std::mutex> hold(done_mutex);
  uint64_t seen = plans_done;
  GraphLock& lock = graph_lock();
  if (!lock.release) return;
  // The count is read before the lock goes, so a plan that ends in between is not missed.
  hold.unlock();
  void* token = lock.release();
  hold.lock();
  done.wait(hold, [seen] { return plans_done != seen; });
  hold.unlock();
  lock.acquire(token);
}

void evaluate_all(std::vector<Value*>& targets) {
  while (plans_in_flight > 0 && find_running(targets)) {
    wait_for_any_plan();
    std::erase_if(targets, [](Value* v) { return !v->pending(); });
  }
  if (targets.empty()) return;
  Run run(lower(targets));
  run.prepare();
  run.execute();
  run.publish();
}

}  // namespace

void evaluate(std::span<const Array* const> arrays) {
  std::vector<Ref<Value>> keep;
  std::vector<Value*> targets;
  for (const Array* a : arrays)
    if (a->value().pending()) {
      keep.push_back(a->storage()->value());
      targets.push_back(keep.back().get());
    }
  if (!targets.empty()) evaluate_all(targets);
}

void evaluate(const Array& array) {
  if (array.value().pending()) evaluate_value(array.value());
}

void evaluate_value(Value& value) {
  if (!value.pending()) return;
  Ref<Value> keep(&value);
  std::vector<Value*> targets = {&value};
  evaluate_all(targets);
}

void run_step(const Step& step) {
  const Program& program = program_for(cpu_backend(), step.kernel);
  Launch launch = make_launch(step, [](Value* v) { return static_cast<std::byte*>(v->host()); });
  // The lock is kept: the caller is changing memory in place, and nobody may look at it half written.
  cpu_backend().run(program, launch);
}

void wait_for(const Value& value) {
  while (value.running) wait_for_any_plan();
}

void run_unlocked(double estimated_us, const std::function<void()>& work) {
  GraphLock& lock = graph_lock();
  if (!lock.release || estimated_us < kUnlockMicroseconds) return work();
  struct Relock {
    GraphLock& lock;
    void* token;
    ~Relock() { lock.acquire(token); }
  } relock{lock, lock.release()};
  work();
}

}  // namespace crossarray
