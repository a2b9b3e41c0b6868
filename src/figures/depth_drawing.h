// One number of each layer of several models, as lines: the pair's coloured, reference models'
// grey.
#ifndef MODELKIN_FIGURES_DEPTH_DRAWING_H_
#define MODELKIN_FIGURES_DEPTH_DRAWING_H_

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "figures/figure.h"
#include "figures/recorded_json.h"

namespace modelkin {

// Layers beyond are left out: more fit no figure.
inline constexpr std::int64_t kMostDepthLayers = 4096;

struct DepthLines {
  std::string title, subtitle;
  std::string_view column;  // of the values, in the rows
  // By input ("a", "b", "control_1") and layer; at least one, positive.
  std::map<std::string, std::map<std::int64_t, double>> values;
  std::map<std::string, std::string> names;  // of inputs
};

Figure DrawDepth(const DepthLines& lines, Language language);

// Returns short names of the inputs of results, by their ids.
std::map<std::string, std::string> InputNames(const RecordedJson& from,
                                              const nlohmann::json& results);

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_DEPTH_DRAWING_H_
