#include <fmt/format.h>

#include <map>
#include <vector>

#include "architecture/component_names.h"
#include "base/escaped_text.h"
#include "report/change_bars.h"
#include "report/diff_details.h"
#include "report/wrapped_text.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Tensors of one layer, or of one role.
struct ChangeGroup {
  std::string name;
  std::uint64_t tensors = 0, changed = 0;
  std::vector<double> changes;  // in numbers

  void Add(const TensorDiff& tensor) {
    ++tensors;
    if (tensor.identical) return;
    ++changed;
    if (tensor.relative_change) changes.push_back(*tensor.relative_change);
  }

  ChangeBar Bar() const {
    ChangeBar bar{.name = name,
                  .change = changed == 0 ? std::optional(0.0) : std::nullopt,
                  .note = fmt::format("{} of {}", FormatCount(changed), FormatCount(tensors))};
    if (const auto middle = Median(changes)) bar.change = middle;
    return bar;
  }
};

// In the order in which they came first.
class ChangeGroups {
 public:
  void Add(const std::string& name, const TensorDiff& tensor) {
    const auto [found, fresh] = places_.emplace(name, groups_.size());
    if (fresh) groups_.push_back({.name = name, .changes = {}});
    groups_[found->second].Add(tensor);
  }
  std::vector<ChangeBar> Bars() const {
    std::vector<ChangeBar> bars;
    bars.reserve(groups_.size());
    for (const ChangeGroup& group : groups_) bars.push_back(group.Bar());
    return bars;
  }

 private:
  std::map<std::string, std::size_t> places_;
  std::vector<ChangeGroup> groups_;
};

std::string OfComponent(const TensorPair& pair, const std::string& name) {
  return pair.component == Component::kText
             ? name
             : fmt::format("{}: {}", ComponentName(pair.component), name);
}

}  // namespace

void WriteDiffStat(const DiffResults& results, const Screen& screen, const TextSink& sink) {
  ChangeGroups by_layer, by_role;
  for (const TensorDiff& tensor : results.diff.tensors) {
    const TensorPair& pair = tensor.pair;
    const TensorRole role = pair.role();
    by_layer.Add(OfComponent(pair, role.layer ? fmt::format("layer {}", *role.layer)
                                              : std::string("outside layers")),
                 tensor);
    by_role.Add(OfComponent(pair, Printable(role.role)), tensor);
  }
  sink(DiffHead(results, screen));
  const auto table = [&](const char* title, const ChangeGroups& groups) {
    sink("\n" + Wrapped(screen.style.Bold(title), {.width = screen.width, .indent = 1}) +
         ChangeBars(groups.Bars(), screen));
  };
  table("by layer: tensors changed, median change", by_layer);
  table("by role", by_role);
}

}  // namespace modelkin
