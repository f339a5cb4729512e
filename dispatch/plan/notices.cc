#include "dispatch/plan/notices.h"

#include <utility>
#include <vector>

namespace crossarray {
namespace {

std::vector<std::string>& noted() {
  static std::vector<std::string> texts;
  return texts;
}

}  // namespace

void note_no_room(const std::string& device, const std::string& what, const char* instead) {
  noted().push_back(device + " had no room for " + what + ": done " + instead +
                    ". Free arrays or call crossarray.free_cached(); see crossarray.memory().");
}

void tell_notices() {
  if (noted().empty()) return;
  for (const std::string& text : std::exchange(noted(), {}))
    if (notice_hook()) notice_hook()(text);
}

NoticeHook& notice_hook() {
  static NoticeHook hook = nullptr;
  return hook;
}

}  // namespace crossarray
