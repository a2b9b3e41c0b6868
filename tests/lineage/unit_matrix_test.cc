#include "lineage/unit_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "numeric/decode.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {
namespace unit_matrix_test {

using ::testing::ElementsAre;

// A file with one tensor of 0, 1, 2, ... in this order.
Checkpoint Counting(const std::string& dtype, const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  std::string bytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(i);
    const double wide = value;
    const std::uint16_t half = dtype == "F16" ? FloatToFloat16(value) : FloatToBFloat16(value);
    const auto small = static_cast<std::int8_t>(i);
    const void* const from = dtype == "F32"   ? static_cast<const void*>(&value)
                             : dtype == "F64" ? static_cast<const void*>(&wide)
                             : dtype == "I8"  ? static_cast<const void*>(&small)
                                              : static_cast<const void*>(&half);
    const std::size_t width = dtype == "F32" ? 4 : dtype == "F64" ? 8 : dtype == "I8" ? 1 : 2;
    bytes.append(static_cast<const char*>(from), width);
  }
  return OpenSafetensors(
      MakeMemorySource("counting", ToBytes(SafetensorsFile({{"t", dtype, shape, bytes}}))));
}

class UnitMatrix : public ::testing::TestWithParam<std::string> {};

// Every position of every axis, in every block size, against direct indexing.
TEST_P(UnitMatrix, ReadsAnyAxis) {
  for (const std::vector<std::uint64_t>& shape :
       std::vector<std::vector<std::uint64_t>>{{7}, {3, 5}, {2, 3, 4}, {2, 1, 6}}) {
    const Checkpoint checkpoint = Counting(GetParam(), shape);
    const Tensor& tensor = checkpoint.tensors()[0];
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const UnitReader reader(checkpoint, tensor, axis);
      const AxisLengths& lengths = reader.lengths();
      EXPECT_EQ(lengths.units, shape[axis]);
      for (std::uint64_t begin = 0; begin < lengths.positions(); ++begin) {
        for (std::uint64_t count = 1; count <= reader.CountFrom(begin); ++count) {
          std::vector<float> values;
          ASSERT_TRUE(reader.Read(begin, count, values));
          for (std::uint64_t p = 0; p < count; ++p) {
            for (std::uint64_t unit = 0; unit < lengths.units; ++unit) {
              const std::uint64_t outer = (begin + p) / lengths.inner;
              const std::uint64_t inner = (begin + p) % lengths.inner;
              const std::uint64_t expected = (outer * lengths.units + unit) * lengths.inner + inner;
              const std::uint64_t at =
                  reader.positions_are_rows() ? p * lengths.units + unit : unit * count + p;
              ASSERT_EQ(values[at], static_cast<float>(expected));
            }
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, UnitMatrix, ::testing::Values("F32", "BF16", "F16", "F64", "I8"),
                         [](const auto& made) { return made.param; });

TEST(ReadByUnit, GivesARowForEachUnit) {
  const Checkpoint checkpoint = Counting("F32", {2, 3});
  std::vector<float> rows;
  EXPECT_TRUE(ReadByUnit(checkpoint, checkpoint.tensors()[0], 0, rows));
  EXPECT_THAT(rows, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_TRUE(ReadByUnit(checkpoint, checkpoint.tensors()[0], 1, rows));
  EXPECT_THAT(rows, ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(ReadByUnit, LargerThanATile) {
  const Checkpoint checkpoint = Counting("F32", {70, 90});
  std::vector<float> rows;
  ReadByUnit(checkpoint, checkpoint.tensors()[0], 1, rows);
  for (std::size_t unit = 0; unit < 90; ++unit) {
    for (std::size_t p = 0; p < 70; ++p) {
      ASSERT_EQ(rows[unit * 70 + p], static_cast<float>(p * 90 + unit));
    }
  }
}

TEST(UnitReader, TellsValuesThatAreNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::string bytes(4 * 6, '\0');
    std::memcpy(bytes.data() + 16, &bad, 4);
    const Checkpoint checkpoint = OpenSafetensors(
        MakeMemorySource("bad", ToBytes(SafetensorsFile({{"t", "F32", {2, 3}, bytes}}))));
    std::vector<float> values;
    const UnitReader reader(checkpoint, checkpoint.tensors()[0], 1);
    EXPECT_TRUE(reader.Read(0, 1, values));
    EXPECT_FALSE(reader.Read(0, 2, values));
    EXPECT_FALSE(reader.Read(1, 1, values));
  }
}

// A value of F64 beyond floats is not finite as one.
TEST(UnitReader, RefusesWhatNoFloatHolds) {
  const double huge = 1e300;
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &huge, 8);
  const Checkpoint checkpoint = OpenSafetensors(
      MakeMemorySource("huge", ToBytes(SafetensorsFile({{"t", "F64", {1}, bytes}}))));
  std::vector<float> values;
  EXPECT_FALSE(UnitReader(checkpoint, checkpoint.tensors()[0], 0).Read(0, 1, values));
}

}  // namespace unit_matrix_test
}  // namespace modelkin::testing
