#include "dispatch/plan/devices.h"

#include <dlfcn.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "dispatch/plan/machine.h"

namespace crossarray {
namespace {

// Kinds of plugins the library ships: one shared object each, beside the one this code is in.
struct Kind {
  const char* name;
  const char* file;
  const char* variable;   // of the environment; "off": the plugin is not looked for
  const char* fake;       // variable of the development build: "1" takes the file below instead
  const char* fake_file;  // the same plugin on a made-up driver
};
constexpr Kind kKinds[] = {{"cuda", "_cuda.so", "CROSSARRAY_CUDA", "CROSSARRAY_FAKE_CUDA", "_cuda_fake.so"}};

struct State {
  std::vector<Backend*> devices;     // without the CPU: device d is at d - 1
  std::vector<DlpackDevice> dlpack;  // of each; {0, 0}: not from a plugin
  std::vector<BackendSentence> kinds;
  bool looked = false;
};

State& state() {
  static State* made = new State;  // arrays may outlive static destructors
  return *made;
}

std::string own_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&own_folder), &info) || !info.dli_fname) return ".";
  std::string path = info.dli_fname;
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string open_devices(const Plugin& plugin, const std::string& path) {
  check_version("plugin " + path, plugin.version);
  char text[512] = "";
  int count = plugin.probe(text, sizeof text);
  std::string sentence = text;
  for (int i = 0; i < count && device_count() < kMaxDevices; ++i) {
    if (Backend* backend = plugin.open(i, text, sizeof text))
      state().dlpack[add_device(backend) - 1u] = {plugin.dlpack_type, i};
    else
      sentence += std::string(sentence.empty() ? "" : "; ") + plugin.name + ":" + std::to_string(i) + ": " + text;
  }
  return sentence;
}

bool is_set(const char* variable, std::string_view to) {
  const char* value = std::getenv(variable);
  return value && value == to;
}

std::string sentence_of(const Kind& kind) {
  if (is_set(kind.variable, "off")) return std::string("not used: switched off by ") + kind.variable + ".";
  std::string path = own_folder() + "/" + (is_set(kind.fake, "1") ? kind.fake_file : kind.file);
  if (access(path.c_str(), R_OK) != 0) return "not available: this build of Crossarray has no CUDA backend.";
  return load_plugin(path);
}

void look_for_plugins() {
  State& s = state();
  if (s.looked) return;
  s.looked = true;
  for (const Kind& kind : kKinds) s.kinds.push_back({kind.name, sentence_of(kind)});
}

const BackendSentence* kind_of(std::string_view text) {
  std::string_view name = text.substr(0, text.find(':'));
  for (const BackendSentence& kind : state().kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

// "cuda" is "cuda:0"; "cuda:x" is no device.
bool is_name(std::string_view text, std::string_view kind) {
  if (text == kind) return true;
  std::string_view number = text.substr(kind.size() + 1);
  int value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() && end == number.data() + number.size() && value >= 0;
}

// "the last one is cuda:2", or why there is none.
std::string there_are(const BackendSentence& kind) {
  std::string last;
  for (const Backend* backend : state().devices)
    if (backend->name().starts_with(kind.name + ":")) last = backend->name();
  return last.empty() ? kind.sentence : "the last one is " + last;
}

}  // namespace

Device add_device(Backend* backend) {
  check_version("backend " + backend->name(), backend->version());
  if (device_count() == kMaxDevices) raise(ErrorKind::kRuntime, "more than 31 devices");
  state().devices.push_back(backend);
  state().dlpack.push_back({0, 0});
  return static_cast<Device>(state().devices.size());
}

DlpackDevice dlpack_device(Device device) {
  constexpr int kDLCPU = 1;
  return device == kCpu ? DlpackDevice{kDLCPU, 0} : state().dlpack[device - 1u];
}

Device device_of_dlpack(DlpackDevice wanted) {
  if (wanted.type == dlpack_device(kCpu).type) return kCpu;
  look_for_plugins();
  for (size_t i = 0; i < state().dlpack.size(); ++i)
    if (state().dlpack[i].type == wanted.type && state().dlpack[i].index == wanted.index)
      return static_cast<Device>(i + 1);
  return kAuto;
}

int device_count() { return 1 + static_cast<int>(state().devices.size()); }

bool any_device() {
  look_for_plugins();
  return !state().devices.empty();
}

Backend& backend_of(Device device) {
  if (device == kCpu) return cpu_backend();
  return *state().devices[device - 1u];
}

std::string device_name(Device device) { return device == kAuto ? "auto" : backend_of(device).name(); }

Device device_named(std::string_view text, const std::string& asker) {
  if (text == "auto") return kAuto;
  if (text == "cpu") return kCpu;
  look_for_plugins();
  const std::string full = text.find(':') == std::string_view::npos ? std::string(text) + ":0" : std::string(text);
  for (int d = 1; d < device_count(); ++d)
    if (backend_of(static_cast<Device>(d)).name() == full) return static_cast<Device>(d);
  const BackendSentence* kind = kind_of(text);
  if (!kind || !is_name(text, kind->name))
    raise(ErrorKind::kValue,
          asker + ": unknown device '" + std::string(text) + "'; the devices are 'auto', 'cpu', 'cuda' and 'cuda:N'");
  raise(ErrorKind::kDevice, asker + ": no device '" + std::string(text) + "' (" + there_are(*kind) +
                                "). Use 'auto' or 'cpu'; see crossarray.backends().");
}

std::vector<BackendSentence> backend_sentences() {
  look_for_plugins();
  std::vector<BackendSentence> all{{cpu_backend().name(), cpu_backend().describe()}};
  for (Backend* backend : state().devices)
    all.push_back({backend->name(), backend->describe() + "; work is placed by " + machine().origin});
  for (const BackendSentence& kind : state().kinds) {
    bool there = false;
    for (const Backend* backend : state().devices) there = there || backend->name().starts_with(kind.name + ":");
    if (!there) all.push_back(kind);
  }
  return all;
}

std::string load_plugin(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return std::string("not available: ") + dlerror();
  auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  if (!entry) return "not available: " + path + " has no function " + kPluginEntry;
  try {
    return open_devices(*entry(), path);
  } catch (const Error& e) {
    return std::string("not available: ") + e.what();
  }
}

}  // namespace crossarray
