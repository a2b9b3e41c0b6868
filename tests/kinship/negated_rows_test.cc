#include "kinship/negated_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace negated_rows_test {

const std::string kUpOfDense = "model.layers.0.mlp.up_proj.weight";

std::optional<std::vector<std::uint32_t>> Between(const ToyModel& a, const ToyModel& b) {
  const ModelParts of_a = PartsInMemory(a), of_b = PartsInMemory(b);
  return NegatedRows(of_a, *of_a.Find(kUpOfDense), of_b, *of_b.Find(kUpOfDense));
}

void Multiply(ToyModel& model, std::uint32_t unit, float by) {
  for (std::uint64_t i = 0; i < kToyWidth; ++i) {
    model.At(kUpOfDense).values[unit * kToyWidth + i] *= by;
  }
}

TEST(NegatedRows, AreThoseThatWereNegatedWhateverTheirScale) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  AddNoise(b, 0.1, 3);
  std::vector<std::uint32_t> expected;
  for (std::uint32_t unit = 1; unit < kToyDenseWidth; unit += 3) {
    Multiply(b, unit, unit % 2 == 0 ? -1.0F : -40.0F);
    expected.push_back(unit);
  }
  EXPECT_EQ(Between(a, b), expected);
  EXPECT_EQ(Between(b, a), expected);
}

TEST(NegatedRows, NoneOfAModelItselfNorOfRowsOfZerosOrNan) {
  const ToyModel a = TrainedToy(1);
  EXPECT_THAT(*Between(a, a), ::testing::IsEmpty());
  ToyModel b = a;
  Multiply(b, 3, 0);
  Multiply(b, 4, std::nanf(""));
  EXPECT_THAT(*Between(a, b), ::testing::IsEmpty());
}

TEST(NegatedRows, NothingOfOtherWidths) {
  ToyModel b = TrainedToy(1);
  for (const char* const role : {"gate", "up"}) {
    ToyTensor& tensor = b.At(std::string("model.layers.0.mlp.") + role + "_proj.weight");
    tensor.shape[0] = kToyDenseWidth / 2;
    tensor.values.resize(tensor.shape[0] * kToyWidth);
  }
  EXPECT_FALSE(Between(TrainedToy(1), b));
}

}  // namespace negated_rows_test
}  // namespace modelkin::testing
