#include <cub/device/device_scan.cuh>

#include "folds.cuh"
#include "kernels.h"

namespace crossarray::kernels {
namespace {

template <class T>
int scan(XaFold fold, void* scratch, size_t* bytes, const void* in, void* out, int64_t n, cudaStream_t stream) {
  const T* from = static_cast<const T*>(in);
  T* to = static_cast<T*>(out);
  switch (fold) {
    case kXaSum: return cub::DeviceScan::InclusiveScan(scratch, *bytes, from, to, Sum(), n, stream);
    case kXaProd: return cub::DeviceScan::InclusiveScan(scratch, *bytes, from, to, Product(), n, stream);
    case kXaMin: return cub::DeviceScan::InclusiveScan(scratch, *bytes, from, to, Minimum(), n, stream);
    case kXaMax: return cub::DeviceScan::InclusiveScan(scratch, *bytes, from, to, Maximum(), n, stream);
    default: return cudaErrorInvalidValue;
  }
}

}  // namespace
}  // namespace crossarray::kernels

int xa_scan(XaFold fold, XaNumber type, void* scratch, size_t* scratch_bytes, const void* in, void* out, int64_t n,
            void* stream) {
  using crossarray::kernels::scan;
  const auto s = static_cast<cudaStream_t>(stream);
  switch (type) {
    case kXaI32: return scan<int32_t>(fold, scratch, scratch_bytes, in, out, n, s);
    case kXaI64: return scan<int64_t>(fold, scratch, scratch_bytes, in, out, n, s);
    case kXaF32: return scan<float>(fold, scratch, scratch_bytes, in, out, n, s);
    case kXaF64: return scan<double>(fold, scratch, scratch_bytes, in, out, n, s);
  }
  return cudaErrorInvalidValue;
}
