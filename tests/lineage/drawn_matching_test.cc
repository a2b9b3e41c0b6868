#include "lineage/drawn_matching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "lineage/one_mlp.h"

namespace modelkin::testing {
namespace drawn_matching_test {

const std::string kGate = kOneMlpPrefix + "gate_proj.weight",
                  kUp = kOneMlpPrefix + "up_proj.weight",
                  kDown = kOneMlpPrefix + "down_proj.weight";

// Two stored models.
class Pair {
 public:
  Pair(const ToyModel& a, const ToyModel& b)
      : stored_a_(a),
        stored_b_(b),
        a_(PartsOf(*stored_a_.traced().checkpoint, nullptr)),
        b_(PartsOf(*stored_b_.traced().checkpoint, nullptr)) {}

  MlpMatch Drawn(std::uint64_t units, unsigned threads = 2, std::uint64_t seed = 1,
                 std::size_t a = 0, std::size_t b = 0) const {
    return MatchDrawnMlps(a_, a, b_, b, {.seed = seed, .units = units, .threads = threads});
  }
  MlpMatch All() const { return MatchMlps(a_, 0, b_, 0, 1, 2); }
  MlpMatch Either(std::uint64_t units) const {
    return MatchUnitsOf(a_, 0, b_, 0, {.seed = 1, .units = units, .threads = 2});
  }

 private:
  StoredToy stored_a_, stored_b_;
  ModelParts a_, b_;
};

MlpMatch DrawnOf(const ToyModel& a, const ToyModel& b, std::uint64_t units, unsigned threads = 2,
                 std::uint64_t seed = 1) {
  return Pair(a, b).Drawn(units, threads, seed);
}

// Multiplies up rows by factors and divides down columns by them.
ToyModel WithFactors(ToyModel model, const std::vector<float>& factors) {
  for (std::size_t unit = 0; unit < factors.size(); ++unit) {
    for (std::size_t i = 0; i < kOneMlpWidth; ++i) {
      model.At(kUp).values[unit * kOneMlpWidth + i] *= factors[unit];
      model.At(kDown).values[i * factors.size() + unit] /= factors[unit];
    }
  }
  return model;
}

void ExpectNear(const MlpMatch& drawn, const MlpMatch& all) {
  EXPECT_EQ(drawn.skipped, all.skipped);
  EXPECT_EQ(drawn.units_a, all.units_a);
  EXPECT_EQ(drawn.units_b, all.units_b);
  EXPECT_EQ(drawn.matched, all.matched);
  EXPECT_EQ(drawn.agreed, all.agreed);
  EXPECT_EQ(drawn.expected, all.expected);
  EXPECT_EQ(drawn.rho, all.rho);
  EXPECT_EQ(drawn.tail.log_p, all.tail.log_p);
  EXPECT_EQ(drawn.in_place, all.in_place);
  EXPECT_EQ(drawn.order_rho, all.order_rho);
  EXPECT_EQ(drawn.trace.has_value(), all.trace.has_value());
  if (drawn.trace) {
    EXPECT_NEAR(drawn.trace->z(), all.trace->z(), 1e-4);
  }
  EXPECT_EQ(drawn.partners.size(), all.partners.size());
  EXPECT_EQ(drawn.flipped, all.flipped);
  EXPECT_EQ(drawn.order, all.order);
  EXPECT_EQ(drawn.cosine().has_value(), all.cosine().has_value());
  if (drawn.cosine()) {
    EXPECT_NEAR(*drawn.cosine(), *all.cosine(), 1e-5);
  }
  ASSERT_EQ(drawn.first_relations.has_value(), all.first_relations.has_value());
  if (!drawn.first_relations) return;
  EXPECT_NEAR(drawn.first_relations->ratio_a, all.first_relations->ratio_a, 1e-4);
  // Of fewer pairs the one goes by these alone, the other by all units that were drawn.
  if (all.first_relations->units == all.units_a && all.units_a == all.units_b) {
    EXPECT_NEAR(drawn.first_relations->structure_a, all.first_relations->structure_a, 1e-5);
    EXPECT_NEAR(drawn.first_relations->structure_b, all.first_relations->structure_b, 1e-5);
  }
}

// The MLPs of many models as layers of one: to be opened once.
ToyModel Stacked(const std::vector<ToyModel>& models) {
  ToyModel stacked;
  for (std::size_t layer = 0; layer < models.size(); ++layer) {
    for (const auto& [name, tensor] : models[layer].tensors) {
      std::string own = name;
      if (name.starts_with(kOneMlpPrefix)) {
        own.replace(0, kOneMlpPrefix.size(), "model.layers." + std::to_string(layer) + ".mlp.");
      }
      stacked.tensors.emplace(own, tensor);
    }
  }
  return stacked;
}

class DrawnGatedOrNot : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Mlps, DrawnGatedOrNot, ::testing::Bool(),
                         [](const auto& made) { return made.param ? "Gated" : "NotGated"; });

// Units that A lacks find free ones of A, now and then the same one twice.
TEST(DrawnMatching, PartnersAreNoneOfUnitsThatALacks) {
  const ToyModel both = OneMlp(1, 120);
  std::vector<std::size_t> known(80), all(120);
  std::iota(known.begin(), known.end(), std::size_t{0});
  std::iota(all.begin(), all.end(), std::size_t{0});
  ToyModel noisy = both;
  AddNoise(noisy, 0.1, 3);
  const Pair pair(ChooseUnits(both, known), ChooseUnits(noisy, all));
  std::uint64_t agreed = 0, partners = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const MlpMatch match = pair.Drawn(32, 1, seed);
    ASSERT_LT(match.log_p_linked(), kLinkedLogP);
    agreed += match.agreed;
    partners += match.partners.size();
    for (const UnitPair& found : match.partners) EXPECT_EQ(found.a, found.b) << seed;
  }
  EXPECT_GT(agreed, partners);
  EXPECT_GT(partners, 40 * 32 * 80 / 120 * 9 / 10);
}

// Up to what sums of floats in another order differ by.
TEST_P(DrawnGatedOrNot, EqualsAMatchingOfAllUnitsWhereAllAreDrawn) {
  const ToyModel a = OneMlp(1, 100, GetParam());
  ToyModel tuned = a, moved = ChooseUnits(a, RandomOrder(100, 5));
  AddNoise(tuned, 0.5, 6);
  AddNoise(moved, 0.5, 7);
  std::vector<std::size_t> kept = RandomOrder(100, 8);
  kept.resize(60);
  for (const ToyModel& b :
       {a, tuned, moved, ChooseUnits(tuned, kept), OneMlp(2, 100, GetParam())}) {
    const Pair pair(a, b);
    ExpectNear(pair.Drawn(100), pair.All());
  }
}

TEST_P(DrawnGatedOrNot, FindsCopiesByAFewUnits) {
  const ToyModel a = OneMlp(1, 400, GetParam());
  ToyModel tuned = a;
  AddNoise(tuned, 0.3, 6);
  for (const ToyModel& b : {a, tuned}) {
    const MlpMatch in_place = DrawnOf(a, b, 32);
    EXPECT_EQ(in_place.units_a, 400U);
    EXPECT_EQ(in_place.units_b, 32U);
    EXPECT_NEAR(in_place.expected, 32.0 / 400, 1e-12);
    EXPECT_EQ(in_place.agreed, 32U);
    EXPECT_EQ(in_place.agreement(), 1);
    EXPECT_EQ(in_place.in_place, 32U);
    EXPECT_EQ(in_place.order_rho, 1);
    EXPECT_GT(in_place.trace->z(), 15);
    EXPECT_LT(in_place.log_p_linked(), kLinkedLogP);
    EXPECT_EQ(in_place.first_relations->units, 192U);
    EXPECT_TRUE(in_place.partners.empty());
    const auto order = RandomOrder(400, 5);
    const MlpMatch moved = DrawnOf(a, ChooseUnits(b, order), 32);
    EXPECT_EQ(moved.agreed, 32U);
    EXPECT_EQ(moved.rho, 1);
    EXPECT_LT(moved.in_place, 4U);
    EXPECT_EQ(moved.first_relations->units, 32U);
    ASSERT_EQ(moved.partners.size(), 32U);
    for (const UnitPair& pair : moved.partners) EXPECT_EQ(order[pair.b], pair.a);
    EXPECT_GT(*moved.cosine(), 0.9);
  }
}

// Signs, and scales far outside of what squares of floats can hold.
TEST(DrawnMatching, SignsAndScalesOfUnitsHideNothing) {
  const ToyModel a = OneMlp(1, 400);
  std::mt19937_64 random(3);
  std::vector<float> factors(400);
  for (float& factor : factors) {
    factor = std::ldexp(random() % 2 == 0 ? 1.0F : -1.0F, static_cast<int>(random() % 200) - 100);
  }
  const ToyModel b = ChooseUnits(WithFactors(a, factors), RandomOrder(400, 5));
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    const MlpMatch match = DrawnOf(one, other, 32);
    EXPECT_EQ(match.agreed, 32U);
    EXPECT_NEAR(*match.cosine(), 1, 1e-5);
    EXPECT_GT(match.flipped.size(), 4U);
    EXPECT_LT(match.flipped.size(), 28U);
  }
}

TEST_P(DrawnGatedOrNot, WidthsMayDiffer) {
  const ToyModel a = OneMlp(1, 300, GetParam());
  std::vector<std::size_t> kept = RandomOrder(300, 5);
  kept.resize(90);
  const MlpMatch narrower = DrawnOf(a, ChooseUnits(a, kept), 32);
  EXPECT_EQ(narrower.agreed, 32U);
  EXPECT_NEAR(narrower.expected, 32.0 / 300, 1e-12);
  EXPECT_FALSE(narrower.same_width);
  EXPECT_FALSE(narrower.trace);
  EXPECT_FALSE(narrower.order_rho);
  // Of B's drawn units only those are found that the narrower A has.
  const MlpMatch wider = DrawnOf(ChooseUnits(a, kept), a, 64);
  EXPECT_EQ(wider.units_a, 90U);
  EXPECT_NEAR(wider.expected, 64.0 / 90, 1e-12);
  EXPECT_NEAR(static_cast<double>(wider.agreed), 64 * 0.3, 4 * std::sqrt(64 * 0.3 * 0.7) + 2);
  EXPECT_LT(wider.log_p_linked(), kLinkedLogP);
  // More units are drawn than A has.
  kept.resize(20);
  const MlpMatch fewer = DrawnOf(ChooseUnits(a, kept), a, 64);
  EXPECT_EQ(fewer.matched, 20U);
  EXPECT_NEAR(fewer.expected, 20.0 / 64, 1e-12);
}

TEST_P(DrawnGatedOrNot, OfStrangersAgreesByChance) {
  constexpr std::size_t kPairs = 200;
  std::vector<ToyModel> of_a, of_b;
  for (std::uint64_t seed = 1; seed <= kPairs; ++seed) {
    of_a.push_back(OneMlp(seed, 64, GetParam()));
    of_b.push_back(OneMlp(1000 + seed, 64, GetParam()));
  }
  const Pair pair(Stacked(of_a), Stacked(of_b));
  std::uint64_t agreed = 0;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const MlpMatch match = pair.Drawn(32, 1, i, i, i);
    EXPECT_GT(match.log_p_linked(), kLinkedLogP) << i;
    EXPECT_FALSE(match.first_relations) << i;
    EXPECT_EQ(match.expected, 0.5);
    agreed += match.agreed;
  }
  EXPECT_NEAR(static_cast<double>(agreed), 100, 4 * std::sqrt(100));  // Poisson(1/2) each
}

// The largest distance of the distribution of p from the uniform one, where more are small.
double Excess(std::vector<double> p) {
  std::ranges::sort(p);
  double excess = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    excess = std::max(excess, static_cast<double>(i + 1) / static_cast<double>(p.size()) - p[i]);
  }
  return excess;
}

// Even of a copy, tests of order go by its order alone: once that is random, p is uniform.
TEST_P(DrawnGatedOrNot, TestsOfOrderAreExactUnderPermutation) {
  constexpr std::size_t kOrders = 300;
  const ToyModel a = OneMlp(1, 60, GetParam());
  std::vector<ToyModel> orders;
  for (std::size_t i = 0; i < kOrders; ++i) orders.push_back(ChooseUnits(a, RandomOrder(60, i)));
  const Pair pair(a, Stacked(orders));
  std::vector<double> of_order, of_trace;
  for (std::size_t i = 0; i < kOrders; ++i) {
    const MlpMatch match = pair.Drawn(32, 1, i, 0, i);
    EXPECT_EQ(match.agreed, 32U);
    of_order.push_back(std::exp(match.order_tail.log_p));
    of_trace.push_back(std::exp(match.trace_tail.log_p));
  }
  // Exceeded by uniform ones with a probability of exp(-2 2.3^2) < 1e-4 (Dvoretzky, Kiefer &
  // Wolfowitz; Massart, 1990); and not conservative either.
  const double limit = 2.3 / std::sqrt(kOrders);
  for (auto* const p : {&of_order, &of_trace}) {
    EXPECT_LT(Excess(*p), limit);
    for (double& value : *p) value = 1 - value;
    EXPECT_LT(Excess(*p), limit + 0.05);
  }
}

// Both started as an identity in their first coordinates: no evidence of each other.
TEST(DrawnMatching, IdentitiesAreTakenAway) {
  constexpr std::size_t kPairs = 100;
  std::vector<double> p;
  std::vector<ToyModel> of_a, of_b;
  for (std::uint64_t seed = 1; seed <= kPairs; ++seed) {
    ToyModel a = OneMlp(seed, 40), b = OneMlp(1000 + seed, 40);
    for (ToyModel* const model : {&a, &b}) {
      for (const std::string& weight : {kGate, kUp}) {
        for (std::size_t i = 0; i < 40; ++i) {
          model->At(weight).values[i * kOneMlpWidth + i % kOneMlpWidth] += 6;
        }
      }
    }
    of_a.push_back(std::move(a));
    of_b.push_back(std::move(b));
  }
  const Pair pair(Stacked(of_a), Stacked(of_b));
  for (std::size_t i = 0; i < kPairs; ++i) {
    const MlpMatch match = pair.Drawn(24, 1, i, i, i);
    EXPECT_GT(match.log_p_linked(), kLinkedLogP) << i;
    p.push_back(std::exp(match.trace_tail.log_p));
  }
  EXPECT_LT(Excess(p), 2.3 / std::sqrt(kPairs));
}

TEST(DrawnMatching, UnitsDeadInEitherWeightDoNotTakePart) {
  const ToyModel a = OneMlp(1, 50);
  ToyModel b = a, of_a = a;
  std::fill_n(b.At(kGate).values.begin(), 10 * kOneMlpWidth, 0.0F);
  std::fill_n(b.At(kUp).values.begin() + 6 * kOneMlpWidth, 10 * kOneMlpWidth, 0.0F);
  std::fill_n(of_a.At(kUp).values.begin() + 40 * kOneMlpWidth, 10 * kOneMlpWidth, 0.0F);
  const auto places = DrawnUnits(1, 50, 25);
  const MlpMatch match = DrawnOf(of_a, b, 25);
  EXPECT_EQ(match.units_a, 40U);
  const auto dead = std::ranges::count_if(places, [](std::uint32_t unit) { return unit < 16; });
  EXPECT_EQ(match.units_b, 25U - static_cast<std::size_t>(dead));
  const auto alive =
      std::ranges::count_if(places, [](std::uint32_t unit) { return unit >= 16 && unit < 40; });
  EXPECT_EQ(match.agreed, static_cast<std::size_t>(alive));
}

TEST(DrawnMatching, NanAndInfinityAreSkipped) {
  const ToyModel good = OneMlp(1, 60);
  const std::uint32_t drawn = DrawnUnits(1, 60, 20).front();
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    for (const std::string& weight : {kGate, kUp}) {
      ToyModel bad = good;
      bad.At(weight).values[drawn * kOneMlpWidth + 3] = value;
      EXPECT_EQ(DrawnOf(good, bad, 20).skipped, "weights that are not finite");
      EXPECT_EQ(DrawnOf(bad, good, 20).skipped, "weights that are not finite");
    }
  }
}

TEST(DrawnMatching, FewerThanTwoUnitsAreSkipped) {
  const std::string why = "fewer than two hidden units with weights";
  EXPECT_EQ(DrawnOf(OneMlp(1, 40), OneMlp(2, 40), 0).skipped, why);
  EXPECT_EQ(DrawnOf(OneMlp(1, 40), OneMlp(2, 40), 1).skipped, why);
  EXPECT_EQ(DrawnOf(OneMlp(1, 1), OneMlp(2, 40), 20).skipped, why);
  EXPECT_EQ(DrawnOf(OneMlp(1, 40), OneMlp(2, 1), 20).skipped, why);
  ToyModel without = OneMlp(1, 40), other = without;
  without.tensors.erase(kDown);
  other.tensors.erase(kGate);
  EXPECT_EQ(DrawnOf(without, other, 20).skipped, "no two weights in common");
}

TEST(DrawnMatching, AnyWidthWillDo) {
  const ToyModel wide = OneMlp(1, kMostUnits + 100);
  EXPECT_EQ(DrawnOf(wide, wide, 32).agreed, 32U);
  EXPECT_EQ(Pair(wide, wide).Either(DrawPlan::kAll).skipped, "too many hidden units");
}

// A copy of an MLP of B is in its order, and may count once.
TEST(DrawnMatching, OrdersThatMlpsShareShow) {
  const ToyModel a = OneMlp(1, 200), b = OneMlp(2, 200);
  ToyModel copied = b;
  AddNoise(copied, 0.5, 3);
  const MlpMatch one = DrawnOf(a, b, 32), same = DrawnOf(a, copied, 32),
                 other = DrawnOf(a, OneMlp(3, 200), 32);
  EXPECT_EQ(OrderStrata({&one.order, &same.order, &other.order}, 1),
            (std::vector<std::size_t>{0, 0, 2}));
}

TEST(DrawnMatching, TakesAllUnitsWhereThereAreNoMore) {
  const ToyModel a = OneMlp(1, 50);
  EXPECT_EQ(Pair(a, a).Either(50).units_b, 50U);
  EXPECT_EQ(Pair(a, a).Either(49).units_b, 49U);
  EXPECT_EQ(Pair(OneMlp(2, 60), a).Either(55).units_b, 50U);
}

TEST_P(DrawnGatedOrNot, SameForAnyNumberOfThreads) {
  const ToyModel a = OneMlp(1, 300, GetParam());
  ToyModel b = ChooseUnits(a, RandomOrder(300, 5));
  AddNoise(b, 1, 6);
  const Pair pair(a, b);
  const MlpMatch one = pair.Drawn(32, 1);
  for (const unsigned threads : {2U, 7U}) {
    const MlpMatch other = pair.Drawn(32, threads);
    EXPECT_EQ(one.agreed, other.agreed);
    EXPECT_EQ(one.tail.log_p, other.tail.log_p);
    EXPECT_EQ(one.order_rho, other.order_rho);
    EXPECT_EQ(one.trace->z(), other.trace->z());
    EXPECT_EQ(one.trace_tail.log_p, other.trace_tail.log_p);
    EXPECT_EQ(one.cosine(), other.cosine());
    EXPECT_EQ(one.first_relations->structure_a, other.first_relations->structure_a);
    EXPECT_EQ(one.order, other.order);
  }
}

}  // namespace drawn_matching_test
}  // namespace modelkin::testing
