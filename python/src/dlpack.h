// Memory of devices, exchanged with other libraries without a copy: DLPack and __cuda_array_interface__.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// The device an array's memory is lent from: where it is pinned, else the host.
Device lending_device(const Array& a);

/// x.__dlpack__(stream=, max_version=, copy=) for an array pinned to a device: a capsule over its memory. The consumer's
/// stream (null or None: the legacy default one; -1: it synchronises itself) waits for work in flight.
PyObject* device_dlpack(const Array& a, PyObject* stream, PyObject* max_version, PyObject* copy);
/// The array over the memory of an object whose __dlpack_device__ is one of our devices; empty if it is the CPU's. Throws
/// kBuffer, kDevice.
Array from_device_dlpack(PyObject* source);

/// __cuda_array_interface__ version 3 of an array pinned to a device. Throws kBuffer, kDevice.
PyObject* device_array_interface(PyObject* self);
/// The array over the memory that source.__cuda_array_interface__ describes; empty if it has none.
Array from_device_interface(PyObject* source);

}  // namespace crossarray::python
