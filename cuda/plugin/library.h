// NVIDIA's libraries, found and opened at run time: the one seam between the plugin and the machine.
//
// Everything the plugin calls of NVIDIA's goes through find_symbol(). There are two implementations, chosen at link time:
// library.cc opens the real files; tests/cuda/fake answers with functions of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crossarray::cuda {

enum class Library : uint8_t { kDriver, kCompiler, kBlas, kFft, kSolver, kKernels };

/// The address of `symbol`, or null: the library is missing or too old. Opens the library at its first symbol.
void* find_symbol(Library library, const char* symbol);
/// Why the library is not there ("needs nvidia-cufft: ..."), after find_symbol() gave null.
std::string missing(Library library);
/// Changes with the build of an opened library: part of the key of what it makes.
std::string identity(Library library);

/// One entry of a function table: filled by fill_table().
struct TableEntry {
  const char* symbol;
  void** address;
};
/// Fills a function table. Returns an empty string, or one sentence that says what is missing.
std::string fill_table(Library library, std::span<const TableEntry> entries);

}  // namespace crossarray::cuda

/// A table of C functions from a .def file of XA_ENTRY(name, (parameters)); all of them return an int status.
#define XA_TABLE_MEMBER(name, parameters) int(*name) parameters = nullptr;
#define XA_TABLE_ENTRY(name, parameters) {#name, reinterpret_cast<void**>(&table.name)},
