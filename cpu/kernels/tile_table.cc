// Choice of the SIMD target, and the table of kernels for it.
#include "cpu/kernels/tile_table.h"

#include <cstdlib>

#include "dispatch/core/error.h"
#include "hwy/highway.h"

namespace crossarray::cpu {
namespace {

struct Kernels {
  int64_t target = 0;
  TileTable tiles{};
  CastTable casts{};

  Kernels() {
    const char* forced = std::getenv("CROSSARRAY_SIMD");
    if (forced != nullptr && *forced != 0)
      choose_at_start(forced);
    else
      use(best());
  }
  static int64_t best() {
    const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
    if (usable == 0)
      raise(ErrorKind::kRuntime, std::string("this build of crossarray needs a processor with ") +
                                     hwy::TargetName(HWY_STATIC_TARGET) + " instructions");
    return usable & -usable;  // the lowest bit is the best target
  }
  void use(int64_t chosen) {
    target = chosen;
    hwy::GetChosenTarget().Update(chosen);
    fill_bytes(tiles);
    fill_shorts(tiles);
    fill_words(tiles);
    fill_longs(tiles);
    fill_f32(tiles);
    fill_f64(tiles);
    fill_complex(tiles);
    fill_casts(casts);
  }
  void choose_at_start(const std::string& name) try { choose(name); } catch (const Error& error) {
    raise(error.kind(), std::string("CROSSARRAY_SIMD: ") + error.what() +
                            ". Unset it or choose one of these; `./dev build release` builds all targets.");
  }
  void choose(const std::string& name) {
    std::string choices;
    for (int64_t usable : hwy::SupportedAndGeneratedTargets()) {
      if (name == hwy::TargetName(usable)) return use(usable);
      choices += (choices.empty() ? "" : ", ") + std::string(hwy::TargetName(usable));
    }
    raise(ErrorKind::kValue, "SIMD target '" + name + "' is not one of those built in that run here: " + choices);
  }
};

Kernels& kernels() {
  static Kernels instance;
  return instance;
}

}  // namespace

TileFn tile_kernel(Op op, DType loop) { return kernels().tiles[static_cast<size_t>(loop)][static_cast<size_t>(op)]; }

TileFn cast_kernel(DType from, DType to) { return kernels().casts[static_cast<size_t>(from)][static_cast<size_t>(to)]; }

std::string simd_target() { return hwy::TargetName(kernels().target); }

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) names.push_back(hwy::TargetName(target));
  return names;
}

void set_simd_target(const std::string& name) { kernels().choose(name); }

}  // namespace crossarray::cpu
