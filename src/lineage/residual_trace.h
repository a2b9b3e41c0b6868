// The trace test over residual coordinates (docs/lineage.md, "The trace statistic"), joint over
// all tensors that share them.
#ifndef MODELKIN_LINEAGE_RESIDUAL_TRACE_H_
#define MODELKIN_LINEAGE_RESIDUAL_TRACE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/diagonal_mean.h"
#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"
#include "lineage/trace_state.h"
#include "statistics/trace_test.h"

namespace modelkin {

struct SkippedTensor {
  std::string name;
  std::string reason;
};

struct TensorTrace {
  const Part* a = nullptr;
  const Part* b = nullptr;
  double z = 0;  // of this tensor alone
};

struct RoleTrace {
  std::string role;
  std::uint64_t tensors = 0;
  double z = 0;  // of the role's tensors together
};

// What a tensor's other axis runs over decides what its K can show.
enum class ResidualCarrier : std::uint8_t {
  // Hidden units, heads or experts: these are in random order as well, so that models have to agree
  // in both. K is Pearson's correlation of each coordinate of A with each of B over them.
  kWeights,
  // Nothing (norms, biases) or tokens (embedding, output): what both models know of a coordinate by
  // other ways, such as a table of positions, shows here too. K = transpose(A) B.
  kTables,
};

ResidualCarrier CarrierOf(const Part& part);

// The sum of K over tensors, each divided by the standard deviation that its own trace has under
// the null: a tensor then counts the same whatever its scale and size. Neither that nor what is
// taken of each coordinate by itself changes when B's coordinates are permuted: the test is exact.
struct CarrierTrace {
  std::string skipped;                  // why there is no test
  std::optional<TraceMoments> moments;  // of the joint K
  std::vector<double> products;         // the joint K, row-major
  TraceTail tail{};                     // once it was looked for
};

struct ResidualTrace {
  std::size_t units = 0;             // residual coordinates; 0 if there is no test
  std::string skipped;               // why not
  std::vector<TensorTrace> tensors;  // by role, then in A's order
  std::vector<RoleTrace> by_role;    // description: all share one permutation
  std::vector<SkippedTensor> left_out;
  CarrierTrace weights, tables;
};

// Wider models would take more than 5 GiB for sums of K.
inline constexpr std::uint64_t kWidestResidual = 16384;

// Which pairs to take: all, or those of --quick.
using PartFilter = std::function<bool(const Part&)>;

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
