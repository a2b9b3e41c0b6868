#include <fmt/format.h>

#include <algorithm>

#include "merging/merge_recipe.h"

namespace modelkin {
namespace {

// A word that every reader of YAML takes for this text, or a quoted one.
std::string YamlText(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '.';
  };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool is_path = text.find('/') != std::string::npos || text.find('_') != std::string::npos;
  if (is_path && std::ranges::all_of(text, plain) && text.front() != '-' &&
      std::ranges::any_of(text, letter)) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\x{:02X}", byte);
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string PointsText(const std::string& parameter, const std::vector<double>& points) {
  const bool flag = parameter == "normalize" || parameter == "rescale" || parameter == "int8_mask";
  if (points.size() == 1) {
    return flag ? points[0] != 0 ? "true" : "false" : fmt::format("{}", points[0]);
  }
  return fmt::format("[{}]", fmt::join(points, ", "));
}

void AddSettings(const RecipeSettings& settings, const std::string& indent, std::string& text) {
  if (settings.empty()) return;
  text += indent + "parameters:\n";
  for (const auto& [name, setting] : settings) {
    const auto& cases = setting.cases();
    if (cases.size() == 1 && cases[0].filter.empty()) {
      text += fmt::format("{}  {}: {}\n", indent, name, PointsText(name, cases[0].points));
      continue;
    }
    text += fmt::format("{}  {}:\n", indent, name);
    for (const ParameterCase& one : cases) {
      if (!one.filter.empty()) {
        text += fmt::format("{}    - filter: {}\n{}      value: {}\n", indent, YamlText(one.filter),
                            indent, PointsText(name, one.points));
      } else {
        text += fmt::format("{}    - value: {}\n", indent, PointsText(name, one.points));
      }
    }
  }
}

std::string_view TorchName(DType dtype) {
  return dtype == DType::kBF16 ? "bfloat16" : dtype == DType::kF16 ? "float16" : "float32";
}

void AddSources(const RecipeSlice& slice, const std::string& indent, std::string& text) {
  for (const RecipeSource& source : slice.sources) {
    text += fmt::format("{}- model: {}\n", indent, YamlText(source.model));
    if (source.layers) {
      text += fmt::format("{}  layer_range: [{}, {}]\n", indent, source.layers->first,
                          source.layers->end);
    }
    AddSettings(source.parameters, indent + "  ", text);
  }
}

}  // namespace

std::string MergeRecipeYaml(const MergeRecipe& recipe) {
  std::string text = fmt::format("merge_method: {}\n",
                                 kRecipeMethodNames[static_cast<std::size_t>(recipe.method)]);
  if (!recipe.base.empty()) text += fmt::format("base_model: {}\n", YamlText(recipe.base));
  if (recipe.is_of_slices) {
    text += "slices:\n";
    for (const RecipeSlice& slice : recipe.slices) {
      text += "  - sources:\n";
      AddSources(slice, "      ", text);
      if (!slice.base.empty()) text += fmt::format("    base_model: {}\n", YamlText(slice.base));
      AddSettings(slice.parameters, "    ", text);
    }
  } else {
    text += "models:\n";
    AddSources(recipe.slices.front(), "  ", text);
  }
  AddSettings(recipe.parameters, "", text);
  if (recipe.dtype) text += fmt::format("dtype: {}\n", TorchName(*recipe.dtype));
  if (recipe.out_dtype) text += fmt::format("out_dtype: {}\n", TorchName(*recipe.out_dtype));
  return text;
}

}  // namespace modelkin
