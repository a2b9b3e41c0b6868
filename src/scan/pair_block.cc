#include "scan/pair_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "kernels/pair_sums.h"
#include "kernels/run_scales.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

// Runs, because a fetch from memory brings a line of elements, and costs as much as comparing many.
constexpr std::size_t kPivotRuns = 8;
constexpr std::size_t kPivotRunLength = 8;

// Squares and fourth powers of values of this root mean square are normal floats, with room.
constexpr double kSmallestRootMeanSquare = 0x1p-28;
// And squares of this difference.
constexpr double kSmallestDifference = 0x1p-50;

// Fewer elements are too few for their roundings to cancel out.
constexpr std::size_t kFewestElements = 4096;
// And fewer than this many equal squares, if a sum of squares is no better than theirs.
constexpr double kFewestEffectiveElements = 256;

// What the float kernels run on: stored bytes, or their decoded copy.
struct KernelView {
  KernelFormat format;
  const std::byte* data;
};

std::optional<KernelFormat> NativeFormat(DType dtype) {
  switch (dtype) {
    case DType::kBF16: return KernelFormat::kBF16;
    case DType::kF16: return KernelFormat::kF16;
    case DType::kF32: return KernelFormat::kF32;
    default: return std::nullopt;
  }
}

KernelView DecodedView(DType dtype, const std::byte* data, std::size_t count,
                       std::vector<float>& buffer) {
  if (dtype == DType::kF32) return {KernelFormat::kF32, data};
  buffer.resize(kMaxBlockElements);
  DecodeToFloat(dtype, data, count, buffer.data());
  return {KernelFormat::kF32, reinterpret_cast<const std::byte*>(buffer.data())};
}

KernelView ViewOf(DType dtype, const std::byte* data, std::size_t count,
                  std::vector<float>& buffer) {
  if (const auto native = NativeFormat(dtype)) return {*native, data};
  return DecodedView(dtype, data, count, buffer);
}

// To kPivotBits significant bits, which may make infinity of a large number.
float RoundPivot(double value) {
  constexpr int kSpareBits = std::numeric_limits<float>::digits - kPivotBits;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return std::bit_cast<float>((bits + (1U << (kSpareBits - 1))) >> kSpareBits << kSpareBits);
}

}  // namespace

float ChoosePivot(
    DType dtype, std::size_t count,
    const std::function<const std::byte*(std::size_t begin, std::size_t length)>& read) {
  const std::size_t runs = count < kPivotRuns * kPivotRunLength ? 1 : kPivotRuns;
  const std::size_t length = std::min(count, kPivotRunLength);
  std::array<double, kPivotRunLength> values;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    DecodeToDouble(dtype, read(i * (count / runs), length), length, values.data());
    for (std::size_t k = 0; k < length; ++k) {
      sum += values[k];
      squares += values[k] * values[k];
    }
  }
  const auto samples = static_cast<double>(runs * length);
  const double mean = sum / samples;
  const double variance = squares / samples - mean * mean;
  const bool matters = mean * mean > 0.25 * variance;  // false for NaN
  const float pivot = matters ? RoundPivot(mean) : 0.0F;
  return std::isfinite(pivot) ? pivot : 0.0F;
}

namespace {

// Whether a side's sums about its pivot lost nothing in float. The effective number of squares in
// a sum is Kish's, (sum of weights)^2 / sum of squared weights.
bool SideIsSound(double n, double s1, double s2, double s4) {
  return std::isfinite(s4) && s2 >= n * kSmallestRootMeanSquare * kSmallestRootMeanSquare &&
         s1 * s1 <= 0.8 * n * s2 && s2 * s2 >= kFewestEffectiveElements * s4;
}

bool SumsAreSound(const PairSums& sums, double n) {
  return SideIsSound(n, sums.x, sums.xx, sums.xxxx) && SideIsSound(n, sums.y, sums.yy, sums.yyyy) &&
         std::isfinite(sums.squared_diff) &&
         (sums.max_abs_diff == 0 || sums.max_abs_diff >= kSmallestDifference);
}

bool IsConstant(const std::byte* data, std::size_t width, std::size_t count) {
  return std::memcmp(data, data + width, (count - 1) * width) == 0;
}

std::uint64_t CountBitEqual(DType dtype, const std::byte* a, const std::byte* b,
                            std::size_t count) {
  const std::size_t width = ByteWidth(dtype);
  if (std::memcmp(a, b, count * width) == 0) return count;
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < count; ++i) {
    equal += std::memcmp(a + i * width, b + i * width, width) == 0 ? 1 : 0;
  }
  return equal;
}

void CountSpecial(const std::vector<double>& values, std::size_t count, std::uint64_t& nan,
                  std::uint64_t& infinite) {
  for (std::size_t i = 0; i < count; ++i) {
    nan += std::isnan(values[i]) ? 1 : 0;
    infinite += std::isinf(values[i]) ? 1 : 0;
  }
}

// Moves the finite pairs to the front and lists where they were.
void KeepFinitePairs(std::size_t count, BlockScratch& scratch) {
  scratch.finite_pairs.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(scratch.double_a[i]) || !std::isfinite(scratch.double_b[i])) continue;
    scratch.double_a[scratch.finite_pairs.size()] = scratch.double_a[i];
    scratch.double_b[scratch.finite_pairs.size()] = scratch.double_b[i];
    scratch.finite_pairs.push_back(static_cast<std::uint32_t>(i));
  }
}

double MeanOf(const double* values, std::size_t count) {
  const bool constant =
      std::all_of(values, values + count, [&](double v) { return v == values[0]; });
  if (constant) return values[0];  // exactly, so that its variance is exactly 0
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i];
  return sum / static_cast<double>(count);
}

// Sums over finite pairs about the exact means.
PairMoments MomentsInDouble(const double* a, const double* b, std::size_t count) {
  const double mean_a = MeanOf(a, count);
  const double mean_b = MeanOf(b, count);
  PairSums sums;
  for (std::size_t i = 0; i < count; ++i) {
    sums.Add(a[i], b[i], a[i] - mean_a, b[i] - mean_b, a[i] - b[i]);
  }
  return MomentsFromSums(sums, count, mean_a, mean_b);
}

// Two blocks each of one value repeated: no rounding anywhere.
PairMoments MomentsOfConstants(double a, double b, std::uint64_t count) {
  PairSums sums;
  const auto n = static_cast<double>(count);
  sums.zeros_a = a == 0 ? count : 0;
  sums.zeros_b = b == 0 ? count : 0;
  sums.any_zero = a == 0 || b == 0 ? count : 0;
  sums.opposite_signs = sums.any_zero == 0 && std::signbit(a) != std::signbit(b) ? count : 0;
  sums.max_abs_diff = std::abs(a - b);
  sums.abs_diff = n * sums.max_abs_diff;
  sums.squared_diff = n * sums.max_abs_diff * sums.max_abs_diff;
  return MomentsFromSums(sums, count, a, b);
}

std::optional<BlockResult> CompareConstants(DType type_a, const std::byte* a, DType type_b,
                                            const std::byte* b, std::size_t count) {
  if (!IsConstant(a, ByteWidth(type_a), count) || !IsConstant(b, ByteWidth(type_b), count)) {
    return std::nullopt;
  }
  double value_a = 0;
  double value_b = 0;
  DecodeToDouble(type_a, a, 1, &value_a);
  DecodeToDouble(type_b, b, 1, &value_b);
  if (!std::isfinite(value_a) || !std::isfinite(value_b)) return std::nullopt;
  BlockResult result{.moments = MomentsOfConstants(value_a, value_b, count)};
  const bool equal = type_a == type_b ? std::memcmp(a, b, ByteWidth(type_a)) == 0
                                      : std::bit_cast<std::uint64_t>(value_a) ==
                                            std::bit_cast<std::uint64_t>(value_b);
  result.moments.bit_equal = equal ? count : 0;
  return result;
}

}  // namespace

BlockResult ComparePairBlockInDouble(DType type_a, const std::byte* a, DType type_b,
                                     const std::byte* b, std::size_t count, BlockScratch& scratch) {
  std::vector<double>& values_a = scratch.double_a;
  std::vector<double>& values_b = scratch.double_b;
  values_a.resize(kMaxBlockElements);
  values_b.resize(kMaxBlockElements);
  DecodeToDouble(type_a, a, count, values_a.data());
  DecodeToDouble(type_b, b, count, values_b.data());

  PairMoments counts;
  CountSpecial(values_a, count, counts.nan_a, counts.infinite_a);
  CountSpecial(values_b, count, counts.nan_b, counts.infinite_b);
  if (type_a == type_b) {
    counts.bit_equal = CountBitEqual(type_a, a, b, count);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      counts.bit_equal +=
          std::bit_cast<std::uint64_t>(values_a[i]) == std::bit_cast<std::uint64_t>(values_b[i])
              ? 1
              : 0;
    }
  }
  KeepFinitePairs(count, scratch);
  const std::size_t finite = scratch.finite_pairs.size();
  PairMoments moments;
  if (finite > 0) moments = MomentsInDouble(values_a.data(), values_b.data(), finite);
  moments.elements = count;
  moments.bit_equal = counts.bit_equal;
  moments.nan_a = counts.nan_a;
  moments.nan_b = counts.nan_b;
  moments.infinite_a = counts.infinite_a;
  moments.infinite_b = counts.infinite_b;
  return {.moments = moments, .all_finite = finite == count};
}

Pivots ChoosePivots(DType type_a, const std::byte* a, DType type_b, const std::byte* b,
                    std::size_t count) {
  const auto in_place = [](DType type, const std::byte* data) {
    return [=](std::size_t begin, std::size_t) { return data + begin * ByteWidth(type); };
  };
  return {.a = ChoosePivot(type_a, count, in_place(type_a, a)),
          .b = ChoosePivot(type_b, count, in_place(type_b, b))};
}

BlockResult ComparePairBlock(DType type_a, const std::byte* a, DType type_b, const std::byte* b,
                             std::size_t count, const Pivots& pivots, BlockScratch& scratch) {
  if (!FitsFloat(type_a) || !FitsFloat(type_b) || count < kFewestElements) {
    return ComparePairBlockInDouble(type_a, a, type_b, b, count, scratch);
  }
  // Before the kernel, because blocks of zeros (padding, pruning, holes in a file) are common.
  if (const auto constants = CompareConstants(type_a, a, type_b, b, count)) return *constants;
  KernelView view_a = ViewOf(type_a, a, count, scratch.float_a);
  KernelView view_b = ViewOf(type_b, b, count, scratch.float_b);
  // Of two types one is floats.
  if (view_a.format != view_b.format && view_a.format != KernelFormat::kF32 &&
      view_b.format != KernelFormat::kF32) {
    view_b = DecodedView(type_b, b, count, scratch.float_b);
  }
  const PairSums sums =
      SumPairs(view_a.format, view_a.data, view_b.format, view_b.data, count, pivots.a, pivots.b);
  if (!SumsAreSound(sums, static_cast<double>(count))) {
    return ComparePairBlockInDouble(type_a, a, type_b, b, count, scratch);
  }
  return {.moments = MomentsFromSums(sums, count, pivots.a, pivots.b)};
}

}  // namespace modelkin
