// A merge as mergekit's configuration has it: which models, which layers, which method, with which
// weights.
#ifndef MODELKIN_MERGING_MERGE_RECIPE_H_
#define MODELKIN_MERGING_MERGE_RECIPE_H_

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "merging/parameter_setting.h"
#include "numeric/dtype.h"

namespace modelkin {

enum class RecipeMethod : std::uint8_t {
  kLinear,          // weighted sum
  kSlerp,           // along the arc between the base and one other
  kTaskArithmetic,  // base + weights of what each changed
  kTies,            // the same of the largest changes whose sign wins
  kDareLinear,      // the same of changes that chance kept
  kDareTies,        // the same of those whose sign wins
  kPassthrough,     // layers as they are
};

// As recipes call them, in the order of the values.
inline constexpr std::array<std::string_view, 7> kRecipeMethodNames = {
    "linear", "slerp", "task_arithmetic", "ties", "dare_linear", "dare_ties", "passthrough"};

// Whether changes are taken from a base.
constexpr bool AddsChanges(RecipeMethod method) {
  return method >= RecipeMethod::kTaskArithmetic && method <= RecipeMethod::kDareTies;
}
// Whether chance drops changes.
constexpr bool DropsAtRandom(RecipeMethod method) {
  return method == RecipeMethod::kDareLinear || method == RecipeMethod::kDareTies;
}

// By a parameter's name.
using RecipeSettings = std::map<std::string, ParameterSetting>;

// Layers [first, end) of a model.
struct RecipeLayers {
  std::uint32_t first = 0, end = 0;

  std::uint32_t count() const { return end - first; }
};

struct RecipeSource {
  std::string model;                   // as the recipe names it
  std::optional<RecipeLayers> layers;  // of a slice; nothing: all
  RecipeSettings parameters;
};

struct RecipeSlice {
  std::vector<RecipeSource> sources;  // at least one
  std::string base;                   // "": the recipe's
  RecipeSettings parameters;
};

struct MergeRecipe {
  RecipeMethod method = RecipeMethod::kLinear;
  std::string base;  // "" for none
  // One, of whole models (`models:`), or layer after layer (`slices:`).
  std::vector<RecipeSlice> slices;
  bool is_of_slices = false;
  RecipeSettings parameters;
  std::optional<DType> dtype;         // that is computed in; nothing: the stored one
  std::optional<DType> out_dtype;     // that is written; nothing: the one computed in
  bool makes_tokenizer = false;       // embeddings follow a tokenizer that mergekit puts together
  std::vector<std::string> warnings;  // printable lines

  // The models that it names, each once, in the order of their first mention; a base that is no
  // source last.
  std::vector<std::string> Models() const;
};

// Reads a recipe. Throws Error(kBadInput) with `label` and where in the recipe, for what ParseYaml
// refuses, a method that is not re-executed here, numbers that are none, and what contradicts
// itself.
MergeRecipe ParseMergeRecipe(const std::string& label, std::string_view yaml);

// Returns the recipe as YAML that mergekit reads.
std::string MergeRecipeYaml(const MergeRecipe& recipe);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_MERGE_RECIPE_H_
