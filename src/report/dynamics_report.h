// What `modelkin trace` says of a series of checkpoints, as JSON and as text.
#ifndef MODELKIN_REPORT_DYNAMICS_REPORT_H_
#define MODELKIN_REPORT_DYNAMICS_REPORT_H_

#include <string_view>

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/series.h"

namespace modelkin {

// Of docs/dynamics.schema.json.
inline constexpr std::string_view kDynamicsSchemaVersion = "1.1";

void WriteDynamicsJson(const DynamicsResults& results, const TextSink& sink,
                       JsonDetail detail = JsonDetail::kWhole);
void WriteDynamicsText(const DynamicsResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DYNAMICS_REPORT_H_
