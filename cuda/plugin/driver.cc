#include "cuda/plugin/driver.h"

#include <vector>

#include "dispatch/core/error.h"

namespace crossarray::cuda {

bool is_sticky(int code) {
  switch (code) {
    case 214:  // uncorrectable ECC error
    case kIllegalAddress:
    case 702:  // the display's watchdog
    case 709:  // context destroyed
    case 710:  // device assert
    case 714:  // stack error
    case 715:  // illegal instruction
    case 716:  // misaligned address
    case 717:  // wrong address space
    case 718:  // program counter
    case kLaunchFailed: return true;
    default: return false;
  }
}

std::string fill_table(Library library, std::span<const TableEntry> entries) {
  for (const TableEntry& entry : entries) {
    *entry.address = find_symbol(library, entry.symbol);
    if (!*entry.address) {
      const std::string why = missing(library);
      return why.empty() ? std::string("the library has no ") + entry.symbol + ": it is too old" : why;
    }
  }
  return "";
}

const Driver& driver() {
  static const Driver& filled = *[] {
    auto* made = new Driver;
    Driver& table = *made;
    const TableEntry entries[] = {
#define XA_ENTRY XA_TABLE_ENTRY
#include "cuda/plugin/driver.def"
#undef XA_ENTRY
    };
    if (const std::string why = fill_table(Library::kDriver, entries); !why.empty()) {
      delete made;
      raise(ErrorKind::kDevice, "CUDA: " + why);
    }
    return made;
  }();
  return filled;
}

std::string describe_code(int code) {
  const char *name = nullptr, *text = nullptr;
  if (driver().cuGetErrorName(code, &name) != kSuccess || !name) name = "unknown error";
  if (driver().cuGetErrorString(code, &text) != kSuccess || !text) text = "no description";
  return std::string(name) + " (" + std::to_string(code) + "): " + text;
}

}  // namespace crossarray::cuda
