// A mixture of named parents.
#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindMerge(const Findings& findings) {
  Found found;
  if (findings.merge == nullptr || !findings.merge->is_merge) return found;
  const double explained = findings.merge->explained.value_or(0);
  KindFigures figures = {{"explained", explained}, {"residual", findings.merge->residual}};
  Said weights;
  for (std::size_t i = 0; i < findings.merge->weights.size(); ++i) {
    const WeightEstimate& weight = findings.merge->weights[i];
    const Said one =
        Say("{}{:.3f} ({:.3f} to {:.3f}; of single tensors {:.3f} to {:.3f})",
            "{}{:.3f}({:.3f}~{:.3f}; 텐서별 {:.3f}~{:.3f})", i == 0 ? "" : ", ", weight.mean,
            weight.low, weight.high, weight.tensors_low, weight.tensors_high);
    weights.english += one.english;
    weights.korean += one.korean;
    figures.emplace_back(fmt::format("weight_{}", i + 1), weight.mean);
  }
  found.AddKind(
      DerivationKind::kMerged,
      Say("{} merge of the parents with weights {}; it explains {:.1f}% of "
          "what separates B from the nearest of them",
          "가중치 {1}인 부모들의 {0} 병합; B와 가장 가까운 부모를 가르는 차이의 {2:.1f}%를 "
          "설명함",
          MergeMethodName(findings.merge->method), weights, 100 * explained),
      std::move(figures));
  if (!findings.merge->goes_back_to_a) return found;
  found.AddSign(SignKind::kMerged, Direction::kAToB,
                {"B is a mixture of A and other models; A as one of B would need a negative weight",
                 "B는 A와 다른 모델들의 혼합; A가 B의 혼합이려면 음의 가중치가 필요함"});
  return found;
}

constexpr auto kKindsOfMerging = std::to_array<KindRow>({
    {DerivationKind::kMerged, "merged", FindMerge},
});

}  // namespace

std::span<const KindRow> KindsOfMerging() { return kKindsOfMerging; }

}  // namespace modelkin
