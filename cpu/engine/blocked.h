// Several programs over the same outermost axis, block of rows by block of rows.
#pragma once

#include <span>

#include "cpu/engine/engine.h"

namespace crossarray::cpu {

/// As Backend::run_blocked: what one program writes for a block the next one reads from the cache.
void run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches);

}  // namespace crossarray::cpu
