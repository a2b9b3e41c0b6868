// Rotary embeddings against closed formulas in double.
#include "inference/rotary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numbers>

#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace rotary_test {

using nlohmann::json;

// A power, a division and a product in float.
constexpr double kBound = 5e-7;

RotaryParameters Read(const json& values, std::size_t dims = 8) {
  return ReadRotary(ModelConfig("config.json", values), dims, 10000);
}

void ExpectFrequencies(const RotaryParameters& rotary, std::size_t length,
                       const std::function<double(std::size_t)>& formula) {
  const std::vector<float> inverse = InverseFrequencies(rotary, length);
  ASSERT_EQ(inverse.size(), (rotary.dims + 1) / 2);
  for (std::size_t i = 0; i < inverse.size(); ++i) {
    EXPECT_NEAR(inverse[i], formula(i), kBound * formula(i)) << i;
  }
}

double Plain(std::size_t i, double theta = 10000, double dims = 8) {
  return std::pow(theta, -2 * static_cast<double>(i) / dims);
}

TEST(InverseFrequencies, Default) {
  ExpectFrequencies(Read(json::object()), 5, [](std::size_t i) { return Plain(i); });
  ExpectFrequencies(Read({{"rope_theta", 500000.0}}), 5,
                    [](std::size_t i) { return Plain(i, 500000); });
  ExpectFrequencies(Read({{"rope_parameters", {{"rope_theta", 1e6}}}, {"rope_theta", 7}}), 5,
                    [](std::size_t i) { return Plain(i, 1e6); });
  // Of an odd width one more rotates.
  ExpectFrequencies(Read(json::object(), 7), 5, [](std::size_t i) { return Plain(i, 10000, 7); });
}

TEST(InverseFrequencies, Linear) {
  const auto rotary = Read({{"rope_scaling", {{"type", "linear"}, {"factor", 4.0}}}});
  ExpectFrequencies(rotary, 99, [](std::size_t i) { return Plain(i) / 4; });
  EXPECT_EQ(RotaryMultiplier(rotary, 99), 1);
}

// theta (factor length / positions - (factor - 1))^(dims / (dims - 2)) beyond `positions`.
TEST(InverseFrequencies, Dynamic) {
  const auto rotary = Read({{"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2.0}}},
                            {"max_position_embeddings", 16}});
  for (const std::size_t length : {1, 16}) {
    ExpectFrequencies(rotary, length, [](std::size_t i) { return Plain(i); });
  }
  ExpectFrequencies(rotary, 40, [](std::size_t i) {
    return Plain(i, 10000 * std::pow(2 * 40 / 16.0 - 1, 8 / 6.0));
  });
}

// arXiv 2309.00071, eq. 17 to 23: with 8 dims, theta 10000, L = 4096 the ramp runs from
// floor(8 ln(4096 / 64 pi) / 2 ln 10000) = 1 to ceil(8 ln(4096 / 2 pi) / 2 ln 10000) = 3.
TEST(InverseFrequencies, Yarn) {
  const auto rotary =
      Read({{"rope_scaling",
             {{"rope_type", "yarn"}, {"factor", 8.0}, {"original_max_position_embeddings", 4096}}},
            {"max_position_embeddings", 32768}});
  const double shares[] = {0, 0, 0.5, 1};
  ExpectFrequencies(rotary, 5, [&](std::size_t i) {
    return shares[i] * Plain(i) / 8 + (1 - shares[i]) * Plain(i);
  });
  EXPECT_NEAR(RotaryMultiplier(rotary, 5), 0.1 * std::log(8.0) + 1, 1e-12);
}

TEST(InverseFrequencies, YarnNotTruncated) {
  const auto rotary = Read({{"rope_scaling",
                             {{"rope_type", "yarn"},
                              {"factor", 8.0},
                              {"truncate", false},
                              {"attention_factor", 1.5},
                              {"original_max_position_embeddings", 4096}}}});
  const auto dimension = [](double rotations) {
    return 8 * std::log(4096 / (rotations * 2 * std::numbers::pi)) / (2 * std::log(10000.0));
  };
  ExpectFrequencies(rotary, 5, [&](std::size_t i) {
    const double share = std::clamp(
        (static_cast<double>(i) - dimension(32)) / (dimension(1) - dimension(32)), 0.0, 1.0);
    return share * Plain(i) / 8 + (1 - share) * Plain(i);
  });
  EXPECT_EQ(RotaryMultiplier(rotary, 5), 1.5);
}

TEST(RotaryMultiplier, YarnOfTwoScales) {
  const auto rotary = Read({{"rope_scaling",
                             {{"rope_type", "yarn"},
                              {"factor", 40.0},
                              {"mscale", 0.7},
                              {"mscale_all_dim", 1.3},
                              {"original_max_position_embeddings", 4096}}}});
  const double log = std::log(40.0);
  EXPECT_NEAR(RotaryMultiplier(rotary, 5), (0.07 * log + 1) / (0.13 * log + 1), 1e-12);
  EXPECT_EQ(rotary.scale_all, 1.3);
}

TEST(InverseFrequencies, LongRope) {
  const std::vector<double> near = {1, 1.1, 1.2, 1.3};
  const std::vector<double> far = {2, 3, 4, 5};
  const auto rotary =
      Read({{"rope_scaling", {{"type", "longrope"}, {"short_factor", near}, {"long_factor", far}}},
            {"max_position_embeddings", 64},
            {"original_max_position_embeddings", 16}});
  ExpectFrequencies(rotary, 16, [&](std::size_t i) { return Plain(i) / near[i]; });
  ExpectFrequencies(rotary, 17, [&](std::size_t i) { return Plain(i) / far[i]; });
  const double expected = std::sqrt(1 + std::log(4.0) / std::log(16.0));
  EXPECT_NEAR(RotaryMultiplier(rotary, 16), expected, 1e-12);
  EXPECT_NEAR(RotaryMultiplier(rotary, 17), expected, 1e-12);
}

TEST(RotaryMultiplier, LongRopeOfPhiMoe) {
  const auto rotary = Read({{"rope_scaling",
                             {{"type", "longrope"},
                              {"short_factor", {1, 1}},
                              {"long_factor", {2, 2}},
                              {"short_mscale", 1.2},
                              {"long_mscale", 1.4},
                              {"original_max_position_embeddings", 16}}},
                            {"max_position_embeddings", 64}},
                           4);
  EXPECT_EQ(RotaryMultiplier(rotary, 16), 1.2);
  EXPECT_EQ(RotaryMultiplier(rotary, 17), 1.4);
}

// Wavelengths above 8192 / 1 are divided by the factor, those below 8192 / 4 are not, and between
// it is a mean by s = (8192 / wavelength - 1) / (4 - 1).
TEST(InverseFrequencies, Llama3) {
  const auto rotary = Read({{"rope_scaling",
                             {{"rope_type", "llama3"},
                              {"factor", 8.0},
                              {"low_freq_factor", 1.0},
                              {"high_freq_factor", 4.0},
                              {"original_max_position_embeddings", 8192}}},
                            {"rope_theta", 500000.0}},
                           32);
  std::size_t between = 0;
  ExpectFrequencies(rotary, 5, [&](std::size_t i) {
    const double frequency = Plain(i, 500000, 32);
    const double turns = 8192 * frequency / (2 * std::numbers::pi);
    if (turns < 1) return frequency / 8;
    if (turns > 4) return frequency;
    ++between;
    const double share = (turns - 1) / 3;
    return (1 - share) * frequency / 8 + share * frequency;
  });
  EXPECT_GT(between, 0U);
}

TEST(RotaryTable, CosinesAndSinesOfPositions) {
  auto rotary = Read(json::object());
  rotary.attention_factor = 1.5;
  Batch batch = MakeBatch({{1, 2, 3}, {4, 5}});
  batch.texts[1].past = 1000;
  const RotaryTable table = MakeRotaryTable(rotary, batch);
  ASSERT_EQ(table.dims, 8U);
  const double positions[] = {0, 1, 2, 1000, 1001};
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t i = 0; i < 4; ++i) {
      const double angle = positions[row] * Plain(i);
      // A float holds an angle of 1000 to 3e-5.
      const double bound = 1e-6 + 2e-7 * angle;
      EXPECT_NEAR(table.cosines.Row(row)[i], 1.5 * std::cos(angle), bound) << row << " " << i;
      EXPECT_NEAR(table.sines.Row(row)[i], 1.5 * std::sin(angle), bound) << row << " " << i;
    }
  }
}

// (a, b) -> (a cos - b sin, b cos + a sin) of each pair; what does not rotate stays.
void ExpectRotated(RotaryPairs pairs, std::size_t head_dim, std::size_t offset, std::size_t dims) {
  const Batch batch = MakeBatch({{1, 2, 3}, {1, 2}});
  const RotaryTable table = MakeRotaryTable(Read(json::object(), dims), batch);
  const std::size_t half = dims / 2;
  Activations x = testing::NormalRows(5, 3 * head_dim, 1);
  const Activations before = x;
  Rotate(x, head_dim, offset, table, pairs, 1);
  const double positions[] = {0, 1, 2, 0, 1};
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t head = 0; head < 3; ++head) {
      const float* const from = before.Row(row) + head * head_dim;
      std::vector<double> expected(from, from + head_dim);
      for (std::size_t i = 0; i < half; ++i) {
        const bool halves = pairs == RotaryPairs::kHalves;
        const double a = from[offset + (halves ? i : 2 * i)];
        const double b = from[offset + (halves ? i + half : 2 * i + 1)];
        const double angle = positions[row] * Plain(i, 10000, static_cast<double>(dims));
        expected[offset + i] = a * std::cos(angle) - b * std::sin(angle);
        expected[offset + i + half] = b * std::cos(angle) + a * std::sin(angle);
      }
      EXPECT_LE(testing::RelativeError(x.Row(row) + head * head_dim, expected.data(), head_dim),
                kBound);
    }
  }
}

TEST(Rotate, WholeHeadsAndPartsOfThem) {
  for (const RotaryPairs pairs : {RotaryPairs::kHalves, RotaryPairs::kNeighbours}) {
    ExpectRotated(pairs, 8, 0, 8);
    ExpectRotated(pairs, 8, 0, 4);
    ExpectRotated(pairs, 10, 6, 4);
    ExpectRotated(pairs, 2, 0, 2);
    ExpectRotated(pairs, 5, 1, 2);
  }
}

void ExpectRefused(const json& values, const std::string& key, std::size_t dims = 8) {
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { Read(values, dims); });
  EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
}

json Scaled(json scaling) {
  return {{"rope_scaling", std::move(scaling)}, {"max_position_embeddings", 64}};
}

TEST(ReadRotary, RefusesWhatMakesNoNumbers) {
  ExpectRefused({{"rope_theta", "10000"}}, "rope_theta");
  ExpectRefused({{"rope_theta", 0}}, "rope_theta");
  ExpectRefused({{"rope_theta", -1}}, "rope_theta");
  ExpectRefused({{"rope_theta", 1e-300}}, "rope_theta");
  ExpectRefused({{"partial_rotary_factor", 7}}, "partial_rotary_factor");
  ExpectRefused({{"partial_rotary_factor", -1}}, "partial_rotary_factor");
  ExpectRefused({{"partial_rotary_factor", "half"}}, "partial_rotary_factor");
  ExpectRefused(json::object(), "partial_rotary_factor", 0);
}

TEST(ReadRotary, RefusesScalingsThatAreNone) {
  ExpectRefused({{"rope_scaling", "linear"}}, "rope_scaling");
  ExpectRefused({{"rope_scaling", json::array()}}, "rope_scaling");
  ExpectRefused(Scaled({{"type", 3}}), "type");
  ExpectRefused(Scaled({{"type", "mrope"}}), "mrope");
  ExpectRefused(Scaled({{"type", "linear"}}), "factor");
  ExpectRefused(Scaled({{"type", "linear"}, {"factor", 0}}), "factor");
  ExpectRefused(Scaled({{"type", "linear"}, {"factor", "2"}}), "factor");
  ExpectRefused({{"rope_scaling", {{"type", "dynamic"}, {"factor", 2}}}},
                "original_max_position_embeddings");
  ExpectRefused({{"rope_scaling", {{"type", "dynamic"}, {"factor", 2}}},
                 {"original_max_position_embeddings", 64}},
                "max_position_embeddings");
  ExpectRefused(Scaled({{"type", "yarn"}, {"factor", -2}}), "factor");
  ExpectRefused(Scaled({{"type", "yarn"}, {"factor", 2}, {"truncate", "no"}}), "truncate");
  ExpectRefused(Scaled({{"type", "yarn"}, {"factor", 2}, {"beta_fast", -1}}), "finite");
  ExpectRefused(Scaled({{"type", "longrope"}, {"long_factor", {1, 2, 3, 4}}}), "short_factor");
  ExpectRefused(Scaled({{"type", "longrope"}, {"short_factor", {1, 2, 3}}}), "short_factor");
  ExpectRefused(
      Scaled({{"type", "longrope"}, {"short_factor", {1, 2, 3, 0}}, {"long_factor", {1, 2, 3, 4}}}),
      "short_factor");
  ExpectRefused(Scaled({{"type", "llama3"}, {"factor", 2}}), "low_freq_factor");
  ExpectRefused({{"rope_parameters", {{"full_attention", json::object()}}}}, "full_attention");
}

}  // namespace rotary_test
}  // namespace modelkin
