#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "figures/drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_trace.h"

namespace modelkin {
namespace {

constexpr double kLeft = 64, kTop = 84, kLargestMap = 640;
constexpr double kFullZ = 30;  // from which on cells are as dark as they get
constexpr std::size_t kLabels = 16;

// From paper to blue by the root of z, so that small ones show.
std::string CellColour(double z) {
  const double share = std::sqrt(std::clamp(z / kFullZ, 0.0, 1.0));
  const auto mix = [&](int paper, int ink) {
    return static_cast<int>(std::lround(paper + share * (ink - paper)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(0xf1, 0x0b), mix(0xf2, 0x63), mix(0xf4, 0xa5));
}

// Every so many layers, so that labels don't touch.
std::size_t LabelStep(std::size_t layers) { return (layers + kLabels - 1) / kLabels; }

}  // namespace

Figure LayersFigure(const std::string& file, const nlohmann::json& results, Language language) {
  const RecordedTrace trace = ReadTrace(file, results);
  const RecordedLayers& map = trace.layers;
  if (map.a.empty() || map.b.empty()) {
    throw Error(ErrorKind::kBadInput, fmt::format("{}: no layers were mapped", Printable(file)));
  }
  const Speech speech{.language = language, .a = trace.a, .b = trace.b};
  const double cell = std::clamp(
      kLargestMap / static_cast<double>(std::max(map.a.size(), map.b.size())), 1.0, 28.0);
  const double width = cell * static_cast<double>(map.b.size());
  const double height = cell * static_cast<double>(map.a.size());
  Drawing drawing(std::max(kLeft + width + 24, 480.0), kTop + height + 56);
  const std::string title = speech.Say("Layers of {0} that {1}'s layers go back to",
                                       "{1}의 층이 유래한 {0}의 층", trace.a, trace.b);
  drawing.Text(16, 30, title, {.size = 16, .bold = true});
  drawing.Text(16, 52,
               speech.In({"darker: more alike (z of attention and norms); dots: the path",
                          "진할수록 닮음(어텐션과 노름의 z), 점: 대응"}),
               {.size = 12, .colour = kSoftInk});
  Figure figure{.svg = {}, .rows = {{"layer_a", "layer_b", "z", "source"}}};
  for (std::size_t a = 0; a < map.a.size(); ++a) {
    const double y = kTop + cell * static_cast<double>(a);
    if (a % LabelStep(map.a.size()) == 0) {
      drawing.Text(kLeft - 6, y + cell / 2 + 4, fmt::format("{}", map.a[a]),
                   {.size = 11, .colour = kSoftInk, .anchor = Anchor::kEnd});
    }
    for (std::size_t b = 0; b < map.b.size(); ++b) {
      const double x = kLeft + cell * static_cast<double>(b);
      const auto z = map.z[a][b];
      const bool is_source = map.source[b] == map.a[a];
      drawing.Rectangle(x, y, cell * 0.96, cell * 0.96, z ? CellColour(*z) : kRule);
      if (is_source) drawing.Circle(x + cell / 2, y + cell / 2, std::max(1.0, cell / 6), kOrange);
      figure.rows.push_back({fmt::format("{}", map.a[a]), fmt::format("{}", map.b[b]),
                             z ? fmt::format("{}", *z) : "", is_source ? "true" : "false"});
    }
  }
  for (std::size_t b = 0; b < map.b.size(); b += LabelStep(map.b.size())) {
    drawing.Text(kLeft + cell * (static_cast<double>(b) + 0.5), kTop + height + 16,
                 fmt::format("{}", map.b[b]),
                 {.size = 11, .colour = kSoftInk, .anchor = Anchor::kMiddle});
  }
  drawing.Text(kLeft, kTop - 8, trace.a + " ↓", {.size = 12});
  drawing.Text(kLeft, kTop + height + 36, trace.b + " →", {.size = 12});
  figure.svg = drawing.Svg(title);
  return figure;
}

}  // namespace modelkin
