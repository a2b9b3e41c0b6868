#include "trace_run.h"

#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "source/location.h"

namespace modelkin {
namespace {

constexpr std::chrono::seconds kSaveInterval(20);

struct Tokenizers {
  std::optional<Tokenizer> a, b;
};

// A small file beside the weights. A label of a hub says its commit.
std::string WithVersion(const std::string& file) {
  const bool here = !file.empty() && !IsRemote(file);
  return fmt::format("{} {}\n", file, here ? OpenFile(file)->Version() : "");
}

// Of all that results depend on: what was kept under another one is of no use.
std::string WhatItDependsOn(const std::vector<InputRecord>& inputs,
                            const std::deque<OpenedModel>& models, const Tokenizers& tokenizers,
                            const TraceOptions& options) {
  std::string text = fmt::format("modelkin {} quick {} seed {} draws {}\n", kToolVersion,
                                 options.quick, options.seed, options.draws);
  for (std::size_t i = 0; i < models.size(); ++i) {
    text += WithVersion(models[i].config_file);
    const auto& files = models[i].checkpoint.files();
    for (std::size_t k = 0; k < files.size(); ++k) {
      const ByteSource& file = *files[k].source;
      text += fmt::format("{} {} {} {} {}\n", inputs[i].id, file.label(), file.size_bytes(),
                          inputs[i].files[k].header_sha256, file.Version());
    }
  }
  for (const auto& tokenizer : {tokenizers.a, tokenizers.b}) {
    if (tokenizer) text += WithVersion(tokenizer->file);
  }
  return text;
}

}  // namespace

std::optional<Tokenizer> FindTokenizer(const std::string& path) {
  if (!IsFolder(path)) return std::nullopt;
  try {
    return OpenTokenizer(path);
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    return std::nullopt;
  }
}

TraceRun TraceModels(const TraceRequest& request, Progress& progress) {
  std::deque<OpenedModel> models;
  RunRecord run = BeginRun("trace", request.shared);
  TraceOptions options = request.options;
  options.threads = run.threads;
  std::vector<std::string> paths = {request.model_a, request.model_b};
  paths.insert(paths.end(), request.controls.begin(), request.controls.end());
  paths.insert(paths.end(), request.parents.begin(), request.parents.end());
  std::vector<TracedModel> traced;
  std::vector<InputRecord> inputs;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const OpenedModel& model = models.emplace_back(OpenModel(paths[i], request.shared.opening));
    traced.push_back(
        {.checkpoint = &model.checkpoint, .spec = model.spec ? &*model.spec : nullptr});
    InputRecord& input = inputs.emplace_back(
        DescribeInput(model.checkpoint, InputId(i), DigestPolicy::kAuto, run.threads, progress));
    input.warnings.insert(input.warnings.end(), model.warnings.begin(), model.warnings.end());
  }
  Tokenizers tokenizers;
  if (!options.quick) {
    tokenizers = {.a = FindTokenizer(request.model_a), .b = FindTokenizer(request.model_b)};
  }
  TraceState state;
  if (!request.resume.empty()) {
    state = TraceState(request.resume, WhatItDependsOn(inputs, models, tokenizers, options),
                       kSaveInterval);
  }
  const auto parents = traced.end() - static_cast<std::ptrdiff_t>(request.parents.size());
  Trace trace =
      TraceLineage(traced[0], traced[1], {traced.begin() + 2, parents}, options, state, progress);
  std::optional<Kinship> kinship;
  if (!options.quick) {
    kinship = TraceKinship({.a = traced[0],
                            .b = traced[1],
                            .controls = {traced.begin() + 2, parents},
                            .parents = {parents, traced.end()},
                            .tokenizer_a = tokenizers.a ? &*tokenizers.a : nullptr,
                            .tokenizer_b = tokenizers.b ? &*tokenizers.b : nullptr},
                           options, state, progress, trace);
  }
  for (const OpenedModel& model : models) model.checkpoint.RequireUnchanged();
  state.Remove();
  return {.models = std::move(models),
          .results = {.inputs = std::move(inputs),
                      .trace = std::move(trace),
                      .kinship = std::move(kinship),
                      .options = options,
                      .run = std::move(run)}};
}

void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options) {
  AddControlOption(command, controls);
  command.add_flag("--quick", options.quick,
                   "Norms, routers, keys and values and a sample of MLPs only");
  command
      .add_option("--permutations", options.draws,
                  "Draws of permutation tests, at most; importance sampling goes on from there "
                  "(default: 100,000)")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{1'000'000'000'000}));
  command.add_option("--seed", options.seed, "Of random permutations (default: 1)");
}

void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request) {
  command
      .add_option("--parents", request.parents,
                  "Two to four models that B may be a merge of (A then counts as their base)")
      ->expected(2, 4)
      ->type_name("MODEL");
  command.add_option(
      "--resume", request.resume,
      "Keep in this folder what has been computed, and go on from it if it is there; "
      "taken away at the end");
}

}  // namespace modelkin
