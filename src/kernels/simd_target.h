// Which instruction set the kernels run on.
#ifndef MODELKIN_KERNELS_SIMD_TARGET_H_
#define MODELKIN_KERNELS_SIMD_TARGET_H_

#include <string>
#include <vector>

namespace modelkin {

// Highway's names of the targets that this program has and this machine can run, best first:
// {"AVX3_DL", "AVX3", "AVX2", ...}. Never empty.
std::vector<std::string> SupportedSimdTargets();

// The target in use.
std::string ActiveSimdTarget();

// From now on no better target is used; "" returns to the best. False, with no effect, if it is not
// among the supported ones. Not to be called while kernels run.
bool ForceSimdTarget(const std::string& name);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_SIMD_TARGET_H_
