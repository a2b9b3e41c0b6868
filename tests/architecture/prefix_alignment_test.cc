#include "architecture/prefix_alignment.h"

#include <gtest/gtest.h>

#include <set>

#include "architecture/shape_only.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace prefix_alignment_test {

using testing::StoredShape;
using Set = std::set<std::string>;
using Shapes = std::vector<StoredShape>;

Checkpoint Stored(const Shapes& shapes) {
  const testing::TemporaryDirectory folder;
  testing::WriteShapes(folder.path(), shapes);
  return OpenCheckpoint(folder.path());  // its file stays open
}

Set NamesOf(const Checkpoint& checkpoint) {
  Set names;
  for (const Tensor& tensor : checkpoint.tensors()) names.insert(tensor.name);
  return names;
}

Shapes Decoder(const std::string& prefix, const std::string& head) {
  return {{prefix + "embed_tokens.weight", {32, 8}},
          {prefix + "layers.0.mlp.up_proj.weight", {16, 8}},
          {prefix + "layers.1.mlp.up_proj.weight", {16, 8}},
          {head, {32, 8}}};
}

Shapes WithTower(Shapes shapes, const std::string& prefix) {
  shapes.push_back({prefix + "blocks.0.mlp.up_proj.weight", {12, 4}});
  shapes.push_back({prefix + "norm.weight", {4}});
  return shapes;
}

TEST(PrefixAlignment, OfTowersWhicheverIsFirst) {
  const Shapes older = WithTower(Decoder("model.", "lm_head.weight"), "visual."),
               newer = WithTower(Decoder("net.core.", "net.lm_head.weight"), "model.visual.");
  for (const bool turned : {false, true}) {
    const AlignedNames aligned =
        AlignPrefixes(Stored(turned ? newer : older), Stored(turned ? older : newer));
    EXPECT_EQ(NamesOf(aligned.a), NamesOf(aligned.b));
    // The decoder keeps the names that roles are read from.
    for (const char* name : {"model.layers.1.mlp.up_proj.weight", "model.embed_tokens.weight",
                             "lm_head.weight", "model.visual.norm.weight"}) {
      EXPECT_NE(aligned.a.Find(name), nullptr) << name;
    }
  }
}

// Encoders as they are published alone, and in what has one.
TEST(PrefixAlignment, OfEncodersAloneAndInside) {
  const auto siglip = [](const std::string& prefix) {
    return Shapes{{prefix + "encoder.layers.0.self_attn.q_proj.weight", {8, 8}},
                  {prefix + "encoder.layers.1.self_attn.q_proj.weight", {8, 8}},
                  {prefix + "embeddings.patch_embedding.weight", {8, 3, 2, 2}},
                  {prefix + "post_layernorm.weight", {8}}};
  };
  const auto blocks = [](const std::string& prefix) {
    return Shapes{{prefix + "blocks.0.attn.qkv.weight", {24, 8}},
                  {prefix + "blocks.1.attn.qkv.weight", {24, 8}},
                  {prefix + "patch_embed.proj.weight", {8, 3, 2, 2, 2}},
                  {prefix + "merger.mlp.0.weight", {32, 32}}};
  };
  const std::pair<Shapes, Shapes> pairs[] = {
      {siglip("vision_model."), siglip("vision_tower.vision_model.")},
      {siglip("vision_model."), siglip("model.vision_tower.vision_model.")},
      {siglip("vision_tower.vision_model."), siglip("model.vision_tower.")},
      {siglip("vision_model."), siglip("model.vision_model.")},
      {blocks("visual."), blocks("model.visual.")},
      {blocks(""), blocks("model.visual.")},
      {blocks("model.vision_model."), blocks("visual.")}};
  for (const auto& [alone, inside] : pairs) {
    const AlignedNames aligned = AlignPrefixes(Stored(alone), Stored(inside));
    EXPECT_EQ(NamesOf(aligned.a), NamesOf(aligned.b));
  }
}

TEST(PrefixAlignment, KeepsLayersAndOtherShapesApart) {
  const Shapes a = {{"model.layers.0.norm.weight", {8}}, {"model.norm.weight", {8}}};
  const Shapes b = {{"model.layers.1.norm.weight", {8}}, {"vision.norm.weight", {4}}};
  const AlignedNames aligned = AlignPrefixes(Stored(a), Stored(b));
  EXPECT_EQ(NamesOf(aligned.a), NamesOf(Stored(a)));
  EXPECT_EQ(NamesOf(aligned.b), NamesOf(Stored(b)));
}

// A vocabulary that has grown goes where its model goes.
TEST(PrefixAlignment, VotesCountForOtherShapes) {
  Shapes grown = Decoder("net.", "net.lm_head.weight");
  grown[0].shape = {64, 8};
  const AlignedNames aligned =
      AlignPrefixes(Stored(Decoder("model.", "lm_head.weight")), Stored(grown));
  EXPECT_EQ(NamesOf(aligned.b), NamesOf(aligned.a));
}

// Endings that thousands share are left alone rather than held against each other.
TEST(PrefixAlignment, OfManyAlike) {
  Shapes a, b;
  for (int i = 0; i < 20'000; ++i) {
    a.push_back({fmt::format("a{}.x.weight", i), {1}});
    b.push_back({fmt::format("b{}.x.weight", i), {1}});
  }
  const AlignedNames aligned = AlignPrefixes(Stored(a), Stored(b));
  EXPECT_EQ(NamesOf(aligned.b), NamesOf(Stored(b)));
}

}  // namespace prefix_alignment_test
}  // namespace modelkin
