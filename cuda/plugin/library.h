// NVIDIA's libraries, found and opened at run time: the one seam between the plugin and the machine.
//
// Everything the plugin calls of NVIDIA's goes through find_symbol(). There are two implementations, chosen at link time:
// library.cc opens the real files; tests/cuda/fake answers with functions of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace crossarray::cuda {

enum class Library : uint8_t { kDriver, kCompiler, kBlas, kFft, kSolver, kKernels };

/// The address of `symbol`, or null: the library is missing or too old. Opens the library at its first symbol.
void* find_symbol(Library library, const char* symbol);
/// Why the library is not there ("needs nvidia-cufft: ..."), after find_symbol() gave null.
std::string missing(Library library);
/// Changes with the build of an opened library: part of the key of what it makes.
std::string identity(Library library);

/// A table of C functions, one member per XA_ENTRY(name, (parameters)) of a .def file; all of them return an int status.
///     struct Table : FunctionTable {
///       using FunctionTable::FunctionTable;
///     #define XA_ENTRY XA_TABLE_MEMBER
///     #include "cuda/libs/cublas.def"
///     #undef XA_ENTRY
///     };
class FunctionTable {
 public:
  explicit FunctionTable(Library library) : library_(library) {}
  /// One sentence that says what is missing; empty: nothing is.
  const std::string& why() const { return why_; }

 protected:
  void* find(const char* symbol);

 private:
  Library library_;
  std::string why_;
};
#define XA_TABLE_MEMBER(name, parameters) int(*name) parameters = reinterpret_cast<int(*) parameters>(find(#name));

/// The table of `library`: opened at the first call and for good. `refuse(why)` throws if something is missing; then the
/// next call looks again.
template <class Table, class Refuse> const Table& opened_table(Library library, Refuse refuse) {
  static const Table& table = *[&] {
    auto made = std::make_unique<Table>(library);
    if (!made->why().empty()) refuse(made->why());
    return made.release();
  }();
  return table;
}

}  // namespace crossarray::cuda
