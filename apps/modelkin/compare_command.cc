#include "compare_command.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "commands.h"
#include "report/compare_csv.h"
#include "report/compare_json.h"
#include "report/compare_text.h"

namespace modelkin {
namespace {

constexpr const char* kCompareExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin compare demo/dense-a demo/dense-a-tuned -o results.json
  modelkin compare demo/dense-a demo/dense-a-tuned --control demo/dense-b --control demo/moe-c
  modelkin compare demo/dense-a demo/dense-b --layers 0,2-3 --include '*norm*'
  modelkin compare --functional demo/dense-a demo/dense-a-tuned --text 'Once' --text 'upon' --bytes
  modelkin compare demo/dense-a --within            # layers of one model against each other
  modelkin compare --model1 demo/dense-a --model2 demo/dense-b --layers 0,1 --output results.json)";

// What has no pair at all was not compared, whatever the numbers below look like.
void RequirePairs(const CompareResults& results) {
  const Comparison& pair = results.pair;
  if (pair.input_b.empty() || !std::ranges::all_of(pair.tensors, [](const ComparedTensor& tensor) {
        return tensor.pair.one_sided();
      })) {
    return;
  }
  throw Error(ErrorKind::kBadInput,
              pair.counts.left_out > 0
                  ? "nothing was compared: the filter leaves no tensor that A and B both have"
                  : "nothing was compared: no tensor of A has a partner in B, by name or by role "
                    "(--key-map FILE pairs names that only you know)");
}

std::vector<std::string> ModelsOf(const CompareRequest& request) {
  std::vector<std::string> models = request.models;
  models.insert(models.end(), {request.model1, request.model2});
  models.insert(models.end(), request.controls.begin(), request.controls.end());
  return models;
}

}  // namespace

int RunCompare(const CompareFlags& flags) {
  CompareRun run;
  std::optional<OutputTarget> target;
  {
    const auto progress = MakeProgress(flags.request.shared);
    if (flags.plan) {
      PlanComparison(flags.request, *progress);
      return 0;
    }
    target = PlanOutput(flags.output, ModelsOf(flags.request),
                        {flags.request.filter.key_map, flags.request.texts.file});
    run = CompareModels(flags.request, *progress);
  }
  const CompareResults& results = run.results;
  WriteToFile(target, [&](const TextSink& sink) { WriteCompareJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareJson(results, sink); });
  } else if (flags.csv) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareCsv(results, sink); });
  } else if (!flags.request.shared.quiet) {
    const CompareTextOptions options{.colour = ColourWanted(), .by_layer = flags.by_layer};
    WriteToTerminal([&](const TextSink& sink) { WriteCompareText(results, options, sink); });
  }
  RequirePairs(results);
  return 0;
}

void AddCompareOptions(CLI::App& command, CompareFlags& flags) {
  command.add_option("models", flags.request.models, "The two models, A and B")->type_name("MODEL");
  command.add_option("--model1", flags.request.model1, "The first model, if not given by position");
  command.add_option("--model2", flags.request.model2,
                     "The second model, if not given by position");
  AddControlOption(command, flags.request.controls);
  command.add_flag("--within", flags.request.within,
                   "Also compare the layers of each model with each other, as a baseline");
  command.add_flag("--functional", flags.request.functional,
                   "Also run all models on texts, and compare what they do: layers' states, next "
                   "tokens, routing, hidden units");
  AddTexts(command, flags.request.texts);
  AddFilterFlags(command, flags.request.filter);
  command.add_flag("--by-name", flags.request.by_name,
                   "Pair by name alone (default: by role, and without prefixes such as "
                   "\"_orig_mod.\", where names leave tensors of both sides alone)");
  AddOutputOption(command, flags.output);
  auto* const json = command.add_flag("--json", flags.json, "JSON to standard output");
  command.add_flag("--csv", flags.csv, "One line a tensor pair to standard output")->excludes(json);
  command.add_flag("--by-layer", flags.by_layer, "A table by layer as well");
  command.add_flag("--no-quantiles", flags.request.no_quantiles,
                   "Leave out p99_abs and p99_abs_diff; faster");
  auto* const digest =
      command.add_flag("--digest", flags.request.digest,
                       "Record SHA-256 of whole files (default: of files up to 256 MiB "
                       "an input; headers always)");
  command.add_flag("--no-digest", flags.request.no_digest, "Record SHA-256 of headers only")
      ->excludes(digest);
  command.add_flag("--plan", flags.plan,
                   "Only print what would be read, and how much of it moved over a network");
  AddPartialFlag(command, flags.request.shared.opening);
  AddSharedOptions(command, flags.request.shared);
}

Command AddCompareCommand(CLI::App& program) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App& command = *program.add_subcommand(
      "compare", "Compare two checkpoints tensor by tensor, in one pass over their bytes");
  command.footer(kCompareExamples);
  AddCompareOptions(command, *flags);
  return [flags] { return RunCompare(*flags); };
}

}  // namespace modelkin
