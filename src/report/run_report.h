// What `modelkin run` prints.
#ifndef MODELKIN_REPORT_RUN_REPORT_H_
#define MODELKIN_REPORT_RUN_REPORT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/input_record.h"
#include "inference/activations.h"
#include "inference/router.h"
#include "inference/token_scores.h"
#include "report/compare_results.h"
#include "report/text_sink.h"

namespace modelkin {

// Of docs/run.schema.json.
inline constexpr std::string_view kRunSchemaVersion = "1.0";

struct RunText {
  std::optional<std::string> text;  // as given; nothing where ids were
  std::vector<std::uint64_t> ids;
  std::vector<std::string> tokens;       // what each id stands for; none where nothing says
  std::vector<ScoredToken> next;         // likeliest next tokens; none of an encoder
  std::vector<std::string> next_tokens;  // what they stand for
  std::vector<std::uint64_t> generated;
  std::optional<std::string> generated_text;
  std::vector<float> embedding;  // mean of an encoder's rows, of length 1
};

struct RunResults {
  InputRecord input;
  std::string family;
  std::vector<RunText> texts;
  std::vector<double> hidden_rms;               // entering the first layer, leaving each
  std::map<std::size_t, RouterChoice> routing;  // by layer
  bool generate = false;
  // Where they were asked for: states of the residual stream, the last norm's rows, all logits.
  std::vector<Activations> hidden;
  std::optional<Activations> final, logits;
  std::vector<std::string> notes;
  RunRecord run;
};

void WriteRunJson(const RunResults& results, const TextSink& sink);
void WriteRunText(const RunResults& results, bool colour, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_RUN_REPORT_H_
