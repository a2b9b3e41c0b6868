#include "atlas/tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "atlas/rooted_forest.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace tree_test {

constexpr std::size_t kWidth = 300;  // values of a made-up model

using Values = std::vector<double>;
using testing::TemporaryDirectory;

// Models as vectors, whose sketches have the signs of their projections.
class Models : public ::testing::Test {
 protected:
  Values Draw() {
    Values values(kWidth);
    for (double& value : values) value = normal_(random_);
    return values;
  }
  // What training makes of a model: another with about that cosine.
  Values Trained(const Values& model, double cosine) {
    const Values step = Draw();
    Values trained(kWidth);
    const double rest = std::sqrt(1 - cosine * cosine);
    for (std::size_t i = 0; i < kWidth; ++i) trained[i] = cosine * model[i] + rest * step[i];
    return trained;
  }
  static Values Mean(const Values& a, const Values& b) {
    Values mean(kWidth);
    for (std::size_t i = 0; i < kWidth; ++i) mean[i] = (a[i] + b[i]) / 2;
    return mean;
  }

  Sketch& Add(const std::string& name, const Values& values, Component kind = Component::kText) {
    Sketch& sketch = sketches_.emplace_back();
    sketch.name = name;
    sketch.location = "hf://" + name + "@0";
    sketch.family = "llama";
    sketch.content = fmt::format("{:064x}", sketches_.size());
    AddComponent(sketch, values, kind);
    return sketch;
  }
  void AddComponent(Sketch& sketch, const Values& values, Component kind) {
    SketchedComponent& component = sketch.components.emplace_back();
    component.kind = kind;
    component.place = {.role = Role::kAttentionOutput, .rows = 20, .columns = 30};
    component.effective_values = kWidth;
    const Values& projections = Projections();
    for (std::size_t bit = 0; bit < kComponentBits; ++bit) {
      const auto row = projections.begin() + static_cast<std::ptrdiff_t>(bit * kWidth);
      if (std::inner_product(values.begin(), values.end(), row, 0.0) > 0) {
        component.bits[bit / 64] |= std::uint64_t{1} << (bit % 64);
      }
    }
  }
  // A row for each bit.
  static const Values& Projections() {
    static const Values rows = [] {
      std::mt19937_64 random(11);
      std::normal_distribution<double> normal;
      Values drawn(kComponentBits * kWidth);
      for (double& value : drawn) value = normal(random);
      return drawn;
    }();
    return rows;
  }

  AtlasTree Make(unsigned threads = 2) {
    const std::string path = folder_.path() + "/models.atlas";
    Atlas atlas = Atlas::Open(path, AtlasAccess::kCreate);
    atlas.Add(sketches_);
    return MakeTree(atlas, {.threads = threads});
  }
  static const TreeEdge* EdgeOf(const AtlasTree& tree, std::size_t a, std::size_t b) {
    const auto found = std::ranges::find_if(
        tree.edges, [&](const TreeEdge& edge) { return edge.a == a && edge.b == b; });
    return found == tree.edges.end() ? nullptr : &*found;
  }

  TemporaryDirectory folder_;
  std::vector<Sketch> sketches_;
  std::mt19937_64 random_{3};
  std::normal_distribution<double> normal_;
};

TEST_F(Models, OfEmptyAtlasAreNone) {
  const AtlasTree tree = Make();
  EXPECT_TRUE(tree.models.empty());
  EXPECT_TRUE(tree.groups.empty());
  EXPECT_EQ(tree.compared_pairs, 0U);
}

TEST_F(Models, ChildrenStandBelowTheirBase) {
  const Values base = Draw();
  const Values child = Trained(base, 0.9);
  Add("o/first-child", child);
  Add("o/second-child", Trained(base, 0.8));
  Add("o/stranger", Draw());
  Add("o/base", base);
  Add("o/third-child", Trained(base, 0.85));
  Add("o/grandchild", Trained(child, 0.9));
  const AtlasTree tree = Make();
  EXPECT_EQ(tree.compared_pairs, 15U);
  ASSERT_EQ(tree.groups.size(), 2U);
  EXPECT_EQ(tree.groups[0].models, (std::vector<std::size_t>{0, 1, 3, 4, 5}));
  EXPECT_EQ(tree.groups[0].root, 3U);
  EXPECT_FALSE(tree.groups[0].root_declared);
  const auto forest = RootForest(tree);
  EXPECT_EQ(forest[3].children, (std::vector<std::size_t>{0, 4, 1}));
  EXPECT_EQ(forest[0].children, (std::vector<std::size_t>{5}));
  EXPECT_EQ(forest[5].depth, 2U);
  EXPECT_TRUE(tree.between.empty());
  EXPECT_TRUE(tree.contradictions.empty());
  const TreeEdge* const edge = EdgeOf(tree, 0, 3);
  ASSERT_NE(edge, nullptr);
  EXPECT_EQ(edge->basis, DirectionBasis::kNone);
  EXPECT_NEAR(edge->bits->cosine.cosine, 0.9, 0.05);
  EXPECT_LT(edge->bits->log_p, std::log(0.01 / 15));
  EXPECT_EQ(EdgeOf(tree, 0, 1), nullptr);
}

TEST_F(Models, AMergeHasTwoParents) {
  const Values base = Draw();
  const Values a = Trained(base, 0.9), b = Trained(base, 0.9);
  Add("o/base", base);
  Add("o/a", a);
  Add("o/b", b);
  Add("o/merge", Mean(a, b));
  Add("o/c", Trained(base, 0.9));
  const AtlasTree tree = Make();
  ASSERT_EQ(tree.between.size(), 1U);
  EXPECT_EQ(tree.between[0].model, 3U);
  EXPECT_EQ(std::min(tree.between[0].a, tree.between[0].b), 1U);
  EXPECT_EQ(std::max(tree.between[0].a, tree.between[0].b), 2U);
  EXPECT_GT(tree.between[0].share, 0.9);
  EXPECT_NE(EdgeOf(tree, 1, 3), nullptr);
  EXPECT_NE(EdgeOf(tree, 2, 3), nullptr);
}

TEST_F(Models, DeclaredBasesStandBesideWhatIsShown) {
  const Values base = Draw();
  Add("o/Base", base);
  Add("o/child", Trained(base, 0.8)).base_models = {"O/base", "o/absent"};
  Add("o/other", Trained(base, 0.9));
  Add("o/more", Trained(base, 0.9));
  Add("p/pretender", Draw()).base_models = {"o/base"};
  Add("p/child", Trained(base, 0.9)).base_models = {"child"};
  Add("o/wide", Draw()).base_models = {"o/base"};
  sketches_.back().components[0].place.rows = 21;
  const AtlasTree tree = Make();
  EXPECT_EQ(tree.unmatched_declarations, 2U);  // "child" is no hub model's name
  const TreeEdge* const declared = EdgeOf(tree, 0, 1);
  ASSERT_NE(declared, nullptr);
  EXPECT_EQ(declared->basis, DirectionBasis::kDeclared);
  EXPECT_TRUE(declared->from_a);
  ASSERT_EQ(tree.contradictions.size(), 1U);
  EXPECT_EQ(tree.contradictions[0].kind, ContradictionKind::kNoAgreement);
  EXPECT_EQ(tree.edges[tree.contradictions[0].edge].b, 4U);
  EXPECT_NE(tree.models[4].group, tree.models[0].group);
  // What can't be compared is declared alone, and no contradiction.
  const TreeEdge* const wide = EdgeOf(tree, 0, 6);
  ASSERT_NE(wide, nullptr);
  EXPECT_EQ(wide->role, EdgeRole::kDeclaredOnly);
  EXPECT_FALSE(wide->bits);
  EXPECT_FALSE(tree.models[6].compared);
}

TEST_F(Models, ThoseThatDeclareEachOtherContradict) {
  const Values base = Draw();
  Add("o/a", base).base_models = {"o/b"};
  Add("o/b", Trained(base, 0.9)).base_models = {"o/a"};
  const AtlasTree tree = Make();
  ASSERT_EQ(tree.contradictions.size(), 1U);
  EXPECT_EQ(tree.contradictions[0].kind, ContradictionKind::kCircle);
  EXPECT_EQ(tree.edges[0].basis, DirectionBasis::kNone);
}

TEST_F(Models, FoldersAreKnownByTheirLastPart) {
  const Values base = Draw();
  Add("/models/Base", base).location = "/models/Base";
  Add("/models/child", Trained(base, 0.9)).base_models = {"org/base"};
  Add("/others/base", Draw()).location = "/others/base";
  const AtlasTree tree = Make();
  const TreeEdge* const edge = EdgeOf(tree, 0, 1);
  ASSERT_NE(edge, nullptr);
  EXPECT_TRUE(edge->by_last_part);
  // Of two that are called so one agrees.
  EXPECT_TRUE(tree.contradictions.empty());
}

TEST_F(Models, OneVisionPartJoinsLanguageModelsThatAreStrangers) {
  const Values vision = Draw(), base = Draw();
  AddComponent(Add("o/a", base), vision, Component::kVision);
  AddComponent(Add("o/b", Trained(base, 0.9)), Trained(vision, 0.99), Component::kVision);
  AddComponent(Add("o/c", Draw()), vision, Component::kVision);
  const AtlasTree tree = Make();
  ASSERT_EQ(tree.groups.size(), 1U);
  EXPECT_EQ(EdgeOf(tree, 0, 1)->bits->kind, Component::kText);
  EXPECT_EQ(EdgeOf(tree, 0, 2)->bits->kind, Component::kVision);
}

TEST_F(Models, NamelessPartsAreNotCompared) {
  const Values base = Draw();
  Add("o/a", base).components[0].nameless = true;
  Add("o/b", base);
  const AtlasTree tree = Make();
  EXPECT_EQ(tree.compared_pairs, 0U);
  EXPECT_EQ(tree.groups.size(), 2U);
}

// Two strangers whose layers all started as one matrix, as an identity.
TEST_F(Models, ThoseWhoseLayersAreAlikeAreNotCompared) {
  const Values structure = Draw();
  for (const char* const name : {"o/a", "o/b"}) {
    Add(name, Trained(structure, 0.8));
    for (const std::uint32_t layer : {0U, 1U, 2U}) {
      SketchedLayer& of_model = sketches_.back().components[0].layers.emplace_back();
      of_model.layer = layer;
      of_model.bits.fill(0x5a5a);
    }
  }
  const AtlasTree tree = Make();
  EXPECT_EQ(tree.models[0].repeated_layers, 3U);
  EXPECT_FALSE(tree.models[0].compared);
  EXPECT_EQ(tree.shown_pairs, 0U);
}

TEST_F(Models, RepeatedLayersTellWhatWasMadeLater) {
  const Values base = Draw();
  Add("o/a", Trained(base, 0.9)).base_models = {};
  Add("o/b", base).base_models = {"o/a"};
  std::mt19937_64 random(9);
  for (const std::uint32_t layer : {0U, 1U, 2U, 3U}) {
    SketchedLayer& of_a = sketches_[0].components[0].layers.emplace_back();
    SketchedLayer& of_b = sketches_[1].components[0].layers.emplace_back();
    of_a.layer = of_b.layer = layer;
    for (std::uint64_t& word : of_b.bits) word = random();
    of_a.bits = sketches_[1].components[0].layers[layer == 3 ? 2 : layer].bits;
  }
  const AtlasTree tree = Make();
  EXPECT_EQ(tree.models[0].repeated_layers, 1U);
  EXPECT_EQ(tree.models[1].repeated_layers, 0U);
  ASSERT_EQ(tree.contradictions.size(), 1U);
  EXPECT_EQ(tree.contradictions[0].kind, ContradictionKind::kDirection);
  // Without a card it is a sign of the same.
  sketches_[1].base_models.clear();
  const AtlasTree undeclared = Make();
  EXPECT_EQ(undeclared.edges[0].basis, DirectionBasis::kSign);
  EXPECT_FALSE(undeclared.edges[0].from_a);
}

TEST_F(Models, APartIsThatOfItsGroups) {
  const Values base = Draw(), other = Draw();
  Add("o/x", other);
  Add("o/base", base);
  Add("o/y", Trained(other, 0.9)).base_models = {"o/base"};
  Add("o/child", Trained(base, 0.9));
  Add("o/alone", Draw());
  const AtlasTree tree = Make();
  const AtlasTree part = PartOfTree(tree, {tree.models[3].id});
  ASSERT_EQ(part.models.size(), 2U);
  EXPECT_EQ(part.models[0].name, "o/base");
  EXPECT_EQ(part.edges.size(), 1U);
  EXPECT_TRUE(part.contradictions.empty());
  // What it declares belongs to it.
  const AtlasTree declared = PartOfTree(tree, {tree.models[2].id});
  EXPECT_EQ(declared.models.size(), 4U);
  ASSERT_EQ(declared.contradictions.size(), 1U);
  const TreeEdge& edge = declared.edges[declared.contradictions[0].edge];
  EXPECT_EQ(declared.models[edge.b].name, "o/y");
  for (const TreeGroup& group : declared.groups) {
    for (const std::size_t model : group.models) {
      EXPECT_EQ(&declared.groups[declared.models[model].group], &group);
    }
  }
  EXPECT_TRUE(PartOfTree(tree, {}).models.empty());
}

// The chance of any false edge is the error rate: 40 atlases of 12 strangers have 0.4.
TEST(Strangers, AreShownAsRelativesAsSeldomAsIsSaid) {
  const TemporaryDirectory folder;
  std::mt19937_64 random(4);
  std::uint64_t shown = 0;
  for (int draw = 0; draw < 40; ++draw) {
    std::vector<Sketch> sketches(12);
    for (std::size_t i = 0; i < sketches.size(); ++i) {
      sketches[i].name = sketches[i].location = std::to_string(i);
      sketches[i].content = std::string(62, '0') + std::to_string(10 + i);
      SketchedComponent& component = sketches[i].components.emplace_back();
      component.place = {.role = Role::kAttentionOutput, .rows = 8, .columns = 8};
      component.effective_values = 1 << 20;
      for (std::uint64_t& word : component.bits) word = random();
    }
    Atlas atlas = Atlas::Open(folder.path() + "/strangers.atlas", AtlasAccess::kCreate);
    atlas.Add(sketches);
    shown += MakeTree(atlas, {.threads = 1}).shown_pairs;
  }
  EXPECT_LE(shown, 3U);
}

}  // namespace tree_test
}  // namespace modelkin
