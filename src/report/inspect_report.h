// What `modelkin inspect` found out, for people and for programs.
#ifndef MODELKIN_REPORT_INSPECT_REPORT_H_
#define MODELKIN_REPORT_INSPECT_REPORT_H_

#include <string>

#include "architecture/inspection.h"
#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

void WriteInspectText(const Inspection& inspection, const Screen& screen, const TextSink& sink);

// One JSON object; docs/inspect.schema.json describes it.
void WriteInspectJson(const Inspection& inspection, const TextSink& sink,
                      JsonDetail detail = JsonDetail::kWhole);

// The model as boxes from tokens to logits, one line each; "" without a spec.
std::string BlockDiagram(const Inspection& inspection);

// Layers that follow each other and hold as many parameters of the same kind.
struct LayerRun {
  std::uint64_t first = 0, last = 0;
  LayerKind kind = LayerKind::kDense;
  std::uint64_t parameters = 0;  // of one
};
std::vector<LayerRun> LayerRuns(const ModelSpec& spec, const ParameterCount& parameters);

// "dense", "experts", "multi-token prediction"
std::string_view LayerKindName(LayerKind kind);

// docs/families.md, from the tables.
std::string FamiliesMarkdown();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_INSPECT_REPORT_H_
