#include "kernels/pair_sums.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "numeric/decode.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace pair_sums_test {

constexpr KernelFormat kFormats[] = {KernelFormat::kBF16, KernelFormat::kF16, KernelFormat::kF32};
constexpr std::size_t kLengths[] = {0,   1,   2,   3,    7,    15,   16,   17,    31,   32,
                                    33,  63,  64,  65,   127,  128,  129,  255,   256,  257,
                                    511, 512, 513, 1000, 1023, 2049, 4096, 16383, 16384};

// The bounds that pair_sums.h states, relative to the sum of magnitudes.
constexpr double kDeviationBound = 0x1p-19;
constexpr long double kCoarseBound = 0x1p-17L;

DType TypeOf(KernelFormat format) {
  switch (format) {
    case KernelFormat::kBF16: return DType::kBF16;
    case KernelFormat::kF16: return DType::kF16;
    default: return DType::kF32;
  }
}

std::uint32_t EncodeOne(KernelFormat format, double value) {
  const auto narrow = static_cast<float>(value);
  switch (format) {
    case KernelFormat::kBF16: return FloatToBFloat16(narrow);
    case KernelFormat::kF16: return FloatToFloat16(narrow);
    default: return std::bit_cast<std::uint32_t>(narrow);
  }
}

// Elements at an address `offset` bytes past an aligned one.
class Side {
 public:
  Side(KernelFormat format, const std::vector<double>& values, std::size_t offset)
      : format_(format), offset_(offset), values_(values.size()) {
    bytes_.resize(values.size() * width() + offset);
    for (std::size_t i = 0; i < values.size(); ++i) SetBits(i, EncodeOne(format, values[i]));
  }

  void SetBits(std::size_t i, std::uint32_t bits) {
    std::memcpy(bytes_.data() + offset_ + i * width(), &bits, width());
    float value = 0;
    DecodeToFloat(TypeOf(format_), data() + i * width(), 1, &value);
    values_[i] = value;
  }

  std::size_t width() const { return format_ == KernelFormat::kF32 ? 4 : 2; }
  const std::byte* data() const { return bytes_.data() + offset_; }
  std::span<const float> values() const { return values_; }
  bool SameBits(const Side& other, std::size_t i) const {
    return std::memcmp(data() + i * width(), other.data() + i * width(), width()) == 0;
  }

 private:
  KernelFormat format_;
  std::size_t offset_;
  std::vector<std::byte> bytes_;
  std::vector<float> values_;
};

// A sum and the sum of the magnitudes of its terms.
struct ExactSum {
  long double sum = 0;
  long double magnitude = 0;
  void Add(long double term) {
    sum += term;
    magnitude += std::abs(term);
  }
};

void ExpectNear(double sum, const ExactSum& exact, long double bound, const char* name) {
  EXPECT_LE(std::abs(sum - exact.sum), bound * exact.magnitude)
      << name << " is " << sum << " instead of " << static_cast<double>(exact.sum);
}

void ExpectMatchesDefinition(KernelFormat format, const Side& a, const Side& b, float pivot_a,
                             float pivot_b) {
  const std::size_t count = a.values().size();
  const PairSums sums = SumPairs(format, a.data(), b.data(), count, pivot_a, pivot_b);
  ExactSum x[5], y[5], xy, abs_diff, squared_diff;
  long double max_abs_diff = 0;
  PairSums counts;
  for (std::size_t i = 0; i < count; ++i) {
    const long double value_a = a.values()[i];
    const long double value_b = b.values()[i];
    const long double dx = value_a - pivot_a;
    const long double dy = value_b - pivot_b;
    const long double diff = value_a - value_b;
    long double power_x = 1;
    long double power_y = 1;
    for (int k = 1; k <= 4; ++k) {
      x[k].Add(power_x *= dx);
      y[k].Add(power_y *= dy);
    }
    xy.Add(dx * dy);
    abs_diff.Add(std::abs(diff));
    squared_diff.Add(diff * diff);
    max_abs_diff = std::max(max_abs_diff, std::abs(diff));
    const bool any_zero = value_a == 0 || value_b == 0;
    counts.bit_equal += a.SameBits(b, i) ? 1 : 0;
    counts.zeros_a += value_a == 0 ? 1 : 0;
    counts.zeros_b += value_b == 0 ? 1 : 0;
    counts.any_zero += any_zero ? 1 : 0;
    counts.opposite_signs += !any_zero && (value_a < 0) != (value_b < 0) ? 1 : 0;
  }
  ExpectNear(sums.x, x[1], kDeviationBound, "x");
  ExpectNear(sums.xx, x[2], kDeviationBound, "xx");
  ExpectNear(sums.xxx, x[3], kCoarseBound, "xxx");
  ExpectNear(sums.xxxx, x[4], kCoarseBound, "xxxx");
  ExpectNear(sums.y, y[1], kDeviationBound, "y");
  ExpectNear(sums.yy, y[2], kDeviationBound, "yy");
  ExpectNear(sums.yyy, y[3], kCoarseBound, "yyy");
  ExpectNear(sums.yyyy, y[4], kCoarseBound, "yyyy");
  ExpectNear(sums.xy, xy, kDeviationBound, "xy");
  ExpectNear(sums.abs_diff, abs_diff, kCoarseBound, "abs_diff");
  ExpectNear(sums.squared_diff, squared_diff, kCoarseBound, "squared_diff");
  EXPECT_EQ(sums.max_abs_diff, static_cast<float>(max_abs_diff));  // rounded to float, once
  EXPECT_EQ(sums.bit_equal, counts.bit_equal);
  EXPECT_EQ(sums.zeros_a, counts.zeros_a);
  EXPECT_EQ(sums.zeros_b, counts.zeros_b);
  EXPECT_EQ(sums.any_zero, counts.any_zero);
  EXPECT_EQ(sums.opposite_signs, counts.opposite_signs);
}

class SumPairsOn : public testing::SimdTargetTest {
 protected:
  std::vector<double> Normal(std::size_t count, double mean, double sd) {
    std::normal_distribution<double> law(mean, sd);
    std::vector<double> values(count);
    for (double& value : values) value = law(random_);
    return values;
  }

  // Zeros of both signs and pairs that agree, at places that differ between the sides.
  void AddZerosAndTies(std::vector<double>& a, std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      switch (random_() % 12) {
        case 0: a[i] = 0; break;
        case 1: a[i] = -0.0; break;
        case 2: b[i] = -0.0; break;
        case 3: a[i] = b[i] = 0; break;
        case 4: a[i] = 0, b[i] = -0.0; break;
        case 5:
        case 6: b[i] = a[i]; break;
        default: break;
      }
    }
  }

  std::mt19937_64 random_{7};
};

TEST_P(SumPairsOn, AllLengthsAndAlignments) {
  for (const KernelFormat format : kFormats) {
    for (const std::size_t count : kLengths) {
      for (std::size_t offset = 0; offset < 4; ++offset) {
        SCOPED_TRACE(::testing::Message() << "format " << static_cast<int>(format) << ", " << count
                                          << " elements, offset " << offset);
        std::vector<double> a = Normal(count, 0, 0.02);
        std::vector<double> b = Normal(count, 0.001, 0.03);
        AddZerosAndTies(a, b);
        // The sides need not be aligned alike.
        ExpectMatchesDefinition(format, Side(format, a, offset), Side(format, b, 3 - offset), 0, 0);
      }
    }
  }
}

TEST_P(SumPairsOn, Pivots) {
  struct Law {
    double mean_a, sd_a, mean_b, sd_b;
    float pivot_a, pivot_b;
  };
  const Law laws[] = {{1, 0.1, 1, 0.1, 1, 1},
                      {1, 0.01, 0, 0.02, 1, 0},
                      {0, 1, -3, 0.5, 0, -3},
                      {0.3, 0.1, 0.3, 0.1, 0.3125F, 0.25F},
                      {-100, 3, 200, 5, -101, 197}};
  for (const KernelFormat format : kFormats) {
    for (const Law& law : laws) {
      for (const std::size_t count : {5, 100, 4096, 16384}) {
        SCOPED_TRACE(::testing::Message() << "format " << static_cast<int>(format) << ", " << count
                                          << " elements, mean " << law.mean_a);
        const Side a(format, Normal(count, law.mean_a, law.sd_a), 0);
        const Side b(format, Normal(count, law.mean_b, law.sd_b), 2);
        ExpectMatchesDefinition(format, a, b, law.pivot_a, law.pivot_b);
      }
    }
  }
}

// Few values in a fixed rhythm: roundings then repeat instead of cancelling out.
TEST_P(SumPairsOn, RoundingsThatRepeat) {
  std::uniform_real_distribution<double> law(-1, 1);
  for (const KernelFormat format : kFormats) {
    for (int trial = 0; trial < 60; ++trial) {
      const std::size_t periods[] = {1, 2, 3, 4, 8, 16, 32, 64};
      const std::size_t period = periods[trial % 8];
      std::vector<double> a(4096), b(4096);
      for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = i < period ? law(random_) : a[i - period];
        b[i] = i < period ? law(random_) : b[i - period];
      }
      SCOPED_TRACE(::testing::Message() << "format " << static_cast<int>(format) << ", trial "
                                        << trial << ": period " << period);
      const auto pivot = trial % 3 == 0 ? 0.37F : 0.0F;
      ExpectMatchesDefinition(format, Side(format, a, 0), Side(format, b, 0), pivot, -pivot);
    }
  }
}

TEST_P(SumPairsOn, MagnitudesOfManyOrders) {
  std::uniform_real_distribution<double> exponent(-4, 4);
  for (const KernelFormat format : kFormats) {
    std::vector<double> a(16384), b(16384);
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = std::pow(10, exponent(random_)) * (random_() % 2 == 0 ? 1 : -1);
      b[i] = std::pow(10, exponent(random_)) * (random_() % 2 == 0 ? 1 : -1);
    }
    SCOPED_TRACE(static_cast<int>(format));
    ExpectMatchesDefinition(format, Side(format, a, 1), Side(format, b, 0), 0, 0);
    ExpectMatchesDefinition(format, Side(format, a, 1), Side(format, b, 0), 2, -16);
  }
}

// Every code against a partner that makes all counts vary; NaN and infinity left out, see below.
TEST_P(SumPairsOn, EveryFiniteCodeOf16Bits) {
  for (const KernelFormat format : {KernelFormat::kBF16, KernelFormat::kF16}) {
    const auto largest =
        static_cast<std::uint32_t>(format == KernelFormat::kBF16 ? 0x7F7F : 0x7BFF);
    // Codes of like magnitude share a block, as sums of others would drown them; the largest BF16
    // magnitudes, whose powers overflow, are told apart one at a time in DecodesEachCode.
    for (std::uint32_t first = 0; first <= largest; first += 256) {
      std::vector<double> zeros(512, 0.0);
      Side a(format, zeros, 0), b(format, zeros, 2);
      for (std::uint32_t i = 0; i < 512; ++i) {
        a.SetBits(i, std::min(first + i / 2, largest) | (i % 2 << 15));
        b.SetBits(i, std::min(first + (i * 7 % 512) / 2, largest) | (i / 2 % 2 << 15));
      }
      if (std::abs(a.values()[511]) > 1e9F || std::abs(a.values()[511]) < 1e-9F) continue;
      SCOPED_TRACE(::testing::Message()
                   << "format " << static_cast<int>(format) << ", from code " << first);
      ExpectMatchesDefinition(format, a, b, 0, 0);
    }
  }
}

// One code alone: x is the count times what it decodes to, whatever the way of decoding. Any other
// code is further away than the bound on rounding.
TEST_P(SumPairsOn, DecodesEachCode) {
  for (const KernelFormat format : {KernelFormat::kBF16, KernelFormat::kF16}) {
    Side a(format, std::vector<double>(128, 0.0), 0);
    const Side b(format, std::vector<double>(128, 0.0), 0);
    for (std::uint32_t code = 0; code < 65536; ++code) {
      for (std::size_t i = 0; i < 128; ++i) a.SetBits(i, code);
      const float value = a.values()[0];
      const PairSums sums = SumPairs(format, a.data(), b.data(), 128, 0, 0);
      ASSERT_EQ(sums.zeros_a, value == 0 ? 128U : 0U) << code;
      ASSERT_EQ(sums.bit_equal, code == 0 ? 128U : 0U) << code;
      if (!std::isfinite(value)) {
        ASSERT_FALSE(std::isfinite(sums.xxxx)) << code;
      } else if (std::abs(value) < 1e36F) {
        ASSERT_NEAR(sums.x, 128.0 * value, kDeviationBound * 128 * std::abs(value)) << code;
        ASSERT_EQ(sums.max_abs_diff, std::abs(value)) << code;
      }
    }
  }
}

TEST_P(SumPairsOn, NonFiniteInAnyPlaceShows) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const KernelFormat format : kFormats) {
    for (const std::size_t count : {1, 31, 67, 600}) {
      for (const float value : {infinity, -infinity, nan, -nan}) {
        for (std::size_t place = 0; place < count; ++place) {
          for (const bool on_a : {true, false}) {
            Side a(format, Normal(count, 0, 1), 1);
            Side b(format, Normal(count, 0, 1), 0);
            (on_a ? a : b).SetBits(place, EncodeOne(format, value));
            const float pivot = place % 2 == 0 ? 0.0F : 0.5F;
            const PairSums sums = SumPairs(format, a.data(), b.data(), count, pivot, pivot);
            ASSERT_FALSE(std::isfinite(sums.xxxx) && std::isfinite(sums.yyyy) &&
                         std::isfinite(sums.squared_diff))
                << "format " << static_cast<int>(format) << ", " << value << " at " << place
                << " of " << count;
          }
        }
      }
    }
  }
}

// Both sides infinite or NaN alike: the difference is NaN, and no comparison may hide that.
TEST_P(SumPairsOn, NonFiniteOnBothSidesShows) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const KernelFormat format : kFormats) {
    for (const std::size_t count : {1, 40, 300}) {
      Side a(format, Normal(count, 0, 1), 0), b(format, Normal(count, 0, 1), 0);
      a.SetBits(count / 2, EncodeOne(format, infinity));
      b.SetBits(count / 2, EncodeOne(format, infinity));
      const PairSums sums = SumPairs(format, a.data(), b.data(), count, 0, 0);
      EXPECT_FALSE(std::isfinite(sums.xxxx) && std::isfinite(sums.yyyy) &&
                   std::isfinite(sums.squared_diff));
    }
  }
}

// Powers that overflow a float, one element in each place.
TEST_P(SumPairsOn, OverflowShows) {
  for (const KernelFormat format : {KernelFormat::kBF16, KernelFormat::kF32}) {
    for (std::size_t place = 0; place < 256; ++place) {
      Side a(format, Normal(256, 0, 1), 0);
      const Side b(format, Normal(256, 0, 1), 0);
      a.SetBits(place, EncodeOne(format, 1e20));
      const PairSums sums = SumPairs(format, a.data(), b.data(), 256, 0, 0);
      ASSERT_FALSE(std::isfinite(sums.xxxx) && std::isfinite(sums.squared_diff)) << place;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SumPairsOn, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace pair_sums_test
}  // namespace modelkin
