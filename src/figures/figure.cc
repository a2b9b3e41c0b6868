#include "figures/figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/escaped_text.h"
#include "figures/drawn_figures.h"

namespace modelkin {

Figure DrawFigure(FigureKind kind, const std::string& file, const nlohmann::json& results,
                  Language language) {
  switch (kind) {
    case FigureKind::kEvidence: return EvidenceFigure(file, results, language);
    case FigureKind::kLayers: return LayersFigure(file, results, language);
    case FigureKind::kHeritage: return HeritageFigure(file, results, language);
    case FigureKind::kNorms: return NormsFigure(file, results, language);
    case FigureKind::kSpectra: break;
  }
  return SpectraFigure(file, results, language);
}

std::string CsvOf(const Figure& figure) {
  std::string csv;
  for (const std::vector<std::string>& row : figure.rows) {
    std::vector<std::string> fields;
    fields.reserve(row.size());
    for (const std::string& field : row) fields.push_back(CsvField(field));
    csv += fmt::format("{}\r\n", fmt::join(fields, ","));
  }
  return csv;
}

}  // namespace modelkin
