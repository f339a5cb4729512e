#include "cuda/plugin/driver.h"

#include "dispatch/core/error.h"

namespace crossarray::cuda {

bool is_sticky(int code) {
  switch (code) {
    case 214:  // uncorrectable ECC error
    case 226:  // an exception the device has contained
    case kIllegalAddress:
    case 702:  // the display's watchdog
    case 709:  // context destroyed
    case 710:  // device assert
    case 714:  // stack error
    case 715:  // illegal instruction
    case 716:  // misaligned address
    case 717:  // wrong address space
    case 718:  // program counter
    case kLaunchFailed:
    case 721:               // tensor memory not given back
    case 810:               // ended by the MPS server
    case 911: return true;  // a fault in another device
    default: return false;
  }
}

void* FunctionTable::find(const char* symbol) {
  if (!why_.empty()) return nullptr;
  void* const address = find_symbol(library_, symbol);
  if (!address) why_ = missing(library_);
  if (!address && why_.empty()) why_ = std::string("the library has no ") + symbol + ": it is too old";
  return address;
}

const Driver& driver() {
  return opened_table<Driver>(Library::kDriver,
                              [](const std::string& why) { raise(ErrorKind::kDevice, "CUDA: " + why); });
}

std::string describe_code(int code) {
  const char *name = nullptr, *text = nullptr;
  if (driver().cuGetErrorName(code, &name) != kSuccess || !name) name = "unknown error";
  if (driver().cuGetErrorString(code, &text) != kSuccess || !text) text = "no description";
  return std::string(name) + " (" + std::to_string(code) + "): " + text;
}

}  // namespace crossarray::cuda
