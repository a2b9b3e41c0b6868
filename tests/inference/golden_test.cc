// What transformers computes from small models of each family: tests/inference/golden/README.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/progress.h"
#include "inference/forward_pass.h"
#include "inference/image_encoder.h"
#include "inference/stored_model.h"

namespace modelkin {
namespace golden_test {

using testing::Ids;
using testing::TestTensor;

// Of a row, relatively. Both compute in float, whose sums of some hundred terms in another order
// differ by 1e-6; deep layers and sharp softmaxes multiply that.
constexpr double kBound = 1e-4;
// Experts may be others where the decision was as close as this (scripts/parity).
constexpr double kTie = 1e-5;

class GoldenCase {
 public:
  explicit GoldenCase(const std::string& name) {
    for (TestTensor& tensor :
         testing::ReadTensors(testing::GoldenFolder(name) + "/golden.safetensors")) {
      values_[tensor.name] = testing::ValuesOf(tensor);
      if (tensor.name.starts_with("pixels.")) images_.push_back(ArrayOf(tensor));
    }
    for (std::size_t i = 0; const auto* const grid = Find(fmt::format("grid.{}", i)); ++i) {
      const auto at = [&](std::size_t k) { return static_cast<std::size_t>(grid->at(k)); };
      grids_.push_back({.frames = at(0), .rows = at(1), .columns = at(2)});
    }
    while (values_.contains(fmt::format("ids.{}", texts_.size()))) {
      const auto& ids = values_.at(fmt::format("ids.{}", texts_.size()));
      texts_.emplace_back(ids.begin(), ids.end());
    }
  }

  // Of texts or images, whichever the case is about.
  Batch MakeBatch(const RunnableModel& model) const {
    if (images_.empty()) return modelkin::MakeBatch(texts_);
    return model.family().images()->MakeBatch(images_, grids_);
  }
  // Null where there is none.
  const std::vector<double>* Find(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  static FloatArray ArrayOf(const TestTensor& tensor) {
    FloatArray array{.file = tensor.name, .shape = tensor.shape, .values = {}};
    for (const double value : testing::ValuesOf(tensor)) {
      array.values.push_back(static_cast<float>(value));
    }
    return array;
  }

  std::map<std::string, std::vector<double>> values_;
  std::vector<Ids> texts_;
  std::vector<FloatArray> images_;
  std::vector<PatchGrid> grids_;
};

class Keeper : public PassObserver {
 public:
  void Hidden(std::size_t /*index*/, const Activations& hidden) override {
    states.push_back(hidden);
  }
  void Routed(std::size_t layer, const RouterChoice& choice) override { routing[layer] = choice; }

  std::vector<Activations> states;
  std::map<std::size_t, RouterChoice> routing;
};

// The texts of a case are run together, and each has a reference of its own.
class Golden : public ::testing::TestWithParam<std::string> {
 protected:
  Golden()
      : golden_(GetParam()),
        model_(OpenModel(testing::GoldenFolder(GetParam())), 2),
        batch_(golden_.MakeBatch(model_)) {}

  void Run() {
    RequireFits(model_, batch_, true);
    Progress silent;
    if (model_.family().images() == nullptr) {
      final_ = RunLayers(model_, batch_, nullptr, keeper_, silent);
      return;
    }
    encoded_ = EncodeImages(model_, batch_, keeper_, silent);
    final_ = encoded_.final;
  }

  // What an encoder hands on of one image, whose rows of it begin at `first`. Returns how many
  // those are.
  std::size_t ExpectHandedOn(std::size_t image, std::size_t first) const {
    const std::size_t rows = model_.family().images()->PooledRows(batch_.grids[image]);
    const auto expect = [&](const Activations& all, const std::string& name) {
      const auto* const expected = golden_.Find(fmt::format("{}.{}", name, image));
      ASSERT_NE(expected, nullptr) << name;
      ASSERT_EQ(expected->size(), rows * all.columns) << name;
      ASSERT_LE(first + rows, all.rows) << name;
      for (std::size_t i = 0; i < rows; ++i) {
        EXPECT_LE(testing::RelativeError(all.Row(first + i), expected->data() + i * all.columns,
                                         all.columns),
                  kBound)
            << name << " of image " << image << ", row " << i;
      }
    };
    EXPECT_EQ(encoded_.pooled.has_value(),
              golden_.Find(fmt::format("pooled.{}", image)) != nullptr);
    if (encoded_.pooled) expect(*encoded_.pooled, "pooled");
    for (std::size_t i = 0; i < encoded_.tapped.size(); ++i) {
      expect(encoded_.tapped[i], fmt::format("deepstack.{}", i));
    }
    EXPECT_EQ(golden_.Find(fmt::format("deepstack.{}.{}", encoded_.tapped.size(), image)), nullptr);
    return rows;
  }

  void ExpectRows(const Activations& all, std::size_t text, const double* reference,
                  const std::string& what) const {
    const TextRows& rows = batch_.texts[text];
    for (std::size_t i = 0; i < rows.rows; ++i) {
      EXPECT_LE(
          testing::RelativeError(all.Row(rows.first + i), reference + i * all.columns, all.columns),
          kBound)
          << what << " of text " << text << ", token " << i;
    }
  }

  // Whether the same experts were chosen for all tokens; other ones only at a tie.
  bool ExpectRouting(std::size_t text) const {
    bool same = true;
    for (const auto& [layer, choice] : keeper_.routing) {
      const auto* const experts = golden_.Find(fmt::format("router_choices.{}.{}", layer, text));
      const auto* const gaps = golden_.Find(fmt::format("router_gaps.{}.{}", layer, text));
      EXPECT_TRUE(experts != nullptr && gaps != nullptr) << "layer " << layer;
      if (experts == nullptr || gaps == nullptr) return false;
      const std::size_t first = batch_.texts[text].first;
      for (std::size_t i = 0; i < batch_.texts[text].rows; ++i) {
        const auto mine =
            choice.experts.begin() + static_cast<std::ptrdiff_t>((first + i) * choice.chosen);
        const auto theirs = experts->begin() + static_cast<std::ptrdiff_t>(i * choice.chosen);
        const auto count = static_cast<std::ptrdiff_t>(choice.chosen);
        if (std::set<double>(mine, mine + count) == std::set<double>(theirs, theirs + count)) {
          continue;
        }
        same = false;
        EXPECT_LT((*gaps)[i], kTie) << "text " << text << ", layer " << layer << ", token " << i;
      }
    }
    return same;
  }

  void ExpectWeights(std::size_t text) const {
    for (const auto& [layer, choice] : keeper_.routing) {
      const auto* const weights = golden_.Find(fmt::format("router_weights.{}.{}", layer, text));
      ASSERT_NE(weights, nullptr);
      Activations all(choice.tokens(), choice.chosen);
      all.values = choice.weights;
      ExpectRows(all, text, weights->data(), fmt::format("router weights of layer {}", layer));
    }
  }

  GoldenCase golden_;
  RunnableModel model_;
  Batch batch_;
  Keeper keeper_;
  EncodedImages encoded_;
  Activations final_;
};

TEST_P(Golden, EveryStateAndChoice) {
  ASSERT_FALSE(batch_.texts.empty());
  Run();
  const Activations logits =
      model_.family().has_head() ? Logits(model_, final_) : Activations(0, 0);
  ASSERT_EQ(keeper_.states.size(), model_.layers() + 1);
  std::size_t texts_with_ties = 0;
  for (std::size_t text = 0; text < batch_.texts.size(); ++text) {
    // After another choice at a tie the numbers are others as well.
    if (!ExpectRouting(text)) {
      ++texts_with_ties;
      continue;
    }
    ExpectWeights(text);
    const auto* const hidden = golden_.Find(fmt::format("hidden.{}", text));
    ASSERT_NE(hidden, nullptr);
    const std::size_t size = batch_.texts[text].rows * model_.width();
    ASSERT_EQ(hidden->size(), size * keeper_.states.size());
    for (std::size_t i = 0; i < keeper_.states.size(); ++i) {
      ExpectRows(keeper_.states[i], text, hidden->data() + i * size, fmt::format("state {}", i));
    }
    ExpectRows(final_, text, golden_.Find(fmt::format("final.{}", text))->data(), "final");
    const auto* const expected = golden_.Find(fmt::format("logits.{}", text));
    ASSERT_EQ(expected != nullptr, model_.family().has_head());
    if (expected != nullptr) ExpectRows(logits, text, expected->data(), "logits");
  }
  // Cases were chosen to have none (scripts/parity/make-golden): more would hide errors.
  EXPECT_EQ(texts_with_ties, 0U);
}

// Of texts there is nothing behind the head.
TEST_P(Golden, WhatAnEncoderOfImagesHandsOn) {
  if (model_.family().images() == nullptr) {
    EXPECT_EQ(golden_.Find("pooled.0"), nullptr);
    return;
  }
  Run();
  std::size_t first = 0;
  for (std::size_t i = 0; i < batch_.texts.size(); ++i) first += ExpectHandedOn(i, first);
  if (encoded_.pooled) {
    EXPECT_EQ(first, encoded_.pooled->rows);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(testing::GoldenNames()),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(GoldenCases, CoverEveryFamily) {
  std::set<std::string> families;
  for (const std::string& name : testing::GoldenNames()) {
    families.insert(
        std::string(RunnableModel(OpenModel(testing::GoldenFolder(name)), 1).spec().family->name));
  }
  for (const std::string_view family : RunnableFamilies()) {
    // nanoGPT's checkpoints are no transformers models; its mathematics are GPT-2's.
    if (family == "nanogpt") continue;
    EXPECT_TRUE(families.contains(std::string(family))) << family;
  }
}

}  // namespace golden_test
}  // namespace modelkin
