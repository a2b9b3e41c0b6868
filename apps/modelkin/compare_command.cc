#include "compare_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "commands.h"
#include "report/compare_csv.h"
#include "report/compare_json.h"
#include "report/compare_text.h"
#include "show_plan.h"
#include "terminal.h"

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

// The one or two models named by position or by --model1 and --model2, and controls.
ModelPaths ModelsOf(const CompareFlags& flags) {
  std::vector<std::string> models = flags.models;
  if (!flags.model1.empty()) models.push_back(flags.model1);
  if (!flags.model2.empty()) models.push_back(flags.model2);
  const std::size_t fewest = flags.options.within ? 1 : 2;
  if (models.size() < fewest || models.size() > 2) {
    throw Error(ErrorKind::kUsage,
                fmt::format("compare wants two models{}, not {}",
                            flags.options.within ? " or one" : "", models.size()));
  }
  if (models.back().empty()) throw Error(ErrorKind::kBadInput, "no such file or directory");
  return {.a = models[0],
          .b = models.size() > 1 ? models[1] : "",
          .controls = flags.controls,
          .parents = {}};
}

CompareRequest RequestOf(const CompareFlags& flags) {
  if (!flags.functional && (AnyText(flags.texts) || flags.texts.bytes)) {
    throw Error(ErrorKind::kUsage, "--text, --texts and --bytes are for --functional");
  }
  CompareRequest request{
      .models = ModelsOf(flags), .opening = flags.opening, .options = flags.options};
  request.options.pairing = flags.filter.Parse();
  if (flags.digest) request.options.digest = DigestPolicy::kAlways;
  if (flags.no_digest) request.options.digest = DigestPolicy::kNever;
  if (flags.functional) request.options.functional = ReadTexts(flags.texts);
  return request;
}

void AddCompareOptions(CLI::App& command, CompareFlags& flags) {
  command.add_option("models", flags.models, "The two models, A and B")->type_name("MODEL");
  command.add_option("--model1", flags.model1, "The first model, if not given by position");
  command.add_option("--model2", flags.model2, "The second model, if not given by position");
  AddControlOption(command, flags.controls);
  command.add_flag("--within", flags.options.within,
                   "Also compare the layers of each model with each other, as a baseline");
  command.add_flag("--functional", flags.functional,
                   "Also run all models on texts, and compare what they do: layers' states, next "
                   "tokens, routing, hidden units");
  AddTexts(command, flags.texts);
  AddFilterFlags(command, flags.filter);
  command.add_flag("--by-name", flags.options.by_name,
                   "Pair by name alone (default: by role, and without prefixes such as "
                   "\"_orig_mod.\", where names leave tensors of both sides alone)");
  AddOutputOption(command, flags.output);
  auto* const json = command.add_flag("--json", flags.json, "JSON to standard output");
  command.add_flag("--csv", flags.csv, "One line a tensor pair to standard output")->excludes(json);
  command.add_flag("--by-layer", flags.by_layer, "A table by layer as well");
  command.add_flag("!--no-quantiles", flags.options.quantiles,
                   "Leave out p99_abs and p99_abs_diff; faster");
  auto* const digest =
      command.add_flag("--digest", flags.digest,
                       "Record SHA-256 of whole files (default: of files up to 256 MiB "
                       "an input; headers always)");
  command.add_flag("--no-digest", flags.no_digest, "Record SHA-256 of headers only")
      ->excludes(digest);
  command.add_flag("--plan", flags.plan,
                   "Only print what would be read, and how much of it moved over a network");
  AddOpeningOptions(command, flags.opening);
  AddComponentOption(command, flags.opening);
  AddSharedOptions(command, flags.shared);
}

}  // namespace

int RunCompare(const CompareFlags& flags, const Program& program) {
  const CompareRequest request = RequestOf(flags);
  if (flags.plan) {
    ShowPlan(PlanComparison(request, MakeContext(program, flags.shared)), PlanScope::kAll, program);
    return 0;
  }
  const auto target = PlanOutput(flags.output, WithBase(request.models.All(), request.opening),
                                 {flags.filter.key_map, flags.texts.file});
  const CompareResults results = CompareModels(request, MakeContext(program, flags.shared));
  WriteToFile(target, [&](const TextSink& sink) { WriteCompareJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareJson(results, sink); });
  } else if (flags.csv) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareCsv(results, sink); });
  } else if (!flags.shared.quiet) {
    const CompareTextOptions options{.screen = ScreenOf(program), .by_layer = flags.by_layer};
    WriteToTerminal([&](const TextSink& sink) { WriteCompareText(results, options, sink); });
  }
  if (const auto nothing = NothingCompared(results)) throw Error(ErrorKind::kBadInput, *nothing);
  return 0;
}

Command AddCompareCommand(CLI::App& program) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App& command = *program.add_subcommand(
      "compare", "Compare two checkpoints tensor by tensor, in one pass over their bytes");
  command.footer(kCompareExamples);
  AddCompareOptions(command, *flags);
  return [flags](const Program& running) { return RunCompare(*flags, running); };
}

}  // namespace modelkin
