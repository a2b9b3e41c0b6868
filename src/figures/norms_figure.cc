#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "figures/drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_json.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr double kWidth = 760, kHeight = 380, kLeft = 84, kRight = 590, kTop = 64, kBottom = 330;
constexpr std::size_t kMostLayers = 4096;

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
  if (*layer < 0 || *layer >= kMostLayers) return;
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

std::map<std::string, std::string> NamesOf(const RecordedJson& from, const json& results) {
  std::vector<std::string> paths, ids;
  for (const json& input : from.List(results, "inputs")) {
    paths.push_back(from.Text(input, "path"));
    ids.push_back(from.Text(input, "id"));
  }
  const std::vector<std::string> names = PrintableNames(paths);
  std::map<std::string, std::string> by_id;
  for (std::size_t i = 0; i < ids.size(); ++i) by_id[ids[i]] = names[i];
  return by_id;
}

double RootMeanSquare(const Sums& sums) { return std::sqrt(sums.squares / sums.elements); }

}  // namespace

Figure NormsFigure(const std::string& file, const nlohmann::json& results, Language language) {
  const RecordedJson from(file, "compare");
  const json& found = from.PartOf(results);
  const LayerSums sums = SumsOf(from, found);
  const std::map<std::string, std::string> names = NamesOf(from, found);
  double highest = 0;
  std::int64_t last = 0;
  for (const auto& [input, layers] : sums.sums()) {
    for (const auto& [layer, of_layer] : layers) {
      highest = std::max(highest, RootMeanSquare(of_layer));
      last = std::max(last, layer);
    }
  }
  if (!(highest > 0)) from.Fail("no weights of layers were compared");
  const Speech speech{.language = language};
  const std::string title = speech.In({"How large weights are, by layer", "층별 가중치의 크기"});
  Drawing drawing(kWidth, kHeight);
  drawing.Text(16, 30, title, {.size = 16, .bold = true});
  drawing.Text(16, 50,
               speech.In({"root mean square of all compared weights of a layer",
                          "층의 비교된 모든 가중치의 제곱평균제곱근"}),
               {.size = 12, .colour = kSoftInk});
  for (int i = 0; i <= 4; ++i) {
    const double y = kBottom - (kBottom - kTop) * i / 4;
    drawing.Line(kLeft, y, kRight, y, kRule);
    drawing.Text(kLeft - 8, y + 4, fmt::format("{:.3g}", highest * i / 4),
                 {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
  }
  drawing.Text(kLeft, kBottom + 18, "0", {.size = 11, .colour = kSoftInk});
  drawing.Text(kRight, kBottom + 18, fmt::format("{}", last),
               {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
  drawing.Text((kLeft + kRight) / 2, kBottom + 36, speech.In({"layer", "층"}),
               {.size = 12, .colour = kSoftInk, .anchor = Anchor::kMiddle});
  Figure figure{.svg = {}, .rows = {{"model", "layer", "root_mean_square"}}};
  double legend = kTop + 8;
  // Reference models first, so that the pair is drawn above them.
  for (const bool is_pair : {false, true}) {
    for (const auto& [input, layers] : sums.sums()) {
      if ((input == "a" || input == "b") != is_pair) continue;
      const std::string_view colour = input == "a" ? kBlue : input == "b" ? kOrange : kGrey;
      const auto name = names.find(input);
      const std::string label = name == names.end() ? input : name->second;
      std::vector<std::pair<double, double>> points;
      for (const auto& [layer, of_layer] : layers) {
        const double value = RootMeanSquare(of_layer);
        points.emplace_back(kLeft + (kRight - kLeft) * static_cast<double>(layer) /
                                        static_cast<double>(std::max<std::int64_t>(last, 1)),
                            kBottom - (kBottom - kTop) * value / highest);
        figure.rows.push_back({label, fmt::format("{}", layer), fmt::format("{}", value)});
      }
      // A's is wide, so that it shows below B's where the two are the same.
      drawing.Polyline(points, colour, input == "a" ? 6 : 2);
      for (const auto& [x, y] : points) drawing.Circle(x, y, input == "a" ? 5 : 2.5, colour);
      drawing.Line(kRight + 14, legend - 4, kRight + 30, legend - 4, colour, 3);
      drawing.Text(kRight + 36, legend, label, {.size = 12});
      legend += 18;
    }
  }
  figure.svg = drawing.Svg(title);
  return figure;
}

}  // namespace modelkin
