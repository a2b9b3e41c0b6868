// What `modelkin trace` found out, as JSON and as text.
#ifndef MODELKIN_REPORT_TRACE_REPORT_H_
#define MODELKIN_REPORT_TRACE_REPORT_H_

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "kinship/kinship.h"
#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "report/text_table.h"
#include "requests/trace.h"

namespace modelkin {

// Of docs/trace.schema.json.
inline constexpr std::string_view kTraceSchemaVersion = "1.9";

// "a_to_b", "b_to_a", "none"
std::string_view SignsPointName(Direction signs_point);

// Parts of both outputs.
nlohmann::ordered_json KindJson(const Kind& kind);
nlohmann::ordered_json RelationJson(const Trace& trace, const Kinship& kinship);
nlohmann::ordered_json SignsJson(const std::vector<DirectionSign>& signs);
nlohmann::ordered_json HeritageJson(const TensorHeritage& tensor);
nlohmann::ordered_json HiddenBasisJson(const Trace& trace);
nlohmann::ordered_json MergeJson(const std::optional<MergeFit>& merge);
nlohmann::ordered_json DescriptionsJson(const Trace& trace, const Descriptions& figures);
std::string DescriptionsText(const Trace& trace, const Descriptions& figures,
                             const TextStyle& style);
// Returns the heading of what distinguishes the two: an order only where a fact shows one.
std::string HowTheyDiffer(const Relation& relation);

// Returns the verdict, how B was made, and of each component the tests, the power and how much was
// looked at; without what is of single tensors.
nlohmann::ordered_json TraceSummaryJson(const TraceResults& results);

std::string KinshipText(const Trace& trace, const Kinship& kinship, const TextStyle& style);

void WriteTraceJson(const TraceResults& results, const TextSink& sink,
                    JsonDetail detail = JsonDetail::kWhole);
void WriteTraceText(const TraceResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TRACE_REPORT_H_
