// What somebody should know though nothing failed: in Python a PerformanceWarning.
#pragma once

#include <string>

namespace crossarray {

/// Notes that `device` had no room for `what`, and what was done instead. Under the graph lock.
void note_no_room(const std::string& device, const std::string& what, const char* instead);
/// Hands what was noted to notice_hook(), which may throw and may call anything: only between evaluations.
void tell_notices();

using NoticeHook = void (*)(const std::string& text);
NoticeHook& notice_hook();

}  // namespace crossarray
