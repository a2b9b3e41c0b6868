#include "dossier/dossier_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "dossier/agreed_seed.h"
#include "dossier/parties.h"
#include "lineage/one_mlp.h"
#include "support/expect_error.h"

namespace modelkin {
namespace dossier_comparison_test {

using testing::OneMlp;
using testing::Party;
using testing::Reordered;
using testing::ShuffledOrder;
using testing::ToyModel;
using testing::TrainedToy;

constexpr std::size_t kUnits = 40;

const DossierTest& TestOf(const DossierComparison& found, DossierTestId id) {
  return *std::ranges::find(found.tests, id, &DossierTest::id);
}

DossierComparison Compared(const Dossier& a, const Dossier& b, bool power = false) {
  return CompareDossiers(a, b, {.beacon = {}, .threads = 2, .power = power});
}

DossierComparison Compared(const ToyModel& a, const ToyModel& b) {
  return Compared(Party(a, 1).Write(), Party(b, 2).Write());
}

RowCodes RandomCodes(std::size_t rows, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  RowCodes codes;
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<double> row(64);
    for (double& value : row) value = normal(random);
    AppendCodes(row, codes);
  }
  return codes;
}

// Two MLPs of random rows; nothing but the codes is looked at.
Dossier RandomDossier(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Dossier dossier{.root = DigestOf(fmt::format("{}", seed)),
                  .seed = testing::kSeed,
                  .dimensions = 64,
                  .residual = 512};
  for (std::uint32_t layer = 0; layer < 2; ++layer) {
    UnitBlock block{.name = fmt::format("layer {}", layer), .layer = layer, .units = kUnits};
    for (ProjectedSide* const side : {&block.first, &block.second}) {
      side->rows = RandomCodes(kUnits, random);
      side->sum = RandomCodes(1, random);
    }
    dossier.blocks.push_back(std::move(block));
  }
  return dossier;
}

// The same sums and units, those of gate and of up each in an order of its own: what matchings show
// of it is a true null, whatever the rows are like.
Dossier WithOrdersOfItsOwn(const Dossier& dossier, std::uint64_t seed) {
  Dossier other = dossier;
  other.root = DigestOf(fmt::format("order {}", seed));
  for (UnitBlock& block : other.blocks) {
    for (ProjectedSide* const side : {&block.first, &block.second}) {
      side->rows = Reordered(side->rows, ShuffledOrder(kUnits, ++seed * 1000003), 64);
    }
  }
  return other;
}

// Kolmogorov's distance of p-values from the uniform distribution.
double DistanceFromUniform(std::vector<double> p) {
  std::ranges::sort(p);
  double distance = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double count = static_cast<double>(p.size());
    distance = std::max({distance, p[i] - static_cast<double>(i) / count,
                         static_cast<double>(i + 1) / count - p[i]});
  }
  return distance;
}

TEST(CompareDossiers, PIsUniformUnderATrueNull) {
  constexpr std::size_t kRepeats = 300;
  const Dossier a = RandomDossier(1);
  std::vector<double> matching, order, trace;
  std::size_t agreement_below = 0;
  for (std::size_t repeat = 0; repeat < kRepeats; ++repeat) {
    const DossierComparison found = Compared(a, WithOrdersOfItsOwn(a, 17 * repeat));
    EXPECT_EQ(found.category, VerdictCategory::kNoEvidence);
    matching.push_back(std::exp(TestOf(found, DossierTestId::kGateUpMatching).log_p));
    order.push_back(std::exp(TestOf(found, DossierTestId::kHiddenOrder).log_p));
    trace.push_back(std::exp(TestOf(found, DossierTestId::kHiddenTrace).log_p));
    agreement_below +=
        TestOf(found, DossierTestId::kGateUpAgreement).log_p < std::log(0.05) ? 1 : 0;
  }
  // 1e-3 by Kolmogorov's limit.
  const double limit = 1.95 / std::sqrt(static_cast<double>(kRepeats));
  EXPECT_LT(DistanceFromUniform(matching), limit);
  EXPECT_LT(DistanceFromUniform(order), limit);
  EXPECT_LT(DistanceFromUniform(trace), limit);
  EXPECT_LE(agreement_below, 0.05 * kRepeats + 3 * std::sqrt(0.05 * 0.95 * kRepeats));
}

TEST(CompareDossiers, StrangersAreNotAccused) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const DossierComparison found = Compared(TrainedToy(seed), TrainedToy(seed + 100));
    EXPECT_EQ(found.category, VerdictCategory::kNoEvidence) << seed;
    EXPECT_EQ(found.pairs.size(), Party(TrainedToy(seed), 1).Write().blocks.size());
  }
}

TEST(CompareDossiers, DerivedModelsAreFoundWhateverOrderUnitsAndExpertsAreIn) {
  const ToyModel a = TrainedToy(1);
  ToyModel noisy = a;
  AddNoise(noisy, 0.3, 2);
  DossierComparison found = Compared(a, noisy);
  EXPECT_EQ(found.category, VerdictCategory::kSharesMaterial);
  EXPECT_TRUE(TestOf(found, DossierTestId::kHiddenTrace).strong);
  PermuteHiddenUnits(noisy, 3);
  PermuteExperts(noisy, 4);
  found = Compared(a, noisy);
  EXPECT_EQ(found.category, VerdictCategory::kSharesMaterial);
  const DossierTest& agreement = TestOf(found, DossierTestId::kGateUpAgreement);
  EXPECT_TRUE(agreement.strong);
  EXPECT_GT(agreement.effect, 0.9);
  EXPECT_GT(TestOf(found, DossierTestId::kExpertMatching).effect, 0.9);
  EXPECT_LT(TestOf(found, DossierTestId::kHiddenTrace).effect, 1);
}

TEST(CompareDossiers, HeadsAreMatchedWhateverTheirOrder) {
  Dossier a = RandomDossier(5), b = a;
  b.root = DigestOf("b");
  for (Dossier* const dossier : {&a, &b}) {
    for (UnitBlock& block : dossier->blocks) block.kind = UnitKind::kHeads;
  }
  for (UnitBlock& block : b.blocks) {
    const auto order = ShuffledOrder(kUnits, 6);
    block.first.rows = Reordered(block.first.rows, order, 64);
    block.second.rows = Reordered(block.second.rows, order, 64);
  }
  const DossierTest test = TestOf(Compared(a, b), DossierTestId::kHeadMatching);
  EXPECT_TRUE(test.strong);
  // Both layers' heads are in one order... of other units: each counts.
  EXPECT_EQ(test.units, 2 * kUnits);
  EXPECT_EQ(test.statistic, 2 * kUnits);
}

TEST(CompareDossiers, UnitsOfNegatedUpRowsAreStillFound) {
  Dossier a = RandomDossier(7), b = a;
  b.root = DigestOf("b");
  for (UnitBlock& block : b.blocks) {
    for (std::size_t i = 0; i < block.second.rows.size(); ++i) {
      if (i / 64 % 2 == 0) block.second.rows[i] = static_cast<std::int8_t>(-block.second.rows[i]);
    }
  }
  EXPECT_EQ(TestOf(Compared(a, b), DossierTestId::kGateUpAgreement).effect, 1);
}

// The sum of up rows of which half were negated has nothing to do with that of the others.
TEST(CompareDossiers, BlocksAreFoundByTheSumThatNothingChanged) {
  std::mt19937_64 random(10);
  Dossier a = RandomDossier(8), b = a;
  b.root = DigestOf("b");
  for (UnitBlock& block : b.blocks) block.second.sum = RandomCodes(1, random);
  for (const BlockPair& pair : Compared(a, b).pairs) {
    EXPECT_EQ(pair.a, pair.b);
    EXPECT_NEAR(pair.similarity, 1, 1e-5);
  }
}

TEST(CompareDossiers, LayersOfOneOrderCountOnce) {
  Dossier a = RandomDossier(8), b = RandomDossier(9);
  b.blocks[1].first = b.blocks[0].first;
  b.blocks[1].second = b.blocks[0].second;
  const DossierComparison found = Compared(a, b);
  EXPECT_TRUE(found.pairs[0].counts);
  EXPECT_FALSE(found.pairs[1].counts);
  EXPECT_EQ(TestOf(found, DossierTestId::kGateUpAgreement).units, kUnits);
}

TEST(CompareDossiers, IsTheSameForAnyNumberOfThreads) {
  const Dossier a = Party(TrainedToy(1), 1).Write(), b = Party(TrainedToy(2), 2).Write();
  const DossierComparison one = CompareDossiers(a, b, {.beacon = {}, .threads = 1, .power = true});
  const DossierComparison three =
      CompareDossiers(a, b, {.beacon = {}, .threads = 3, .power = true});
  EXPECT_EQ(one.smallest_share, three.smallest_share);
  ASSERT_EQ(one.tests.size(), three.tests.size());
  for (std::size_t i = 0; i < one.tests.size(); ++i) {
    EXPECT_EQ(one.tests[i].log_p, three.tests[i].log_p);
    EXPECT_EQ(one.tests[i].statistic, three.tests[i].statistic);
  }
}

// What is said to have been found is found: B planted with that share, from the weights.
TEST(CompareDossiers, ThePowerThatIsToldIsThere) {
  const ToyModel a = OneMlp(1, 300), b = OneMlp(2, 300);
  const DossierComparison strangers =
      Compared(Party(a, 1).Write(), Party(b, 2).Write(), /*power=*/true);
  ASSERT_TRUE(strangers.smallest_share);
  EXPECT_LT(*strangers.smallest_share, 0.9);
  const auto mixed = [&](double share) {
    ToyModel mixture = b;
    for (auto& [name, tensor] : mixture.tensors) {
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        tensor.values[i] = static_cast<float>(share * a.tensors.at(name).values[i] +
                                              (1 - share) * tensor.values[i]);
      }
    }
    return ChooseUnits(mixture, testing::RandomOrder(300, 5));
  };
  EXPECT_EQ(Compared(a, mixed(*strangers.smallest_share + 0.05)).category,
            VerdictCategory::kSharesMaterial);
  EXPECT_EQ(Compared(a, mixed(*strangers.smallest_share / 2)).category,
            VerdictCategory::kNoEvidence);
}

TEST(CompareDossiers, ACopyAnotherSeedAndOtherDimensionsAreRefused) {
  const Party party(OneMlp(1, 30), 1), other(OneMlp(2, 30), 2);
  const Dossier a = party.Write();
  testing::CatchError(ErrorKind::kUsage, [&] { Compared(a, a); });
  testing::CatchError(ErrorKind::kUsage, [&] { Compared(a, other.Write("another")); });
  testing::CatchError(ErrorKind::kUsage, [&] { Compared(a, other.Write(testing::kSeed, 1, 16)); });
}

TEST(CompareDossiers, ASeedThatIsNotThatOfBothRootsIsSeen) {
  const Party a(OneMlp(1, 30), 1), b(OneMlp(2, 30), 2);
  EXPECT_FALSE(Compared(a.Write(), b.Write()).seed.is_agreed);
  const std::string agreed = AgreedSeed(a.commitment().root, b.commitment().root, "beacon");
  const Dossier first = a.Write(agreed), second = b.Write(agreed);
  EXPECT_TRUE(CompareDossiers(first, second, {.beacon = "beacon"}).seed.is_agreed);
  EXPECT_FALSE(CompareDossiers(first, second, {.beacon = "another"}).seed.is_agreed);
}

TEST(CompareDossiers, OtherWidthsAndOtherUnitsAreNotComparable) {
  Dossier a = RandomDossier(1), b = RandomDossier(2);
  b.residual = 640;
  EXPECT_EQ(Compared(a, b).category, VerdictCategory::kNotComparable);
  b.residual = 512;
  for (UnitBlock& block : b.blocks) block.gated = false;
  const DossierComparison found = Compared(a, b);
  EXPECT_EQ(found.category, VerdictCategory::kNotComparable);
  EXPECT_NE(found.not_comparable, "");
  for (const DossierTest& test : found.tests) EXPECT_FALSE(test.was_run());
}

TEST(CompareDossiers, DeadUnitsAndWeightsThatAreNotFiniteAreLeftOut) {
  Dossier a = RandomDossier(1), b = RandomDossier(2);
  std::fill_n(a.blocks[0].first.rows.begin(), 64 * 10, std::int8_t{0});
  b.blocks[1].first.finite = false;
  const DossierComparison found = Compared(a, b);
  for (const BlockPair& pair : found.pairs) {
    if (pair.a == 0 && pair.b == 0) {
      EXPECT_EQ(pair.match.units_a, kUnits - 10);
    }
    if (pair.b == 1) {
      EXPECT_NE(pair.match.skipped, "");
      EXPECT_FALSE(pair.counts);
    }
  }
  for (UnitBlock& block : b.blocks) std::ranges::fill(block.second.rows, std::int8_t{0});
  EXPECT_EQ(Compared(a, b).category, VerdictCategory::kNotComparable);
}

}  // namespace dossier_comparison_test
}  // namespace modelkin
