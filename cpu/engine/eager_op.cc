#include <algorithm>
#include <cstring>

#include "cpu/engine/eager.h"
#include "cpu/engine/frame.h"
#include "cpu/kernels/kernels.h"

namespace crossarray::cpu {
namespace {

int64_t count_of(const Dims& shape) {
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  return n;
}

bool is_dense(const Dims& strides, const Dims& shape, size_t item) {
  auto step = static_cast<int64_t>(item);
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    if (shape[axis] == 1) continue;
    if (strides[axis] != step) return false;
    step *= shape[axis];
  }
  return true;
}

bool is_single(const Dims& strides) {
  for (int64_t stride : strides)
    if (stride != 0) return false;
  return true;
}

/// Goes through the rows (innermost axis) of flat positions [first, first + count): move(byte offset, done, n).
template <class Move>
void each_row(const Dims& shape, const Dims& strides, int64_t first, int64_t count, const Move& move) {
  const int last = shape.size() - 1;
  const int64_t n = shape[last];
  int64_t row = first / n, column = first - row * n, offset = 0;
  Dims at(last);
  for (int axis = last - 1; axis >= 0; --axis) {
    at[axis] = row % shape[axis];
    row /= shape[axis];
    offset += at[axis] * strides[axis];
  }
  for (int64_t done = 0; done < count; column = 0) {
    const int64_t length = std::min(n - column, count - done);
    move(offset + column * strides[last], done, length);
    done += length;
    for (int axis = last - 1; axis >= 0; --axis) {
      offset += strides[axis];
      if (++at[axis] < shape[axis]) break;
      offset -= at[axis] * strides[axis];
      at[axis] = 0;
    }
  }
}

/// Rows this short are copied where they are met: finding the kernel for them takes longer.
constexpr int64_t kShortRow = 8;

template <class Item> void gather_short(const std::byte* from, int64_t stride, std::byte* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) std::memcpy(to + i * int64_t{sizeof(Item)}, from + i * stride, sizeof(Item));
}
void gather_row(const std::byte* from, int64_t stride, std::byte* to, int64_t n, size_t item) {
  if (n <= kShortRow && item == 4) return gather_short<uint32_t>(from, stride, to, n);
  if (n <= kShortRow && item == 8) return gather_short<uint64_t>(from, stride, to, n);
  if (stride == static_cast<int64_t>(item)) return copy_dense(from, to, static_cast<size_t>(n), item);
  gather_strided(from, stride, to, static_cast<size_t>(n), item);
}

/// The general case: any strides, any casts, a stack tile at a time.
class OpTiles {
 public:
  explicit OpTiles(const OpCall& call) : call_(call), n_(count_of(*call.shape)) {
    loop_ = call.loop_in[call.op == Op::where ? 1 : 0];
    if (call.op != Op::copy) fn_ = tile_kernel(call.op, working_dtype(call.op, loop_));
    out_dense_ = is_dense(*call.out_strides, *call.shape, itemsize(call.out_dtype));
    for (int i = 0; i < call.arity; ++i) {
      single_[i] = n_ == 1 || is_single(*call.in_strides[i]);
      dense_[i] = is_dense(*call.in_strides[i], *call.shape, itemsize(call.in_dtype[i]));
    }
    squared_ = call.arity == 2 && call.in[0] == call.in[1] && *call.in_strides[0] == *call.in_strides[1] &&
               call.in_dtype[0] == call.in_dtype[1] && call.loop_in[0] == call.loop_in[1] && !single_[0];
  }

  void run() {
    for (int64_t first = 0; first < n_; first += kOpTile) run_tile(first, std::min(kOpTile, n_ - first));
  }

 private:
  static constexpr int64_t kOpTile = 256;
  using Buffer = std::byte[static_cast<size_t>(kOpTile) * kMaxItemSize];

  /// Input i as the loop wants it; sets its bit in `scalars` when it is one element.
  const std::byte* load(int i, int64_t first, int64_t count, unsigned& scalars) {
    const DType from = call_.in_dtype[i];
    const size_t item = itemsize(from);
    const std::byte* at = call_.in[i];
    if (single_[i]) {
      scalars |= 1u << i;
      count = 1;
    } else if (dense_[i]) {
      at += static_cast<size_t>(first) * item;
    } else {
      gather(i, first, count, item);
      at = gathered_[i];
    }
    at = cast(from, call_.loop_in[i], at, cast_[i], count);
    return cast(call_.loop_in[i], working_dtype(call_.op, call_.loop_in[i]), at, widened_[i], count);
  }

  void gather(int i, int64_t first, int64_t count, size_t item) {
    const Dims& strides = *call_.in_strides[i];
    const int64_t stride = strides.back();
    each_row(*call_.shape, strides, first, count, [&](int64_t offset, int64_t done, int64_t n) {
      gather_row(call_.in[i] + offset, stride, gathered_[i] + static_cast<size_t>(done) * item, n, item);
    });
  }

  static const std::byte* cast(DType from, DType to, const std::byte* in, std::byte* out, int64_t count) {
    if (from == to) return in;
    const void* args[3] = {in, nullptr, nullptr};
    cast_kernel(from, to)(args, 0, out, static_cast<size_t>(count));
    return out;
  }

  void run_tile(int64_t first, int64_t count) {
    unsigned scalars = 0;
    const void* in[3] = {};
    for (int i = 0; i < call_.arity; ++i) in[i] = squared_ && i == 1 ? in[0] : load(i, first, count, scalars);
    DType dtype = working_dtype(call_.op, call_.op == Op::copy ? call_.loop_in[0] : call_.loop_out);
    const std::byte* result = static_cast<const std::byte*>(in[0]);
    int64_t length = count;
    if (fn_) {
      fn_(in, scalars, result_, static_cast<size_t>(count));
      result = result_;
    } else if (scalars) {
      length = 1;
    }
    result = cast(dtype, call_.loop_out, result, rounded_, length);
    result = cast(call_.loop_out, call_.out_dtype, result, stored_, length);
    if (length < count) {
      fill_repeated(result, filled_, static_cast<size_t>(count), itemsize(call_.out_dtype));
      result = filled_;
    }
    store(result, first, count);
  }

  void store(const std::byte* result, int64_t first, int64_t count) {
    const size_t item = itemsize(call_.out_dtype);
    if (out_dense_)
      return copy_dense(result, call_.out + static_cast<size_t>(first) * item, static_cast<size_t>(count), item);
    const int64_t stride = call_.out_strides->back();
    each_row(*call_.shape, *call_.out_strides, first, count, [&](int64_t offset, int64_t done, int64_t n) {
      const std::byte* from = result + static_cast<size_t>(done) * item;
      if (stride == static_cast<int64_t>(item)) {
        copy_dense(from, call_.out + offset, static_cast<size_t>(n), item);
      } else {
        scatter_strided(from, call_.out + offset, stride, static_cast<size_t>(n), item);
      }
    });
  }

  const OpCall& call_;
  const int64_t n_;
  DType loop_;
  TileFn fn_ = nullptr;
  bool single_[3] = {}, dense_[3] = {}, out_dense_;
  bool squared_;  // both inputs are the same elements, as in x * x
  alignas(64) Buffer gathered_[3], cast_[3], widened_[3];
  alignas(64) Buffer result_, rounded_, stored_, filled_;
};

/// Every operand dense or single and of the loop's dtype: one kernel call. False if that does not hold.
bool run_plain(const OpCall& call, int64_t n) {
  const DType loop = call.loop_in[call.op == Op::where ? 1 : 0];
  if (call.op == Op::copy || is_half(loop) || call.out_dtype != call.loop_out) return false;
  unsigned scalars = 0;
  for (int i = 0; i < call.arity; ++i) {
    if (call.in_dtype[i] != call.loop_in[i]) return false;
    if (is_single(*call.in_strides[i])) {
      scalars |= 1u << i;
    } else if (!is_dense(*call.in_strides[i], *call.shape, itemsize(call.in_dtype[i]))) {
      return false;
    }
  }
  if (!is_dense(*call.out_strides, *call.shape, itemsize(call.out_dtype))) return false;
  const void* in[3] = {call.in[0], call.in[1], call.in[2]};
  tile_kernel(call.op, loop)(in, scalars, call.out, static_cast<size_t>(n));
  return true;
}

/// A copy, cast or fill between dense memory. False if it is none.
bool copy_plain(const OpCall& call, int64_t n) {
  if (call.op != Op::copy || call.loop_in[0] != call.in_dtype[0] || call.loop_out != call.in_dtype[0]) return false;
  if (!is_dense(*call.out_strides, *call.shape, itemsize(call.out_dtype))) return false;
  const void* in[3] = {call.in[0], nullptr, nullptr};
  const TileFn cast = cast_kernel(call.in_dtype[0], call.out_dtype);
  if (is_single(*call.in_strides[0])) {
    alignas(16) std::byte element[kMaxItemSize];
    cast(in, 0, element, 1);
    fill_repeated(element, call.out, static_cast<size_t>(n), itemsize(call.out_dtype));
    return true;
  }
  if (!is_dense(*call.in_strides[0], *call.shape, itemsize(call.in_dtype[0]))) return false;
  if (call.in_dtype[0] == call.out_dtype) {
    std::memmove(call.out, call.in[0], static_cast<size_t>(n) * itemsize(call.out_dtype));
  } else {
    cast(in, 0, call.out, static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

void run_op(const OpCall& call) {
  const int64_t n = count_of(*call.shape);
  if (n == 0 || run_plain(call, n) || copy_plain(call, n)) return;
  if (call.shape->empty()) {  // rows need an axis
    static const Dims one{1}, none{0};
    OpCall row = call;
    row.shape = &one;
    row.out_strides = &none;
    for (int i = 0; i < call.arity; ++i) row.in_strides[i] = &none;
    return OpTiles(row).run();
  }
  OpTiles(call).run();
}

}  // namespace crossarray::cpu
