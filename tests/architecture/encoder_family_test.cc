// Tables of encoders against what transformers has: parameters of published models, names and
// shapes of small ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "architecture/configs.h"
#include "architecture/encoder_cases.h"
#include "architecture/named_by_role.h"
#include "architecture/parameter_count.h"
#include "architecture/placed_tensor.h"
#include "architecture/role_names.h"
#include "architecture/tensor_checks.h"
#include "architecture/tensor_matching.h"

namespace modelkin {
namespace encoder_family_test {

using nlohmann::json;
using testing::EncoderCase;
using testing::EncoderCases;

class Encoders : public ::testing::TestWithParam<const EncoderCase*> {
 protected:
  const EncoderCase& one() const { return *GetParam(); }

  Checkpoint Stored() const {
    const testing::TemporaryDirectory folder;
    testing::WriteShapes(folder.path(), one().stored);
    return OpenCheckpoint(folder.path());  // its file stays open
  }
};

TEST_P(Encoders, HaveTheParametersOfPublishedOnes) {
  ASSERT_NE(one().family(), nullptr);
  const ModelSpec spec = SpecOf(one(), one().published);
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, one().parameters);
}

TEST_P(Encoders, HaveNamesAndShapes) {
  ASSERT_NE(one().family(), nullptr);
  const ModelSpec spec = SpecOf(one(), one().small);
  const Checkpoint checkpoint = Stored();
  const TensorMatcher matcher(*spec.family);
  std::vector<MatchedTensor> matches;
  std::uint64_t elements = 0;
  for (const Tensor& tensor : checkpoint.tensors()) {
    matches.push_back(matcher.Match(tensor));
    elements += tensor.shape.empty() ? 0 : tensor.elements;  // ranges of linear layers
  }
  for (const Finding& finding : CheckTensors(spec, matches, {})) {
    ADD_FAILURE() << finding.message.english;
  }
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, elements);
}

// Every layer has the matrices and norms of a Llama-like decoder's, of which the axes are known.
TEST_P(Encoders, AreNamedByRole) {
  ASSERT_NE(one().family(), nullptr);
  const ModelSpec spec = SpecOf(one(), one().small);
  const Checkpoint named = NamedByRole(Stored(), &spec);
  std::vector<PlacedTensor> placed;
  const TensorPlacer placer(&spec);
  for (const Tensor& tensor : named.tensors()) placed.push_back(placer.Place(tensor));
  placer.PlaceAxes(spec.Size("residual").value_or(0), placed);
  const auto has_residual = [&](const std::string& name) {
    const auto found = std::ranges::find_if(
        placed, [&](const PlacedTensor& one_of) { return one_of.tensor->name == name; });
    return found != placed.end() && found->residual_axis().has_value();
  };
  for (std::uint64_t layer = 0; layer < spec.Size("layers").value_or(0); ++layer) {
    for (const Role role : {Role::kQuery, Role::kKey, Role::kValue, Role::kAttentionOutput}) {
      EXPECT_TRUE(has_residual(TensorOfLayer(layer, role))) << ModuleOf(role);
    }
    for (const Role role : {Role::kUp, Role::kDown}) {
      EXPECT_TRUE(has_residual(TensorOfMlp(layer, {ModuleKind::kDenseMlp}, role)));
    }
    const bool before = spec.family->norm_place != NormPlace::kAfter;
    const bool first_without = spec.family->name == "modernbert" && layer == 0;
    EXPECT_TRUE(first_without ||
                has_residual(TensorOfLayer(
                    layer, before ? Role::kAttentionNorm : Role::kAttentionOutputNorm)));
    EXPECT_TRUE(has_residual(TensorOfLayer(layer, before ? Role::kMlpNorm : Role::kMlpOutputNorm)));
  }
  const bool text = one().component == Component::kText;
  if (spec.Size("table_width").value_or(spec.Size("residual").value_or(0)) !=
      spec.Size("residual")) {
    return;  // ELECTRA's tables are narrower than its layers
  }
  const Role first = text ? Role::kEmbedding : Role::kPatchEmbedding;
  EXPECT_TRUE(has_residual(TensorOfModel(first)));
  // Whatever it is stored as: a convolution, or a matrix.
  EXPECT_EQ(named.Find(TensorOfModel(first))->shape.size(), 2U);
  if (const Tensor* const positions = named.Find(TensorOfModel(Role::kPositionEmbedding))) {
    EXPECT_EQ(positions->shape,
              (Shape{positions->elements / *spec.Size("residual"), *spec.Size("residual")}));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Encoders, ::testing::ValuesIn([] {
                           std::vector<const EncoderCase*> all;
                           for (const EncoderCase& one : EncoderCases()) all.push_back(&one);
                           return all;
                         }()),
                         [](const auto& of) {
                           std::string name;
                           for (const char c : of.param->name) {
                             name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           }
                           return name;
                         });

// InternViT under its first publication's names has the parameters that InternVL's tower has, which
// is the same encoder. Its layers' names are those that the conversion into the latter reads.
TEST(InternVit, HasTheParametersOfInternVl) {
  const json config = {{"model_type", "intern_vit_6b"},
                       {"hidden_size", 1024},
                       {"num_hidden_layers", 24},
                       {"num_attention_heads", 16},
                       {"intermediate_size", 4096},
                       {"image_size", 448},
                       {"patch_size", 14},
                       {"qkv_bias", true},
                       {"qk_normalization", false},
                       {"norm_type", "layer_norm"}};
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(testing::Config(config),
                                *FindFamily("intern_vit_6b", Component::kVision), findings);
  ASSERT_TRUE(spec);
  EXPECT_EQ(ExpectedParameters(*spec)->count.total, 304'012'288U);
}

// The rows of a fused matrix are those of queries, then keys, then values; of gates, then ups.
TEST(FusedModules, AreTakenApartInOrder) {
  const auto offset_of = [](std::string_view type, Component component, std::string_view name) {
    const Family* const family = FindFamily(type, component);
    const auto view = std::ranges::find(family->views, name, &ViewRule::name);
    return view == family->views.end() ? "none" : view->offset;
  };
  const std::string layer = "model.layers.{L}.";
  for (const auto& [type, component] :
       {std::pair{"qwen3_vl", Component::kVision}, std::pair{"qwen2_5_vl", Component::kVision},
        std::pair{"intern_vit_6b", Component::kVision},
        std::pair{"kimi_k25_vision", Component::kVision},
        std::pair{"modernbert", Component::kText}}) {
    EXPECT_EQ(offset_of(type, component, layer + "self_attn.q_proj.weight"),
              "0 * (residual) * (residual)");
    EXPECT_EQ(offset_of(type, component, layer + "self_attn.k_proj.weight"),
              "1 * (residual) * (residual)");
    EXPECT_EQ(offset_of(type, component, layer + "self_attn.v_proj.weight"),
              "2 * (residual) * (residual)");
  }
  EXPECT_EQ(offset_of("modernbert", Component::kText, layer + "mlp.up_proj.weight"),
            "1 * (width) * (residual)");
}

}  // namespace encoder_family_test
}  // namespace modelkin
