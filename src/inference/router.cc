#include "inference/router.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace modelkin {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();
constexpr float kTie = 1e-5F;

// The `count` largest of `scores`, the first of equals first.
std::vector<std::uint32_t> Largest(std::span<const float> scores, std::size_t count) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
                    });
  order.resize(count);
  return order;
}

// Whether a hair decides between the last of those chosen and the best of the rest.
bool NearTie(std::span<const float> scores, std::span<const std::uint32_t> chosen) {
  if (chosen.size() == scores.size()) return false;
  float last = std::numeric_limits<float>::infinity();
  float rest = kNone;
  for (std::uint32_t i = 0; i < scores.size(); ++i) {
    const bool is_chosen = std::ranges::find(chosen, i) != chosen.end();
    if (is_chosen) last = std::min(last, scores[i]);
    if (!is_chosen) rest = std::max(rest, scores[i]);
  }
  return last - rest <= kTie * std::max(std::abs(last), std::abs(rest));
}

class ChoiceBuilder {
 public:
  ChoiceBuilder(const Activations& logits, std::size_t chosen) {
    choice_.chosen = chosen;
    choice_.experts_in_all = logits.columns;
    choice_.experts.reserve(logits.rows * chosen);
    choice_.weights.reserve(logits.rows * chosen);
  }

  // Where a score is NaN or infinite, nothing can be decided: the next token's weights become NaN,
  // so that its output does. True if so.
  bool AddIfUndefined(std::span<const float> scores) {
    if (std::ranges::all_of(scores, [](float score) { return std::isfinite(score); })) return false;
    for (std::uint32_t i = 0; i < choice_.chosen; ++i) {
      choice_.experts.push_back(i);
      choice_.weights.push_back(std::numeric_limits<float>::quiet_NaN());
    }
    return true;
  }

  // Of the next token. `scores` decided; `weights` are those of the experts, in their order.
  void Add(std::span<const float> scores, std::span<const std::uint32_t> experts,
           std::span<const float> weights) {
    if (NearTie(scores, experts)) ++choice_.near_ties;
    for (const std::uint32_t at : Largest(weights, experts.size())) {
      choice_.experts.push_back(experts[at]);
      choice_.weights.push_back(weights[at]);
    }
  }

  RouterChoice Take() { return std::move(choice_); }

 private:
  RouterChoice choice_;
};

std::span<const float> RowOf(const Activations& logits, std::size_t row) {
  return {logits.Row(row), logits.columns};
}

// exp(x_i) / sum exp(x_j); -infinity gives 0.
std::vector<float> Softmax(std::span<const float> x) {
  const float largest = *std::ranges::max_element(x);
  std::vector<float> shares;
  shares.reserve(x.size());
  float sum = 0;
  for (const float value : x) {
    shares.push_back(std::exp(value - largest));
    sum += shares.back();
  }
  for (float& share : shares) share /= sum;
  return shares;
}

std::vector<float> At(std::span<const float> values, std::span<const std::uint32_t> places) {
  std::vector<float> out;
  out.reserve(places.size());
  for (const std::uint32_t place : places) out.push_back(values[place]);
  return out;
}

// What the probe of a token is told first; null if it is of another token.
RouterProbe* BeginProbe(RouterProbe* probe, RouterKind kind, const Activations& logits,
                        std::size_t row) {
  if (probe == nullptr || probe->row != row) return nullptr;
  const auto values = RowOf(logits, row);
  *probe = {.row = row, .kind = kind, .logits = {values.begin(), values.end()}};
  return probe;
}

// Scores of experts outside the chosen groups become -infinity. Gives what each group was judged
// by; nothing where all are kept.
std::vector<float> KeepBestGroups(std::vector<float>& scores, std::size_t groups,
                                  std::size_t kept) {
  if (kept >= groups) return {};
  const std::size_t size = scores.size() / groups;
  std::vector<float> best;
  best.reserve(groups);
  for (std::size_t group = 0; group < groups; ++group) {
    const std::span<const float> members(scores.data() + group * size, size);
    float sum = 0;
    for (const std::uint32_t at : Largest(members, std::min<std::size_t>(2, size))) {
      sum += members[at];
    }
    best.push_back(sum);
  }
  std::vector<bool> keep(groups);
  for (const std::uint32_t group : Largest(best, kept)) keep[group] = true;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!keep[i / size]) scores[i] = kNone;
  }
  return best;
}

// One pick of SparseMixer: the best of `scores`, and its share among those near it. Nearness is
// judged by `all`, the scores before any was taken out.
struct Pick {
  std::uint32_t expert;
  std::vector<float> shares;

  float weight() const { return shares[expert]; }
};

Pick PickOne(std::span<const float> scores, std::span<const float> all, double epsilon) {
  const std::uint32_t best = Largest(scores, 1).front();
  const float largest = scores[best];
  std::vector<float> near(scores.begin(), scores.end());
  for (std::size_t i = 0; i < near.size(); ++i) {
    const float against = std::max(std::abs(all[i]), largest);
    if ((largest - all[i]) / against > static_cast<float>(2 * epsilon)) near[i] = kNone;
  }
  return {best, Softmax(near)};
}

}  // namespace

RouterChoice SoftmaxRouter(const Activations& logits, std::size_t chosen, bool normalise,
                           RouterProbe* probe) {
  ChoiceBuilder builder(logits, chosen);
  for (std::size_t row = 0; row < logits.rows; ++row) {
    if (builder.AddIfUndefined(RowOf(logits, row))) continue;
    const std::vector<float> shares = Softmax(RowOf(logits, row));
    const auto experts = Largest(shares, chosen);
    std::vector<float> weights = At(shares, experts);
    if (normalise) {
      const float sum = std::accumulate(weights.begin(), weights.end(), 0.0F);
      for (float& weight : weights) weight /= sum;
    }
    if (auto* const to = BeginProbe(probe, RouterKind::kSoftmax, logits, row)) {
      to->routing = {.chosen = chosen, .normalise = normalise};
      to->scores = to->choosing = shares;
    }
    builder.Add(shares, experts, weights);
  }
  return builder.Take();
}

RouterChoice ChosenSoftmaxRouter(const Activations& logits, std::size_t chosen,
                                 RouterProbe* probe) {
  ChoiceBuilder builder(logits, chosen);
  for (std::size_t row = 0; row < logits.rows; ++row) {
    const auto scores = RowOf(logits, row);
    if (builder.AddIfUndefined(scores)) continue;
    const auto experts = Largest(scores, chosen);
    if (auto* const to = BeginProbe(probe, RouterKind::kChosenSoftmax, logits, row)) {
      to->routing = {.chosen = chosen};
      to->choosing = to->logits;
    }
    builder.Add(scores, experts, Softmax(At(scores, experts)));
  }
  return builder.Take();
}

RouterChoice SigmoidRouter(const Activations& logits, const std::vector<float>& correction_bias,
                           const SigmoidRouting& routing, RouterProbe* probe) {
  ChoiceBuilder builder(logits, routing.chosen);
  for (std::size_t row = 0; row < logits.rows; ++row) {
    std::vector<float> sigmoids;
    std::vector<float> scores;
    sigmoids.reserve(logits.columns);
    scores.reserve(logits.columns);
    for (std::size_t i = 0; i < logits.columns; ++i) {
      sigmoids.push_back(1 / (1 + std::exp(-logits.Row(row)[i])));
      scores.push_back(sigmoids.back() + correction_bias[i]);
    }
    if (builder.AddIfUndefined(RowOf(logits, row)) || builder.AddIfUndefined(scores)) continue;
    const auto groups = KeepBestGroups(scores, routing.groups, routing.groups_chosen);
    if (auto* const to = BeginProbe(probe, RouterKind::kSigmoid, logits, row)) {
      to->routing = routing;
      to->scores = sigmoids;
      to->bias = correction_bias;
      to->choosing = scores;
      to->groups = groups;
    }
    const auto experts = Largest(scores, routing.chosen);
    std::vector<float> weights = At(sigmoids, experts);
    const float sum = std::accumulate(weights.begin(), weights.end(), 0.0F) + 1e-20F;
    for (float& weight : weights)
      weight = (routing.normalise ? weight / sum : weight) * routing.scale;
    builder.Add(scores, experts, weights);
  }
  return builder.Take();
}

RouterChoice SparseMixerRouter(const Activations& logits, double epsilon, RouterProbe* probe) {
  ChoiceBuilder builder(logits, 2);
  for (std::size_t row = 0; row < logits.rows; ++row) {
    const auto scores = RowOf(logits, row);
    if (builder.AddIfUndefined(scores)) continue;
    const Pick first = PickOne(scores, scores, epsilon);
    std::vector<float> rest(scores.begin(), scores.end());
    rest[first.expert] = kNone;
    const Pick second = PickOne(rest, scores, epsilon);
    const std::vector<std::uint32_t> experts = {first.expert, second.expert};
    const std::vector<float> weights = {first.weight(), second.weight()};
    if (auto* const to = BeginProbe(probe, RouterKind::kSparseMixer, logits, row)) {
      to->routing = {.chosen = 2, .normalise = false};
      to->epsilon = epsilon;
      to->choosing = to->logits;
      to->picks = {first.shares, second.shares};
    }
    builder.Add(scores, experts, weights);
  }
  return builder.Take();
}

}  // namespace modelkin
