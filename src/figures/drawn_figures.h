// The figures, one function each: figure.h says what they show and throw.
#ifndef MODELKIN_FIGURES_DRAWN_FIGURES_H_
#define MODELKIN_FIGURES_DRAWN_FIGURES_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "figures/figure.h"

namespace modelkin {

Figure EvidenceFigure(const std::string& file, const nlohmann::json& results, Language language);
Figure LayersFigure(const std::string& file, const nlohmann::json& results, Language language);
Figure HeritageFigure(const std::string& file, const nlohmann::json& results, Language language);
Figure NormsFigure(const std::string& file, const nlohmann::json& results, Language language);
Figure SpectraFigure(const std::string& file, const nlohmann::json& results, Language language);

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_DRAWN_FIGURES_H_
