#include "dossier/make_dossier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dossier/agreed_seed.h"
#include "dossier/parties.h"
#include "dossier/sign_projection.h"
#include "lineage/one_mlp.h"
#include "support/expect_error.h"

namespace modelkin {
namespace make_dossier_test {

using testing::kOneMlpPrefix;
using testing::kOneMlpWidth;
using testing::OneMlp;
using testing::Party;
using testing::ToyModel;
using testing::ToyTensor;
using testing::TrainedToy;

const UnitBlock& BlockNamed(const Dossier& dossier, const std::string& name) {
  const auto found = std::ranges::find(dossier.blocks, name, &UnitBlock::name);
  if (found == dossier.blocks.end()) throw std::runtime_error("no block " + name);
  return *found;
}

// By the definition, from the values of the toy.
RowCodes ProjectedCodes(const std::vector<double>& row) {
  const SignProjection signs(SeedNumber(testing::kSeed), 0, row.size(), 64);
  RowCodes codes;
  AppendCodes(signs.Project(std::span<const double>(row)), codes);
  return codes;
}

std::vector<double> Row(const ToyTensor& tensor, std::size_t unit, bool column = false) {
  std::vector<double> row;
  const std::size_t columns = tensor.shape[1];
  for (std::size_t i = 0; i < tensor.shape[column ? 0 : 1]; ++i) {
    row.push_back(tensor.values[column ? i * columns + unit : unit * columns + i]);
  }
  return row;
}

RowCodes CodesOfUnit(const ProjectedSide& side, std::size_t unit) {
  const auto from = side.rows.begin() + static_cast<std::ptrdiff_t>(64 * unit);
  return {from, from + 64};
}

RowCodes SumCodes(const ToyTensor& tensor, bool columns = false) {
  const std::size_t units = tensor.shape[columns ? 1 : 0];
  std::vector<double> sum = Row(tensor, 0, columns);
  for (std::size_t unit = 1; unit < units; ++unit) {
    const std::vector<double> row = Row(tensor, unit, columns);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += row[i];
  }
  double mean = 0;
  for (const double value : sum) mean += value;
  for (double& value : sum) value -= mean / static_cast<double>(sum.size());
  return ProjectedCodes(sum);
}

TEST(MakeDossier, HiddenUnitsAreTheirWeightsProjected) {
  const ToyModel model = OneMlp(1, 24);
  const Dossier dossier = Party(model, 1).Write();
  ASSERT_EQ(dossier.blocks.size(), 1U);
  const UnitBlock& block = dossier.blocks.front();
  EXPECT_TRUE(block.gated);
  EXPECT_EQ(block.units, 24U);
  EXPECT_EQ(dossier.residual, kOneMlpWidth);
  const ToyTensor& gate = model.tensors.at(kOneMlpPrefix + "gate_proj.weight");
  const ToyTensor& up = model.tensors.at(kOneMlpPrefix + "up_proj.weight");
  for (std::size_t unit = 0; unit < 24; ++unit) {
    EXPECT_EQ(CodesOfUnit(block.first, unit), ProjectedCodes(Row(gate, unit)));
    EXPECT_EQ(CodesOfUnit(block.second, unit), ProjectedCodes(Row(up, unit)));
  }
  EXPECT_EQ(block.first.sum, SumCodes(gate));
  EXPECT_EQ(block.second.sum, SumCodes(up));
}

TEST(MakeDossier, UnitsWithoutGatesAreTakenByUpRowsAndDownColumns) {
  const ToyModel model = OneMlp(2, 20, false);
  const UnitBlock block = Party(model, 1).Write().blocks.front();
  EXPECT_FALSE(block.gated);
  const ToyTensor& down = model.tensors.at(kOneMlpPrefix + "down_proj.weight");
  for (std::size_t unit = 0; unit < 20; ++unit) {
    EXPECT_EQ(CodesOfUnit(block.second, unit), ProjectedCodes(Row(down, unit, true)));
  }
  EXPECT_EQ(block.second.sum, SumCodes(down, true));
}

// By the definition: signs from the left and from the right of the product of a group's weights.
TEST(MakeDossier, HeadsAreProductsProjectedFromBothSides) {
  const ToyModel model = TrainedToy(3);
  const Party party(model, 1);
  const Dossier dossier = party.Write();
  const UnitBlock& block = BlockNamed(dossier, "heads of layer 1");
  const ToyTensor& query = model.tensors.at("model.layers.1.self_attn.q_proj.weight");
  const ToyTensor& key = model.tensors.at("model.layers.1.self_attn.k_proj.weight");
  const std::size_t width = query.shape[1], rows = key.shape[0] / block.units;
  const std::size_t heads = query.shape[0] / key.shape[0];
  const SignProjection left(SeedNumber(testing::kSeed), 0, width, 64),
      right(SeedNumber(testing::kSeed), 1, width, 64);
  for (std::size_t group = 0; group < block.units; ++group) {
    std::vector<double> product(64, 0);
    for (std::size_t i = 0; i < heads * rows; ++i) {
      const auto q = left.Project(std::span<const double>(Row(query, group * heads * rows + i)));
      const auto k = right.Project(std::span<const double>(Row(key, group * rows + i % rows)));
      for (std::size_t j = 0; j < 64; ++j) product[j] += q[j] * k[j];
    }
    RowCodes expected;
    AppendCodes(product, expected);
    EXPECT_EQ(CodesOfUnit(block.first, group), expected);
  }
}

TEST(MakeDossier, ExpertsAreRouterRowsAndSumsOfTheirWeights) {
  const ToyModel model = TrainedToy(4);
  const Dossier dossier = Party(model, 1).Write();
  const UnitBlock& block = BlockNamed(dossier, "experts of layer 2");
  EXPECT_EQ(block.units, testing::kToyExperts);
  for (std::size_t expert = 0; expert < block.units; ++expert) {
    EXPECT_EQ(CodesOfUnit(block.second, expert),
              SumCodes(model.tensors.at(
                  fmt::format("model.layers.2.mlp.experts.{}.gate_proj.weight", expert))));
  }
  // A row that is added to all of a router's changes nothing.
  ToyModel shifted = model;
  for (auto& [name, tensor] : shifted.tensors) {
    if (!name.ends_with("mlp.gate.weight")) continue;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] += 0.5F * static_cast<float>(i % tensor.shape[1]);
    }
  }
  const Dossier other = Party(shifted, 1).Write();
  const RowCodes& before = block.first.rows;
  const RowCodes& after = BlockNamed(other, "experts of layer 2").first.rows;
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1);
}

TEST(MakeDossier, IsTheSameForAnyNumberOfThreads) {
  const Party party(TrainedToy(5), 1);
  EXPECT_EQ(party.Write(testing::kSeed, 1), party.Write(testing::kSeed, 3));
  EXPECT_NE(party.Write("another"), party.Write());
}

TEST(MakeDossier, OfManyUnitsSomeAreDrawnBySeedAndWidthAlone) {
  EXPECT_EQ(UnitsTold("s", 1024).size(), 1024U);
  EXPECT_EQ(UnitsTold("s", 1025).size(), 1024U);
  EXPECT_EQ(UnitsTold("s", 11008).size(), 1376U);
  EXPECT_TRUE(std::ranges::is_sorted(UnitsTold("s", 11008)));
  EXPECT_NE(UnitsTold("s", 11008), UnitsTold("t", 11008));
  const ToyModel model = OneMlp(6, 1100);
  const UnitBlock block = Party(model, 1).Write().blocks.front();
  const std::vector<std::uint32_t> told = UnitsTold(testing::kSeed, 1100);
  const ToyTensor& gate = model.tensors.at(kOneMlpPrefix + "gate_proj.weight");
  ASSERT_EQ(block.first.rows.size(), 64 * told.size());
  for (std::size_t i = 0; i < told.size(); i += 97) {
    EXPECT_EQ(CodesOfUnit(block.first, i), ProjectedCodes(Row(gate, told[i])));
  }
  EXPECT_EQ(block.first.sum, SumCodes(gate));  // of all units
}

TEST(MakeDossier, ValuesThatAreNotFiniteAreSaidAndNotShown) {
  ToyModel model = OneMlp(7, 16);
  model.At(kOneMlpPrefix + "gate_proj.weight").values[3] = std::numeric_limits<float>::infinity();
  const UnitBlock block = Party(model, 1).Write().blocks.front();
  EXPECT_FALSE(block.first.finite);
  EXPECT_EQ(block.first.rows, RowCodes(16 * 64, 0));
  EXPECT_TRUE(block.second.finite);
}

TEST(MakeDossier, ADiagonalThatAnIdentityLeftIsNotTold) {
  ToyModel model = OneMlp(8, kOneMlpWidth);
  ToyTensor& gate = model.At(kOneMlpPrefix + "gate_proj.weight");
  for (std::size_t i = 0; i < kOneMlpWidth; ++i) gate.values[i * kOneMlpWidth + i] += 20;
  const UnitBlock block = Party(model, 1).Write().blocks.front();
  std::vector<double> row = Row(gate, 5);
  row[5] = 0;
  EXPECT_EQ(CodesOfUnit(block.first, 5), ProjectedCodes(row));
}

TEST(MakeDossier, ModelsWithoutUnitsAndOtherModelsAreRefused) {
  ToyModel tables{.tensors = {}, .config = {}};
  tables.tensors.emplace("model.embed_tokens.weight",
                         OneMlp(9, 8).tensors.at("model.embed_tokens.weight"));
  const Party party(tables, 1);
  testing::CatchError(ErrorKind::kBadInput, [&] { party.Write(); });
  const Party other(OneMlp(9, 8), 1);
  Progress silent;
  testing::CatchError(ErrorKind::kBadInput, [&] {
    MakeDossier(other.traced(), party.commitment(), {.seed = "s"}, silent);
  });
}

}  // namespace make_dossier_test
}  // namespace modelkin
