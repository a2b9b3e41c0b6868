#include "evidence/effort.h"

#include <algorithm>

#include "source/byte_source.h"
#include "statistics/wilson_interval.h"

namespace modelkin {
namespace {

// Looks at models of up to kLargeValues: each takes four times the rows of the one before.
constexpr DrawPlan kFirstLook = {
    .rows = 4096, .units = 256, .mlps = 128, .sums = 256, .layers = 8, .tokens = 16'384};
constexpr DrawPlan kSecondLook = {
    .rows = 16'384, .units = 512, .mlps = 512, .sums = 256, .layers = 32, .tokens = 65'536};
constexpr DrawPlan kThirdLook = {
    .rows = 65'536, .units = 1024, .mlps = 2560, .sums = 1024, .layers = DrawPlan::kAll};
// The only one at larger models.
constexpr DrawPlan kLargeLook = {.rows = 8192,
                                 .units = 64,
                                 .mlps = 96,
                                 .sums = 0,
                                 .layers = 4,
                                 .tokens = 16'384,
                                 .run_bytes = kMovedBlockBytes};
// Of its values those of MLPs are this part at most.
constexpr std::uint64_t kLargePart = 100;
constexpr DrawPlan kQuickLook = {
    .rows = 4096, .units = 256, .mlps = 12, .sums = 0, .layers = 0, .tokens = 0};

std::uint64_t ValuesOf(const Checkpoint& model) {
  std::uint64_t values = 0;
  for (const Tensor& tensor : model.tensors()) values += tensor.elements;
  return values;
}

// `draws_anyway`: of small models too.
std::vector<DrawPlan> PlansBySize(Effort effort, std::uint64_t values, bool draws_anyway) {
  if (effort == Effort::kFull) return {DrawPlan{}};
  if (effort == Effort::kQuick) {
    DrawPlan quick = kQuickLook;
    if (values > kLargeValues) quick.run_bytes = kMovedBlockBytes;
    return {quick};
  }
  if (values > kLargeValues) {
    DrawPlan plan = kLargeLook;
    plan.mlp_values = values / kLargePart;
    return {plan};
  }
  if (values <= kWholeValues && !draws_anyway) return {DrawPlan{}};
  return {kFirstLook, kSecondLook, kThirdLook};
}

bool SharesAreKnown(const LinkedShares& shares, std::uint64_t mlps) {
  return shares.mlps == 0 ||
         WilsonInterval(shares.mlps_linked, shares.mlps, mlps).half_width() <= kShareKnown;
}

}  // namespace

std::vector<DrawPlan> PlansOf(const TraceOptions& options, const Checkpoint& a,
                              const Checkpoint& b) {
  std::vector<DrawPlan> plans = PlansBySize(options.effort, std::max(ValuesOf(a), ValuesOf(b)),
                                            options.most_rows > 0 || options.most_units > 0);
  for (DrawPlan& plan : plans) {
    if (options.most_rows > 0) plan.rows = std::min(plan.rows, options.most_rows);
    if (options.most_units > 0) plan.units = std::min(plan.units, options.most_units);
  }
  return plans;
}

bool IsSettled(const Verdict& verdict, const std::optional<PowerStatement>& power,
               const DrawPlan& plan, std::uint64_t mlps) {
  if (plan.is_all()) return true;
  switch (verdict.category) {
    case VerdictCategory::kIdentical:
    case VerdictCategory::kNotComparable: return true;
    case VerdictCategory::kDerived:
    case VerdictCategory::kSharesMaterial: return SharesAreKnown(verdict.shares, mlps);
    case VerdictCategory::kNoEvidence: break;
  }
  return power && power->smallest().value_or(1) < kShareFound;
}

}  // namespace modelkin
