// The graph lock is the GIL: hooks for the executor.
#pragma once

namespace crossarray::python {

/// Installs the hooks: kernels that run for long let go of the GIL, and Ctrl-C stops them.
void install_lock_hooks();

}  // namespace crossarray::python
