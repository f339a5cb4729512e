#include "cuda/plugin/transfer.h"

#include <algorithm>
#include <cstring>
#include <deque>

namespace crossarray::cuda {
namespace {

DevicePointer address(const void* data) { return reinterpret_cast<DevicePointer>(data); }

}  // namespace

std::byte* StagingRing::take(Device& device) {
  const size_t at = next_;
  if (!blocks_[at] && !refused_) {
    void* block = nullptr;
    const int code = driver().cuMemHostAlloc(&block, kBlockBytes, 0);
    refused_ = code != kSuccess;
    if (refused_ && code != kOutOfMemory) device.check(code, "cuMemHostAlloc");
    blocks_[at] = static_cast<std::byte*>(block);
  }
  if (!blocks_[at]) return nullptr;
  device.wait(fences_[at]);
  next_ = (at + 1) % kBlocks;
  return blocks_[at];
}

void* Transfer::allocate_pinned(size_t bytes) {
  void* data = nullptr;
  const int code = driver().cuMemHostAlloc(&data, bytes, 0);
  if (code == kOutOfMemory) return nullptr;
  device_.check(code, "cuMemHostAlloc");
  return data;
}

void Transfer::deallocate_pinned(void* host) noexcept {
  if (!device_.lost()) driver().cuMemFreeHost(host);
}

Fence Transfer::upload(void* to, const void* host_from, size_t bytes, Fence after) {
  if (bytes == 0) return {};  // and the last copy stays the last one
  std::lock_guard<std::mutex> hold(up_mutex_);
  const Stream stream = device_.upload();
  device_.order(stream, after);
  Fence fence;
  if (is_pinned(host_from)) {
    device_.check(driver().cuMemcpyHtoDAsync(address(to), host_from, bytes, stream), "cuMemcpyHtoDAsync");
    fence = device_.record(stream);
  } else {
    fence = stage_up(static_cast<std::byte*>(to), static_cast<const std::byte*>(host_from), bytes);
  }
  pool_.note_upload(fence);
  return fence;
}

Fence Transfer::stage_up(std::byte* to, const std::byte* from, size_t bytes) {
  Fence last;
  for (size_t done = 0; done < bytes;) {
    const size_t n = std::min(bytes - done, StagingRing::kBlockBytes);
    std::byte* block = up_.take(device_);
    if (block) std::memcpy(block, from + done, n);
    device_.check(driver().cuMemcpyHtoDAsync(address(to + done), block ? block : from + done, n, device_.upload()),
                  "cuMemcpyHtoDAsync");
    last = device_.record(device_.upload());
    if (block)
      up_.keep_until(last);
    else
      device_.wait(last);
    done += n;
  }
  return last;
}

Fence Transfer::download(void* host_to, const void* from, size_t bytes, Fence after) {
  std::lock_guard<std::mutex> hold(down_mutex_);
  const Stream stream = device_.download();
  device_.order(stream, after);
  if (!is_pinned(host_to))
    return stage_down(static_cast<std::byte*>(host_to), static_cast<const std::byte*>(from), bytes);
  device_.check(driver().cuMemcpyDtoHAsync(host_to, address(from), bytes, stream), "cuMemcpyDtoHAsync");
  const Fence fence = device_.record(stream);
  pool_.note_download(fence);
  return fence;
}

// Pieces fly while earlier ones are copied out of their blocks.
Fence Transfer::stage_down(std::byte* to, const std::byte* from, size_t bytes) {
  struct Piece {
    std::byte* block;
    size_t at, bytes;
    Fence fence;
  };
  std::deque<Piece> flying;
  Fence last;
  const auto land = [&](size_t keep) {
    for (; flying.size() > keep; flying.pop_front()) {
      const Piece& piece = flying.front();
      device_.wait(piece.fence);
      if (piece.block) std::memcpy(to + piece.at, piece.block, piece.bytes);
    }
  };
  for (size_t done = 0; done < bytes;) {
    const size_t n = std::min(bytes - done, StagingRing::kBlockBytes);
    land(StagingRing::kBlocks - 1);
    std::byte* block = down_.take(device_);
    flying.push_back({block, done, n, {}});  // first: once the copy is on its way nothing may fail
    device_.check(driver().cuMemcpyDtoHAsync(block ? block : to + done, address(from + done), n, device_.download()),
                  "cuMemcpyDtoHAsync");
    last = device_.record(device_.download());
    pool_.note_download(last);
    if (block) down_.keep_until(last);
    flying.back().fence = last;
    done += n;
  }
  land(0);
  return last;
}

}  // namespace crossarray::cuda
