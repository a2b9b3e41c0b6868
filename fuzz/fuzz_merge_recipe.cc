#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "merging/merge_recipe.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "recipe.yml";

void ReadRecipe(std::string_view text) {
  MergeRecipe recipe;
  try {
    recipe = ParseMergeRecipe(kLabel, text);
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
    return;
  }
  Check(!recipe.slices.empty() && !recipe.Models().empty(), "there are models");
  for (const auto& [name, setting] : recipe.parameters) {
    for (const double t : {0.0, 1.0 / 3, 1.0}) {
      setting.At("model.layers.0.self_attn.q_proj.weight", t);
      setting.At("model.layers.0.self_attn.q_proj.weight", t, true);
    }
  }
  // What was read is written so that it is read again.
  const std::string yaml = MergeRecipeYaml(recipe);
  Check(MergeRecipeYaml(ParseMergeRecipe("again", yaml)) == yaml, "the same written and read");
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadRecipe(modelkin::AsText(data, size));
  return 0;
}
