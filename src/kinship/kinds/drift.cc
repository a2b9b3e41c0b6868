// Values that changed all over.
#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Largest singular value of changes over that of noise, above which they are no noise.
constexpr double kStructured = 1.25;

Found FindDrift(const Findings& findings) {
  Found found;
  std::vector<double> changes, structure;
  const FoundTensors drifted = findings.Find([&](const TensorHeritage& tensor) {
    // Vectors have no baseline of their own.
    if (tensor.heritage != HeritageClass::kDrifted || tensor.link.b->tensor->shape.size() < 2) {
      return false;
    }
    // The mean of several experts is far from each.
    const ModuleKind module = tensor.link.b->module;
    const bool mlp = module == ModuleKind::kRoutedExperts || module == ModuleKind::kDenseMlp;
    if (findings.Has(DerivationKind::kExpertsMerged) && mlp) return false;
    const auto change = tensor.changes->relative_change();
    if (change) changes.push_back(*change);
    if (tensor.spectrum) structure.push_back(tensor.spectrum->largest_over_noise);
    return true;
  });
  // A mixture changes everything, and explains it.
  if (!findings.IsMuch(drifted) || changes.empty() ||
      (findings.merge != nullptr && findings.merge->is_merge))
    return found;
  const auto over_noise = Median(structure);
  KindFigures figures = {{"tensors", static_cast<double>(drifted.tensors)},
                         {"relative_change", *Median(changes)}};
  if (over_noise) figures.emplace_back("largest_over_noise", *over_noise);
  const bool noise = !findings.is_rotated() && over_noise && *over_noise < kStructured;
  const Said looks_like =
      findings.is_rotated()
          ? Said{"what a fitted rotation leaves does not tell learning from noise",
                 "맞춘 회전이 남긴 것으로는 학습과 잡음을 구별할 수 없음"}
      : !over_noise ? Said{"too much to tell learning from noise",
                           "학습과 잡음을 구별하기에는 변화가 너무 큼"}
      : noise       ? Said{"the changes have the spectrum of independent noise",
                     "변화의 스펙트럼이 독립 잡음과 같음"}
                    : Said{"the changes have directions, as learning gives",
                     "변화에 학습이 남기는 방향이 있음"};
  found.AddKind(noise ? DerivationKind::kNoiseAdded : DerivationKind::kFineTuned,
                Say("{} tensors changed all over, by {:.3g} of their size (median); {}",
                    "텐서 {}개가 전체적으로 바뀜(크기 대비 중앙값 {:.3g}); {}", drifted.tensors,
                    *Median(changes), looks_like),
                std::move(figures));
  return found;
}

constexpr auto kKindsOfDrift = std::to_array<KindRow>({
    {DerivationKind::kFineTuned, "fine_tuned", FindDrift},
    {DerivationKind::kNoiseAdded, "noise_added", FindDrift},
});

}  // namespace

std::span<const KindRow> KindsOfDrift() { return kKindsOfDrift; }

}  // namespace modelkin
