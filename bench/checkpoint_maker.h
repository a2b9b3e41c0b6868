// Large checkpoints to measure on.
#ifndef MODELKIN_BENCH_CHECKPOINT_MAKER_H_
#define MODELKIN_BENCH_CHECKPOINT_MAKER_H_

#include <cstdint>
#include <string>

#include "numeric/dtype.h"

namespace modelkin::bench {

// A file of about `mib` MiB in `folder`, unless it is there already: layers of a 64 MiB matrix and
// a norm of 4,096 each. Weights are normal with deviation 0.02, an 8 MiB pattern of `seed`
// repeated. Returns its path.
std::string MakeCheckpoint(const std::string& folder, DType dtype, std::uint64_t mib,
                           std::uint64_t seed);

}  // namespace modelkin::bench

#endif  // MODELKIN_BENCH_CHECKPOINT_MAKER_H_
