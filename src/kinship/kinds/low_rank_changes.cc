// Changes of low rank.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// |cosine| of directions that two tensors lost.
constexpr double kSameDirectionRemoved = 0.9;

// The same direction out of tensors of several layers.
Found FindRemovedDirection(const Findings& findings) {
  Found found;
  const auto first = std::ranges::find_if(
      findings.heritage, [](const TensorHeritage& tensor) { return tensor.removed.has_value(); });
  if (first == findings.heritage.end()) return found;
  std::vector<double> shares;
  std::set<std::uint32_t> layers;
  const FoundTensors tensors = findings.Find([&](const TensorHeritage& tensor) {
    if (!tensor.removed || Alikeness(*tensor.removed, *first->removed) < kSameDirectionRemoved) {
      return false;
    }
    shares.push_back(tensor.removed->share);
    if (tensor.link.b->layer) layers.insert(*tensor.link.b->layer);
    return true;
  });
  if (layers.size() < 2) return found;
  found.AddKind(
      DerivationKind::kDirectionRemoved,
      Say("one direction of the residual stream is taken out of {} tensors of {} "
          "layers, the same in all ({:.0f}% of what they had along it)",
          "층 {1}개의 텐서 {0}개에서 잔차 흐름의 한 방향을 모두 똑같이 제거함(그 방향 성분의 "
          "{2:.0f}%)",
          tensors.tensors, layers.size(), 100 * *Median(shares)),
      {{"tensors", static_cast<double>(tensors.tensors)},
       {"layers", static_cast<double>(layers.size())},
       {"share", *Median(shares)}},
      tensors.few_roles());
  return found;
}

Found FindLowRank(const Findings& findings) {
  Found found;
  std::map<std::uint64_t, std::uint64_t> ranks;
  std::vector<double> changes;
  const FoundTensors tensors = findings.Find([&](const TensorHeritage& tensor) {
    if (tensor.heritage != HeritageClass::kLowRankEdit) return false;
    if (findings.Has(DerivationKind::kDirectionRemoved) && tensor.removed) return false;
    ++ranks[tensor.spectrum->low_rank->rank];
    changes.push_back(tensor.changes->relative_change().value_or(0));
    return true;
  });
  if (tensors.tensors == 0) return found;
  const auto [rank, count] =
      *std::ranges::max_element(ranks, {}, [](const auto& entry) { return entry.second; });
  found.AddKind(DerivationKind::kLoraMerge,
                Say("changes of {} tensors have rank {} ({} of them exactly that), with a "
                    "median relative size of {:.3g}",
                    "텐서 {}개의 변화가 계수 {}(그중 {}개는 정확히), 상대 크기의 중앙값 {:.3g}",
                    tensors.tensors, rank, count, *Median(changes)),
                {{"rank", static_cast<double>(rank)},
                 {"tensors", static_cast<double>(tensors.tensors)},
                 {"relative_change", *Median(changes)}},
                tensors.few_roles());
  return found;
}

constexpr auto kKindsOfLowRankChanges = std::to_array<KindRow>({
    {DerivationKind::kDirectionRemoved, "direction_removed", FindRemovedDirection},
    {DerivationKind::kLoraMerge, "lora_merge", FindLowRank},
});

}  // namespace

std::span<const KindRow> KindsOfLowRankChanges() { return kKindsOfLowRankChanges; }

}  // namespace modelkin
