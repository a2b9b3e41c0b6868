#include "model/component_pairs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace modelkin {
namespace {

// Below which the likeness of shapes says nothing.
constexpr std::uint64_t kFewestMatrices = 4;

std::map<Shape, std::uint64_t> MatricesOf(const ModelComponent& component) {
  std::map<Shape, std::uint64_t> matrices;
  for (const Tensor& tensor : component.checkpoint->tensors()) {
    if (tensor.shape.size() >= 2) ++matrices[tensor.shape];
  }
  return matrices;
}

std::uint64_t CountOf(const std::map<Shape, std::uint64_t>& matrices) {
  std::uint64_t all = 0;
  for (const auto& [shape, count] : matrices) all += count;
  return all;
}

struct Fit {
  std::uint64_t common = 0, smaller = 0;  // matrices

  bool is_close() const { return common >= kFewestMatrices && 2 * common >= smaller; }
};

Fit FitOf(const ModelComponent& a, const ModelComponent& b) {
  const auto of_a = MatricesOf(a), of_b = MatricesOf(b);
  Fit fit{.smaller = std::min(CountOf(of_a), CountOf(of_b))};
  for (const auto& [shape, count] : of_b) {
    const auto found = of_a.find(shape);
    if (found != of_a.end()) fit.common += std::min(count, found->second);
  }
  return fit;
}

class Pairer {
 public:
  Pairer(const ModelComponents& a, const ModelComponents& b) : a_(a), b_(b) {}

  std::vector<ComponentPair> Run() {
    if (a_.size() == 1 && b_.size() == 1) return {{.a = &a_.front(), .b = &b_.front()}};
    PairByKind();
    PairByFit();
    if (pairs_.empty()) pairs_.push_back({.a = &a_.front(), .b = &b_.front()});
    std::ranges::stable_sort(pairs_, {},
                             [](const ComponentPair& pair) { return std::pair(pair.by, pair.b); });
    for (const ModelComponent& b : b_) {
      if (!IsPaired(b)) alone_.push_back({.a = nullptr, .b = &b});
    }
    for (const ModelComponent& a : a_) {
      if (!IsPaired(a)) alone_.push_back({.a = &a, .b = nullptr});
    }
    pairs_.insert(pairs_.end(), alone_.begin(), alone_.end());
    return std::move(pairs_);
  }

 private:
  bool IsPaired(const ModelComponent& component) const {
    return std::ranges::any_of(pairs_, [&](const ComponentPair& pair) {
      return pair.a == &component || pair.b == &component;
    });
  }

  // Those that fit best first.
  void PairByKind() {
    std::vector<std::tuple<std::uint64_t, const ModelComponent*, const ModelComponent*>> fits;
    for (const ModelComponent& b : b_) {
      for (const ModelComponent& a : a_) {
        if (a.kind == b.kind) fits.emplace_back(FitOf(a, b).common, &a, &b);
      }
    }
    std::ranges::stable_sort(fits, std::greater<>(),
                             [](const auto& fit) { return std::get<0>(fit); });
    for (const auto& [common, a, b] : fits) {
      if (!IsPaired(*a) && !IsPaired(*b)) pairs_.push_back({.a = a, .b = b});
    }
  }

  void PairByFit() {
    for (const ModelComponent& b : b_) {
      if (!IsPaired(b))
        AddBest(a_, b, [&](const ModelComponent& a) {
          return ComponentPair{&a, &b, PairedBy::kShapesOfB};
        });
    }
    for (const ModelComponent& a : a_) {
      if (!IsPaired(a))
        AddBest(b_, a, [&](const ModelComponent& b) {
          return ComponentPair{&a, &b, PairedBy::kShapesOfA};
        });
    }
  }

  template <class MakePair>
  void AddBest(const ModelComponents& others, const ModelComponent& alone,
               const MakePair& make_pair) {
    const ModelComponent* best = nullptr;
    std::uint64_t most = 0;
    for (const ModelComponent& other : others) {
      const Fit fit = FitOf(other, alone);
      if (!fit.is_close() || fit.common <= most) continue;
      best = &other;
      most = fit.common;
    }
    if (best != nullptr) pairs_.push_back(make_pair(*best));
  }

  const ModelComponents& a_;
  const ModelComponents& b_;
  std::vector<ComponentPair> pairs_, alone_;
};

}  // namespace

std::vector<ComponentPair> PairComponents(const ModelComponents& a, const ModelComponents& b) {
  return Pairer(a, b).Run();
}

const ModelComponent* FindComponentLike(const ModelComponent& wanted, const ModelComponents& in) {
  if (in.size() == 1 && in.front().kind == wanted.kind) return &in.front();
  const ModelComponent* best = nullptr;
  std::optional<std::uint64_t> most;
  for (const ModelComponent& component : in) {
    if (component.kind != wanted.kind) continue;
    const std::uint64_t common = FitOf(component, wanted).common;
    if (most && common <= *most) continue;
    best = &component;
    most = common;
  }
  return best;
}

}  // namespace modelkin
