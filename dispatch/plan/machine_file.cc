#include "dispatch/plan/machine_file.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "dispatch/core/error.h"
#include "dispatch/plan/devices.h"

namespace crossarray {
namespace {

std::string cache_folder() {
  if (const char* own = std::getenv("CROSSARRAY_CACHE_DIR"); own && *own) return own;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg) return std::string(xdg) + "/crossarray";
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : "/tmp") + "/.cache/crossarray";
}

// FNV-1a: names one machine among a user's.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

// The first line: what the figures were measured with.
std::string versions() {
  std::string text = std::string("crossarray ") + XA_VERSION + ", interface " + std::to_string(kBackendVersion);
  for (int d = 1; d < device_count(); ++d) {
    Backend& backend = backend_of(static_cast<Device>(d));
    text += ", " + backend.name() + " " + backend.software();
  }
  return text;
}

Machine unread(const Machine& usual, const char* why) {
  Machine m = usual;
  m.origin = std::string(kUsualFigures) + " (the stored ones are " + why + "); crossarray.calibrate() measures again";
  return m;
}

}  // namespace

std::string machine_file() {
  std::string devices;
  for (int d = 0; d < device_count(); ++d) devices += backend_of(static_cast<Device>(d)).describe() + "\n";
  char name[40];
  std::snprintf(name, sizeof name, "/machine-%016llx.txt", static_cast<unsigned long long>(hash_of(devices)));
  return cache_folder() + name;
}

void save_machine() {
  namespace fs = std::filesystem;
  const std::string file = machine_file(), aside = file + "." + std::to_string(std::random_device{}());
  std::error_code error;
  fs::create_directories(fs::path(file).parent_path(), error);
  std::ofstream out(aside);
  out << versions() << "\n" << to_text(machine());
  out.close();
  if (out) fs::rename(aside, file, error);
  if (!out || error) raise(ErrorKind::kRuntime, "calibrate: could not write " + file);
}

Machine load_machine(const Machine& usual) {
  std::ifstream in(machine_file());
  if (!in) return usual;
  std::string first;
  std::getline(in, first);
  if (!first.starts_with("crossarray ")) return unread(usual, "damaged");
  if (first != versions()) return unread(usual, "of other versions");
  try {
    Machine m = parse_machine({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
    if (m.devices.size() == usual.devices.size()) return m;
  } catch (const Error&) {  // told below
  }
  return unread(usual, "damaged");
}

}  // namespace crossarray
