// The devices of this process: the CPU, and what plugins have. Everything here happens under the graph lock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dispatch/plan/backend.h"

namespace crossarray {

/// Adds a device; `backend` lives as long as the process. Throws kRuntime for another interface version.
Device add_device(Backend* backend);
/// Throws kRuntime naming `what` if a part was built for another interface version.
void check_version(const std::string& what, uint32_t version);

/// Devices that have been added, the CPU included. Looks for no plugin.
int device_count();
/// device_count() > 1, after looking for plugins once: the first call may start a driver.
bool any_device();
/// "auto", "cpu", "cuda:0".
std::string device_name(Device device);

/// DLPack's number of the device's kind (1: the CPU, 2: CUDA), and which of them it is.
struct DlpackDevice {
  int type, index;
};
DlpackDevice dlpack_device(Device device);
/// The device with these numbers, kAuto if it is none of ours. Looks for plugins.
Device device_of_dlpack(DlpackDevice device);

/// The device for "auto", "cpu", "cuda" or "cuda:1". Looks for plugins. Throws kDevice with the reason when there is no
/// such device, kValue for any other text; both name `asker`.
Device device_named(std::string_view text, const std::string& asker);

/// One sentence per backend, also for those that are not there. Looks for plugins.
struct BackendSentence {
  std::string name, sentence;
};
std::vector<BackendSentence> backend_sentences();

/// Opens the shared object at `path` and adds its devices; the sentence its probe wrote, or why it could not be opened.
std::string load_plugin(const std::string& path);

}  // namespace crossarray
