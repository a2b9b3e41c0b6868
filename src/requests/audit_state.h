// Answers of an audit that goes on after an interruption.
#ifndef MODELKIN_REQUESTS_AUDIT_STATE_H_
#define MODELKIN_REQUESTS_AUDIT_STATE_H_

#include <nlohmann/json_fwd.hpp>

#include "requests/pair_summary.h"

namespace modelkin {

// All of a summary, exact to the bit.
nlohmann::json KeptSummary(const PairSummary& summary);

// Returns what KeptSummary kept. Throws an exception of the JSON library for anything else.
PairSummary ReadKeptSummary(const nlohmann::json& kept);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_AUDIT_STATE_H_
