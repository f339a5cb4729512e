#include "dispatch/plan/executor.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "dispatch/core/config.h"
#include "dispatch/graph/device_block.h"
#include "dispatch/plan/in_place.h"
#include "dispatch/plan/notices.h"
#include "dispatch/plan/placed_run.h"
#include "dispatch/plan/plan.h"
#include "dispatch/plan/profile.h"
#include "dispatch/plan/program_cache.h"
#include "dispatch/plan/residency.h"
#include "dispatch/plan/run.h"
#include "dispatch/plan/single.h"

namespace crossarray {
namespace {

// Below this, letting go of the lock costs more than it gives: 38 ns against waiting 5 ms for the GIL.
constexpr double kUnlockMicroseconds = 50;

std::mutex done_mutex;
std::condition_variable done;
uint64_t plans_done = 0;  // under done_mutex

// One run of a plan from claim to publication. Destroyed before publish(), it leaves every value pending, as it was.
class Run {
 public:
  Run(Plan& plan, const PendingGraph& graph) : plan_(plan), backend_(cpu_backend()) {
    outputs_.reserve(plan_.outputs.size());
    plan_.busy = true;
    for (size_t ordinal : plan_.outputs) {
      outputs_.emplace_back(graph.value_at(ordinal));
      outputs_.back()->running = true;
    }
  }

  ~Run() {
    for (const Buffer& buffer : buffers_)
      if (buffer.owner) backend_.deallocate(buffer.data, buffer.bytes);
    for (const Ref<Value>& v : outputs_) v->running = false;
    plan_.busy = false;
    if (unlocked_) announce_plan_done();
  }

  // `target` goes to `memory`, which is nobody's to give back, and is not published.
  void write_over(const Value& target, std::byte* memory) {
    target_ = &target;
    destination_ = memory;
  }

  void bind(const PendingGraph& graph, const Signature& signature) {
    if (!destination_) taken_ = memory_to_take(plan_, graph, backend_);
    allocate();
    bind_scalars(plan_, graph, signature);
    std::vector<std::byte*> data = addresses(graph);
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      const Plan::PlanStep& step = plan_.steps[i];
      for (size_t k = 0; k < step.slots.size(); ++k)
        plan_.launches[i].slots[k].data = data[step.slots[k].value] + step.slots[k].offset;
    }
  }

  void execute() {
    if (!plan_.launches.empty()) plan_.launches.back().must_finish = destination_ || !taken_.empty();
    if (destination_) return run_all();  // nobody may look at it half written: the lock is kept
    if (plan_.microseconds < kUnlockMicroseconds) return run_all();
    unlocked_ = true;
    run_unlocked(plan_.microseconds, [this] { run_all(); });
  }

  void publish() {
    for (size_t i = 0; i < taken_.size(); ++i)
      if (taken_[i]) buffers_[i] = taken_[i]->take_buffer();
    for (size_t i = 0; i < buffers_.size(); ++i)
      if (!is_destination(i)) outputs_[i]->publish(buffers_[i]);
    buffers_.clear();
  }

 private:
  void allocate() {
    buffers_.reserve(outputs_.size());
    for (const Ref<Value>& v : outputs_) {
      const size_t i = buffers_.size();
      void* there = is_destination(i) ? destination_ : !taken_.empty() && taken_[i] ? taken_[i]->host() : nullptr;
      if (there) {
        buffers_.push_back({there, v->bytes(), nullptr, nullptr, nullptr});
        continue;
      }
      bool small = v->bytes() <= Value::kInlineBytes;
      void* memory = small ? v->inline_memory() : backend_.allocate(v->bytes());
      buffers_.push_back({memory, v->bytes(), small ? nullptr : &backend_, nullptr, nullptr});
    }
  }

  // Where each value of the graph lies, by ordinal; null for what is never stored.
  std::vector<std::byte*> addresses(const PendingGraph& graph) const {
    std::vector<std::byte*> data(graph.exprs().size());
    for (size_t i = 0; i < buffers_.size(); ++i) data[plan_.outputs[i]] = static_cast<std::byte*>(buffers_[i].data);
    for (const Value* v : graph.inputs()) data.push_back(static_cast<std::byte*>(v->host()));
    return data;
  }

  void run_all() {
    size_t first = 0;
    for (size_t end : plan_.run_ends) {
      ProfileScope scope(kCpu);
      if (scope.on()) tell_steps(scope, plan_, first, end);
      if (end - first == 1)
        backend_.run(*plan_.steps[first].program, plan_.launches[first]);
      else
        run_blocked(first, end);
      first = end;
    }
  }

  void run_blocked(size_t first, size_t end) {
    std::vector<const Program*> programs;
    for (size_t i = first; i < end; ++i) programs.push_back(plan_.steps[i].program);
    backend_.run_blocked(programs, std::span<const Launch>(plan_.launches).subspan(first, end - first), 1);
  }

  bool is_destination(size_t output) const { return destination_ && outputs_[output].get() == target_; }

  Plan& plan_;
  HostBackend& backend_;
  std::vector<Ref<Value>> outputs_;
  std::vector<Buffer> buffers_;  // one per output, until published
  std::vector<Value*> taken_;    // per output the input whose memory it takes over, or null; empty: none
  const Value* target_ = nullptr;
  std::byte* destination_ = nullptr;
  bool unlocked_ = false;
};

void wait_for_any_plan() {
  GraphLock& lock = graph_lock();
  if (!lock.release) return;
  std::unique_lock<std::mutex> hold(done_mutex);
  uint64_t seen = plans_done;
  // The count is read before the graph lock goes, so a plan that ends in between is not missed.
  hold.unlock();
  void* token = lock.release();
  hold.lock();
  done.wait(hold, [seen] { return plans_done != seen; });
  hold.unlock();
  lock.acquire(token);
}

// The cached plan of a graph, or one of the caller's own while another thread runs that.
Plan* idle_plan(const PendingGraph& graph, const Signature& signature, std::unique_ptr<Plan>& own) {
  Plan& cached = plan_for(graph, signature);
  if (!cached.busy) return &cached;
  own = make_plan(graph, signature);
  return own.get();
}

// One attempt. False if another thread is computing part of the graph.
bool try_evaluate(std::span<Value* const> targets, bool for_host) {
  std::unique_ptr<Plan> own;
  std::optional<Run> run;
  std::optional<PlacedRun> placed;
  {
    PendingGraph graph(targets);
    if (graph.running()) return false;
    Signature signature = signature_of(graph);
    Plan* const plan = idle_plan(graph, signature, own);
    if (asks_router(*plan, graph)) {
      placed.emplace(*plan, graph);
      placed->place(for_host ? targets : std::span<Value* const>{});
      if (placed->is_all_on_host() && !leaves_host(graph)) placed.reset();
    }
    if (placed) {
      bind_scalars(*plan, graph, signature);
    } else {
      run.emplace(*plan, graph);
      run->bind(graph, signature);
    }
  }
  if (placed) {
    placed->execute();
    placed.reset();
    tell_notices();
    return true;
  }
  run->execute();
  run->publish();
  return true;
}

void evaluate_all(std::vector<Value*> targets, bool for_host) {
  while (!targets.empty() && !try_evaluate(targets, for_host)) {
    wait_for_any_plan();
    std::erase_if(targets, [](Value* v) { return !v->pending(); });
  }
}

}  // namespace

namespace {

// The first of `wanted` and others that may share kernels with it: on one device (an operation on two would have raised),
// and no more than one kernel has parameters for.
void evaluate_some(std::span<const Ref<Value>> wanted) {
  std::vector<Value*> targets;
  size_t parameters = 0;
  for (const Ref<Value>& v : wanted) {
    if (v->pin() != wanted.front()->pin()) continue;
    parameters += v->producer()->parameter_bytes;
    if (!targets.empty() && parameters > config().max_parameter_bytes) break;
    targets.push_back(v.get());
  }
  if (targets.size() == 1)
    evaluate_value(*targets[0]);
  else
    evaluate_all(std::move(targets), false);
}

std::vector<Ref<Value>> pending_of(std::span<const Array* const> arrays) {
  std::vector<Ref<Value>> values;
  for (const Array* a : arrays)
    if (a->value().pending()) values.push_back(a->storage()->value());
  return values;
}

}  // namespace

// Other threads run meanwhile and may give a storage a new pending value: until all are ready at one time.
void evaluate(std::span<const Array* const> arrays) {
  for (auto some = pending_of(arrays); !some.empty(); some = pending_of(arrays)) evaluate_some(some);
}

void evaluate(const DeviceBlock& block) {
  for (auto some = block.pending(); !some.empty(); some = block.pending()) evaluate_some(some);
}

void evaluate(const Array& array) {
  while (array.value().pending()) evaluate_value(array.value());
}

void evaluate_value(Value& value, bool for_host) {
  if (!value.pending()) return;
  Ref<Value> keep(&value);
  if (value.running || !evaluate_single(value)) evaluate_all({&value}, for_host);
}

void bind_scalars(Plan& plan, const PendingGraph& graph, const Signature& signature) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Plan::PlanStep& step = plan.steps[i];
    Launch& launch = plan.launches[i];
    for (size_t k = 0; k < step.scalars.size(); ++k) {
      const Scalar& source = signature.scalars[step.scalars[k].source];
      launch.scalars[k] = source.dtype == step.scalars[k].wanted ? source : cast_scalar(source, step.scalars[k].wanted);
    }
    for (size_t k = 0; k < step.params.size(); ++k) launch.params[k] = graph.exprs()[step.params[k]]->param;
  }
}

void announce_plan_done() {
  std::lock_guard<std::mutex> hold(done_mutex);
  ++plans_done;
  done.notify_all();
}

void run_single(const Expr& expr, Device device, Value& target, std::byte* out, const Dims& strides) {
  const Step step = lower_single(expr, out, strides);
  Backend& backend = backend_of(device);
  const Program& program = program_for(backend, step.kernel);
  Launch launch = launch_template(step);
  std::vector<HoldCopy> holds;
  holds.emplace_back(target, device);
  for (size_t i = 0; i < step.slots.size(); ++i) {
    const Step::Bound& slot = step.slots[i];
    launch.slots[i].data = slot.data;
    if (slot.data) continue;
    launch.slots[i].data = bring(*slot.value, device) + slot.offset;
    holds.emplace_back(*slot.value, device);
  }
  // The lock is kept: the caller is changing memory in place, and nobody may look at it half written, not even later.
  launch.must_finish = true;
  backend.run(program, launch);
}

bool evaluate_over(Value& value, const Value& memory, int64_t offset) {
  Value* targets[] = {&value};
  std::unique_ptr<Plan> own;
  std::optional<Run> run;
  {
    PendingGraph graph(targets);
    if (graph.running()) return false;
    Signature signature = signature_of(graph);
    Plan* const plan = idle_plan(graph, signature, own);
    if (leaves_host(graph) || !fits_over(*plan, graph, value, memory, offset)) return false;
    run.emplace(*plan, graph);
    run->write_over(value, static_cast<std::byte*>(memory.host()) + offset);
    run->bind(graph, signature);
  }
  run->execute();
  run->publish();
  return true;
}

void told_no_room(Device device, const std::string& what) {
  note_no_room(backend_of(device).name(), what, "on the cpu");
  tell_notices();
}

void wait_for(const Value& value) {
  while (value.running) wait_for_any_plan();
}

void run_unlocked(double estimated_us, FunctionRef<void()> work) {
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
