// The numbers of results computed again.
#ifndef MODELKIN_REPORT_VERIFICATION_H_
#define MODELKIN_REPORT_VERIFICATION_H_

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/json_differences.h"
#include "requests/request_context.h"

namespace modelkin {

// Returns the JSON of a file of results. Throws Error(kBadInput) where it is none, or larger than
// 256 MiB.
nlohmann::json ReadResults(const std::string& file);

// Makes the request again that `recorded`, the JSON of `file`, records, and compares. `inputs`:
// where the input of an id ("a") is now; others are where they were. Writes nothing. Throws what
// ReadRequest and the request throw.
JsonDifferences VerifyResults(const std::string& file, const nlohmann::json& recorded,
                              std::map<std::string, std::string> inputs,
                              const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_VERIFICATION_H_
