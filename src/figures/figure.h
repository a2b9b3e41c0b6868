// Figures of recorded results: what they show, and the numbers behind them.
#ifndef MODELKIN_FIGURES_FIGURE_H_
#define MODELKIN_FIGURES_FIGURE_H_

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "wording/language.h"

namespace modelkin {

enum class FigureKind : std::uint8_t {
  kEvidence,  // what two models have in common, of each kind of evidence
  kLayers,    // which layer of A each of B's goes back to
  kHeritage,  // what became of B's tensors, by layer and role
  kNorms,     // how large weights are, by layer, beside reference models
  kSpectra,   // over how many directions weights are spread, likewise
};
inline constexpr std::array<std::string_view, 5> kFigureNames = {"evidence", "layers", "heritage",
                                                                 "norms", "spectra"};

struct Figure {
  std::string svg;
  std::vector<std::vector<std::string>> rows;  // the first is a header; for CSV
};

// Draws a figure of the results that `trace --json` (norms: `compare --json`) or `report --format
// json` wrote. `file` names them in errors. Nothing in `results` is believed. Throws
// Error(kBadInput) where they are of another command, or lack what the figure shows.
Figure DrawFigure(FigureKind kind, const std::string& file, const nlohmann::json& results,
                  Language language);

// Returns the rows as CSV (RFC 4180).
std::string CsvOf(const Figure& figure);

// Returns the SVG as a PNG of twice its size, drawn by librsvg, which is loaded where it is first
// needed. Throws Error(kUsage) where this machine has none.
std::string PngOf(const Figure& figure);

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_FIGURE_H_
