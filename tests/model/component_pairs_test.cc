#include "model/component_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin {
namespace component_pairs_test {

using ::testing::ElementsAre;

// A component of so many square matrices of one side.
ModelComponent Made(Component kind, std::uint64_t side, int matrices, const char* prefix = "") {
  std::vector<Tensor> tensors;
  for (int i = 0; i < matrices; ++i) {
    Tensor tensor;
    tensor.name = std::string(prefix) + "layers." + std::to_string(i) + ".w";
    tensor.shape = {side, side};
    tensor.elements = side * side;
    tensors.push_back(std::move(tensor));
  }
  ModelComponent component;
  component.kind = kind;
  component.checkpoint = std::make_shared<const Checkpoint>(
      "made", std::vector<CheckpointFile>(), std::move(tensors), std::vector<Said>());
  return component;
}

std::vector<std::string> Described(const ModelComponents& a, const ModelComponents& b) {
  std::vector<std::string> pairs;
  for (const ComponentPair& pair : PairComponents(a, b)) {
    const auto name = [](const ModelComponent* component, const ModelComponents& of) {
      return component == nullptr ? std::string("-") : std::to_string(component - of.data());
    };
    pairs.push_back(name(pair.a, a) + name(pair.b, b));
  }
  return pairs;
}

TEST(PairComponents, PairsOneKindWithItself) {
  ModelComponents a, b;
  a.push_back(Made(Component::kText, 8, 6));
  a.push_back(Made(Component::kVision, 6, 6));
  b.push_back(Made(Component::kText, 8, 6));
  b.push_back(Made(Component::kVision, 6, 6));
  b.push_back(Made(Component::kAudio, 5, 6));
  EXPECT_THAT(Described(a, b), ElementsAre("00", "11", "-2"));
  EXPECT_THAT(Described(b, a), ElementsAre("00", "11", "2-"));
}

TEST(PairComponents, PairsABareEncoderWithAWrappedOne) {
  ModelComponents bare, wrapped;
  bare.push_back(Made(Component::kVision, 6, 6));
  wrapped.push_back(Made(Component::kText, 8, 6));
  wrapped.push_back(Made(Component::kVision, 6, 6));
  EXPECT_THAT(Described(bare, wrapped), ElementsAre("01", "-0"));
}

TEST(PairComponents, OfSeveralOfAKindPairsThoseThatFit) {
  ModelComponents a, b;
  a.push_back(Made(Component::kVision, 6, 6));
  a.push_back(Made(Component::kVision, 9, 6));
  b.push_back(Made(Component::kVision, 9, 6));
  b.push_back(Made(Component::kVision, 6, 6));
  EXPECT_THAT(Described(a, b), ElementsAre("10", "01"));
}

// A text model that is called an encoder, beside another text model that is called one.
TEST(PairComponents, LooksThroughNames) {
  ModelComponents a, disguised;
  a.push_back(Made(Component::kText, 8, 6));
  disguised.push_back(Made(Component::kText, 5, 6));
  disguised.push_back(Made(Component::kVision, 8, 6));
  EXPECT_THAT(Described(a, disguised), ElementsAre("00", "01"));
  EXPECT_THAT(Described(disguised, a), ElementsAre("00", "10"));
}

TEST(PairComponents, LeavesAloneWhatFitsNothing) {
  ModelComponents a, b;
  a.push_back(Made(Component::kText, 8, 6));
  b.push_back(Made(Component::kText, 8, 6));
  b.push_back(Made(Component::kVision, 8, 2));  // too few to tell
  EXPECT_THAT(Described(a, b), ElementsAre("00", "-1"));
}

TEST(PairComponents, AlwaysPairsTwoModelsOfOneEach) {
  ModelComponents a, b;
  a.push_back(Made(Component::kText, 8, 6));
  b.push_back(Made(Component::kVision, 5, 6));
  EXPECT_THAT(Described(a, b), ElementsAre("00"));
}

TEST(PairComponents, HasAPairWhereNothingFits) {
  ModelComponents a, b;
  a.push_back(Made(Component::kText, 8, 6));
  b.push_back(Made(Component::kVision, 5, 6));
  b.push_back(Made(Component::kAudio, 4, 6));
  EXPECT_THAT(Described(a, b), ElementsAre("00", "-1"));
}

TEST(FindComponentLike, FindsItsKindAlone) {
  ModelComponents in;
  in.push_back(Made(Component::kText, 8, 6));
  in.push_back(Made(Component::kVision, 6, 6));
  const ModelComponent vision = Made(Component::kVision, 6, 6);
  EXPECT_EQ(FindComponentLike(vision, in), &in[1]);
  EXPECT_EQ(FindComponentLike(Made(Component::kAudio, 6, 6), in), nullptr);
}

}  // namespace component_pairs_test
}  // namespace modelkin
