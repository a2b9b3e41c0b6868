#include "kernels/bit_agreement.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>
#include <vector>

#include "support/simd_target_test.h"

namespace modelkin {
namespace bit_agreement_test {

// Bit by bit.
std::uint32_t Agreements(const std::byte* row, const std::byte* query) {
  std::uint32_t agreed = 0;
  for (std::size_t bit = 0; bit < 8 * kBitRowBytes; ++bit) {
    const auto at = [&](const std::byte* bytes) {
      return (std::to_integer<unsigned>(bytes[bit / 8]) >> (bit % 8)) & 1U;
    };
    agreed += at(row) == at(query);
  }
  return agreed;
}

class BitAgreement : public testing::SimdTargetTest {
 protected:
  std::vector<std::byte> RandomBytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
    return bytes;
  }

  std::mt19937_64 random_{20261};
};

TEST_P(BitAgreement, IsThatOfEachBit) {
  for (const std::size_t offset : {0U, 1U, 8U, 63U}) {
    const std::vector<std::byte> query = RandomBytes(kBitRowBytes + offset);
    for (const std::size_t count : {0U, 1U, 2U, 7U}) {
      const std::vector<std::byte> rows = RandomBytes(count * kBitRowBytes + offset);
      std::vector<std::uint32_t> agreed(count + 1, 77);
      CountAgreements(rows.data() + offset, count, query.data() + offset, agreed.data());
      for (std::size_t row = 0; row < count; ++row) {
        EXPECT_EQ(agreed[row],
                  Agreements(rows.data() + offset + row * kBitRowBytes, query.data() + offset));
      }
      EXPECT_EQ(agreed[count], 77) << "written beyond the last";
    }
  }
}

TEST_P(BitAgreement, OfEqualAndOppositeRows) {
  std::vector<std::byte> rows = RandomBytes(2 * kBitRowBytes);
  for (std::size_t i = 0; i < kBitRowBytes; ++i) rows[kBitRowBytes + i] = ~rows[i];
  std::vector<std::uint32_t> agreed(2);
  CountAgreements(rows.data(), 2, rows.data(), agreed.data());
  EXPECT_EQ(agreed, (std::vector<std::uint32_t>{4096, 0}));
}

TEST_P(BitAgreement, SeesEachBit) {
  const std::vector<std::byte> query = RandomBytes(kBitRowBytes);
  std::vector<std::byte> rows;
  for (std::size_t bit = 0; bit < 8 * kBitRowBytes; bit += 7) {
    rows.insert(rows.end(), query.begin(), query.end());
    rows[rows.size() - kBitRowBytes + bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
  std::vector<std::uint32_t> agreed(rows.size() / kBitRowBytes);
  CountAgreements(rows.data(), agreed.size(), query.data(), agreed.data());
  EXPECT_EQ(agreed, std::vector<std::uint32_t>(agreed.size(), 4095));
}

INSTANTIATE_TEST_SUITE_P(Targets, BitAgreement, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace bit_agreement_test
}  // namespace modelkin
