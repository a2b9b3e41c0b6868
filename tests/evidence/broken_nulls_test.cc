// Strangers whose units are not in independent random orders, and what is found all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "evidence/toy_trace.h"
#include "statistics/random.h"

namespace modelkin::testing {
namespace broken_nulls_test {

using enum VerdictCategory;

struct Models {
  ToyModel a, b;
};

// Of one recipe, and of other seeds; glm-a and glm-b where they are there.
class BrokenNull : public ::testing::TestWithParam<std::string> {
 protected:
  static bool Draws() { return GetParam().ends_with("_drawn"); }
  static std::string Source() { return GetParam().substr(0, GetParam().find("_drawn")); }

  // As a whole, or by draws.
  static Trace TraceOf(const ToyModel& a, const ToyModel& b,
                       const std::vector<ToyModel>& controls = {}) {
    return Draws() ? TraceToys(a, b, controls, kDrawnToys) : TraceToys(a, b, controls);
  }

  void SetUp() override {
    if (Source() == "toy") {
      models_ = {TrainedToy(1), TrainedToy(2)};
      return;
    }
    const char* const shared = std::getenv("MODELKIN_SHARED_DATA");
    if (shared == nullptr) {
      GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set: no trained models to test with";
    }
    const std::string zoo = std::string(shared) + "/zoo/";
    models_ = {ReadToy(zoo + "glm-a"), ReadToy(zoo + "glm-b")};
    if (Source() == "zoo_exchanged") std::swap(models_.a, models_.b);
  }

  Models models_;
};

INSTANTIATE_TEST_SUITE_P(Models, BrokenNull,
                         ::testing::Values("toy", "zoo", "zoo_exchanged", "toy_drawn", "zoo_drawn",
                                           "zoo_exchanged_drawn"),
                         [](const auto& made) { return made.param; });

bool IsMatrix(const std::string& name) { return name.find("_proj.weight") != std::string::npos; }

// All experts of a layer become copies of its first, with noise: they share an order.
void Upcycle(ToyModel& model, std::uint64_t seed) {
  PermuteHiddenUnits(model, seed);
  for (auto& [name, tensor] : model.tensors) {
    const std::size_t at = name.find(".experts.");
    if (at == std::string::npos) continue;
    const std::size_t number = at + 9;
    const std::size_t end = name.find('.', number);
    tensor.values = model.At(name.substr(0, number) + "0" + name.substr(end)).values;
  }
  AddNoise(model, 0.1, seed + 1);
}

TEST_P(BrokenNull, ExpertsOfOneOrderCountOnce) {
  for (std::uint64_t draw = 0; draw < 2; ++draw) {
    ToyModel b = models_.b;
    Upcycle(b, 10 * draw + 5);
    for (const bool exchanged : {false, true}) {
      const Trace trace = exchanged ? TraceOf(b, models_.a) : TraceOf(models_.a, b);
      EXPECT_EQ(trace.verdict.category, kNoEvidence) << draw;
      for (const TestId id :
           {TestId::kHiddenTrace, TestId::kHiddenOrder, TestId::kGateUpMatching}) {
        EXPECT_GT(Of(trace, id).log_p, std::log(1e-5)) << TestName({id}) << draw << exchanged;
      }
      // A layer's experts count as one, and shared experts and the dense MLP by themselves.
      if (!exchanged) {
        EXPECT_LE(Of(trace, TestId::kHiddenTrace).units, 2 * kToyLayers) << draw;
      }
    }
  }
}

// Matrices start as an identity, so that units stand at coordinates; `grown` makes training change
// each entry of it by another factor.
void AddIdentities(ToyModel& model, std::uint64_t grown) {
  Random random(grown, 0);
  for (auto& [name, tensor] : model.tensors) {
    if (!IsMatrix(name)) continue;
    double squares = 0;
    for (const float value : tensor.values) squares += static_cast<double>(value) * value;
    const double deviation = std::sqrt(squares / static_cast<double>(tensor.values.size()));
    for (std::size_t i = 0; i < std::min(tensor.shape[0], tensor.shape[1]); ++i) {
      tensor.values[i * (tensor.shape[1] + 1)] +=
          static_cast<float>(10 * (0.5 + random.Uniform()) * deviation);
    }
  }
}

// Numbers residual coordinates from the end, of any width.
void ReverseCoordinates(ToyModel& model) {
  for (auto& [name, tensor] : model.tensors) {
    const bool over_rows =
        name.find("o_proj") != std::string::npos || name.find("down_proj") != std::string::npos;
    const bool over_coordinates =
        over_rows || name.ends_with("norm.weight") || name.ends_with("embed_tokens.weight") ||
        name.ends_with("lm_head.weight") || name.ends_with("mlp.gate.weight") || IsMatrix(name);
    if (!over_coordinates) continue;
    const std::size_t width = over_rows || tensor.shape.size() == 1
                                  ? tensor.values.size() / tensor.shape[0]
                                  : tensor.shape[1];
    std::ranges::reverse(tensor.values);  // rows and columns
    if (tensor.shape.size() == 1) continue;
    for (auto row = tensor.values.begin(); over_rows && row != tensor.values.end();
         row += static_cast<std::ptrdiff_t>(width)) {
      std::reverse(row, row + static_cast<std::ptrdiff_t>(width));
    }
    if (over_rows) continue;
    // Rows back to where they were.
    std::vector<float> rows;
    for (std::size_t i = tensor.shape[0]; i-- > 0;) {
      const auto row = tensor.values.begin() + static_cast<std::ptrdiff_t>(i * width);
      rows.insert(rows.end(), row, row + static_cast<std::ptrdiff_t>(width));
    }
    tensor.values = std::move(rows);
  }
}

// Strangers, from both sides: no test is strong, as stored or in a basis that is fitted.
class BrokenNullOfIdentities : public BrokenNull {
 protected:
  void SetUp() override {
    BrokenNull::SetUp();
    if (IsSkipped()) return;
    AddIdentities(models_.a, 1);
    AddIdentities(models_.b, 2);
  }

  static void ExpectNothing(const ToyModel& a, const ToyModel& b) {
    for (const bool exchanged : {false, true}) {
      const Trace trace = exchanged ? TraceOf(b, a) : TraceOf(a, b);
      for (const TestResult& test : trace.tests) {
        EXPECT_FALSE(test.strong) << TestName(test.key) << exchanged;
      }
      EXPECT_EQ(trace.verdict.category, kNoEvidence) << exchanged;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Models, BrokenNullOfIdentities,
                         ::testing::Values("toy", "zoo", "toy_drawn", "zoo_drawn"),
                         [](const auto& made) { return made.param; });

TEST_P(BrokenNullOfIdentities, InPlaceSayNothing) { ExpectNothing(models_.a, models_.b); }

TEST_P(BrokenNullOfIdentities, OfRenumberedUnitsSayNothing) {
  PermuteHiddenUnits(models_.b, 5);
  ExpectNothing(models_.a, models_.b);
}

TEST_P(BrokenNullOfIdentities, OfRenumberedCoordinatesSayNothing) {
  ReverseCoordinates(models_.b);
  ExpectNothing(models_.a, models_.b);
}

TEST_P(BrokenNullOfIdentities, OfRenumberedUnitsAndCoordinatesSayNothing) {
  PermuteHiddenUnits(models_.b, 5);
  ReverseCoordinates(models_.b);
  ExpectNothing(models_.a, models_.b);
}

// Rows of a unit are alike in each model for a reason of its own: up rows start as gates.
TEST_P(BrokenNull, UpRowsThatAreLikeGatesSayNothing) {
  for (ToyModel* const model : {&models_.a, &models_.b}) {
    for (auto& [name, tensor] : model->tensors) {
      const std::size_t at = name.find("up_proj");
      if (at == std::string::npos) continue;
      const std::vector<float>& gate = model->At(std::string(name).replace(at, 2, "gate")).values;
      for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] += 3 * gate[i];
    }
  }
  for (const bool exchanged : {false, true}) {
    const Trace trace = exchanged ? TraceOf(models_.b, models_.a) : TraceOf(models_.a, models_.b);
    EXPECT_EQ(trace.verdict.category, kNoEvidence) << exchanged;
    EXPECT_FALSE(Of(trace, TestId::kGateUpAgreement).strong);
  }
}

TEST_P(BrokenNull, RelativesWhoseUpRowsAreLikeGatesAreFound) {
  for (auto& [name, tensor] : models_.a.tensors) {
    const std::size_t at = name.find("up_proj");
    if (at == std::string::npos) continue;
    const std::vector<float>& gate = models_.a.At(std::string(name).replace(at, 2, "gate")).values;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] += 3 * gate[i];
  }
  ToyModel b = models_.a;
  AddNoise(b, 0.05, 3);
  PermuteHiddenUnits(b, 4);
  // 32 drawn units of each MLP don't link it by themselves.
  const VerdictCategory expected = Draws() ? kSharesMaterial : kDerived;
  for (const Trace& trace : {TraceOf(models_.a, b), TraceOf(b, models_.a)}) {
    EXPECT_EQ(trace.verdict.category, expected);
    EXPECT_TRUE(Of(trace, TestId::kGateUpAgreement).strong);
  }
}

TEST_P(BrokenNull, RelativesWithIdentityMatricesAreFound) {
  AddIdentities(models_.a, 1);
  ToyModel b = models_.a;
  AddNoise(b, 0.05, 3);
  EXPECT_EQ(TraceOf(models_.a, b).verdict.category, kDerived);
  PermuteHiddenUnits(b, 4);
  EXPECT_EQ(TraceOf(models_.a, b).verdict.category, kDerived);
  EXPECT_EQ(TraceOf(b, models_.a).verdict.category, kDerived);
  ReverseCoordinates(b);
  EXPECT_EQ(TraceOf(models_.a, b).verdict.category, kDerived);
}

// What both know of a coordinate by a table of positions: tables of tokens and norms have it,
// weights into heads and units don't.
TEST_P(BrokenNull, WhatTablesAloneShareIsNoEvidence) {
  Random random(4, 0);
  for (ToyModel* const model : {&models_.a, &models_.b}) {
    for (auto& [name, tensor] : model->tensors) {
      if (!name.ends_with("norm.weight") && name.find("embed") == std::string::npos) continue;
      const std::size_t width = tensor.shape.back();
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        tensor.values[i] += 0.2F * std::sin(static_cast<float>(i % width));
      }
    }
  }
  const Trace trace = TraceOf(models_.a, models_.b);
  EXPECT_LT(Of(trace, TestId::kResidualTables).log_p, std::log(1e-7));
  EXPECT_FALSE(Of(trace, TestId::kResidualTables).strong);
  EXPECT_GT(Of(trace, TestId::kResidualTrace).log_p, std::log(1e-4));
  EXPECT_EQ(trace.verdict.category, kNoEvidence);
}

TEST_P(BrokenNull, AttentionOfAWithNoiseIsFound) {
  ToyModel b = models_.b;
  ToyModel noisy = models_.a;
  AddNoise(noisy, 0.01, 3);
  Take(
      noisy, [](const std::string& name) { return name.find("self_attn") != std::string::npos; },
      b);
  for (const Trace& trace : {TraceOf(models_.a, b), TraceOf(b, models_.a)}) {
    EXPECT_EQ(trace.verdict.category, kSharesMaterial);
    EXPECT_TRUE(Of(trace, TestId::kResidualTrace).strong);
    EXPECT_LT(Of(trace, TestId::kResidualTrace).log_p, -100);
  }
}

TEST_P(BrokenNull, PlainMixturesAreFoundFromTheShareThatWasSaid) {
  const Trace strangers = TraceOf(models_.a, models_.b);
  ASSERT_TRUE(strangers.power && strangers.power->residual_trace);
  const double share = 1.5 * *strangers.power->residual_trace;
  ToyModel b = models_.b;
  for (auto& [name, tensor] : b.tensors) {
    const std::vector<float>& of_a = models_.a.At(name).values;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] = static_cast<float>(share * of_a[i] + (1 - share) * tensor.values[i]);
    }
  }
  EXPECT_EQ(TraceOf(models_.a, b).verdict.category, kSharesMaterial) << share;
}

// Everything but MLPs to the byte is more than a common start.
TEST_P(BrokenNull, CopiedTensorsAreNoCommonStart) {
  ToyModel b = models_.b;
  Take(
      models_.a, [](const std::string& name) { return name.find("mlp") == std::string::npos; }, b);
  const Trace trace = TraceOf(models_.a, b);
  EXPECT_EQ(trace.verdict.category, kSharesMaterial);
  EXPECT_NE(trace.verdict.shared, SharedMaterial::kCommonInitialisation);
}

}  // namespace broken_nulls_test
}  // namespace modelkin::testing
