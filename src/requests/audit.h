// One model beside each of many: which of them is something of it from?
#ifndef MODELKIN_REQUESTS_AUDIT_H_
#define MODELKIN_REQUESTS_AUDIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/input_record.h"
#include "requests/pair_summary.h"
#include "requests/request_context.h"
#include "requests/trace.h"

namespace modelkin {

enum class AuditOutcome : std::uint8_t {
  kFound,         // something in common: the verdict says what
  kNothingFound,  // as far as weights show
  kUntestable,    // no test could be run, most was not read, or the model could not be opened
};

inline constexpr std::array<std::string_view, 3> kAuditOutcomeNames = {"found", "nothing_found",
                                                                       "untestable"};

constexpr std::string_view AuditOutcomeName(AuditOutcome outcome) {
  return kAuditOutcomeNames[static_cast<std::size_t>(outcome)];
}

struct AuditRequest {
  std::string candidate;
  std::vector<std::string> references;  // each once
  std::vector<std::string> controls;    // strangers to all of them
  OpenOptions opening = {};
  // `comparisons` is set to the number of references.
  TraceOptions options = {};
  std::string resume = {};  // a folder for what has been computed; "" for none
};

// A reference beside the candidate.
struct AuditedModel {
  InputRecord input;                // its id and path alone where it could not be opened
  std::string failure;              // why it was not traced; "" where it was
  std::optional<PairSummary> pair;  // A is the reference, B the candidate; nothing if not traced

  AuditOutcome outcome() const;
  // The share that would have been found of a plain mixture, in (0, 1]: of several components the
  // largest of theirs. Nothing where none was simulated.
  std::optional<double> smallest_share() const;
};

struct AuditResults {
  OpenOptions opening;
  TraceOptions options;
  InputRecord candidate;              // "b"
  std::vector<InputRecord> controls;  // "control_1" and on
  std::vector<AuditedModel> models;   // in the order of the request
  RunRecord run;

  std::size_t Count(AuditOutcome outcome) const;
  // Found where anything was, untestable where no model could be tested.
  AuditOutcome outcome() const;
  // The largest smallest_share of what nothing was found of; nothing where there is none, or where
  // one of them was not simulated.
  std::optional<double> smallest_share() const;
};

// Returns the records of the candidate, controls and references.
std::vector<InputRecord> InputsOf(const AuditResults& results);

// Hears of each trace that was made, before its models are closed. `number`: of the reference, from
// 1. Of what an earlier, interrupted audit traced it hears nothing.
using TraceListener = std::function<void(std::size_t number, const TraceResults& trace)>;

// Traces each reference against the candidate, one after the other, with one correction over all
// (Bonferroni: each pair has an equal part of the level). A reference that can't be opened or read
// is untestable, and the audit goes on. Throws what opening the candidate and controls throws,
// Error(kUsage) without a reference, and what `listener` throws.
AuditResults AuditModel(const AuditRequest& request, const RequestContext& context,
                        const TraceListener& listener = {});

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_AUDIT_H_
