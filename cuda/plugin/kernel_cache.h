// Compiled kernels on disk, from process to process.
//
// A file is named by what it was made from and sealed with a hash of its content: a damaged one is as good as none. Files
// are written under another name and renamed, so a reader never sees half of one. The folder belongs to the user alone.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace crossarray::cuda {

class KernelCache {
 public:
  static constexpr uint64_t kDefaultLimit = uint64_t{256} << 20;

  /// An empty folder name: nothing is kept.
  explicit KernelCache(std::string folder, uint64_t limit = kDefaultLimit);
  /// $CROSSARRAY_CACHE_DIR/cuda (nothing is kept if it is set but empty), else cuda/ below the user's cache folder.
  static std::string standard_folder();

  /// The content stored under `key` (a file name), if it is there and whole.
  std::optional<std::string> find(const std::string& key);
  /// Stores; silently does nothing where the folder cannot be written. Beyond the limit the files used longest ago go.
  void store(const std::string& key, const std::string& content);

 private:
  bool is_private() const;
  bool make_folder();  // true if it is there and private
  void shrink();

  std::string folder_;
  uint64_t limit_;
  std::mutex mutex_;
  uint64_t written_ = UINT64_MAX;  // bytes since the folder was last measured; at first unknown
};

}  // namespace crossarray::cuda
