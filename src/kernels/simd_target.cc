#include "kernels/simd_target.h"

// The loop over targets that every kernel file makes, here only to ask which one was chosen.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd_target.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
std::int64_t ThisTarget() { return HWY_TARGET; }
}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(ThisTarget);

namespace {

// Single bits of those targets that were compiled in and that the machine has, best first: in
// Highway a lower bit is a better target. Asked once, before any forcing hides some.
const std::vector<std::int64_t>& SupportedBits() {
  static const std::vector<std::int64_t> all = [] {
    std::vector<std::int64_t> bits;
    for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
      bits.push_back(left & -left);
    }
    return bits;
  }();
  return all;
}

}  // namespace

std::vector<std::string> SupportedSimdTargets() {
  std::vector<std::string> names;
  for (const std::int64_t target : SupportedBits()) names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string ActiveSimdTarget() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(ThisTarget)()); }

bool ForceSimdTarget(const std::string& name) {
  std::int64_t mask = 0;
  for (const std::int64_t target : SupportedBits()) {
    // And all that are worse: a file of kernels need not have each target.
    if (mask != 0 || name == hwy::TargetName(target)) mask |= target;
  }
  if (mask == 0 && !name.empty()) return false;
  hwy::SetSupportedTargetsForTest(mask);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return true;
}

}  // namespace modelkin
#endif  // HWY_ONCE
