#include "scan/test_values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include "numeric/decode.h"

namespace modelkin::testing {
namespace {

template <class Stored>
void Append(Stored stored, std::string& bytes) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof stored);
  std::memcpy(bytes.data() + at, &stored, sizeof stored);
}

template <class Integer>
void AppendInteger(double value, std::string& bytes) {
  constexpr auto kLowest = static_cast<double>(std::numeric_limits<Integer>::min());
  constexpr auto kHighest = static_cast<double>(std::numeric_limits<Integer>::max());
  const double rounded = std::nearbyint(value);
  if (rounded >= kHighest) {
    Append(std::numeric_limits<Integer>::max(), bytes);
  } else {
    Append(static_cast<Integer>(std::max(rounded, kLowest)), bytes);
  }
}

// The finite values of a type of 8 bits, in order, with their codes.
template <class Convert>
std::vector<std::pair<double, std::uint8_t>> SortedCodes(Convert convert) {
  std::vector<std::pair<double, std::uint8_t>> codes;
  for (unsigned code = 0; code < 256; ++code) {
    const double value = convert(static_cast<std::uint8_t>(code));
    if (std::isfinite(value) && code != 0x80) codes.emplace_back(value, code);
  }
  std::ranges::sort(codes);
  return codes;
}

std::uint8_t NearestCode(double value, const std::vector<std::pair<double, std::uint8_t>>& codes) {
  const auto above =
      std::ranges::lower_bound(codes, value, {}, [](auto& code) { return code.first; });
  if (above == codes.end()) return codes.back().second;
  if (above == codes.begin()) return codes.front().second;
  const auto below = above - 1;
  return above->first - value < value - below->first ? above->second : below->second;
}

void AppendValue(DType dtype, double value, std::string& bytes) {
  static const auto e4m3 = SortedCodes(Float8E4M3ToFloat);
  static const auto e5m2 = SortedCodes(Float8E5M2ToFloat);
  switch (dtype) {
    case DType::kBool: Append(static_cast<std::uint8_t>(value > 0 ? 1 : 0), bytes); return;
    case DType::kU8: AppendInteger<std::uint8_t>(value, bytes); return;
    case DType::kI8: AppendInteger<std::int8_t>(value, bytes); return;
    case DType::kU16: AppendInteger<std::uint16_t>(value, bytes); return;
    case DType::kI16: AppendInteger<std::int16_t>(value, bytes); return;
    case DType::kU32: AppendInteger<std::uint32_t>(value, bytes); return;
    case DType::kI32: AppendInteger<std::int32_t>(value, bytes); return;
    case DType::kU64: AppendInteger<std::uint64_t>(value, bytes); return;
    case DType::kI64: AppendInteger<std::int64_t>(value, bytes); return;
    case DType::kF8E4M3: Append(NearestCode(value, e4m3), bytes); return;
    case DType::kF8E5M2: Append(NearestCode(value, e5m2), bytes); return;
    case DType::kF16: Append(FloatToFloat16(static_cast<float>(value)), bytes); return;
    case DType::kBF16: Append(FloatToBFloat16(static_cast<float>(value)), bytes); return;
    case DType::kF32: Append(static_cast<float>(value), bytes); return;
    default: Append(value, bytes); return;
  }
}

struct Scale {
  double mean, sd;
};

Scale ScaleFor(DType dtype) {
  switch (dtype) {
    case DType::kBool: return {0, 1};
    case DType::kU8: return {120, 30};
    case DType::kI8: return {3, 30};
    case DType::kU16: return {30000, 8000};
    case DType::kI16: return {100, 8000};
    case DType::kU32: return {2e9, 5e8};
    case DType::kI32: return {1e7, 5e8};
    case DType::kU64: return {9e18, 2e18};
    case DType::kI64: return {1e16, 2e18};
    case DType::kF8E4M3:
    case DType::kF8E5M2: return {0.1, 1};
    default: return {0.001, 0.02};
  }
}

}  // namespace

std::string Encode(DType dtype, std::span<const double> values) {
  std::string bytes;
  for (const double value : values) AppendValue(dtype, value, bytes);
  return bytes;
}

std::vector<double> Decode(DType dtype, const std::string& bytes) {
  std::vector<double> values(bytes.size() / (BitWidth(dtype) / 8));
  DecodeToDouble(dtype, Bytes(bytes), values.size(), values.data());
  return values;
}

std::vector<double> Normal(std::size_t count, double mean, double sd, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> law(mean, sd);
  return Generate(count, [&](std::size_t) { return law(random); });
}

std::vector<double> Generate(std::size_t count, const std::function<double(std::size_t)>& make) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = make(i);
  return values;
}

ValuePair CorrelatedFor(DType dtype, std::size_t count, std::uint64_t seed) {
  const Scale scale = ScaleFor(dtype);
  ValuePair pair{Normal(count, 0, 1, seed), Normal(count, 0, 1, seed + 1)};
  for (std::size_t i = 0; i < count; ++i) {
    pair.b[i] = scale.mean + scale.sd * (0.6 * pair.a[i] + 0.8 * pair.b[i]);
    pair.a[i] = scale.mean + scale.sd * pair.a[i];
    if (i % 50 == 7) pair.b[i] = pair.a[i];
    if (i % 60 == 9) pair.a[i] = 0;
  }
  return pair;
}

}  // namespace modelkin::testing
