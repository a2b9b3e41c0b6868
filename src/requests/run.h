// One model run on texts, layer by layer from disk.
#ifndef MODELKIN_REQUESTS_RUN_H_
#define MODELKIN_REQUESTS_RUN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/router.h"
#include "inference/runnable_model.h"
#include "inference/token_scores.h"
#include "model/input_record.h"
#include "modelkin/run.h"
#include "requests/request_context.h"
#include "requests/texts.h"

namespace modelkin {

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

// What an encoder made of one image.
struct RunImage {
  std::string file;  // as given
  PatchGrid grid;
  double final_rms = 0;          // of its rows after the last norm
  std::size_t pooled_rows = 0;   // that it is handed on as; 0: these rows
  double pooled_rms = 0;         // of them
  std::vector<float> embedding;  // mean of what is handed on, of length 1
};

// What is handed on of a layer.
struct RunLayerRows {
  std::size_t layer = 0;
  Activations rows;
};

struct RunResults {
  InputRecord input;
  std::string family;
  std::vector<RunText> texts;
  std::vector<RunImage> images;  // where there are no texts
  // Cosines of images' embeddings; none of one image, or of too many (kMostCosines).
  std::vector<std::vector<double>> cosines;
  std::vector<double> hidden_rms;               // entering the first layer, leaving each
  std::map<std::size_t, RouterChoice> routing;  // by layer
  bool generate = false;
  // Where they were asked for: states of the residual stream, the last norm's rows, all logits.
  std::vector<Activations> hidden;
  std::optional<Activations> final, logits, pooled;
  std::vector<RunLayerRows> deepstack;
  // Rows of queries and keys were put in transformers' order, by a GGUF file's architecture.
  bool is_reordered = false;
  std::vector<std::string> unused;  // stored tensors that took no part
  RunRecord run;
};

// Images whose cosines are given: each with each.
inline constexpr std::size_t kMostCosines = 1000;

// Is told of a pass as it goes on, for who keeps what is too large to be held.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // Before the first layer.
  virtual void Begin(const RunnableModel& model, const Batch& batch) = 0;
  // The residual stream as it enters the first layer, then as it leaves each. Rows are tokens.
  virtual void TakeHidden(const Activations& hidden) = 0;
  // After the last: `results` have `final`, `logits` and `routing`; of images `final`, `pooled` and
  // `deepstack`.
  virtual void End(const RunnableModel& model, const Batch& batch, const RunResults& results) = 0;
};

// Throws Error(kUsage) for what this model can't do or texts that are too long, and what opening,
// encoding and running throw. `observer` may be null.
RunResults RunModel(const RunRequest& request, const RequestContext& context,
                    RunObserver* observer);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RUN_H_
