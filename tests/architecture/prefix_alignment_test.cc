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
  const AlignedNames aligned = AlignPrefixes(Stored(older), Stored(newer));
  EXPECT_EQ(NamesOf(aligned.a), NamesOf(Stored(older)));
  EXPECT_EQ(NamesOf(aligned.b), NamesOf(Stored(older)));
  // The decoder keeps the name that roles are read from.
  const AlignedNames other_way = AlignPrefixes(Stored(newer), Stored(older));
  EXPECT_EQ(NamesOf(other_way.a), NamesOf(other_way.b));
  EXPECT_NE(other_way.a.Find("model.layers.1.mlp.up_proj.weight"), nullptr);
  EXPECT_NE(other_way.a.Find("model.visual.norm.weight"), nullptr);
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
