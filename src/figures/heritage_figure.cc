#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "figures/drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_trace.h"
#include "figures/tensor_place.h"

namespace modelkin {
namespace {

constexpr double kLeft = 300, kTop = 72, kLargestMap = 760, kRow = 20;
constexpr std::size_t kMostRoles = 64, kMostLayers = 4096, kLongestRole = 44;

// By HeritageClass.
constexpr std::array<std::string_view, 10> kColours = {"#0b63a5", "#3f8fc7", "#6aa9d0", "#8fc1a9",
                                                       "#5aa17f", "#c9a227", "#e0a458", "#c04a0b",
                                                       "#7a4fa3", "#d9dce1"};

// The class that most tensors of a cell have.
HeritageClass Commonest(const std::map<HeritageClass, std::uint64_t>& counts) {
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

std::string Cut(const std::string& role) {
  if (role.size() <= kLongestRole) return role;
  return fmt::format("…{}", std::string_view(role).substr(role.size() - kLongestRole));
}

// Every so many, so that they don't touch; none of tensors outside layers.
void DrawLayerNumbers(const std::set<std::int64_t>& layers, double cell, Drawing& drawing) {
  const auto step = static_cast<std::size_t>(std::ceil(24 / cell));
  std::size_t place = 0;
  for (const std::int64_t layer : layers) {
    if (layer >= 0 && place % step == 0) {
      drawing.Text(kLeft + cell * (static_cast<double>(place) + 0.47), kTop - 8,
                   fmt::format("{}", layer),
                   {.size = 11, .colour = kSoftInk, .anchor = Anchor::kMiddle});
    }
    ++place;
  }
}

void DrawLegend(const std::set<HeritageClass>& found, double y, Language language,
                Drawing& drawing) {
  double x = 16;
  for (const HeritageClass heritage : found) {
    const std::string label(HeritageInWords(heritage).In(language));
    drawing.Rectangle(x, y - 10, 12, 12, kColours[static_cast<std::size_t>(heritage)], 2);
    drawing.Text(x + 17, y, label, {.size = 12, .colour = kSoftInk});
    x += 34 + 6.6 * static_cast<double>(label.size());
  }
}

}  // namespace

Figure HeritageFigure(const std::string& file, const nlohmann::json& results, Language language) {
  const RecordedTrace trace = ReadTrace(file, results);
  if (trace.heritage.empty()) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("{}: without evidence of a shared origin no tensor is said to come from "
                    "anywhere",
                    Printable(file)));
  }
  std::map<std::string, std::map<std::int64_t, std::map<HeritageClass, std::uint64_t>>> cells;
  std::set<std::int64_t> layers;
  std::set<HeritageClass> found;
  for (const RecordedHeritage& tensor : trace.heritage) {
    const auto [layer, role] = PlaceOf(tensor.tensor);
    ++cells[role][layer][tensor.heritage];
    layers.insert(layer);
    found.insert(tensor.heritage);
  }
  if (cells.size() > kMostRoles || layers.size() > kMostLayers) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("{}: {} roles in {} layers are more than a figure can show",
                            Printable(file), cells.size(), layers.size()));
  }
  const Speech speech{.language = language, .a = trace.a, .b = trace.b};
  const double cell = std::clamp(kLargestMap / static_cast<double>(layers.size()), 1.0, 28.0);
  const double width = std::max(kLeft + cell * static_cast<double>(layers.size()) + 24, 720.0);
  const double bottom = kTop + kRow * static_cast<double>(cells.size());
  Drawing drawing(width, bottom + 56);
  const std::string title = speech.Say("What became of {1}'s tensors, beside {0}'s",
                                       "{0}와(과) 비교한 {1} 텐서의 변화", trace.a, trace.b);
  drawing.Text(16, 30, title, {.size = 16, .bold = true});
  drawing.Text(kLeft - 8, kTop - 8, speech.In({"layer", "층"}),
               {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
  DrawLayerNumbers(layers, cell, drawing);
  Figure figure{.svg = {}, .rows = {{"role", "layer", "class", "tensors"}}};
  double y = kTop;
  for (const auto& [role, by_layer] : cells) {
    drawing.Text(kLeft - 8, y + 13, Cut(Printable(role)),
                 {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
    for (const auto& [layer, counts] : by_layer) {
      const auto place = std::distance(layers.begin(), layers.find(layer));
      drawing.Rectangle(kLeft + cell * static_cast<double>(place), y, cell * 0.94, kRow * 0.9,
                        kColours[static_cast<std::size_t>(Commonest(counts))]);
      for (const auto& [heritage, count] : counts) {
        figure.rows.push_back({role, layer < 0 ? "" : fmt::format("{}", layer),
                               std::string(HeritageName(heritage)), fmt::format("{}", count)});
      }
    }
    y += kRow;
  }
  DrawLegend(found, bottom + 32, language, drawing);
  figure.svg = drawing.Svg(title);
  return figure;
}

}  // namespace modelkin
