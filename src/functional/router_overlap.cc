#include "functional/router_overlap.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "functional/layer_pairing.h"
#include "linalg/assignment.h"
#include "statistics/correlation.h"

namespace modelkin {
namespace {

std::span<const std::uint32_t> ChoiceOf(const RouterChoice& choice, std::size_t row) {
  return {choice.experts.data() + row * choice.chosen, choice.chosen};
}

class LayerOverlap {
 public:
  LayerOverlap(const RouterChoice& a, const RouterChoice& b, const std::vector<RowPair>& pairs)
      : a_(a), b_(b), pairs_(pairs) {}

  RouterOverlap Run(unsigned threads) {
    out_.experts_a = a_.experts_in_all;
    out_.experts_b = b_.experts_in_all;
    out_.chosen_a = a_.chosen;
    out_.chosen_b = b_.chosen;
    Match(threads);
    Count();
    Correlate();
    return std::move(out_);
  }

 private:
  // By pairs of positions 0, 2, 4, ...
  void Match(unsigned threads) {
    std::vector<float> together(out_.experts_a * out_.experts_b, 0);
    for (std::size_t i = 0; i < pairs_.size(); i += 2) {
      for (const std::uint32_t expert_a : ChoiceOf(a_, pairs_[i].a)) {
        for (const std::uint32_t expert_b : ChoiceOf(b_, pairs_[i].b)) {
          together[expert_a * out_.experts_b + expert_b] += 1;
        }
      }
    }
    const Assignment matched =
        MaximumAssignment({together.data(), out_.experts_a, out_.experts_b}, threads);
    for (const std::uint32_t column : matched.column_of_row) {
      out_.partner.push_back(column == kUnassigned ? std::nullopt : std::optional(column));
    }
  }

  // On pairs of positions 1, 3, 5, ...
  void Count() {
    out_.load_a.assign(out_.experts_a, 0);
    out_.load_b.assign(out_.experts_b, 0);
    std::uint64_t met = 0, in_place = 0;
    for (std::size_t i = 1; i < pairs_.size(); i += 2) {
      const auto chosen_a = ChoiceOf(a_, pairs_[i].a);
      const auto chosen_b = ChoiceOf(b_, pairs_[i].b);
      for (const std::uint32_t expert : chosen_b) ++out_.load_b[expert];
      for (const std::uint32_t expert : chosen_a) {
        ++out_.load_a[expert];
        const auto partner = out_.partner[expert];
        met += partner && std::ranges::find(chosen_b, *partner) != chosen_b.end() ? 1 : 0;
        in_place += std::ranges::find(chosen_b, expert) != chosen_b.end() ? 1 : 0;
      }
      ++out_.positions;
    }
    const double most = static_cast<double>(out_.positions) *
                        static_cast<double>(std::min(out_.chosen_a, out_.chosen_b));
    out_.overlap = static_cast<double>(met) / most;
    if (out_.experts_a == out_.experts_b) {
      out_.overlap_in_place = static_cast<double>(in_place) / most;
    }
    double expected = 0;
    for (std::size_t expert = 0; expert < out_.experts_a; ++expert) {
      const auto partner = out_.partner[expert];
      if (!partner) continue;
      expected += static_cast<double>(out_.load_a[expert]) *
                  static_cast<double>(out_.load_b[*partner]) / static_cast<double>(out_.positions);
    }
    out_.overlap_by_chance = expected / most;
  }

  void Correlate() {
    std::vector<std::uint32_t> experts;
    std::vector<double> loads_a, loads_b;
    for (std::uint32_t expert = 0; expert < out_.experts_a; ++expert) {
      if (!out_.partner[expert]) continue;
      experts.push_back(expert);
      loads_a.push_back(static_cast<double>(out_.load_a[expert]));
      loads_b.push_back(static_cast<double>(out_.load_b[*out_.partner[expert]]));
    }
    if (experts.size() < 3) return;  // two points are always on a line
    out_.load_correlation = PearsonOf(loads_a, loads_b);
    const std::vector<double> together_a = Together(a_, out_.experts_a, &RowPair::a);
    const std::vector<double> together_b = Together(b_, out_.experts_b, &RowPair::b);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < experts.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const std::uint32_t partner_i = *out_.partner[experts[i]];
        const std::uint32_t partner_j = *out_.partner[experts[j]];
        x.push_back(together_a[experts[i] * out_.experts_a + experts[j]]);
        y.push_back(together_b[partner_i * out_.experts_b + partner_j]);
      }
    }
    out_.coactivation_correlation = PearsonOf(x, y);
  }

  // How often two experts of one model are chosen for the same token.
  std::vector<double> Together(const RouterChoice& choice, std::size_t experts,
                               std::size_t RowPair::*row) const {
    std::vector<double> together(experts * experts, 0);
    for (std::size_t i = 1; i < pairs_.size(); i += 2) {
      const auto chosen = ChoiceOf(choice, pairs_[i].*row);
      for (const std::uint32_t first : chosen) {
        for (const std::uint32_t second : chosen) together[first * experts + second] += 1;
      }
    }
    return together;
  }

  const RouterChoice& a_;
  const RouterChoice& b_;
  const std::vector<RowPair>& pairs_;
  RouterOverlap out_;
};

std::vector<std::size_t> LayersOf(const ModelRecord& record) {
  std::vector<std::size_t> layers;
  layers.reserve(record.routing.size());
  for (const auto& [layer, choice] : record.routing) layers.push_back(layer);
  return layers;
}

}  // namespace

std::vector<RouterOverlap> CompareRouters(const ModelRecord& a, const ModelRecord& b,
                                          const std::vector<RowPair>& pairs, unsigned threads) {
  std::vector<RouterOverlap> overlaps;
  if (pairs.size() < 2) return overlaps;
  for (const auto& [layer_a, layer_b] : PairByDepth(LayersOf(a), LayersOf(b))) {
    RouterOverlap& overlap = overlaps.emplace_back(
        LayerOverlap(a.routing.at(layer_a), b.routing.at(layer_b), pairs).Run(threads));
    overlap.layer_a = layer_a;
    overlap.layer_b = layer_b;
  }
  return overlaps;
}

}  // namespace modelkin
