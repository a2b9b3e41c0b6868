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
  found.AddKind(
      noise ? DerivationKind::kNoiseAdded : DerivationKind::kFineTuned,
      fmt::format("{} tensors changed all over, by {:.3g} of their size in the middle; {}",
                  drifted.tensors, *Median(changes),
                  findings.is_rotated()
                      ? "what a fitted rotation leaves does not tell learning from "
                        "noise"
                  : !over_noise ? "too much to tell learning from noise"
                  : noise       ? "the changes have the spectrum of independent noise"
                                : "the changes have directions, as learning gives"),
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
