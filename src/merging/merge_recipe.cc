#include "merging/merge_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/yaml_document.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kMostSources = 64, kMostSlices = 4096;
constexpr std::uint64_t kMostLayers = 1'000'000;
// Keys that say nothing of the numbers in tensors.
constexpr auto kOtherKeys = std::to_array<std::string_view>({"chat_template", "name"});
constexpr auto kKnownParameters = std::to_array<std::string_view>(
    {"weight", "density", "normalize", "rescale", "lambda", "t", "scale", "int8_mask"});
constexpr auto kFlags = std::to_array<std::string_view>({"normalize", "rescale", "int8_mask"});

bool IsFlag(std::string_view parameter) {
  return std::ranges::find(kFlags, parameter) != kFlags.end();
}

class RecipeReader {
 public:
  explicit RecipeReader(const std::string& label) : label_(label) {}

  MergeRecipe Read(const json& document) {
    if (!document.is_object()) Fail("", "is no recipe: a mapping with merge_method is expected");
    MergeRecipe recipe{.method = Method(Require(document, "", "merge_method"))};
    recipe.base = ModelOf(document, "", "base_model");
    recipe.parameters = Settings(document, "");
    recipe.dtype = TypeOf(document, "dtype");
    recipe.out_dtype = TypeOf(document, "out_dtype");
    recipe.makes_tokenizer = IsSet(document, "tokenizer_source") || IsSet(document, "tokenizer");
    const bool models = IsSet(document, "models"), slices = IsSet(document, "slices");
    if (IsSet(document, "modules")) {
      Fail("modules", "models of several modules are not merged here");
    }
    if (models == slices) Fail("", "needs either models or slices");
    recipe.is_of_slices = slices;
    if (models) {
      recipe.slices.push_back({.sources = Sources(document["models"], "models", false)});
    } else {
      ReadSlices(document["slices"], recipe.slices);
    }
    WarnOfKeys(document);
    recipe.warnings = std::move(warnings_);
    return recipe;
  }

 private:
  [[noreturn]] void Fail(const std::string& where, std::string_view message) const {
    throw Error(ErrorKind::kBadInput,
                where.empty() ? std::string(message) : fmt::format("{}: {}", where, message),
                {.file = label_, .tensor = {}, .offset_bytes = {}});
  }

  static bool IsSet(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && !found->is_null() &&
           !(found->is_structured() && found->empty());
  }

  const json& Require(const json& object, const std::string& where, const char* key) const {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) Fail(where, fmt::format("{} is missing", key));
    return *found;
  }

  RecipeMethod Method(const json& value) const {
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    const auto found = std::ranges::find(kRecipeMethodNames, name);
    if (found == kRecipeMethodNames.end()) {
      Fail("merge_method",
           fmt::format("{} is not re-executed here, but {}",
                       name.empty() ? "this" : fmt::format("\"{}\"", Printable(name, 64)),
                       fmt::join(kRecipeMethodNames, ", ")));
    }
    return static_cast<RecipeMethod>(found - kRecipeMethodNames.begin());
  }

  std::string ModelName(const json& value, const std::string& where) const {
    if (value.is_object() && IsSet(value, "model")) {
      if (IsSet(value, "lora")) Fail(where, "adds an adapter to a model: merge it first");
      const json& model = value["model"];
      if (!model.is_object()) return ModelName(model, where);
      const std::string path = ModelName(Require(model, where, "path"), where);
      return IsSet(model, "revision")
                 ? fmt::format("{}@{}", path, ModelName(model["revision"], where))
                 : path;
    }
    if (!value.is_string() || value.get<std::string>().empty()) {
      Fail(where, "is no name of a model");
    }
    return value.get<std::string>();
  }

  std::string ModelOf(const json& object, const std::string& where, const char* key) const {
    if (!IsSet(object, key)) return "";
    return ModelName(object[key], where.empty() ? key : fmt::format("{}.{}", where, key));
  }

  std::optional<DType> TypeOf(const json& object, const char* key) const {
    if (!IsSet(object, key)) return std::nullopt;
    std::string name = object[key].is_string() ? object[key].get<std::string>() : "";
    if (name.starts_with("torch.")) name.erase(0, 6);
    if (name == "bfloat16") return DType::kBF16;
    if (name == "float16") return DType::kF16;
    if (name == "float32") return DType::kF32;
    Fail(key, "is none of bfloat16, float16, float32");
  }

  void ReadSlices(const json& list, std::vector<RecipeSlice>& slices) {
    if (!list.is_array() || list.size() > kMostSlices) {
      Fail("slices", fmt::format("is no list of at most {}", kMostSlices));
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string where = fmt::format("slices[{}]", i);
      if (!list[i].is_object()) Fail(where, "is no mapping");
      RecipeSlice slice{
          .sources = Sources(Require(list[i], where, "sources"), where + ".sources", true),
          .base = ModelOf(list[i], where, "base_model"),
          .parameters = Settings(list[i], where)};
      const std::uint32_t layers = slice.sources.front().layers->count();
      for (const RecipeSource& source : slice.sources) {
        if (source.layers->count() == layers) continue;
        Fail(where, "its sources have different numbers of layers");
      }
      slices.push_back(std::move(slice));
    }
  }

  std::vector<RecipeSource> Sources(const json& list, const std::string& where, bool with_layers) {
    if (!list.is_array() || list.empty() || list.size() > kMostSources) {
      Fail(where, fmt::format("is no list of 1 to {} models", kMostSources));
    }
    std::vector<RecipeSource> sources;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", where, i);
      if (!list[i].is_object()) Fail(at, "is no mapping");
      RecipeSource source{.model = ModelName(Require(list[i], at, "model"), at + ".model"),
                          .parameters = Settings(list[i], at)};
      if (with_layers) source.layers = Layers(Require(list[i], at, "layer_range"), at);
      for (const RecipeSource& other : sources) {
        if (other.model == source.model) {
          Fail(at, fmt::format("names \"{}\" a second time", Printable(source.model, 128)));
        }
      }
      sources.push_back(std::move(source));
    }
    return sources;
  }

  RecipeLayers Layers(const json& value, const std::string& where) const {
    const auto whole = [](const json& number) {
      return number.is_number_unsigned() && number.get<std::uint64_t>() <= kMostLayers;
    };
    if (!value.is_array() || value.size() != 2 || !whole(value[0]) || !whole(value[1]) ||
        value[0].get<std::uint64_t>() >= value[1].get<std::uint64_t>()) {
      Fail(where + ".layer_range", "is no range of layers: [first, one beyond the last]");
    }
    return {value[0].get<std::uint32_t>(), value[1].get<std::uint32_t>()};
  }

  RecipeSettings Settings(const json& object, const std::string& where) {
    RecipeSettings settings;
    if (!IsSet(object, "parameters")) return settings;
    const std::string at = where.empty() ? "parameters" : where + ".parameters";
    const json& parameters = object["parameters"];
    if (!parameters.is_object()) Fail(at, "is no mapping");
    for (const auto& [name, value] : parameters.items()) {
      const std::string own = fmt::format("{}.{}", at, Printable(name, 32));
      if (std::ranges::find(kKnownParameters, name) == kKnownParameters.end()) {
        warnings_.push_back(fmt::format(
            "{} is no parameter of a method that is re-executed here, and is passed over", own));
        continue;
      }
      settings.emplace(name, Setting(value, own, name));
    }
    return settings;
  }

  ParameterSetting Setting(const json& value, const std::string& where,
                           std::string_view name) const {
    const auto is_case = [](const json& one) { return one.is_object(); };
    if (value.is_object()) return ParameterSetting(std::vector{Case(value, where, name)});
    if (!value.is_array() || !std::ranges::any_of(value, is_case)) {
      return ParameterSetting({{.filter = "", .points = Points(value, where, name)}});
    }
    std::vector<ParameterCase> cases;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string own = fmt::format("{}[{}]", where, i);
      if (!value[i].is_object()) Fail(own, "is a number among cases of {value, filter}");
      cases.push_back(Case(value[i], own, name));
    }
    return ParameterSetting(std::move(cases));
  }

  ParameterCase Case(const json& value, const std::string& where, std::string_view name) const {
    ParameterCase one{.filter = "",
                      .points = Points(Require(value, where, "value"), where + ".value", name)};
    if (IsSet(value, "filter")) {
      if (!value["filter"].is_string()) Fail(where + ".filter", "is no part of a tensor's name");
      one.filter = value["filter"].get<std::string>();
    }
    return one;
  }

  std::vector<double> Points(const json& value, const std::string& where,
                             std::string_view name) const {
    if (!value.is_array()) return {Number(value, where, name)};
    std::vector<double> points(value.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i] = Number(value[i], fmt::format("{}[{}]", where, i), name);
    }
    return points;
  }

  double Number(const json& value, const std::string& where, std::string_view name) const {
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
    double number = NAN;
    if (value.is_number()) number = value.get<double>();
    if (value.is_string()) {
      const auto text = value.get<std::string>();
      for (const std::string_view word : {"yes", "on", "true", "y", "t"}) {
        if (IsFlag(name) && text == word) return 1;
      }
      for (const std::string_view word : {"no", "off", "false", "n", "f"}) {
        if (IsFlag(name) && text == word) return 0;
      }
      // "1e-3" is a text in the YAML that mergekit reads, and then a number all the same.
      double read = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
      if (error == std::errc() && end == text.data() + text.size()) number = read;
    }
    if (!std::isfinite(number)) Fail(where, "is no finite number");
    if (IsFlag(name) && number != 0 && number != 1) Fail(where, "is neither true nor false");
    return number;
  }

  void WarnOfKeys(const json& document) {
    constexpr auto kRead = std::to_array<std::string_view>(
        {"merge_method", "base_model", "parameters", "dtype", "out_dtype", "tokenizer_source",
         "tokenizer", "models", "slices", "modules"});
    for (const auto& [key, value] : document.items()) {
      if (std::ranges::find(kRead, key) != kRead.end() ||
          std::ranges::find(kOtherKeys, key) != kOtherKeys.end()) {
        continue;
      }
      warnings_.push_back(
          fmt::format("\"{}\" is no key of a recipe and is passed over, as mergekit "
                      "does",
                      Printable(key, 64)));
    }
  }

  const std::string& label_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> MergeRecipe::Models() const {
  std::vector<std::string> models;
  const auto add = [&](const std::string& model) {
    if (!model.empty() && std::ranges::find(models, model) == models.end()) models.push_back(model);
  };
  for (const RecipeSlice& slice : slices) {
    for (const RecipeSource& source : slice.sources) add(source.model);
  }
  for (const RecipeSlice& slice : slices) add(slice.base);
  add(base);
  return models;
}

MergeRecipe ParseMergeRecipe(const std::string& label, std::string_view yaml) {
  return RecipeReader(label).Read(ParseYaml(label, yaml));
}

}  // namespace modelkin
