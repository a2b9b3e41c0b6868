// What a pair came to, as JSON of commands that are about many pairs.
#ifndef MODELKIN_REPORT_PAIR_SUMMARY_JSON_H_
#define MODELKIN_REPORT_PAIR_SUMMARY_JSON_H_

#include "report/json_output.h"
#include "requests/pair_summary.h"

namespace modelkin {

// Adds "verdict", "sentence", "components", "direction", "signs_point", "signs" and "kinds".
void AddPairSummary(const PairSummary& pair, Json& object);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_PAIR_SUMMARY_JSON_H_
