// Superinstructions of register-threaded chains: links that do the work of two or three.
#pragma once

#include "cpu/engine/chain_code.h"

namespace crossarray::cpu {

/// Rewrites the links of a finished chain. Results keep their bits:
///   store t; load x; multiply y; add t      ->  add_product x, y      (also t - x*y and x*y - t)
///   load x; multiply y; add z               ->  load z; add_product x, y
/// fast_math: division by a scalar multiplies by its reciprocal, at most an ulp off.
///
/// Only what was measured faster is here (Zen 5, AVX-512, one thread, chains alone): a*s + b*t takes 0.139 -> 0.082 ns an
/// element in L1, 0.185 -> 0.152 in L2, 0.15 -> 0.12 from L3 (float32); a/s 0.133 -> 0.060 in L1. As fast without:
/// a*s + t (0.058 against 0.059 by hand), also contracted to FMA (polynomial 0.120 and 0.120), sigmoid (0.281, of which exp
/// 0.226), product and sum (0.068 against 0.105 by hand).
void fuse_links(ChainCode& code, bool fast_math);

}  // namespace crossarray::cpu
