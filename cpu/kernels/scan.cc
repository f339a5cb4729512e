// ufunc.accumulate: running results along one axis, in NumPy's order.
//
// Three ways: rows at once where the neighbours of the scanned axis are dense (vectors over the inner axis), four lines
// at once for cheap ops (the additions of one line wait for each other), and tiles where a cast is needed.
#include <algorithm>

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/scan_lines.h"
#include "cpu/primitives.h"
#include "cpu/threads.h"
#include "cpu/walk.h"

namespace crossarray::cpu {
namespace {

/// Elements of one tile; small enough for three of them on the stack.
constexpr int64_t kTile = 512;

/// The call without the scanned axis, and the scanned axis itself.
struct Lines {
  Dims shape, in, out;
  int64_t length, in_step, out_step;

  explicit Lines(const ScanCall& call)
      : shape(call.shape),
        in(call.in_strides),
        out(call.out_strides),
        length(shape[call.axis]),
        in_step(in[call.axis]),
        out_step(out[call.axis]) {
    for (Dims* dims : {&shape, &in, &out}) dims->erase(call.axis);
  }
};

double line_us(const Lines& lines) { return 0.005 + 0.001 * static_cast<double>(lines.length); }

/// Whole lines, `step` of them abreast while they last.
void scan_direct(const ScanCall& call, const Lines& lines, const LineScan& scan) {
  parallel_for(element_count(lines.shape), line_us(lines), [&](int64_t first, int64_t last) {
    Walk<2> walk(lines.shape, {&lines.in, &lines.out}, first);
    const std::byte* in[kLinesAbreast];
    std::byte* out[kLinesAbreast];
    for (int64_t i = first; i < last;) {
      const int abreast = scan.several && last - i >= kLinesAbreast ? kLinesAbreast : 1;
      for (int l = 0; l < abreast; ++l, ++i, walk.next()) {
        in[l] = call.in + walk[0];
        out[l] = call.out + walk[1];
      }
      (abreast == 1 ? scan.one : scan.several)(in, lines.in_step, out, lines.out_step, lines.length);
    }
  });
}

/// One line through tiles of the loop dtype. In front of each tile lies the last result of the one before: the scan takes
/// it as its first element.
void scan_converted_line(const ScanCall& call, const Lines& lines, const LineScan& scan, const std::byte* in,
                         std::byte* out) {
  alignas(64) std::byte raw[kTile * kMaxItemSize], tile[(kTile + 1) * kMaxItemSize], result[kTile * kMaxItemSize];
  const size_t item = itemsize(call.loop);
  std::byte *last = tile, *elements = tile + item;
  const TileFn to_loop = cast_kernel(call.in_dtype, call.loop), to_out = cast_kernel(call.loop, call.out_dtype);
  for (int64_t i = 0; i < lines.length; i += kTile) {
    const int64_t n = std::min(kTile, lines.length - i);
    gather_strided(in + i * lines.in_step, lines.in_step, raw, static_cast<size_t>(n), itemsize(call.in_dtype));
    const void* source = raw;
    to_loop(&source, 0, elements, static_cast<size_t>(n));
    std::byte* from = i == 0 ? elements : last;
    const std::byte* start = from;
    scan.one(&start, static_cast<int64_t>(item), &from, static_cast<int64_t>(item), i == 0 ? n : n + 1);
    std::memcpy(last, elements + static_cast<size_t>(n - 1) * item, item);
    source = elements;
    to_out(&source, 0, result, static_cast<size_t>(n));
    scatter_strided(result, out + i * lines.out_step, lines.out_step, static_cast<size_t>(n), itemsize(call.out_dtype));
  }
}

void scan_converted(const ScanCall& call, const Lines& lines, const LineScan& scan) {
  parallel_for(element_count(lines.shape), 4 * line_us(lines), [&](int64_t first, int64_t last) {
    Walk<2> walk(lines.shape, {&lines.in, &lines.out}, first);
    for (int64_t i = first; i < last; ++i, walk.next())
      scan_converted_line(call, lines, scan, call.in + walk[0], call.out + walk[1]);
  });
}

/// Axis of `lines` whose elements are dense in both arrays and long enough for vectors, or -1.
int dense_axis(const Lines& lines, int64_t item) {
  for (int axis = 0; axis < lines.shape.size(); ++axis)
    if (lines.in[axis] == item && lines.out[axis] == item && lines.shape[axis] >= 16) return axis;
  return -1;
}

/// out row i = op(out row i-1, in row i), a tile of columns at a time so that the row before is still in L1.
void scan_rows(const ScanCall& call, Lines lines, int dense, TileFn kernel) {
  const int64_t item = static_cast<int64_t>(itemsize(call.loop)), tile = 8192 / item, columns = lines.shape[dense];
  const int64_t tiles = (columns + tile - 1) / tile;
  lines.shape[dense] = tiles;
  lines.in[dense] = lines.out[dense] = tile * item;
  const double tile_us =
      static_cast<double>(lines.length) * (0.01 + 0.0002 * static_cast<double>(std::min(tile, columns)));
  parallel_for(element_count(lines.shape), tile_us, [&](int64_t first, int64_t last) {
    Walk<2> walk(lines.shape, {&lines.in, &lines.out}, first);
    for (int64_t i = first; i < last; ++i, walk.next()) {
      // The walk's offset along the dense axis says which columns these are.
      int64_t below = i;
      for (int axis = lines.shape.size() - 1; axis > dense; --axis) below /= lines.shape[axis];
      const int64_t start = below % tiles * tile, n = std::min(tile, columns - start);
      const std::byte* in = call.in + walk[0];
      std::byte* out = call.out + walk[1];
      if (in != out) std::memcpy(out, in, static_cast<size_t>(n * item));
      for (int64_t row = 1; row < lines.length; ++row) {
        const void* sources[] = {out, in += lines.in_step};
        kernel(sources, 0, out += lines.out_step, static_cast<size_t>(n));
      }
    }
  });
}

}  // namespace

void scan(const ScanCall& call) {
  if (element_count(call.shape) == 0) return;
  const Lines lines(call);
  const LineScan& loops = *line_scan(call.op, call.loop);
  if (call.in_dtype != call.loop || call.out_dtype != call.loop) return scan_converted(call, lines, loops);
  const int dense = dense_axis(lines, static_cast<int64_t>(itemsize(call.loop)));
  const TileFn kernel = dense >= 0 ? tile_kernel(call.op, call.loop) : nullptr;
  kernel ? scan_rows(call, lines, dense, kernel) : scan_direct(call, lines, loops);
}

}  // namespace crossarray::cpu
