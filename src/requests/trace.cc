#include "requests/trace.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "requests/tool_version.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

constexpr std::chrono::seconds kSaveInterval(20);

struct PairTokenizers {
  std::shared_ptr<const Tokenizer> a, b;
};

// Of all that results depend on: what was kept under another one is of no use.
std::string WhatItDependsOn(const Inputs& models, const std::vector<InputRecord>& records,
                            const PairTokenizers& tokenizers, const TraceOptions& options) {
  std::string text = fmt::format("modelkin {} effort {} {} {} seed {} draws {}\n", kToolVersion,
                                 static_cast<int>(options.effort), options.most_rows,
                                 options.most_units, options.seed, options.draws);
  for (std::size_t i = 0; i < models.all().size(); ++i) {
    const Input& input = models.all()[i];
    const ModelConfig* const config = input.model->config();
    text += fmt::format("{} {}\n", config == nullptr ? "" : config->file(),
                        input.model->config_version());
    const auto& files = input.checkpoint().files();
    for (std::size_t k = 0; k < files.size(); ++k) {
      const ByteSource& file = *files[k].source;
      text += fmt::format("{} {} {} {} {}\n", input.id.Name(), file.label(), file.size_bytes(),
                          records[i].files[k].header_sha256, file.Version());
    }
  }
  for (const auto& tokenizer : {tokenizers.a, tokenizers.b}) {
    if (tokenizer) text += fmt::format("{} {}\n", tokenizer->file, tokenizer->version);
  }
  return text;
}

TracedModel Traced(const Input& input) {
  return {.checkpoint = &input.checkpoint(), .spec = input.model->spec()};
}

std::vector<TracedModel> TracedOf(const Inputs& models, InputRole role) {
  std::vector<TracedModel> traced;
  for (const Input* const input : models.Of(role)) traced.push_back(Traced(*input));
  return traced;
}

}  // namespace

TraceResults TraceModels(const TraceRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  return TraceInputs(Inputs::Open(request.models, request.opening, context), request, context);
}

TraceResults TraceInputs(Inputs models, const TraceRequest& request, const RequestContext& context,
                         std::optional<Role> left_out) {
  const HeedStop heed(*context.stop);
  TraceSettings options{request.options, context.threads};
  options.left_out = left_out;
  Progress& progress = *context.progress;
  std::vector<InputRecord> records = models.Describe(DigestPolicy::kAuto, context);
  PairTokenizers tokenizers;
  if (!options.quick()) {
    tokenizers = {.a = models.a().model->tokenizer(), .b = models.b().model->tokenizer()};
  }
  TraceState state;
  if (!request.resume.empty()) {
    state = TraceState(request.resume, WhatItDependsOn(models, records, tokenizers, options),
                       kSaveInterval);
  }
  const TracedModels traced = {.a = Traced(models.a()),
                               .b = Traced(models.b()),
                               .controls = TracedOf(models, InputRole::kControl),
                               .tokenizer_a = tokenizers.a.get(),
                               .tokenizer_b = tokenizers.b.get()};
  Trace trace = TraceLineage(traced, options, state, progress);
  options.plan = trace.effort.plan;
  std::optional<Kinship> kinship;
  if (!options.quick()) {
    kinship = TraceKinship(traced, TracedOf(models, InputRole::kParent), trace, options, progress);
  }
  models.RequireUnchanged();
  state.Remove();
  return {.models = std::move(models),
          .opening = request.opening,
          .inputs = std::move(records),
          .trace = std::move(trace),
          .kinship = std::move(kinship),
          .options = options,
          .run = RecordOf("trace", context)};
}

}  // namespace modelkin
