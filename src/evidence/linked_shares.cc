#include "evidence/linked_shares.h"

#include <algorithm>
#include <cmath>

#include "evidence/test_result.h"
#include "statistics/median.h"
#include "statistics/wilson_interval.h"

namespace modelkin {
namespace {

// z of a tensor whose residual coordinates are in place beyond doubt.
constexpr double kClearZ = 4;
// Half of the matched units of a tensor of unknown layout in place: it is linked.
constexpr double kLinkedUnits = 0.5;

bool IsLinked(const MlpMatch& match, std::size_t mlps) {
  return match.skipped.empty() &&
         match.log_p_linked() + std::log(static_cast<double>(mlps)) < kStrongLogP;
}

// Both ways round, over all that was related.
struct RetainedSpreads {
  RetainedSpread a, b;
  bool asked = false;

  void Add(const std::optional<UnitRelations>& relations) {
    if (!relations || !relations->retained_a || !relations->retained_b) return;
    a.Add(*relations->retained_a);
    b.Add(*relations->retained_b);
    asked = true;
  }

  // Of the side that is further above the limit.
  void Tell(LinkedShares& shares) const {
    if (!asked) return;
    const double of_a = a.DeviationsAbove(kLearnedRatio), of_b = b.DeviationsAbove(kLearnedRatio);
    const RetainedSpread& clearer = of_a >= of_b ? a : b;
    shares.retained = clearer.ratio();
    shares.retained_error = clearer.error();
    shares.retained_deviations = std::max(of_a, of_b);
  }
};

void AddMlps(const PairAnalysis& pair, LinkedShares& shares) {
  double parameters = 0, linked = 0;
  std::vector<double> learned, cosines;
  RetainedSpreads retained;
  for (const MlpMatch& match : pair.mlps) {
    if (!match.skipped.empty()) continue;
    const double width = static_cast<double>(pair.b.mlps[match.b].width);
    ++shares.mlps;
    parameters += width;
    if (!IsLinked(match, pair.mlps.size())) continue;
    ++shares.mlps_linked;
    linked += width;
    if (const auto ratio = match.learned()) learned.push_back(*ratio);
    if (const auto cosine = match.cosine()) cosines.push_back(*cosine);
    retained.Add(match.first_relations);
    retained.Add(match.second_relations);
  }
  retained.Tell(shares);
  if (parameters > 0) shares.mlp_parameters = linked / parameters;
  shares.learned_ratio = Median(std::move(learned));
  shares.unit_cosine = Median(std::move(cosines));
}

// What residual coordinates tell where there are no MLPs.
void AddResidual(const PairAnalysis& pair, LinkedShares& shares) {
  std::vector<double> learned, cosines;
  for (const UnitRelations& relations : pair.residual_relations) {
    if (const auto ratio = relations.learned()) learned.push_back(*ratio);
    cosines.push_back(relations.cosine);
  }
  shares.learned_ratio = Median(std::move(learned));
  shares.unit_cosine = Median(std::move(cosines));
  const auto& tensors = pair.residual.tensors;
  if (shares.layers > 0 || tensors.empty()) return;
  const auto clear =
      std::ranges::count_if(tensors, [](const TensorTrace& tensor) { return tensor.z >= kClearZ; });
  shares.tensor_share = static_cast<double>(clear) / static_cast<double>(tensors.size());
}

}  // namespace

LinkedShares SharesOf(const PairAnalysis& pair) {
  LinkedShares shares{.mlps_drawn_from = pair.mlps_drawn_from};
  AddMlps(pair, shares);
  shares.layers = pair.layer_map.layers_b.size();
  shares.layers_linked = pair.layer_map.linked();
  if (shares.layers > 0) {
    shares.layer_share =
        static_cast<double>(shares.layers_linked) / static_cast<double>(shares.layers);
  }
  if (!pair.residual_relations.empty()) AddResidual(pair, shares);
  if (!pair.orders.empty()) {
    const auto in_place = std::ranges::count_if(pair.orders, [&](const TensorOrder& order) {
      return order.share() >= kLinkedUnits &&
             order.log_p + std::log(static_cast<double>(pair.orders.size())) < kStrongLogP;
    });
    shares.tensor_share = static_cast<double>(in_place) / static_cast<double>(pair.orders.size());
  }
  return shares;
}

std::optional<double> LeastShare(const LinkedShares& shares) {
  std::optional<double> least;
  for (const auto& share : {shares.mlp_parameters, shares.layer_share, shares.tensor_share}) {
    if (share) least = std::min(least.value_or(1), *share);
  }
  // A share of drawn MLPs counts for what it is at least.
  if (least && shares.mlps_drawn_from > 0) {
    least = std::min(*least,
                     WilsonInterval(shares.mlps_linked, shares.mlps, shares.mlps_drawn_from).low);
  }
  return least;
}

bool IsLearned(const LinkedShares& shares) {
  if (!shares.unit_cosine || *shares.unit_cosine >= kNearCopy) return true;
  // What is retained exceeds 1 for a model that has learned more of the same along a few more
  // directions, which relations between units tell from one that goes back to the other.
  return shares.learned_ratio.value_or(0) >= kLearnedRatio &&
         shares.retained_deviations.value_or(kBeyondDoubt) >= kBeyondDoubt;
}

bool IsLearnedUndecided(const LinkedShares& shares) {
  return !IsLearned(shares) && shares.retained_deviations &&
         (!shares.retained || *shares.retained_deviations > -kBeyondDoubt);
}

}  // namespace modelkin
