#include "figures/depth_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "figures/drawing.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr double kWidth = 760, kHeight = 380, kLeft = 84, kRight = 590, kTop = 64, kBottom = 330;

// How far the axes go.
struct Ends {
  double highest = 0;
  std::int64_t last = 0;
};

Ends EndsOf(const DepthLines& lines) {
  Ends ends;
  for (const auto& [input, layers] : lines.values) {
    for (const auto& [layer, value] : layers) {
      ends.highest = std::max(ends.highest, value);
      ends.last = std::max(ends.last, layer);
    }
  }
  return ends;
}

void DrawAxes(const Ends& ends, Language language, Drawing& drawing) {
  for (int i = 0; i <= 4; ++i) {
    const double y = kBottom - (kBottom - kTop) * i / 4;
    drawing.Line(kLeft, y, kRight, y, kRule);
    drawing.Text(kLeft - 8, y + 4, fmt::format("{:.3g}", ends.highest * i / 4),
                 {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
  }
  drawing.Text(kLeft, kBottom + 18, "0", {.size = 11, .colour = kSoftInk});
  drawing.Text(kRight, kBottom + 18, fmt::format("{}", ends.last),
               {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
  drawing.Text((kLeft + kRight) / 2, kBottom + 36, Speech{.language = language}.In({"layer", "층"}),
               {.size = 12, .colour = kSoftInk, .anchor = Anchor::kMiddle});
}

void DrawLine(const std::map<std::int64_t, double>& layers, const Ends& ends,
              std::string_view colour, bool is_wide, Drawing& drawing) {
  std::vector<std::pair<double, double>> points;
  points.reserve(layers.size());
  for (const auto& [layer, value] : layers) {
    points.emplace_back(kLeft + (kRight - kLeft) * static_cast<double>(layer) /
                                    static_cast<double>(std::max<std::int64_t>(ends.last, 1)),
                        kBottom - (kBottom - kTop) * value / ends.highest);
  }
  drawing.Polyline(points, colour, is_wide ? 6 : 2);
  for (const auto& [x, y] : points) drawing.Circle(x, y, is_wide ? 5 : 2.5, colour);
}

}  // namespace

Figure DrawDepth(const DepthLines& lines, Language language) {
  const Ends ends = EndsOf(lines);
  Drawing drawing(kWidth, kHeight);
  drawing.Text(16, 30, lines.title, {.size = 16, .bold = true});
  drawing.Text(16, 50, lines.subtitle, {.size = 12, .colour = kSoftInk});
  DrawAxes(ends, language, drawing);
  Figure figure{.svg = {}, .rows = {{"model", "layer", std::string(lines.column)}}};
  double legend = kTop + 8;
  // Reference models first, so that the pair is drawn above them.
  for (const bool is_pair : {false, true}) {
    for (const auto& [input, layers] : lines.values) {
      if ((input == "a" || input == "b") != is_pair) continue;
      const std::string_view colour = input == "a" ? kBlue : input == "b" ? kOrange : kGrey;
      const auto name = lines.names.find(input);
      const std::string& label = name == lines.names.end() ? input : name->second;
      for (const auto& [layer, value] : layers) {
        figure.rows.push_back({label, fmt::format("{}", layer), fmt::format("{}", value)});
      }
      // A's is wide, so that it shows below B's where the two are the same.
      DrawLine(layers, ends, colour, input == "a", drawing);
      drawing.Line(kRight + 14, legend - 4, kRight + 30, legend - 4, colour, 3);
      drawing.Text(kRight + 36, legend, label, {.size = 12});
      legend += 18;
    }
  }
  figure.svg = drawing.Svg(lines.title);
  return figure;
}

std::map<std::string, std::string> InputNames(const RecordedJson& from, const json& results) {
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

}  // namespace modelkin
