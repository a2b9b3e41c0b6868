// Where formulas end and learned values begin, and copies of unusual tensors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "lineage/copied_tensors.h"
#include "lineage/toy_model.h"
#include "numeric/decode.h"

namespace modelkin::testing {
namespace copied_tensors_formula_test {

using Values = std::vector<float>;

bool FollowsFormula(const Values& values, const Shape& shape, DType dtype = DType::kF32) {
  return RecogniseTable(AsStored(values, shape, dtype)).has_value();
}

Values Noise(std::size_t count, double mean, double deviation, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(mean, deviation);
  Values values(count);
  for (float& value : values) value = static_cast<float>(normal(random));
  return values;
}

Values AsBFloat16(Values values) {
  for (float& value : values) value = BFloat16ToFloat(FloatToBFloat16(value));
  return values;
}

Values Geometric(std::size_t count, double ratio = 0.9) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(std::pow(ratio, static_cast<double>(i))));
  }
  return values;
}

Values Arithmetic(std::size_t count, double first, double step) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(first + step * static_cast<double>(i)));
  }
  return values;
}

// Rotary tables: cosines of a rate for each column.
Values Cosines(std::size_t positions, std::size_t width) {
  Values table;
  for (std::size_t t = 0; t < positions; ++t) {
    for (std::size_t i = 0; i < width; ++i) {
      const double rate = std::pow(1e4, -static_cast<double>(i) / static_cast<double>(width));
      table.push_back(static_cast<float>(std::cos(static_cast<double>(t) * rate)));
    }
  }
  return table;
}

// A Hann window times sines, a row for each frequency.
Values Fourier(std::size_t frequencies, std::size_t length) {
  Values basis;
  for (std::size_t k = 1; k <= frequencies; ++k) {
    for (std::size_t t = 0; t < length; ++t) {
      const double x = 2 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(length);
      basis.push_back(
          static_cast<float>((0.5 - 0.5 * std::cos(x)) * std::sin(static_cast<double>(k) * x)));
    }
  }
  return basis;
}

TEST(CopiedTensorsFormula, SeriesOfAnyLengthAreSeenInFloat32) {
  for (const std::size_t count : {16, 32, 500}) {
    EXPECT_TRUE(FollowsFormula(Geometric(count), {count})) << count;
    EXPECT_TRUE(FollowsFormula(Geometric(count, 0.99), {count})) << count;
    EXPECT_TRUE(FollowsFormula(Arithmetic(count, -5, 0.5), {count})) << count;
  }
}

// Eight bits round by up to 0.2 %: that is allowed for, also where they were written as F32 again.
TEST(CopiedTensorsFormula, SeriesOfBFloat16AreSeen) {
  for (const DType dtype : {DType::kBF16, DType::kF32}) {
    EXPECT_TRUE(FollowsFormula(AsBFloat16(Arithmetic(200, 1, 1)), {200}, dtype));
    EXPECT_TRUE(FollowsFormula(AsBFloat16(Geometric(64, 0.5)), {64}, dtype));
    for (const std::size_t count : {32, 500}) {
      EXPECT_TRUE(FollowsFormula(AsBFloat16(Geometric(count)), {count}, dtype)) << count;
      EXPECT_TRUE(FollowsFormula(AsBFloat16(Arithmetic(count, -5, 0.3)), {count}, dtype)) << count;
    }
    EXPECT_TRUE(FollowsFormula(AsBFloat16(Cosines(200, 16)), {200, 16}, dtype));
  }
}

TEST(CopiedTensorsFormula, TablesAreSeenAlongAnyAxis) {
  EXPECT_TRUE(FollowsFormula(Cosines(100, 16), {100, 16}));
  EXPECT_TRUE(FollowsFormula(Cosines(100, 16), {1, 100, 16}));
  EXPECT_TRUE(FollowsFormula(Cosines(100, 16), {100, 4, 4}));
  for (const std::size_t length : {64, 400}) {
    EXPECT_TRUE(FollowsFormula(Fourier(10, length), {10, length})) << length;
    EXPECT_TRUE(FollowsFormula(Fourier(10, length), {10, 1, length})) << length;
  }
}

// Nine of ten series have to follow: one learned row in a table does not hide it, a half does.
TEST(CopiedTensorsFormula, MostOfATableHasToFollow) {
  for (const std::size_t learned : {2, 10}) {
    Values basis = Fourier(20, 64);
    const Values noise = Noise(learned * 64, 0, 1);
    std::ranges::copy(noise, basis.begin());
    EXPECT_EQ(FollowsFormula(basis, {20, 64}), learned == 2) << learned;
  }
}

TEST(CopiedTensorsFormula, RandomTensorsFollowNone) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (const std::size_t count : {16, 32, 500}) {
      EXPECT_FALSE(FollowsFormula(Noise(count, 0, 1, seed), {count})) << count << " " << seed;
      EXPECT_FALSE(FollowsFormula(AsBFloat16(Noise(count, 1, 0.1, seed)), {count})) << seed;
    }
    EXPECT_FALSE(FollowsFormula(Noise(std::size_t{24} * 20, 0, 0.02, seed), {24, 20})) << seed;
  }
}

// Smooth, with as little as 1 % of its own in each value.
TEST(CopiedTensorsFormula, SmoothValuesWithNoiseFollowNone) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Values learned = Cosines(60, 20);
    const Values noise = Noise(learned.size(), 0, 0.01, seed);
    for (std::size_t i = 0; i < learned.size(); ++i) learned[i] += noise[i];
    EXPECT_FALSE(FollowsFormula(learned, {60, 20})) << seed;
  }
}

// Norms that have hardly moved from 1 have learned digits nevertheless.
TEST(CopiedTensorsFormula, ValuesNearAConstantFollowNone) {
  EXPECT_FALSE(FollowsFormula(Noise(64, 1, 1e-4), {64}));
  EXPECT_FALSE(FollowsFormula(Noise(64, 1, 1e-2), {64}));
}

TEST(CopiedTensorsFormula, ValuesInOrderFollowNone) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const std::size_t count : {20, 64, 4096}) {
      Values values = Noise(count, 1, 0.1, seed);
      std::ranges::sort(values);
      EXPECT_FALSE(FollowsFormula(values, {count})) << seed;
      EXPECT_FALSE(FollowsFormula(AsBFloat16(values), {count}, DType::kBF16)) << seed;
    }
  }
}

// Zeros of pruning are the same everywhere.
TEST(CopiedTensorsFormula, PrunedWeightsFollowNone) {
  Values values = Noise(std::size_t{64} * 64, 0, 1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i * 7919 % 100 < 95 ? 0 : values[i];
  EXPECT_FALSE(FollowsFormula(values, {64, 64}));
}

TEST(CopiedTensorsFormula, NanAndInfinityFollowNone) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Values values = Geometric(40);
    values[20] = bad;
    EXPECT_FALSE(FollowsFormula(values, {40})) << bad;
  }
}

TEST(CopiedTensorsFormula, ShortAxesFollowNone) {
  EXPECT_FALSE(FollowsFormula(Arithmetic(9, 0, 1), {3, 3}));
  EXPECT_FALSE(FollowsFormula({1}, {}));
  EXPECT_TRUE(FollowsFormula(Arithmetic(64, 0, 1), {8, 8}));
}

TEST(CopiedTensorsFormula, EmptyTablesFollowNone) {
  EXPECT_FALSE(FollowsFormula({}, {0}));
  EXPECT_FALSE(FollowsFormula({}, {32, 0}));
  EXPECT_FALSE(FollowsFormula({}, {0, 32}));
}

CopiedTensors CopiesOf(std::map<std::string, ToyTensor> a, std::map<std::string, ToyTensor> b,
                       unsigned threads = 2) {
  const StoredToy stored_a({.tensors = std::move(a), .config = {}});
  const StoredToy stored_b({.tensors = std::move(b), .config = {}});
  Progress progress;
  CopiedTensors copies =
      FindCopies(*stored_a.traced().checkpoint, *stored_b.traced().checkpoint, threads, progress);
  for (CopiedTensor& copy : copies.identical) copy.a = copy.b = nullptr;  // gone with the models
  return copies;
}

ToyTensor Vector(Values values) { return {{values.size()}, std::move(values)}; }

CopyKind KindOf(const ToyTensor& tensor) {
  const CopiedTensors copies = CopiesOf({{"x", tensor}}, {{"x", tensor}});
  EXPECT_EQ(copies.identical.size(), 1U);
  return copies.identical.empty() ? CopyKind::kInControl : copies.identical[0].kind;
}

TEST(CopiedTensorsFormula, KindsOfCopies) {
  EXPECT_EQ(KindOf(Vector(Noise(40, 1, 0.1))), CopyKind::kLearned);
  EXPECT_EQ(KindOf(Vector(Geometric(40))), CopyKind::kStandardTable);
  EXPECT_EQ(KindOf(Vector(Values(40, 1))), CopyKind::kFewValues);
  EXPECT_EQ(KindOf(Vector(Noise(15, 0, 1))), CopyKind::kFewValues);
  EXPECT_EQ(KindOf(Vector(Values(40, NAN))), CopyKind::kFewValues);
  EXPECT_EQ(KindOf({{0}, {}}), CopyKind::kFewValues);
}

CopyKind KindUnderName(const std::string& name, const Values& values) {
  return CopiesOf({{name, Vector(values)}}, {{name, Vector(values)}}).identical.at(0).kind;
}

// Under a name of weights values in order are learned; under one that says nothing they may be a
// table.
TEST(CopiedTensorsFormula, NamesDecideWhereValuesDoNot) {
  const Values noise = Noise(64, 0, 1);
  Values in_order = noise;
  std::ranges::sort(in_order);
  EXPECT_EQ(KindUnderName("layers.0.norm.weight", in_order), CopyKind::kLearned);
  EXPECT_EQ(KindUnderName("layers.0.unheard_of", in_order), CopyKind::kLikeATable);
  EXPECT_EQ(KindUnderName("layers.0.unheard_of", noise), CopyKind::kLearned);
  EXPECT_EQ(KindUnderName("layers.0.rotary_emb.inv_freq", noise), CopyKind::kBuffer);
  EXPECT_EQ(KindUnderName("layers.0.q_proj.weight.absmax", noise), CopyKind::kBookkeeping);
}

TEST(CopiedTensorsFormula, GroupsNameTheReason) {
  const ToyTensor learned = Vector(Noise(64, 0, 1)), table = Vector(Geometric(40));
  const std::map<std::string, ToyTensor> model = {
      {"a.weight", learned}, {"b.weight", table}, {"c.weight", table}};
  const StoredToy stored({.tensors = model, .config = {}});
  Progress progress;
  const Checkpoint& checkpoint = *stored.traced().checkpoint;
  const std::vector<CopyGroup> groups = GroupsOf(FindCopies(checkpoint, checkpoint, 1, progress));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].kind, CopyKind::kLearned);
  EXPECT_EQ(groups[1].kind, CopyKind::kStandardTable);
  EXPECT_EQ(groups[1].table, StandardTable::kRamp);
  EXPECT_EQ(groups[1].tensors, 2U);
}

// Same bytes, not same values: NaN is like itself, and -0 not like 0.
TEST(CopiedTensorsFormula, BytesAreCompared) {
  Values values = Noise(40, 0, 1);
  values[3] = NAN;
  EXPECT_EQ(CopiesOf({{"x", Vector(values)}}, {{"x", Vector(values)}}).learned, 1U);
  values[3] = 0;
  Values negative = values;
  negative[3] = -0.0F;
  EXPECT_TRUE(CopiesOf({{"x", Vector(values)}}, {{"x", Vector(negative)}}).identical.empty());
}

TEST(CopiedTensorsFormula, NothingInCommonIsNoCopy) {
  const ToyTensor x = Vector(Noise(40, 0, 1)), y = Vector(Noise(40, 0, 1, 2));
  const CopiedTensors copies = CopiesOf({{"x", x}}, {{"y", y}});
  EXPECT_EQ(copies.compared, 0U);
  EXPECT_FALSE(copies.all_identical);
  EXPECT_FALSE(copies.all_of_b);
}

// B under other names in part: its tensors are A's, but A has one more.
TEST(CopiedTensorsFormula, PartOfAModelIsAllOfB) {
  const ToyTensor x = Vector(Noise(40, 0, 1)), y = Vector(Noise(40, 0, 1, 2)),
                  z = Vector(Noise(40, 0, 1, 3));
  const CopiedTensors part = CopiesOf({{"x", x}, {"y", y}, {"z", z}}, {{"x", x}, {"other", y}});
  EXPECT_TRUE(part.all_of_b);
  EXPECT_FALSE(part.all_identical);
  const CopiedTensors more = CopiesOf({{"x", x}}, {{"x", x}, {"z", z}});
  EXPECT_FALSE(more.all_of_b);
  EXPECT_FALSE(more.all_identical);
  EXPECT_EQ(more.learned, 1U);
  EXPECT_EQ(more.learned_elements, 40U);
  const CopiedTensors changed = CopiesOf({{"x", x}, {"y", y}}, {{"x", x}, {"y", z}});
  EXPECT_FALSE(changed.all_of_b);
}

TEST(CopiedTensorsFormula, SameForAnyNumberOfThreads) {
  std::map<std::string, ToyTensor> a, b;
  for (int i = 0; i < 20; ++i) {
    ToyTensor tensor = Vector(i % 3 == 0 ? Geometric(40) : Noise(40, 0, 1, 5));
    a.emplace("t" + std::to_string(i), tensor);
    if (i % 4 == 0) tensor.values[39] += 1;
    b.emplace("t" + std::to_string(i), tensor);
  }
  const CopiedTensors one = CopiesOf(a, b, 1);
  EXPECT_EQ(one.identical.size(), 15U);
  EXPECT_EQ(one.learned, 10U);
  for (const unsigned threads : {2U, 7U}) {
    const CopiedTensors other = CopiesOf(a, b, threads);
    EXPECT_EQ(one.learned, other.learned);
    ASSERT_EQ(one.identical.size(), other.identical.size());
    for (std::size_t i = 0; i < one.identical.size(); ++i) {
      EXPECT_EQ(one.identical[i].kind, other.identical[i].kind);
    }
  }
}

}  // namespace copied_tensors_formula_test
}  // namespace modelkin::testing
