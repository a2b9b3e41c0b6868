// A request as results record it, so that it can be made again.
#ifndef MODELKIN_REQUESTS_RECORDED_REQUEST_H_
#define MODELKIN_REQUESTS_RECORDED_REQUEST_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "requests/audit.h"
#include "requests/compare.h"
#include "requests/diff.h"
#include "requests/series.h"
#include "requests/trace.h"

namespace modelkin {

// {"kind": "trace", "partial": false, ...}: all that numbers depend on but the models, which are
// the results' inputs.
nlohmann::ordered_json RecordedRequest(const CompareResults& results);
nlohmann::ordered_json RecordedRequest(const TraceResults& results);
nlohmann::ordered_json RecordedRequest(const DynamicsResults& results);
nlohmann::ordered_json RecordedRequest(const DiffResults& results);
nlohmann::ordered_json RecordedRequest(const AuditResults& results);

using AnyRequest =
    std::variant<CompareRequest, TraceRequest, SeriesRequest, DiffRequest, AuditRequest>;

// The request that `results` ("run": {"request": ...}, "inputs": [...]) record. `places`: where the
// input of an id ("a") is now; others are where they were, at the commit that they were. Results
// come from anywhere, so nothing in them is believed. Throws Error(kBadInput), with the name of the
// file, for a record of another shape, and for settings that only a hostile one has; Error(kUsage)
// where `places` names an input that there is not.
AnyRequest ReadRequest(const std::string& file, const nlohmann::json& results,
                       std::map<std::string, std::string> places);

// The instruction set that the results were made with, which gives the same bits; "" if this
// machine has none of that name.
std::string RecordedSimdTarget(const nlohmann::json& results);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECORDED_REQUEST_H_
