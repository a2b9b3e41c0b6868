#include "merging/merge_recipe.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace modelkin {
namespace merge_recipe_test {

constexpr const char* kRecipe = R"(merge_method: slerp
base_model: "a b"
models:
  - model: ./x
  - {model: {model: {path: org/y, revision: main}}}
parameters:
  t:
    - {filter: self_attn, value: [0, 0.5, 1]}
    - value: 0.25
  normalize: yes
dtype: torch.bfloat16
)";

TEST(MergeRecipe, HasSettingsByFilterAndLayer) {
  const MergeRecipe recipe = ParseMergeRecipe("r.yml", kRecipe);
  EXPECT_EQ(recipe.method, RecipeMethod::kSlerp);
  EXPECT_EQ(recipe.Models(), (std::vector<std::string>{"./x", "org/y@main", "a b"}));
  EXPECT_EQ(recipe.dtype, DType::kBF16);
  const ParameterSetting& t = recipe.parameters.at("t");
  EXPECT_EQ(t.At("model.layers.1.self_attn.q_proj.weight", 0), 0);
  EXPECT_EQ(t.At("model.layers.1.self_attn.q_proj.weight", 0.25), 0.25);
  EXPECT_EQ(t.At("model.layers.1.self_attn.q_proj.weight", 0.75), 0.75);
  EXPECT_EQ(t.At("model.layers.1.self_attn.q_proj.weight", 1), 1);
  EXPECT_EQ(t.At("model.layers.1.self_attn.q_proj.weight", 0.75, true), 0.5);
  EXPECT_EQ(t.At("model.norm.weight", 0.75), 0.25);
  EXPECT_EQ(recipe.parameters.at("normalize").At("x", 0), 1);
}

TEST(MergeRecipe, IsTheSameWrittenAndRead) {
  const MergeRecipe recipe = ParseMergeRecipe("r.yml", kRecipe);
  const std::string yaml = MergeRecipeYaml(recipe);
  const MergeRecipe again = ParseMergeRecipe("again.yml", yaml);
  EXPECT_EQ(MergeRecipeYaml(again), yaml);
  EXPECT_EQ(again.Models(), recipe.Models());
  EXPECT_EQ(again.base, "a b");
}

TEST(MergeRecipe, QuotesWhatYamlWouldTakeForSomethingElse) {
  for (const std::string model : {"true", "1e3", "a: b", "# x", "- a", "\"", "\\", "a\nb", "/x/y",
                                  "@x/y", "*x/y", "~", "1/2"}) {
    MergeRecipe recipe;
    recipe.slices.push_back({.sources = {{.model = model}}});
    EXPECT_EQ(ParseMergeRecipe("r.yml", MergeRecipeYaml(recipe)).Models().front(), model);
  }
}

TEST(ParameterSetting, HasNoValueWhereNoCaseFits) {
  const ParameterSetting only(std::vector<ParameterCase>{{.filter = "mlp", .points = {1}}});
  EXPECT_EQ(only.At("model.norm.weight", 0), std::nullopt);
  EXPECT_EQ(only.At("model.layers.0.mlp.up_proj.weight", 0), 1);
  const ParameterSetting none(std::vector<ParameterCase>{{.filter = "*", .points = {}}});
  EXPECT_EQ(none.At("x", 0), std::nullopt);
}

}  // namespace merge_recipe_test
}  // namespace modelkin
