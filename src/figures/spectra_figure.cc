#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "figures/depth_drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_json.h"
#include "figures/tensor_place.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

using nlohmann::json;

// A model's stable ranks, by layer.
using RanksByLayer = std::map<std::int64_t, std::vector<double>>;

RanksByLayer RanksIn(const RecordedJson& from, const json& parent, const char* name) {
  RanksByLayer ranks;
  for (const json& item : from.List(parent, name)) {
    const auto rank = from.Number(item, "stable_rank");
    const std::int64_t layer = PlaceOf(from.Text(item, "tensor")).layer;
    if (!rank || !std::isfinite(*rank) || *rank <= 0) continue;
    if (layer >= 0 && layer < kMostDepthLayers) ranks[layer].push_back(*rank);
  }
  return ranks;
}

void AddLine(const std::string& input, RanksByLayer ranks, DepthLines& lines) {
  for (auto& [layer, values] : ranks) lines.values[input][layer] = *Median(std::move(values));
}

}  // namespace

Figure SpectraFigure(const std::string& file, const json& results, Language language) {
  const RecordedJson from(file, "trace");
  const json& found = from.PartOf(results);
  const Speech speech{.language = language};
  DepthLines lines{
      .title = speech.In({"Over how many directions weights are spread, by layer",
                          "층별로 가중치가 퍼져 있는 방향의 수"}),
      .subtitle = speech.In({"median stable rank of a layer's attention and MLP weights",
                             "층의 어텐션과 MLP 가중치의 안정 계수(중앙값)"}),
      .column = "median_stable_rank",
      .values = {},
      .names = InputNames(from, found)};
  const json& spectra = from.Object(from.Object(found, "descriptions"), "spectra");
  for (const char* const input : {"a", "b"}) AddLine(input, RanksIn(from, spectra, input), lines);
  for (const json& control : from.List(spectra, "controls")) {
    const std::string input = from.Text(control, "control");
    if (input.starts_with("control_")) AddLine(input, RanksIn(from, control, "spectra"), lines);
  }
  if (lines.values.empty()) from.Fail("it has no spectra: trace --fingerprints computes them");
  return DrawDepth(lines, language);
}

}  // namespace modelkin
