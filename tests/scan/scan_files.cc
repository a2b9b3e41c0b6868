#include "scan/scan_files.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "scan/test_values.h"

namespace modelkin::testing {
namespace {

// How far a metric may lie from the reference. The float kernels' sums are within 2^-22 (mean, sd,
// norm, cosine, Pearson) or 2^-17 (the rest) of their sums of magnitudes.
enum class Measure { kCosine, kAbsolute, kRelative };
struct PairBound {
  std::string_view name;
  std::optional<double> ReferenceMetrics::*expected;
  Measure measure;
  double bound;
};
constexpr PairBound kPairBounds[] = {
    {"cosine_similarity", &ReferenceMetrics::cosine_similarity, Measure::kCosine, 0},
    {"shuffled_cosine", &ReferenceMetrics::shuffled_cosine, Measure::kCosine, 0},
    {"pearson_correlation", &ReferenceMetrics::pearson_correlation, Measure::kCosine, 0},
    {"mean_abs_diff", &ReferenceMetrics::mean_abs_diff, Measure::kRelative, 0x1p-17},
    {"max_abs_diff", &ReferenceMetrics::max_abs_diff, Measure::kRelative, 0x1p-24},  // a float
    {"rel_l2_a", &ReferenceMetrics::rel_l2_a, Measure::kRelative, 0x1p-17},
    {"rel_l2_b", &ReferenceMetrics::rel_l2_b, Measure::kRelative, 0x1p-17},
    {"p99_abs_diff", &ReferenceMetrics::p99_abs_diff, Measure::kAbsolute, 0},
    {"identical_fraction", &ReferenceMetrics::identical_fraction, Measure::kAbsolute, 0},
    {"sign_agreement", &ReferenceMetrics::sign_agreement, Measure::kAbsolute, 0},
};
struct SideBound {
  std::string_view name;
  std::optional<double> ReferenceSide::*expected;
  Measure measure;
  double bound;
};
constexpr SideBound kSideBounds[] = {
    {"sd", &ReferenceSide::sd, Measure::kRelative, 1e-6},
    {"norm", &ReferenceSide::norm, Measure::kRelative, 1e-6},
    {"kurtosis", &ReferenceSide::kurtosis, Measure::kRelative, 1e-4},  // moved from the pivot
    {"sparsity", &ReferenceSide::sparsity, Measure::kAbsolute, 0},
    {"p99_abs", &ReferenceSide::p99_abs, Measure::kAbsolute, 0},
};

void ExpectNear(std::string_view name, const Metric& metric, const std::optional<double>& expected,
                double bound) {
  ASSERT_EQ(metric.defined(), expected.has_value()) << name << ": " << metric.undefined_reason();
  if (!expected) return;
  EXPECT_LE(std::abs(metric.value() - *expected), bound) << name << " of " << *expected;
}

double Scaled(Measure measure, double bound, const std::optional<double>& expected) {
  return measure == Measure::kAbsolute ? bound : bound * std::abs(expected.value_or(0));
}

// A mean is within 2^-22 of the mean distance from the pivot, which is less than 4 sd.
double MeanError(const ReferenceSide& side) {
  return 0x1p-20 * *side.sd + 1e-15 * std::abs(*side.mean);
}

double Variation(const ReferenceSide& side) { return *side.sd / std::abs(*side.mean); }

void ExpectSideMatches(const SideMetrics& side, const ReferenceSide& expected) {
  ExpectNear("mean", side.mean, expected.mean, expected.mean ? MeanError(expected) : 0);
  for (const SideBound& bound : kSideBounds) {
    for (const SideMetricField& field : kSideMetricFields) {
      if (field.name != bound.name) continue;
      const auto& value = expected.*bound.expected;
      ExpectNear(bound.name, side.*field.member, value, Scaled(bound.measure, bound.bound, value));
    }
  }
}

std::vector<std::uint64_t> Bits(const PairScan& scan) {
  const PairMoments& m = scan.moments;
  std::vector<std::uint64_t> bits = {m.elements,   m.bit_equal,  m.nan_a,         m.nan_b,
                                     m.infinite_a, m.infinite_b, m.finite_pairs,  m.zeros_a,
                                     m.zeros_b,    m.any_zero,   m.opposite_signs};
  for (const double number : {m.a.mean, m.a.m2, m.a.m3, m.a.m4, m.b.mean, m.b.m2, m.b.m3, m.b.m4,
                              m.cross, m.abs_diff, m.squared_diff, m.max_abs_diff,
                              scan.quantile_a.value_or(-1), scan.quantile_b.value_or(-1)}) {
    bits.push_back(std::bit_cast<std::uint64_t>(number));
  }
  return bits;
}

}  // namespace

TestTensor MakeTensor(std::string name, DType dtype, std::string bytes) {
  const std::uint64_t elements = bytes.size() * 8 / BitWidth(dtype);
  return {std::move(name), std::string(DTypeName(dtype)), {elements}, std::move(bytes)};
}

Checkpoint MakeCheckpoint(const std::vector<TestTensor>& tensors) {
  return OpenSafetensors(MakeMemorySource("memory", ToBytes(SafetensorsFile(tensors))));
}

PairScan ScanFiles::Scan(DType type_a, const std::string& a, DType type_b, const std::string& b,
                         const ScanOptions& options) const {
  const Checkpoint checkpoint_a = OpenCheckpoint(
      directory_.WriteFile("a.safetensors", SafetensorsFile({MakeTensor("x", type_a, a)})));
  const Checkpoint checkpoint_b = OpenCheckpoint(
      directory_.WriteFile("b.safetensors", SafetensorsFile({MakeTensor("x", type_b, b)})));
  const Pairing pairing = PairByName(checkpoint_a, checkpoint_b, {});
  Progress progress;
  return ScanPairs(checkpoint_a, checkpoint_b, pairing.pairs, options, progress).at(0);
}

void ExpectMatchesReference(const PairMetrics& metrics, const ReferenceMetrics& reference,
                            double cosine_error) {
  EXPECT_EQ(metrics.elements, reference.elements);
  EXPECT_EQ(metrics.finite_pairs, reference.finite_pairs);
  EXPECT_EQ(metrics.nan_a, reference.nan_a);
  EXPECT_EQ(metrics.nan_b, reference.nan_b);
  EXPECT_EQ(metrics.infinite_a, reference.infinite_a);
  EXPECT_EQ(metrics.infinite_b, reference.infinite_b);
  EXPECT_EQ(metrics.bit_equal, reference.bit_equal);
  for (const PairBound& bound : kPairBounds) {
    for (const PairMetricField& field : kPairMetricFields) {
      if (field.name != bound.name) continue;
      const auto& expected = reference.*bound.expected;
      ExpectNear(bound.name, metrics.*field.member, expected,
                 bound.measure == Measure::kCosine ? cosine_error
                                                   : Scaled(bound.measure, bound.bound, expected));
    }
  }
  ExpectSideMatches(metrics.a, reference.a);
  ExpectSideMatches(metrics.b, reference.b);
  // Whether one at the very edge is defined depends on the last bits.
  if (reference.cv_diff && metrics.cv_diff.defined()) {
    const double larger = std::max(Variation(reference.a), Variation(reference.b));
    EXPECT_LE(larger, 1.001 * kLargestVariation);
    ExpectNear("cv_diff", metrics.cv_diff, reference.cv_diff, 2 * 0x1p-17 * larger);
  } else if (reference.cv_diff) {
    EXPECT_GE(std::max(Variation(reference.a), Variation(reference.b)), 0.999 * kLargestVariation);
  }
}

void ExpectScanMatchesReference(const ScanFiles& files, DType type_a, const std::string& a,
                                DType type_b, const std::string& b, double cosine_error) {
  SCOPED_TRACE(::testing::Message() << DTypeName(type_a) << " against " << DTypeName(type_b));
  const PairMetrics metrics = ComputeMetrics(files.Scan(type_a, a, type_b, b));
  ExpectMatchesReference(metrics, CompareByDefinition(Decode(type_a, a), Decode(type_b, b)),
                         cosine_error);
}

void ExpectSameBits(const PairScan& one, const PairScan& other) {
  EXPECT_EQ(Bits(one), Bits(other));
}

}  // namespace modelkin::testing
