// A picture made of a few shapes, as SVG.
#ifndef MODELKIN_FIGURES_DRAWING_H_
#define MODELKIN_FIGURES_DRAWING_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelkin {

// Colours of figures: of the page's light theme (web/src/style.css).
inline constexpr std::string_view kInk = "#1b1f24";
inline constexpr std::string_view kSoftInk = "#565c64";
inline constexpr std::string_view kRule = "#d9dce1";
inline constexpr std::string_view kGrey = "#a6a9b0";
inline constexpr std::string_view kBlue = "#0b63a5";
inline constexpr std::string_view kOrange = "#c04a0b";

enum class Anchor { kStart, kMiddle, kEnd };

struct TextLook {
  double size = 14;
  std::string_view colour = kInk;
  bool bold = false;
  Anchor anchor = Anchor::kStart;
};

// Units are CSS pixels; y grows downwards.
class Drawing {
 public:
  Drawing(double width, double height) : width_(width), height_(height) {}

  // Text, whatever is in it, on the baseline y.
  void Text(double x, double y, std::string_view text, const TextLook& look = {});
  void Rectangle(double x, double y, double width, double height, std::string_view fill,
                 double radius = 0);
  void Circle(double x, double y, double radius, std::string_view fill);
  void Line(double x1, double y1, double x2, double y2, std::string_view colour, double width = 1);
  void Polyline(const std::vector<std::pair<double, double>>& points, std::string_view colour,
                double width = 2);

  // Returns the SVG, with `title` for those who hear it.
  std::string Svg(std::string_view title) const;

 private:
  double width_, height_;
  std::string shapes_;
};

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_DRAWING_H_
