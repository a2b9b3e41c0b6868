#include "figures/drawing.h"

#include <fmt/format.h>

#include "base/graph_text.h"
#include "base/own_output.h"

namespace modelkin {
namespace {

constexpr std::string_view AnchorName(Anchor anchor) {
  return anchor == Anchor::kMiddle ? "middle" : anchor == Anchor::kEnd ? "end" : "start";
}

}  // namespace

void Drawing::Text(double x, double y, std::string_view text, const TextLook& look) {
  shapes_ += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\" "
      "text-anchor=\"{}\"{}>{}</text>\n",
      x, y, look.size, look.colour, AnchorName(look.anchor),
      look.bold ? " font-weight=\"600\"" : "", XmlText(text));
}

void Drawing::Rectangle(double x, double y, double width, double height, std::string_view fill,
                        double radius) {
  shapes_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" "
      "fill=\"{}\"/>\n",
      x, y, width, height, radius, fill);
}

void Drawing::Circle(double x, double y, double radius, std::string_view fill) {
  shapes_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n", x, y,
                         radius, fill);
}

void Drawing::Line(double x1, double y1, double x2, double y2, std::string_view colour,
                   double width) {
  shapes_ += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>\n",
      x1, y1, x2, y2, colour, width);
}

void Drawing::Polyline(const std::vector<std::pair<double, double>>& points,
                       std::string_view colour, double width) {
  std::string list;
  for (const auto& [x, y] : points) list += fmt::format("{:.1f},{:.1f} ", x, y);
  shapes_ += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
      "stroke-linejoin=\"round\"/>\n",
      list, colour, width);
}

std::string Drawing::Svg(std::string_view title) const {
  return fmt::format(
      "{4}<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"system-ui, 'DejaVu Sans', 'Noto Sans CJK KR', sans-serif\" "
      "role=\"img\">\n<title>{2}</title>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fdfdfb\"/>\n{3}</svg>\n",
      width_, height_, XmlText(title), shapes_, kMarkdownMark);
}

}  // namespace modelkin
