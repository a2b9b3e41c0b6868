// The options of each request that numbers depend on, under the names that results record them by:
// the one list that they are written and read by.
#ifndef MODELKIN_REQUESTS_REQUEST_FIELDS_H_
#define MODELKIN_REQUESTS_REQUEST_FIELDS_H_

#include <string_view>

#include "requests/compare.h"
#include "requests/diff.h"
#include "requests/series.h"
#include "requests/trace.h"

namespace modelkin {

inline constexpr std::string_view kCompareKind = "compare";
inline constexpr std::string_view kTraceKind = "trace";
inline constexpr std::string_view kSeriesKind = "series";
inline constexpr std::string_view kDiffKind = "diff";
inline constexpr std::string_view kAuditKind = "audit";

// Which results of trace 1.6 and before do not have.
inline constexpr const char* kComparisonsField = "comparisons";

// Calls field(name, member) for each. `options` may be const.
template <class Options, class Field>
void ForEachPairingField(Options& options, const Field& field) {
  field("layers", options.layers);
  field("include", options.include);
  field("exclude", options.exclude);
  field("renames", options.renames);
}

template <class Options, class Field>
void ForEachCompareField(Options& options, const Field& field) {
  ForEachPairingField(options.pairing, field);
  field("within", options.within);
  field("by_name", options.by_name);
  field("quantiles", options.quantiles);
  field("digest", options.digest);
  field("functional", options.functional);
}

template <class Options, class Field>
void ForEachTraceField(Options& options, const Field& field) {
  field("effort", options.effort);
  field("most_rows", options.most_rows);
  field("most_units", options.most_units);
  field("fingerprints", options.fingerprints);
  field("heritage", options.heritage);
  field("seed", options.seed);
  field("permutations", options.draws);
  field(kComparisonsField, options.comparisons);
}

template <class Options, class Field>
void ForEachDiffField(Options& options, const Field& field) {
  ForEachPairingField(options.pairing, field);
  field("digest", options.digest);
  field("by_value", options.by_value);
}

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REQUEST_FIELDS_H_
