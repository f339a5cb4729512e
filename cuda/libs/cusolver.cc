#include "cuda/libs/cusolver.h"

#include <climits>
#include <vector>

#include "cuda/libs/door.h"

namespace crossarray::cuda::cusolver {
namespace {

using SolverHandle = struct SolverHandleT*;
using SolverParameters = struct SolverParametersT*;

struct Table : FunctionTable {
  using FunctionTable::FunctionTable;
#define XA_ENTRY XA_TABLE_MEMBER
#include "cuda/libs/cusolver.def"
#undef XA_ENTRY
};

const Table& functions() {
  return opened_table<Table>(Library::kSolver, [](const std::string& why) { refuse_missing("linalg", why); });
}

void check(int status, const char* call) { check_status(status, call, kSolverNoMemory); }

/// cuSOLVER for one device, used by one thread at a time while this lives.
class Solver {
 public:
  explicit Solver(Machine& machine) : machine_(machine), f(functions()), own_(state_of(machine)), hold_(own_.in_use) {}

  SolverHandle handle() const { return own_.handle; }
  SolverParameters parameters() const { return own_.parameters; }

  /// Asks for the sizes, then calls `run(device_work, device_bytes, host_work, host_bytes)`.
  template <class Ask, class Run> void with_work(const char* call, Ask ask, Run run) {
    size_t device_bytes = 0, host_bytes = 0;
    check(ask(&device_bytes, &host_bytes), call);
    const Scratch device_work(machine_.pool, device_bytes);
    std::vector<std::byte> host_work(host_bytes);
    check(run(device_work.data(), device_bytes, host_work.data(), host_bytes), call);
    // Work in flight may still use the host's part.
    if (host_bytes) machine_.device.synchronize();
  }

 private:
  struct State {
    SolverHandle handle = nullptr;
    SolverParameters parameters = nullptr;
    std::mutex in_use;
  };
  static State& state_of(Machine& machine) {
    static auto& states = *new PerDevice<State>;
    return states.get(machine, [&](State& made) {
      check(functions().cusolverDnCreate(&made.handle), "cusolverDnCreate");
      check(functions().cusolverDnCreateParams(&made.parameters), "cusolverDnCreateParams");
      check(functions().cusolverDnSetStream(made.handle, machine.device.compute()), "cusolverDnSetStream");
    });
  }

  Machine& machine_;

 public:
  const Table& f;

 private:
  State& own_;
  std::lock_guard<std::mutex> hold_;
};

int fill_mode(bool upper) { return upper ? 1 : 0; }

}  // namespace

void potrf(Machine& machine, DType dtype, bool upper, const ColumnMajor& a, int* info) {
  Solver s(machine);
  const int type = library_type(dtype), uplo = fill_mode(upper);
  s.with_work(
      "cusolverDnXpotrf",
      [&](size_t* device, size_t* host) {
        return s.f.cusolverDnXpotrf_bufferSize(s.handle(), s.parameters(), uplo, a.cols, type, a.data, a.ld, type,
                                               device, host);
      },
      [&](void* work, size_t bytes, void* host, size_t host_bytes) {
        return s.f.cusolverDnXpotrf(s.handle(), s.parameters(), uplo, a.cols, type, a.data, a.ld, type, work, bytes,
                                    host, host_bytes, info);
      });
}

void getrf(Machine& machine, DType dtype, const ColumnMajor& a, int64_t* pivots, int* info) {
  Solver s(machine);
  const int type = library_type(dtype);
  s.with_work(
      "cusolverDnXgetrf",
      [&](size_t* device, size_t* host) {
        return s.f.cusolverDnXgetrf_bufferSize(s.handle(), s.parameters(), a.rows, a.cols, type, a.data, a.ld, type,
                                               device, host);
      },
      [&](void* work, size_t bytes, void* host, size_t host_bytes) {
        return s.f.cusolverDnXgetrf(s.handle(), s.parameters(), a.rows, a.cols, type, a.data, a.ld, pivots, type, work,
                                    bytes, host, host_bytes, info);
      });
}

void getrs(Machine& machine, DType dtype, bool transposed, const ColumnMajor& a, const int64_t* pivots,
           const ColumnMajor& b, int* info) {
  Solver s(machine);
  const int type = library_type(dtype);
  check(s.f.cusolverDnXgetrs(s.handle(), s.parameters(), transposed, a.cols, b.cols, type, a.data, a.ld, pivots, type,
                             b.data, b.ld, info),
        "cusolverDnXgetrs");
}

void geqrf(Machine& machine, DType dtype, const ColumnMajor& a, void* tau, int* info) {
  Solver s(machine);
  const int type = library_type(dtype);
  s.with_work(
      "cusolverDnXgeqrf",
      [&](size_t* device, size_t* host) {
        return s.f.cusolverDnXgeqrf_bufferSize(s.handle(), s.parameters(), a.rows, a.cols, type, a.data, a.ld, type,
                                               tau, type, device, host);
      },
      [&](void* work, size_t bytes, void* host, size_t host_bytes) {
        return s.f.cusolverDnXgeqrf(s.handle(), s.parameters(), a.rows, a.cols, type, a.data, a.ld, type, tau, type,
                                    work, bytes, host, host_bytes, info);
      });
}

void orgqr(Machine& machine, DType dtype, const ColumnMajor& a, int64_t reflectors, const void* tau, int* info) {
  Solver s(machine);
  if (a.rows > INT_MAX || a.ld > INT_MAX)
    raise(ErrorKind::kValue, "CUDA: cusolverDnOrgqr has 32-bit sizes, got " + std::to_string(a.rows) + " rows");
  const int m = static_cast<int>(a.rows), n = static_cast<int>(a.cols), k = static_cast<int>(reflectors);
  const int ld = static_cast<int>(a.ld);
  const auto& f = s.f;
  auto size = f.cusolverDnSorgqr_bufferSize;
  auto run = f.cusolverDnSorgqr;
  if (dtype == DType::kF64) size = f.cusolverDnDorgqr_bufferSize, run = f.cusolverDnDorgqr;
  if (dtype == DType::kC64) size = f.cusolverDnCungqr_bufferSize, run = f.cusolverDnCungqr;
  if (dtype == DType::kC128) size = f.cusolverDnZungqr_bufferSize, run = f.cusolverDnZungqr;
  int items = 0;
  s.with_work(
      "cusolverDnOrgqr",
      [&](size_t* device, size_t*) {
        const int status = size(s.handle(), m, n, k, a.data, ld, tau, &items);
        *device = static_cast<size_t>(items) * itemsize(dtype);
        return status;
      },
      [&](void* work, size_t, void*, size_t) { return run(s.handle(), m, n, k, a.data, ld, tau, work, items, info); });
}

void gesvd(Machine& machine, DType dtype, char job_u, char job_vt, const ColumnMajor& a, void* values,
           const ColumnMajor& u, const ColumnMajor& vt, int* info) {
  Solver s(machine);
  const int type = library_type(dtype), real = library_type(real_of(dtype));
  const auto ju = static_cast<signed char>(job_u), jvt = static_cast<signed char>(job_vt);
  s.with_work(
      "cusolverDnXgesvd",
      [&](size_t* device, size_t* host) {
        return s.f.cusolverDnXgesvd_bufferSize(s.handle(), s.parameters(), ju, jvt, a.rows, a.cols, type, a.data, a.ld,
                                               real, values, type, u.data, u.ld, type, vt.data, vt.ld, type, device,
                                               host);
      },
      [&](void* work, size_t bytes, void* host, size_t host_bytes) {
        return s.f.cusolverDnXgesvd(s.handle(), s.parameters(), ju, jvt, a.rows, a.cols, type, a.data, a.ld, real,
                                    values, type, u.data, u.ld, type, vt.data, vt.ld, type, work, bytes, host,
                                    host_bytes, info);
      });
}

void syevd(Machine& machine, DType dtype, bool vectors, bool upper, const ColumnMajor& a, void* w, int* info) {
  Solver s(machine);
  const int type = library_type(dtype), real = library_type(real_of(dtype)), uplo = fill_mode(upper);
  s.with_work(
      "cusolverDnXsyevd",
      [&](size_t* device, size_t* host) {
        return s.f.cusolverDnXsyevd_bufferSize(s.handle(), s.parameters(), vectors, uplo, a.cols, type, a.data, a.ld,
                                               real, w, type, device, host);
      },
      [&](void* work, size_t bytes, void* host, size_t host_bytes) {
        return s.f.cusolverDnXsyevd(s.handle(), s.parameters(), vectors, uplo, a.cols, type, a.data, a.ld, real, w,
                                    type, work, bytes, host, host_bytes, info);
      });
}

}  // namespace crossarray::cuda::cusolver
