#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/output_file.h"
#include "commands.h"
#include "inference/forward_pass.h"
#include "inference/generation.h"
#include "inference/pass_recorder.h"
#include "inference/runnable_model.h"
#include "output_option.h"
#include "report/npy_file.h"
#include "report/run_report.h"
#include "report/text_table.h"
#include "shared_options.h"
#include "text_input.h"

namespace modelkin {
namespace {

constexpr const char* kRunExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin run demo/moe-c --bytes --text 'Once upon a time'
  modelkin run demo/moe-c --ids 1,2,3 --ids 4,5 --json -o run.json
  modelkin run demo/moe-c --ids 1,2,3 --npy arrays  # logits, hidden states, router choices
  modelkin run demo/dense-a --ids 1,2,3 --generate 20)";

constexpr std::size_t kMostGenerated = 1'000'000;

struct RunFlags {
  std::string model;
  TextInput texts;
  SharedOptions shared;
  std::size_t top = 5;
  std::size_t generate = 0;
  OutputFlags output;
  std::string npy;
  bool json = false, arrays = false, beyond_context = false;
};

constexpr std::array<std::string_view, 8> kArrays = {
    "ids",    "offsets",        "hidden",         "final",
    "logits", "router_choices", "router_weights", "router_layers"};

// The arrays of --npy: rows are tokens, one text after the other.
class ArrayFolder {
 public:
  // Throws where a file of it may not be replaced, before any is written.
  ArrayFolder(const RunFlags& flags, const RunnableModel& model, const Batch& batch)
      : tokens_(batch.ids.size()) {
    MakeOutputFolder(flags.npy);
    const InputFiles inputs = InputsOf({flags.model}, {flags.texts.file});
    for (const std::string_view name : kArrays) {
      targets_.emplace(
          name, PlanOutput(fmt::format("{}/{}.npy", flags.npy, name), inputs, flags.output.force));
    }
    hidden_.emplace(Target("hidden"), NpyFile::Type::kFloat32,
                    std::vector<std::uint64_t>{model.layers() + 1, tokens_, model.width()});
  }

  void TakeHidden(const Activations& hidden) { hidden_->Write(hidden.values); }

  void Finish(const RunResults& results, const RunnableModel& model, const Batch& batch) {
    // Only now: a pass that fails leaves the folder as it was.
    WriteNumbers("ids", {batch.ids.begin(), batch.ids.end()});
    std::vector<std::int64_t> offsets = {0};
    for (const TextRows& text : batch.texts) {
      offsets.push_back(static_cast<std::int64_t>(text.first + text.rows));
    }
    WriteNumbers("offsets", offsets);
    hidden_->Commit();
    WriteMatrix("final", *results.final);
    if (model.family().has_head()) {
      WriteMatrix("logits", *results.logits);
    } else {
      // What an earlier run left there of another model would pass for this one's.
      RemoveOutput(Target("logits"));
    }
    if (!results.routing.empty()) {
      WriteRouting(results);
    } else {
      for (const char* name : {"router_choices", "router_weights", "router_layers"}) {
        RemoveOutput(Target(name));
      }
    }
  }

 private:
  const OutputTarget& Target(std::string_view name) const { return targets_.at(name); }

  void WriteNumbers(const char* name, const std::vector<std::int64_t>& numbers) const {
    NpyFile file(Target(name), NpyFile::Type::kInt64, {numbers.size()});
    file.Write(numbers);
    file.Commit();
  }

  void WriteMatrix(const char* name, const Activations& matrix) const {
    NpyFile file(Target(name), NpyFile::Type::kFloat32, {matrix.rows, matrix.columns});
    file.Write(matrix.values);
    file.Commit();
  }

  void WriteRouting(const RunResults& results) const {
    std::vector<std::int64_t> layers;
    const std::uint64_t chosen = results.routing.begin()->second.chosen;
    const std::vector<std::uint64_t> shape = {results.routing.size(), tokens_, chosen};
    NpyFile choices(Target("router_choices"), NpyFile::Type::kInt32, shape);
    NpyFile weights(Target("router_weights"), NpyFile::Type::kFloat32, shape);
    for (const auto& [layer, choice] : results.routing) {
      layers.push_back(static_cast<std::int64_t>(layer));
      const std::vector<std::int32_t> experts(choice.experts.begin(), choice.experts.end());
      choices.Write(experts);
      weights.Write(choice.weights);
    }
    choices.Commit();
    weights.Commit();
    WriteNumbers("router_layers", layers);
  }

  std::map<std::string_view, OutputTarget> targets_;
  std::uint64_t tokens_;
  std::optional<NpyFile> hidden_;
};

// The mean over a text's tokens, of length 1: what sentence encoders give.
std::vector<float> Embedding(const Activations& final, const TextRows& text) {
  std::vector<double> sum(final.columns, 0);
  for (std::size_t row = 0; row < text.rows; ++row) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += final.Row(text.first + row)[i];
  }
  double squares = 0;
  for (const double value : sum) squares += value * value;
  std::vector<float> embedding;
  embedding.reserve(sum.size());
  for (const double value : sum)
    embedding.push_back(static_cast<float>(value / std::sqrt(squares)));
  return embedding;
}

Activations LastRows(const Activations& final, const Batch& batch) {
  Activations last(batch.texts.size(), final.columns);
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    std::copy_n(final.Row(text.first + text.rows - 1), final.columns, last.Row(i));
  }
  return last;
}

// Stored tensors that took no part, which mostly are of layers that predict further tokens.
std::optional<std::string> UnusedNote(const RunnableModel& model) {
  std::vector<std::string_view> names = model.weights().Unused();
  std::erase_if(names, [](std::string_view name) {
    return name.find(".experts.") != std::string_view::npos || name.ends_with("inv_freq") ||
           name.ends_with("position_ids") || name.starts_with("pooler.") ||
           name == "lm_head.weight";
  });
  if (names.empty()) return std::nullopt;
  return fmt::format("{} took no part, {} among them",
                     FormatQuantity(names.size(), "stored tensor"), Printable(names.front()));
}

std::vector<std::vector<std::uint64_t>> IdsOf(const std::vector<EncodedText>& texts) {
  std::vector<std::vector<std::uint64_t>> ids;
  ids.reserve(texts.size());
  for (const EncodedText& text : texts) ids.push_back(text.ids);
  return ids;
}

void RunPass(const RunFlags& flags, const RunnableModel& model,
             const std::vector<EncodedText>& texts, RunResults& results, Progress& progress) {
  const auto ids = IdsOf(texts);
  const Batch batch = MakeBatch(ids);
  RequireFits(model, batch, flags.beyond_context);
  std::optional<ArrayFolder> arrays;
  if (!flags.npy.empty()) arrays.emplace(flags, model, batch);
  PassRecorder recorder([&](std::size_t, const Activations& hidden) {
    if (arrays) arrays->TakeHidden(hidden);
    if (flags.arrays) results.hidden.push_back(hidden);
  });
  Activations final = RunLayers(model, batch, nullptr, recorder, progress);
  results.hidden_rms = recorder.hidden_rms();
  results.routing = recorder.routing();
  if (model.family().has_head()) {
    const auto next = LikeliestTokens(model, LastRows(final, batch), flags.top);
    for (std::size_t i = 0; i < next.size(); ++i) results.texts[i].next = next[i];
  } else {
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      results.texts[i].embedding = Embedding(final, batch.texts[i]);
    }
  }
  if (arrays || flags.arrays) {
    if (model.family().has_head()) results.logits = Logits(model, final);
    results.final = std::move(final);
  }
  if (arrays) arrays->Finish(results, model, batch);
}

void RunGeneration(const RunFlags& flags, const RunnableModel& model,
                   const std::vector<EncodedText>& texts, RunResults& results, Progress& progress) {
  if (!model.family().has_head()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--generate: {} is an encoder, which has no next token", results.family));
  }
  const auto ids = IdsOf(texts);
  const auto added = Generate(model, ids, flags.generate, EndIds(model.config()),
                              flags.beyond_context, progress, [](std::size_t, std::uint64_t) {});
  for (std::size_t i = 0; i < added.size(); ++i) results.texts[i].generated = added[i];
}

// Activations of a layer are freed and taken again by the next: without this the kernel has the
// pages back in between, and clears them anew.
void KeepFreedMemory() {
  constexpr int kBytes = 256 << 20;
  mallopt(M_MMAP_THRESHOLD, kBytes);
  mallopt(M_TRIM_THRESHOLD, kBytes);
}

RunResults Run(const RunFlags& flags) {
  KeepFreedMemory();
  RunResults results;
  results.run = BeginRun("run", flags.shared);
  const auto progress = MakeProgress(flags.shared);
  const RunnableModel model(flags.model, results.run.threads);
  results.input = DescribeInput(model.weights().checkpoint(), "a", DigestPolicy::kAuto,
                                results.run.threads, *progress);
  results.family = model.spec().family->name;
  const TextCodec codec(flags.texts, flags.model);
  const std::vector<EncodedText> texts = codec.Encode();
  for (const EncodedText& text : texts) {
    RunText& to = results.texts.emplace_back();
    to.text = text.text;
    to.ids = text.ids;
    to.tokens = codec.TokenTexts(text.ids);
  }
  results.generate = flags.generate > 0;
  RunPass(flags, model, texts, results, *progress);
  if (results.generate) RunGeneration(flags, model, texts, results, *progress);
  for (RunText& text : results.texts) {
    std::vector<std::uint64_t> next;
    next.reserve(text.next.size());
    for (const ScoredToken& token : text.next) next.push_back(token.id);
    text.next_tokens = codec.TokenTexts(next);
    if (results.generate) text.generated_text = codec.Decode(text.generated);
  }
  if (const auto note = UnusedNote(model)) results.notes.push_back(*note);
  model.weights().checkpoint().RequireUnchanged();
  return results;
}

int RunRun(const RunFlags& flags) {
  const auto target = PlanOutput(flags.output, {flags.model}, {flags.texts.file});
  const RunResults results = Run(flags);
  WriteToFile(target, [&](const TextSink& sink) { WriteRunJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteRunJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteRunText(results, ColourWanted(), sink); });
  }
  return 0;
}

}  // namespace

Command AddRunCommand(CLI::App& program) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App& command = *program.add_subcommand(
      "run", "Run a model on texts, layer by layer from disk: next tokens, states, routing");
  command.footer(kRunExamples);
  command.add_option("model", flags->model, "The model")->required()->type_name("MODEL");
  AddTextInput(command, flags->texts);
  command.add_option("--top", flags->top, "Likeliest next tokens to show (default 5)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
  command
      .add_option("--generate", flags->generate,
                  "Continue each text by up to so many tokens, "
                  "each the likeliest")
      ->check(CLI::Range(std::size_t{1}, kMostGenerated));
  command
      .add_option("--npy", flags->npy,
                  "Write logits, hidden states and router choices to this folder, as .npy")
      ->type_name("FOLDER");
  command.add_flag("--arrays", flags->arrays, "Logits and hidden states in the JSON as well");
  command.add_flag("--beyond-context", flags->beyond_context,
                   "Run texts longer than the model's context, where positions are computed");
  AddOutputOption(command, flags->output);
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddSharedOptions(command, flags->shared);
  return [flags] { return RunRun(*flags); };
}

}  // namespace modelkin
