// Published weight indexes, by name alone: expectations are made by hand.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "architecture/inspection.h"
#include "architecture/published_names.h"
#include "source/byte_source.h"

namespace modelkin {
namespace published_indexes_test {

struct Expected {
  const char* list;
  // "text: 28 model.layers.; dense_mlp gated | vision: ...", components in their order.
  const char* parts;
  double placed;  // at least this share of tensors, in percent
};

constexpr Expected kExpected[] = {
    {"bria", "vision: 28 single_transformer_blocks.; 8 transformer_blocks.; dense_mlp not_told",
     91.2},
    {"chatglm1", "text: 28 transformer.layers.; dense_mlp plain", 100.0},
    {"cogstream",
     "text: 28 model.layers.; dense_mlp gated | vision: 27 encoder.layers.; dense_mlp "
     "plain | projector: ",
     99.4},
    {"deepseek-ocr",
     "text: 12 model.layers.; 64 experts; dense_mlp gated; shared_experts gated; "
     "routed_experts gated | vision: 24 transformer.layers.; 12 sam_model.blocks.; "
     "dense_mlp plain | projector: ",
     99.5},
    {"deepseek-ocr2",
     "text: 24 model.qwen2_model.model.model.layers.; 12 model.layers.; 64 experts; "
     "dense_mlp gated; shared_experts gated; routed_experts gated | vision: 12 "
     "sam_model.blocks.; dense_mlp plain | projector: ",
     99.5},
    {"dreamzero",
     "text: 24 action_head.text_encoder.blocks.; dense_mlp gated | vision: 40 "
     "action_head.model.blocks.; 32 "
     "action_head.image_encoder.model.visual.transformer.; dense_mlp plain",
     87.8},
    {"ernie45-vl",
     "text: 54 ernie.layers.; 128 experts; dense_mlp gated_in_one; routed_experts "
     "gated_in_one | vision: 32 blocks.; dense_mlp plain | projector: dense_mlp "
     "not_told",
     99.8},
    {"internlm", "text: 60 model.layers.; dense_mlp gated", 100.0},
    {"kimi2-pcl",
     "text: 32 model.layers.; 128 experts; dense_mlp gated; shared_experts gated; "
     "routed_experts gated",
     100.0},
    {"latent-experts-mlx",
     "text: 36 language_model.model.layers.; shared_experts gated; routed_experts "
     "gated",
     100.0},
    {"lisa",
     "text: 32 model.layers.; dense_mlp gated | vision: 32 "
     "visual_model.image_encoder.blocks.; 2 "
     "visual_model.mask_decoder.transformer.layers.; dense_mlp plain | projector: ",
     95.9},
    {"llama3v",
     "text: 32 llm.model.layers.; dense_mlp gated | vision: 27 vison.encoder.layers.; "
     "dense_mlp plain | projector: ",
     99.7},
    {"locate-anything",
     "text: 36 language_model.model.layers.; dense_mlp gated | vision: 27 "
     "encoder.blocks.; dense_mlp plain | projector: dense_mlp not_told",
     100.0},
    {"logics-thinking",
     "text: 36 model.layers.; dense_mlp gated | vision: 28 "
     "vision_towers.0.vision_tower.stages.2.blocks.; 27 "
     "vision_towers.1.vision_tower.vision_model.encoder.layers.; 4 "
     "vision_towers.0.vision_tower.stages.1.blocks.; 3 "
     "vision_towers.0.vision_tower.stages.0.blocks.; 3 "
     "vision_towers.0.vision_tower.stages.3.blocks.; dense_mlp plain | projector: ",
     88.6},
    {"m2m", "text: 24 model.decoder.layers.; 24 model.encoder.layers.; dense_mlp plain", 100.0},
    {"minicpm-v",
     "text: 28 model.layers.; dense_mlp gated | vision: 27 encoder.layers.; dense_mlp "
     "plain | projector: ",
     99.7},
    {"minimax01", "text: 80 model.layers.; 32 experts; routed_experts gated", 100.0},
    {"modular", "text: 32 model.layers.; dense_mlp plain", 100.0},
    {"molmo-nf4",
     "text: 28 model.transformer.blocks.; dense_mlp gated_in_one | vision: 23 "
     "vision_backbone.image_vit.transformer.resblocks.; dense_mlp plain | projector: ",
     98.8},
    {"openpangu", "text: 34 model.layers.; dense_mlp gated", 100.0},
    {"pi05",
     "text: 18 paligemma_with_expert.gemma_expert.model.layers.; 18 "
     "paligemma_with_expert.paligemma.model.language_model.layers.; dense_mlp gated | "
     "vision: 27 "
     "paligemma_with_expert.paligemma.model.vision_tower.vision_model.encoder.layers.;"
     " dense_mlp plain | projector: ",
     99.2},
    {"scicore-omics",
     "text: 28 llm.model.layers.; 12 nicheformer.encoder.layers.; dense_mlp gated | "
     "vision: 27 encoder.layers.; dense_mlp plain | projector: ",
     99.6},
    {"sd35", "vision: 38 transformer_blocks.; dense_mlp plain", 99.8},
    {"spark-gsq", "text: 36 model.layers.; dense_mlp gated", 100.0},
    {"trellis2-mlx", "vision: 30 tex_flow_512.blocks.; 2 shape_dec.blocks.; dense_mlp plain", 89.4},
    {"wan", "vision: 30 blocks.; dense_mlp plain", 95.7},
    {"xcomposer2",
     "text: 32 model.layers.; dense_mlp gated | vision: 24 "
     "vit.vision_tower.vision_model.encoder.layers.; dense_mlp plain | projector: ",
     99.3},
};

Checkpoint NamesOf(const std::vector<std::string>& names) {
  std::vector<Tensor> tensors;
  for (const std::string& name : names) tensors.push_back({.name = name});
  MarkStoredForms(tensors);
  std::vector<CheckpointFile> files;
  files.push_back({.name = "model.safetensors.index.json",
                   .source = MakeMemorySource("model.safetensors.index.json", {})});
  return {"published", std::move(files), std::move(tensors), {}, true};
}

std::string PartsText(const Inspection& inspection) {
  std::vector<std::string> components;
  for (const InspectedComponent& component : inspection.components) {
    const NamedParts& named = component.named.value();
    std::vector<std::string> words;
    for (const LayerStack& stack : named.stacks) {
      words.push_back(fmt::format("{} {}", stack.layers, stack.prefix));
    }
    if (named.experts > 0) words.push_back(fmt::format("{} experts", named.experts));
    for (const auto& [module, form] : named.mlps) {
      words.push_back(fmt::format("{} {}", ModuleKindName(module), MlpFormName(form)));
    }
    components.push_back(
        fmt::format("{}: {}", ComponentName(component.kind), fmt::join(words, "; ")));
  }
  return fmt::format("{}", fmt::join(components, " | "));
}

double PlacedPercent(const Inspection& inspection) {
  double all = 0, placed = 0;
  for (const InspectedComponent& component : inspection.components) {
    for (const auto& [module, tensors] : component.named->tensors) {
      all += static_cast<double>(tensors);
      if (module != ModuleKind::kOther) placed += static_cast<double>(tensors);
    }
  }
  return 100 * placed / all;
}

TEST(PublishedIndexes, SayByNameWhatTheyAre) {
  std::map<std::string, Expected> expected;
  for (const Expected& one : kExpected) expected.emplace(one.list, one);
  for (const auto& [list, names] : testing::PublishedNames()) {
    SCOPED_TRACE(list);
    const Checkpoint checkpoint = NamesOf(names);
    const Inspection inspection = Inspect("published", &checkpoint, nullptr);
    EXPECT_TRUE(inspection.names_only);
    EXPECT_FALSE(inspection.counted());
    EXPECT_EQ(inspection.tensors, names.size());
    ASSERT_TRUE(expected.contains(list));
    EXPECT_EQ(PartsText(inspection), expected.at(list).parts);
    EXPECT_GE(PlacedPercent(inspection), expected.at(list).placed);
  }
}

}  // namespace published_indexes_test
}  // namespace modelkin
