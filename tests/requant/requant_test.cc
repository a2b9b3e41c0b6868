// Whole tensors against those of the fixtures (tests/data/requant).
#include "requant/requant.h"

#include <gtest/gtest.h>

#include "requant/remade_blocks.h"
#include "storage/coded_weight.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace requant_test {

const std::string kForms = MODELKIN_TEST_DATA "/requant/forms/";

Requantisation Check(const std::string& quantised, const std::string& original,
                     unsigned threads = 2) {
  const Checkpoint a = OpenCheckpoint(original);
  // The forms tell all that is needed but for GPTQ and blocks that are cut.
  const Checkpoint q = OpenCheckpoint(quantised);
  Progress progress;
  return Requantise(a, q, PairByName(a, q, {}), threads, progress);
}

const std::vector<std::string> kExact = {
    "fp4",         "fp8-rows", "fp8-tensor", "fp8-blocks", "fp8-reciprocal", "int8-rows",
    "int8-maxima", "mxfp4",    "nf4",        "nf4-double", "nvfp4"};

TEST(Requantise, FormsOfLibrariesAreIdentical) {
  for (const std::string& form : kExact) {
    SCOPED_TRACE(form);
    const Requantisation found = Check(kForms + form, kForms + "original");
    EXPECT_EQ(found.outcome, RequantOutcome::kIdentical);
    EXPECT_EQ(found.counts.identical, 1U);
    ASSERT_EQ(found.tensors.size(), 1U);
    EXPECT_GT(found.tensors[0].blocks, 0U);
    EXPECT_EQ(found.tensors[0].blocks_deviating, 0U);
  }
}

TEST(Requantise, AStrangersBlocksAllDeviate) {
  for (const std::string& form : kExact) {
    SCOPED_TRACE(form);
    const Requantisation found = Check(kForms + form, kForms + "stranger");
    EXPECT_EQ(found.outcome, RequantOutcome::kDeviates);
    EXPECT_EQ(found.counts.blocks_deviating, found.counts.blocks);
    EXPECT_EQ(found.tensors[0].quantiser, "");
    EXPECT_FALSE(found.tensors[0].first_deviating.empty());
    EXPECT_LE(found.tensors[0].first_deviating.size(), 8U);
  }
}

// One code of each form is changed by one.
TEST(Requantise, FindsTheOneBlockThatWasChanged) {
  for (const std::string& form : kExact) {
    SCOPED_TRACE(form);
    testing::TemporaryDirectory folder;
    const Checkpoint stored = OpenCheckpoint(kForms + form);
    const Tensor& codes = stored.tensors().front().coded->parts.front();
    const std::uint64_t place = codes.offset_bytes + codes.length_bytes / 3;
    std::string content = testing::ReadWholeFile(kForms + form + "/model.safetensors");
    content[place] = static_cast<char>(content[place] ^ 1);
    folder.WriteFile("model.safetensors", content);
    const Requantisation found = Check(folder.File("model.safetensors"), kForms + "original");
    EXPECT_EQ(found.outcome, RequantOutcome::kDeviates);
    EXPECT_EQ(found.counts.blocks_deviating, 1U);
    ASSERT_EQ(found.tensors[0].first_deviating.size(), 1U);
    EXPECT_GT(found.tensors[0].largest_deviation_steps, 0.5);
  }
}

TEST(Requantise, DoesNotDependOnThreads) {
  for (const std::string& form : {std::string("nvfp4"), std::string("nf4-double")}) {
    for (const char* const original : {"original", "stranger"}) {
      const Requantisation one = Check(kForms + form, kForms + original, 1);
      const Requantisation three = Check(kForms + form, kForms + original, 3);
      EXPECT_EQ(one.counts.blocks_deviating, three.counts.blocks_deviating);
      EXPECT_EQ(one.tensors[0].largest_deviation, three.tensors[0].largest_deviation);
      ASSERT_EQ(one.tensors[0].first_deviating.size(), three.tensors[0].first_deviating.size());
      for (std::size_t i = 0; i < one.tensors[0].first_deviating.size(); ++i) {
        EXPECT_EQ(one.tensors[0].first_deviating[i].index,
                  three.tensors[0].first_deviating[i].index);
      }
    }
  }
}

TEST(Requantise, ACastIsExactOneWay) {
  const std::string original = kForms + "original";
  EXPECT_EQ(Check(original, original).outcome, RequantOutcome::kIdentical);
  // Decoded values are no cast of what they were quantised from.
  EXPECT_EQ(Check(original, kForms + "nf4").outcome, RequantOutcome::kDeviates);
}

RemadeBlocks Remade(const std::string& quantised, const std::string& original) {
  const Checkpoint a = OpenCheckpoint(original), q = OpenCheckpoint(quantised);
  return RemakeBlocks(a, a.tensors().front(), q, q.tensors().front()).value_or(RemadeBlocks());
}

TEST(RemakeBlocks, AreThoseOfTheOriginalAlone) {
  for (const std::string& form : {std::string("nvfp4"), std::string("fp8-blocks")}) {
    SCOPED_TRACE(form);
    const RemadeBlocks own = Remade(kForms + form, kForms + "original");
    EXPECT_GT(own.blocks, 0U);
    EXPECT_EQ(own.identical, own.blocks);
    EXPECT_FALSE(own.is_of_ggml);
    const RemadeBlocks strange = Remade(kForms + form, kForms + "stranger");
    EXPECT_EQ(strange.blocks, own.blocks);
    EXPECT_EQ(strange.identical + strange.consistent, 0U);
  }
  // Not quantised.
  EXPECT_EQ(Remade(kForms + "original", kForms + "stranger").blocks, 0U);
}

TEST(RemakeBlocks, OfGgmlAreThoseOfItsQuantiser) {
  const std::string folder = MODELKIN_TEST_DATA "/requant/";
  const Checkpoint a = OpenCheckpoint(folder + "original"),
                   q = OpenCheckpoint(folder + "q8_0.gguf");
  const std::string name = "model.layers.0.mlp.up_proj.weight";
  const auto made = RemakeBlocks(a, *a.Find(name), q, *q.Find(name));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->is_of_ggml);
  EXPECT_EQ(made->blocks, 512U);
  EXPECT_EQ(made->identical, 512U);
}

}  // namespace requant_test
}  // namespace modelkin
