// A whole comparison: every tensor pair with its metrics, and summaries by role and by layer.
#ifndef MODELKIN_SCAN_COMPARISON_H_
#define MODELKIN_SCAN_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "architecture/rotary_order.h"
#include "base/named_fields.h"
#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/input_id.h"
#include "scan/pair_metrics.h"
#include "scan/pairing.h"

namespace modelkin {

// Why a pair has no metrics.
enum class PairStatus : std::uint8_t {
  kCompared,
  kOnlyInA,
  kOnlyInB,
  kShapeMismatch,
  kUnsupportedType,
  kPacked,  // codes of a quantisation on a side, or what belongs to them
};

struct ComparedTensor {
  TensorPair pair;  // points into the checkpoints
  PairStatus status = PairStatus::kCompared;
  PairMetrics metrics;  // if compared
};

// Middle and extremes of a metric over the tensors of a group for which it is defined.
struct MetricSpread {
  std::uint64_t tensors = 0;  // 0: the others mean nothing
  double median = 0;          // the mean of the middle two where they are even in number
  double lowest = 0;
  double highest = 0;
};

struct GroupSummary {
  Component component = Component::kText;
  std::string role;                    // by role
  std::optional<std::uint32_t> layer;  // by layer
  std::uint64_t tensors = 0;           // compared
  std::uint64_t elements = 0;
  std::uint64_t bit_equal = 0;
  std::uint64_t not_compared = 0;
  // In the order of kPairMetricFields.
  std::array<MetricSpread, kPairMetricFields.size()> spreads;
};

struct ComparisonCounts {
  std::uint64_t compared = 0;
  std::uint64_t only_in_a = 0;
  std::uint64_t only_in_b = 0;
  std::uint64_t shape_mismatches = 0;
  std::uint64_t unsupported_types = 0;
  std::uint64_t packed = 0;
  std::uint64_t left_out = 0;        // by the user's filter
  std::uint64_t byte_identical = 0;  // of the compared: same type and every element bit-equal
  std::uint64_t non_finite = 0;      // of the compared: with NaN or infinity on a side
  std::uint64_t elements = 0;        // compared
};

template <>
inline constexpr std::tuple kNamedFields<ComparisonCounts> = {
    NamedField("compared", &ComparisonCounts::compared),
    NamedField("elements", &ComparisonCounts::elements),
    NamedField("only_in_a", &ComparisonCounts::only_in_a),
    NamedField("only_in_b", &ComparisonCounts::only_in_b),
    NamedField("shape_mismatches", &ComparisonCounts::shape_mismatches),
    NamedField("unsupported_types", &ComparisonCounts::unsupported_types),
    NamedField("packed", &ComparisonCounts::packed),
    NamedField("left_out", &ComparisonCounts::left_out),
    NamedField("byte_identical", &ComparisonCounts::byte_identical),
    NamedField("non_finite", &ComparisonCounts::non_finite)};

struct Comparison {
  InputId input_a, input_b;
  bool paired_by_role = false;                       // else by name
  RotaryLayout rotary_layout = RotaryLayout::kSame;  // B's queries and keys were put in A's order
  ComparisonCounts counts;
  std::vector<ComparedTensor> tensors;  // in the pairing's order
  std::vector<GroupSummary> by_role;    // in order of first occurrence
  std::vector<GroupSummary> by_layer;   // by number
};

// Scans the pairing, which is used up, and sums it up. Throws what ScanPairs throws.
Comparison Compare(const Checkpoint& a, const Checkpoint& b, Pairing pairing,
                   const ScanOptions& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_COMPARISON_H_
