// The call that a results file says it was made by, as a typed request.
#ifndef MODELKIN_APPS_RECORDED_CALL_H_
#define MODELKIN_APPS_RECORDED_CALL_H_

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "compare_run.h"
#include "diff_command.h"
#include "trace_command.h"

namespace modelkin {

// Nothing of a call but what its numbers depend on: no output, no state, no number of threads.
using RecordedCall = std::variant<CompareRequest, TraceFlags, DiffFlags>;

// Takes the recorded arguments apart by the command's own options and keeps the typed values that
// numbers depend on. Results come from anywhere, so nothing in them is believed. `places`: where an
// input of this path is to be looked for. Throws Error(kBadInput), with the name of the file, for a
// record of another shape or command, and for settings that only a hostile one has.
RecordedCall ReadRecordedCall(const std::string& file, const nlohmann::json& results,
                              const std::map<std::string, std::string>& places);

// The instruction set that the results were made with, which gives the same bits; "" if this
// machine has none of that name.
std::string RecordedSimdTarget(const nlohmann::json& results);

}  // namespace modelkin

#endif  // MODELKIN_APPS_RECORDED_CALL_H_
