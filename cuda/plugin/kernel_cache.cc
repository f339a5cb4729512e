#include "cuda/plugin/kernel_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "cuda/plugin/sha256.h"

namespace crossarray::cuda {
namespace {

namespace fs = std::filesystem;
constexpr char kMagic[8] = {'X', 'A', 'K', 'E', 'R', 'N', '0', '1'};
constexpr size_t kHeader = sizeof kMagic + sizeof(Digest);

std::string sealed(const std::string& content) {
  const Digest digest = sha256(content);
  std::string file(kMagic, sizeof kMagic);
  file.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return file + content;
}

std::optional<std::string> unsealed(const std::string& file) {
  if (file.size() < kHeader || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0) return std::nullopt;
  std::string content = file.substr(kHeader);
  const Digest digest = sha256(content);
  if (std::memcmp(file.data() + sizeof kMagic, digest.data(), digest.size()) != 0) return std::nullopt;
  return content;
}

}  // namespace

KernelCache::KernelCache(std::string folder, uint64_t limit) : folder_(std::move(folder)), limit_(limit) {}

std::string KernelCache::standard_folder() {
  if (const char* chosen = std::getenv("CROSSARRAY_CACHE_DIR")) return *chosen ? std::string(chosen) + "/cuda" : "";
  if (const char* base = std::getenv("XDG_CACHE_HOME"); base && *base) return std::string(base) + "/crossarray/cuda";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.cache/crossarray/cuda";
  return "";
}

std::optional<std::string> KernelCache::find(const std::string& key) {
  if (folder_.empty() || !is_private()) return std::nullopt;
  const std::string path = folder_ + "/" + key;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  auto content = unsealed({std::istreambuf_iterator<char>(file), {}});
  // Its time of use, for shrink(): many file systems do not note reads.
  if (content) utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  return content;
}

// Code is loaded from here: nobody else may have written it.
bool KernelCache::is_private() const {
  struct stat at {};
  return lstat(folder_.c_str(), &at) == 0 && S_ISDIR(at.st_mode) && at.st_uid == geteuid() && (at.st_mode & 077) == 0;
}

bool KernelCache::make_folder() {
  if (is_private()) return true;
  std::error_code error;
  fs::create_directories(fs::path(folder_).parent_path(), error);
  if (mkdir(folder_.c_str(), 0700) == 0) return is_private();
  // One that others could write to is closed and emptied: what is there may be theirs.
  struct stat at {};
  if (lstat(folder_.c_str(), &at) != 0 || !S_ISDIR(at.st_mode) || at.st_uid != geteuid()) return false;
  if (chmod(folder_.c_str(), 0700) != 0) return false;
  for (const auto& item : fs::directory_iterator(folder_, error))
    if (item.is_regular_file(error)) fs::remove(item.path(), error);
  return is_private();
}

void KernelCache::store(const std::string& key, const std::string& content) {
  if (folder_.empty() || !make_folder()) return;
  static std::atomic<uint64_t> serial = 0;
  const std::string aside = folder_ + "/." + key + "." + std::to_string(getpid()) + "." + std::to_string(++serial);
  {
    std::ofstream file(aside, std::ios::binary | std::ios::trunc);
    const std::string bytes = sealed(content);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      unlink(aside.c_str());
      return;
    }
  }
  if (rename(aside.c_str(), (folder_ + "/" + key).c_str()) != 0) unlink(aside.c_str());
  std::lock_guard<std::mutex> hold(mutex_);
  // Measuring the folder costs a call per file, so it is done at the first store and after each sixteenth of the limit.
  if (written_ == UINT64_MAX || (written_ += kHeader + content.size()) > limit_ / 16) shrink();
}

// Under mutex_.
void KernelCache::shrink() {
  struct Entry {
    fs::file_time_type used;
    uint64_t bytes;
    fs::path path;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(folder_, error)) {
    if (!item.is_regular_file(error)) continue;
    entries.push_back({item.last_write_time(error), item.file_size(error), item.path()});
    total += entries.back().bytes;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= limit_) break;
    if (fs::remove(entry.path, error)) total -= entry.bytes;
  }
  written_ = 0;
}

}  // namespace crossarray::cuda
