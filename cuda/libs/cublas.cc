#include "cuda/libs/cublas.h"

#include <algorithm>
#include <complex>
#include <deque>

#include "cuda/libs/door.h"
#include "cuda/libs/matrix_layout.h"

namespace crossarray::cuda::cublas {
namespace {

using BlasHandle = struct BlasHandleT*;
enum Operation : int { kAsIs = 0, kTransposed = 1 };
enum Compute : int { kCompute32 = 68, kCompute32Tf32 = 77, kCompute64 = 70 };
constexpr int kAnyAlgorithm = -1;
constexpr int kFullPrecisionSums = 16;  // partial sums of halves are not rounded to halves on the way
constexpr int kResultOnDevice = 1, kScalarsOnHost = 0;
constexpr size_t kMostWorkspace = size_t{32} << 20;  // cuBLAS's own choice on Hopper

struct Table : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/libs/cublas.def"
#undef XA_ENTRY
};

const Table& functions() {
  return opened_table<Table>(Library::kBlas, [](const std::string& why) { refuse_missing("matmul", why); });
}

void check(int status, const char* call) { check_status(status, call, kBlasNoMemory); }

struct Handle {
  BlasHandle handle = nullptr;
  std::mutex in_use;
};

Handle& handle_of(Machine& machine) {
  static auto& handles = *new PerDevice<Handle>;
  return handles.get(machine, [&](Handle& made) {
    check(functions().cublasCreate_v2(&made.handle), "cublasCreate");
    check(functions().cublasSetStream_v2(made.handle, machine.device.compute()), "cublasSetStream");
    check(functions().cublasSetMathMode(made.handle, kFullPrecisionSums), "cublasSetMathMode");
  });
}

/// alpha or beta in the type of the computation: double for f64 and c128, float for the others; complex starts alike.
const void* scalar(DType dtype, bool one) {
  static constexpr double kDouble[2][2] = {{0, 0}, {1, 0}};
  static constexpr float kFloat[2][2] = {{0, 0}, {1, 0}};
  return real_of(dtype) == DType::kF64 ? static_cast<const void*>(kDouble[one]) : kFloat[one];
}

/// One product being prepared: operands packed where they must be, then calls for each batch.
class Product {
 public:
  Product(Machine& machine, const MatmulCall& call)
      : machine_(machine),
        call_(call),
        item_(static_cast<int64_t>(itemsize(call.dtype))),
        a_{const_cast<std::byte*>(call.a), call.m, call.k, call.a_row, call.a_col},
        b_{const_cast<std::byte*>(call.b), call.k, call.n, call.b_row, call.b_col},
        c_{call.out, call.m, call.n, call.out_row, call.out_col} {}

  void run() {
    if (call_.k == 0) return fill_with_zeros();
    Matrix target = c_;
    conjugate_in_dot_ = call_.conjugate_a && is_complex(call_.dtype) && is_single() && runs_as_dot();
    const bool conjugate = call_.conjugate_a && is_complex(call_.dtype) && !conjugate_in_dot_;
    if (conjugate || !leading(a_, item_)) a_ = packed(a_, call_.a_batch, conjugate);
    if (!leading(b_, item_)) b_ = packed(b_, call_.b_batch, false);
    Dims target_batch = call_.out_batch;
    if (!leading(c_, item_)) c_ = scratch_matrix(c_, call_.out_batch);
    multiply();
    if (c_.data != target.data) copy(c_, call_.out_batch, target, target_batch, false);
  }

 private:
  /// One product, not a batch of them.
  bool is_single() const {
    return std::all_of(call_.batch.begin(), call_.batch.end(), [](int64_t extent) { return extent == 1; });
  }
  /// Both operands can be read as vectors of cuBLAS: whole elements apart, forwards.
  bool has_plain_steps() const {
    return a_.col_step > 0 && a_.col_step % item_ == 0 && b_.row_step > 0 && b_.row_step % item_ == 0;
  }
  bool runs_as_dot() const { return call_.m == 1 && call_.n == 1 && has_plain_steps(); }

  /// A dense row-major matrix like `m` in scratch memory; `batch` strides are changed to fit, repeated ones stay 0.
  Matrix scratch_matrix(const Matrix& m, Dims& batch) {
    Matrix dense = m;
    dense.col_step = item_;
    dense.row_step = m.cols * item_;
    int64_t bytes = m.rows * m.cols * item_;
    for (int axis = call_.batch.size() - 1; axis >= 0; --axis) {
      if (batch[axis] == 0 || call_.batch[axis] == 1) {
        batch[axis] = 0;
        continue;
      }
      batch[axis] = bytes;
      bytes *= call_.batch[axis];
    }
    scratch_.emplace_back(machine_.pool, static_cast<size_t>(bytes));
    dense.data = static_cast<std::byte*>(scratch_.back().data());
    return dense;
  }

  Matrix packed(const Matrix& m, Dims& batch, bool conjugate) {
    const Dims from_batch = batch;
    const Matrix dense = scratch_matrix(m, batch);
    copy(m, from_batch, dense, batch, conjugate);
    return dense;
  }

  /// Copies over the batches that are not repeats in `to`.
  void copy(const Matrix& from, const Dims& from_batch, const Matrix& to, const Dims& to_batch, bool conjugate) {
    Launch launch;
    Launch::Binding in{from.data, {}}, out{to.data, {}};
    for (int axis = 0; axis < call_.batch.size(); ++axis) {
      if (to_batch[axis] == 0) continue;
      launch.shape.push_back(call_.batch[axis]);
      in.strides.push_back(from_batch[axis]);
      out.strides.push_back(to_batch[axis]);
    }
    for (const auto& [extent, step, out_step] :
         {std::array{from.rows, from.row_step, to.row_step}, std::array{from.cols, from.col_step, to.col_step}}) {
      launch.shape.push_back(extent);
      in.strides.push_back(step);
      out.strides.push_back(out_step);
    }
    launch.slots = {in, out};
    Kernel kernel = copy_kernel(call_.dtype, call_.dtype, launch.shape.size());
    if (conjugate) {
      Ssa value{ValueKind::kApply};
      value.op = Op::conjugate;
      value.loop = value.dtype = call_.dtype;
      value.a = kernel.stores[0].value;
      kernel.values.push_back(value);
      kernel.stores[0].value = static_cast<Reg>(kernel.values.size() - 1);
    }
    machine_.program(kernel).run(launch);
  }

  void fill_with_zeros() {
    Launch launch;
    launch.shape = call_.batch;
    launch.shape.push_back(call_.m);
    launch.shape.push_back(call_.n);
    Launch::Binding out{call_.out, call_.out_batch};
    out.strides.push_back(call_.out_row);
    out.strides.push_back(call_.out_col);
    launch.slots = {out};
    launch.scalars = {Scalar{call_.dtype, {}}};
    machine_.program(fill_kernel(call_.dtype, launch.shape.size())).run(launch);
  }

  void multiply() {
    Handle& own = handle_of(machine_);
    const size_t result = static_cast<size_t>(call_.m * call_.n * item_);
    const Scratch workspace(machine_.pool, std::clamp(2 * result, size_t{1} << 18, kMostWorkspace));
    std::lock_guard<std::mutex> hold(own.in_use);
    handle_ = own.handle;
    check(functions().cublasSetWorkspace_v2(handle_, workspace.data(), workspace.bytes()), "cublasSetWorkspace");
    multiply_batches(0, a_.data, b_.data, c_.data);
  }

  // The innermost batch axis is one strided call; the others are a loop.
  void multiply_batches(int axis, const std::byte* a, const std::byte* b, std::byte* c) {
    if (axis == call_.batch.size()) return multiply_one(a, b, c);
    const int64_t steps[] = {call_.a_batch[axis], call_.b_batch[axis], call_.out_batch[axis]};
    const bool strided = std::all_of(steps, steps + 3, [this](int64_t s) { return s >= 0 && s % item_ == 0; });
    if (axis == call_.batch.size() - 1 && strided && call_.batch[axis] > 1 && steps[2] > 0)
      return gemm(a, b, c, call_.batch[axis], steps);
    for (int64_t i = 0; i < call_.batch[axis]; ++i)
      multiply_batches(axis + 1, a + i * steps[0], b + i * steps[1], c + i * steps[2]);
  }

  void multiply_one(const std::byte* a, const std::byte* b, std::byte* c) {
    const int64_t x = a_.col_step / item_, y = b_.row_step / item_;
    const bool plain = has_plain_steps();
    if (runs_as_dot()) return dot(a, x, b, y, c);
    if (!is_half(call_.dtype) && call_.n == 1 && plain && c_.row_step > 0 && c_.row_step % item_ == 0)
      return gemv(a_, a, b, y, c, c_.row_step / item_, false);
    if (!is_half(call_.dtype) && call_.m == 1 && plain && c_.col_step > 0 && c_.col_step % item_ == 0)
      return gemv(b_, b, a, x, c, c_.col_step / item_, true);
    gemm(a, b, c, 1, nullptr);
  }

  void dot(const std::byte* a, int64_t step_a, const std::byte* b, int64_t step_b, std::byte* c) {
    const int type = library_type(call_.dtype);
    const int compute = is_half(call_.dtype) ? library_type(DType::kF32) : type;
    const auto function = conjugate_in_dot_ ? functions().cublasDotcEx_64 : functions().cublasDotEx_64;
    check(functions().cublasSetPointerMode_v2(handle_, kResultOnDevice), "cublasSetPointerMode");
    const int status = function(handle_, call_.k, a, type, step_a, b, type, step_b, c, type, compute);
    check(functions().cublasSetPointerMode_v2(handle_, kScalarsOnHost), "cublasSetPointerMode");
    check(status, "cublasDotEx");
  }

  /// y = M x, or x M if `from_left`.
  void gemv(const Matrix& m, const std::byte* data, const std::byte* x, int64_t step_x, std::byte* y, int64_t step_y,
            bool from_left) {
    const Leading form = *leading(m, item_);
    // A row-major matrix is its transpose to cuBLAS.
    const int64_t rows = form.row_major ? m.cols : m.rows, cols = form.row_major ? m.rows : m.cols;
    const Operation op = form.row_major != from_left ? kTransposed : kAsIs;
    const Table& f = functions();
    const auto function = call_.dtype == DType::kF32   ? f.cublasSgemv_v2_64
                          : call_.dtype == DType::kF64 ? f.cublasDgemv_v2_64
                          : call_.dtype == DType::kC64 ? f.cublasCgemv_v2_64
                                                       : f.cublasZgemv_v2_64;
    check(function(handle_, op, rows, cols, scalar(call_.dtype, true), data, form.ld, x, step_x,
                   scalar(call_.dtype, false), y, step_y),
          "cublasGemv");
  }

  /// `count` products, `steps` bytes from one to the next (null: one).
  void gemm(const std::byte* a, const std::byte* b, std::byte* c, int64_t count, const int64_t* steps) {
    struct Side {
      const std::byte* data;
      Leading form;
      int64_t step;
    };
    const auto step = [&](int i) { return steps ? steps[i] / item_ : 0; };
    const Leading out = *leading(c_, item_);
    Side left{a, *leading(a_, item_), step(0)}, right{b, *leading(b_, item_), step(1)};
    int64_t rows = call_.m, cols = call_.n;
    // A row-major result is asked for as its transpose: (A B)' = B' A'.
    if (out.row_major) {
      std::swap(left, right);
      std::swap(rows, cols);
    }
    const auto op = [&](const Side& side) { return side.form.row_major == out.row_major ? kAsIs : kTransposed; };
    const int type = library_type(call_.dtype);
    const void *one = scalar(call_.dtype, true), *zero = scalar(call_.dtype, false);
    const int compute = real_of(call_.dtype) == DType::kF64        ? kCompute64
                        : call_.fast_math && !is_half(call_.dtype) ? kCompute32Tf32  // cuBLAS has it for these only
                                                                   : kCompute32;
    const Table& f = functions();
    if (count == 1)
      return check(
          f.cublasGemmEx_64(handle_, op(left), op(right), rows, cols, call_.k, one, left.data, type, left.form.ld,
                            right.data, type, right.form.ld, zero, c, type, out.ld, compute, kAnyAlgorithm),
          "cublasGemmEx");
    check(f.cublasGemmStridedBatchedEx_64(handle_, op(left), op(right), rows, cols, call_.k, one, left.data, type,
                                          left.form.ld, left.step, right.data, type, right.form.ld, right.step, zero, c,
                                          type, out.ld, step(2), count, compute, kAnyAlgorithm),
          "cublasGemmStridedBatchedEx");
  }

  Machine& machine_;
  MatmulCall call_;  // batch strides change as operands are packed
  int64_t item_;
  Matrix a_, b_, c_;
  std::deque<Scratch> scratch_;
  bool conjugate_in_dot_ = false;
  BlasHandle handle_ = nullptr;
};

}  // namespace

bool runs(const MatmulCall& call) { return is_float(call.dtype) || is_complex(call.dtype); }

void matmul(Machine& machine, const MatmulCall& call) {
  if (call.m == 0 || call.n == 0) return;
  for (int64_t extent : call.batch)
    if (extent == 0) return;
  Product(machine, call).run();
}

}  // namespace crossarray::cuda::cublas
