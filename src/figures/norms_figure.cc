#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "figures/depth_drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_json.h"

namespace modelkin {
namespace {

using nlohmann::json;

struct Sums {
  double squares = 0, elements = 0;
};
using ByLayer = std::map<std::int64_t, Sums>;

// Sums of squares by layer of each input, a tensor of it once.
class LayerSums {
 public:
  void Add(const std::string& input, const std::string& tensor, std::int64_t layer, double norm,
           double elements) {
    if (!seen_[input].emplace(tensor, true).second) return;
    Sums& sums = sums_[input][layer];
    sums.squares += norm * norm;
    sums.elements += elements;
  }
  const std::map<std::string, ByLayer>& sums() const { return sums_; }

 private:
  std::map<std::string, std::map<std::string, bool>> seen_;
  std::map<std::string, ByLayer> sums_;
};

void AddSide(const RecordedJson& from, const json& item, const std::string& input, const char* name,
             const char* stats, LayerSums& sums) {
  const auto layer = from.Number(item, "layer");
  const auto elements = from.Number(item, "elements");
  const auto norm = from.Number(from.Object(item, stats), "norm");
  if (!layer || !elements || !norm || !std::isfinite(*norm) || *elements <= 0) return;
  if (*layer < 0 || *layer >= static_cast<double>(kMostDepthLayers)) return;
  sums.Add(input, from.Text(item, name), static_cast<std::int64_t>(*layer), *norm, *elements);
}

LayerSums SumsOf(const RecordedJson& from, const json& results) {
  LayerSums sums;
  for (const json& item : from.List(results, "tensors")) {
    AddSide(from, item, "a", "a", "stats_a", sums);
    AddSide(from, item, "b", "b", "stats_b", sums);
  }
  for (const json& item : from.List(results, "control_tensors")) {
    const std::string input = from.Text(item, "input_b");
    if (input.starts_with("control_")) AddSide(from, item, input, "b", "stats_b", sums);
  }
  return sums;
}

double RootMeanSquare(const Sums& sums) { return std::sqrt(sums.squares / sums.elements); }

}  // namespace

Figure NormsFigure(const std::string& file, const nlohmann::json& results, Language language) {
  const RecordedJson from(file, "compare");
  const json& found = from.PartOf(results);
  const LayerSums sums = SumsOf(from, found);
  const Speech speech{.language = language};
  DepthLines lines{.title = speech.In({"How large weights are, by layer", "층별 가중치의 크기"}),
                   .subtitle = speech.In({"root mean square of all compared weights of a layer",
                                          "층의 비교된 모든 가중치의 제곱평균제곱근"}),
                   .column = "root_mean_square",
                   .values = {},
                   .names = InputNames(from, found)};
  double highest = 0;
  for (const auto& [input, layers] : sums.sums()) {
    for (const auto& [layer, of_layer] : layers) {
      lines.values[input][layer] = RootMeanSquare(of_layer);
      highest = std::max(highest, lines.values[input][layer]);
    }
  }
  if (!(highest > 0)) from.Fail("no weights of layers were compared");
  return DrawDepth(lines, language);
}

}  // namespace modelkin
