// The fake cuFFT: the definition of the transform, term by term.
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/cuda/fake/elements.h"
#include "tests/cuda/fake/state.h"

namespace crossarray::cuda::fake {
namespace {

constexpr int kInvalidPlan = 1, kInvalidArgument = 4;
constexpr size_t kWork = 512;

struct Layout {
  std::vector<int64_t> embed;
  int64_t step, distance;
};

struct Plan {
  std::vector<int64_t> n;
  Layout in, out;
  int type = 0;
  int64_t batch = 0;
  const void* work = nullptr;
  Stream stream = nullptr;
};

std::map<int, Plan>& plans() {
  static std::map<int, Plan> made;
  return made;
}

/// Position in memory of element `index` (outermost axis first) of transform `b`.
int64_t position(const Layout& layout, const std::vector<int64_t>& index, int64_t b) {
  int64_t flat = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) flat = (axis ? flat * layout.embed[axis] : 0) + index[axis];
  return b * layout.distance + flat * layout.step;
}

/// Calls f(index) for every index below `extents`.
template <class F> void for_each(const std::vector<int64_t>& extents, F f) {
  std::vector<int64_t> index(extents.size());
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (size_t axis = extents.size(); axis-- > 0;) {
      index[axis] = rest % extents[axis];
      rest /= extents[axis];
    }
    f(index);
  }
}

struct Run {
  Plan plan;
  const std::byte* in;
  std::byte* out;
  int direction;
  bool real_in, real_out, doubles;

  /// Extents of the half of a spectrum that is stored when the other side is real.
  std::vector<int64_t> stored(bool half) const {
    std::vector<int64_t> extents = plan.n;
    if (half) extents.back() = extents.back() / 2 + 1;
    return extents;
  }
  Element at(std::vector<int64_t> index, int64_t b) const {
    const int complex_type = doubles ? 5 : 4, real_type = doubles ? 1 : 0;
    if (real_in) return load_element(in, real_type, position(plan.in, index, b));
    const bool mirrored = real_out && index.back() > plan.n.back() / 2;
    if (mirrored)
      for (size_t axis = 0; axis < index.size(); ++axis) index[axis] = (plan.n[axis] - index[axis]) % plan.n[axis];
    const Element x = load_element(in, complex_type, position(plan.in, index, b));
    return mirrored ? std::conj(x) : x;
  }
  int operator()() const {
    const int type = real_out ? (doubles ? 1 : 0) : (doubles ? 5 : 4);
    for (int64_t b = 0; b < plan.batch; ++b) {
      std::vector<std::pair<int64_t, Element>> results;
      for_each(stored(real_in), [&](const std::vector<int64_t>& k) {
        Element sum = 0;
        for_each(plan.n, [&](const std::vector<int64_t>& j) {
          double turns = 0;
          for (size_t axis = 0; axis < k.size(); ++axis)
            turns += static_cast<double>(k[axis] * j[axis] % plan.n[axis]) / static_cast<double>(plan.n[axis]);
          sum += at(j, b) * std::polar(1.0, 2 * std::numbers::pi * direction * turns);
        });
        results.emplace_back(position(plan.out, k, b), sum);
      });
      for (const auto& [where, value] : results) store_element(out, type, where, value);
    }
    return kSuccess;
  }
};

int execute(int handle, const void* in, void* out, int direction, int type) {
  const auto at = plans().find(handle);
  if (at == plans().end() || at->second.type != type) return kInvalidPlan;
  if (!is_device_memory(at->second.work, kWork)) return kInvalidArgument;
  enqueue(at->second.stream, Run{at->second, static_cast<const std::byte*>(in), static_cast<std::byte*>(out), direction,
                                 type == 0x2a || type == 0x6a, type == 0x2c || type == 0x6c, type >= 0x60});
  return 0;
}

}  // namespace

FAKE(kFft, cufftCreate, (int* plan)) {
  FAKE_ENTER;
  static int serial = 0;
  *plan = ++serial;
  plans()[*plan] = {};
  return 0;
}
FAKE(kFft, cufftDestroy, (int plan)) {
  FAKE_ENTER;
  return plans().erase(plan) ? 0 : kInvalidPlan;
}
FAKE(kFft, cufftSetAutoAllocation, (int, int)) {
  FAKE_ENTER;
  return 0;
}
FAKE(kFft, cufftMakePlanMany64,
     (int plan, int rank, long long* n, long long* in_embed, long long in_step, long long in_distance,
      long long* out_embed, long long out_step, long long out_distance, int type, long long batch, size_t* work)) {
  FAKE_ENTER;
  if (rank < 1 || rank > 3 || batch < 1) return kInvalidArgument;
  Plan& p = plans()[plan];
  p.n.assign(n, n + rank);
  p.in = {{in_embed, in_embed + rank}, in_step, in_distance};
  p.out = {{out_embed, out_embed + rank}, out_step, out_distance};
  p.type = type;
  p.batch = batch;
  *work = kWork;
  return 0;
}
FAKE(kFft, cufftSetWorkArea, (int plan, void* work)) {
  FAKE_ENTER;
  plans()[plan].work = work;
  return 0;
}
FAKE(kFft, cufftSetStream, (int plan, Stream stream)) {
  FAKE_ENTER;
  plans()[plan].stream = stream;
  return 0;
}
FAKE(kFft, cufftExecC2C, (int plan, void* in, void* out, int direction)) {
  FAKE_ENTER;
  return execute(plan, in, out, direction, 0x29);
}
FAKE(kFft, cufftExecZ2Z, (int plan, void* in, void* out, int direction)) {
  FAKE_ENTER;
  return execute(plan, in, out, direction, 0x69);
}
FAKE(kFft, cufftExecR2C, (int plan, void* in, void* out)) {
  FAKE_ENTER;
  return execute(plan, in, out, -1, 0x2a);
}
FAKE(kFft, cufftExecD2Z, (int plan, void* in, void* out)) {
  FAKE_ENTER;
  return execute(plan, in, out, -1, 0x6a);
}
FAKE(kFft, cufftExecC2R, (int plan, void* in, void* out)) {
  FAKE_ENTER;
  return execute(plan, in, out, 1, 0x2c);
}
FAKE(kFft, cufftExecZ2D, (int plan, void* in, void* out)) {
  FAKE_ENTER;
  return execute(plan, in, out, 1, 0x6c);
}

}  // namespace crossarray::cuda::fake
