// The CPU as a backend: SIMD tiles over threads (engine), one element at a time (reference), and the library primitives.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray::cpu {

/// The CPU backend; the first call registers it. CROSSARRAY_ENGINE=reference makes it run kernels with the oracle.
HostBackend& backend();

/// Chooses the oracle (true) or the tile engine for kernels, ops and reductions from now on. For tests.
void use_reference(bool on);

}  // namespace crossarray::cpu
