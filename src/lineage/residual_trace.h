// The trace test over residual coordinates (docs/lineage.md, "The trace statistic"), joint over
// all tensors that share them.
#ifndef MODELKIN_LINEAGE_RESIDUAL_TRACE_H_
#define MODELKIN_LINEAGE_RESIDUAL_TRACE_H_

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/skipped.h"
#include "lineage/diagonal_mean.h"
#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"
#include "lineage/residual_pairs.h"
#include "lineage/trace_state.h"
#include "statistics/trace_test.h"

namespace modelkin {

// Why a tensor with NaN or infinity is left out.
inline constexpr const char* kNotFinite = "values that are not finite";

struct SkippedTensor {
  std::string name;
  std::string reason;
};

// A tensor, or where rows were drawn all experts' of a layer and role.
struct TensorTrace {
  const Part* a = nullptr;  // the first of them
  const Part* b = nullptr;
  double z = 0;  // of these alone
  std::uint64_t tensors = 1;
};

struct RoleTrace {
  std::string role;
  std::uint64_t tensors = 0;
  double z = 0;  // of the role's tensors together
};

// The sum of K over tensors, each divided by the standard deviation that its own trace has under
// the null: a tensor then counts the same whatever its scale and size. Neither that nor what is
// taken of each coordinate by itself changes when B's coordinates are permuted: the test is exact.
struct CarrierTrace {
  Skipped skipped;                      // why there is no test
  std::optional<TraceMoments> moments;  // of the joint K
  std::vector<double> products;         // the joint K, row-major; none where rows were drawn
  std::uint64_t rows = 0;               // that were drawn; 0 where all were taken
  TraceTail tail{};                     // once it was looked for
};

struct ResidualTrace {
  std::size_t units = 0;             // residual coordinates; 0 if there is no test
  Skipped skipped;                   // why not
  std::vector<TensorTrace> tensors;  // by role, then in A's order
  std::vector<RoleTrace> by_role;    // description: all share one permutation
  std::vector<SkippedTensor> left_out;
  CarrierTrace weights, tables;
};

// Wider models would take more than 5 GiB for sums of K.
inline constexpr std::uint64_t kWidestResidual = 16384;

// Returns why there is no such test of two models; nothing where there is.
Skipped WhyNoResidualTrace(const ModelParts& a, const ModelParts& b);
// Sets CarrierTrace::skipped of those without moments.
void SayWhatIsMissing(ResidualTrace& trace);

// Pairs parts of the same name. Where other axes differ in length, the positions that both have.
// What is read goes to `sums_a` and `sums_b` as well. Goes on from `saved`, and saves itself there.
ResidualTrace TraceResidual(const ModelParts& a, MlpSums& sums_a, const ModelParts& b,
                            MlpSums& sums_b, const PartFilter& wanted, const StateItem& saved,
                            unsigned threads, Progress& progress);

// Bytes that TraceResidual reads.
std::uint64_t ResidualTraceBytes(const ModelParts& a, const ModelParts& b,
                                 const PartFilter& wanted);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_RESIDUAL_TRACE_H_
