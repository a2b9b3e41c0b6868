#include "compare_command.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <optional>

#include "base/error.h"
#include "commands.h"
#include "model_opening.h"
#include "report/compare_csv.h"
#include "report/compare_json.h"
#include "report/compare_text.h"
#include "scan/role_pairing.h"
#include "shared_options.h"
#include "show_plan.h"

namespace modelkin {
namespace {

constexpr const char* kExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin compare demo/dense-a demo/dense-a-tuned -o results.json
  modelkin compare demo/dense-a demo/dense-a-tuned --control demo/dense-b --control demo/moe-c
  modelkin compare demo/dense-a demo/dense-b --layers 0,2-3 --include '*norm*'
  modelkin compare demo/dense-a --within            # layers of one model against each other
  modelkin compare --model1 demo/dense-a --model2 demo/dense-b --layers 0,1 --output results.json)";

// The one or two models named by position or by --model1 and --model2.
std::vector<std::string> Models(const CompareRequest& flags) {
  std::vector<std::string> models = flags.models;
  if (!flags.model1.empty()) models.push_back(flags.model1);
  if (!flags.model2.empty()) models.push_back(flags.model2);
  const std::size_t fewest = flags.within ? 1 : 2;
  if (models.size() < fewest || models.size() > 2) {
    throw Error(ErrorKind::kUsage, fmt::format("compare wants two models{}, not {}",
                                               flags.within ? " or one" : "", models.size()));
  }
  if (models.size() == 1 && !flags.controls.empty()) {
    throw Error(ErrorKind::kUsage, "--control needs two models to be compared with");
  }
  return models;
}

DigestPolicy DigestPolicyOf(const CompareRequest& flags) {
  if (flags.digest) return DigestPolicy::kAlways;
  return flags.no_digest ? DigestPolicy::kNever : DigestPolicy::kAuto;
}

// The checkpoints stay open as long as the results that point into them.
struct CompareRun {
  std::deque<OpenedModel> models;
  std::deque<RolePairing> pairings;
  CompareResults results;
};

void Open(const std::vector<std::string>& paths, const CompareRequest& flags, Progress& progress,
          CompareRun& run) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    OpenedModel& model = run.models.emplace_back(OpenModel(paths[i]));
    InputRecord& input = run.results.inputs.emplace_back(DescribeInput(
        model.checkpoint, InputId(i), DigestPolicyOf(flags), run.results.run.threads, progress));
    input.warnings.insert(input.warnings.end(), model.warnings.begin(), model.warnings.end());
  }
}

const RolePairing& PairModels(std::size_t i, std::size_t j, const PairingOptions& options,
                              bool by_name, CompareRun& run) {
  const auto spec = [&](std::size_t k) {
    const auto& known = run.models[k].spec;
    return known && !by_name && options.renames.empty() ? &*known : nullptr;
  };
  return run.pairings.emplace_back(PairByNameOrRole(run.models[i].checkpoint, spec(i),
                                                    run.models[j].checkpoint, spec(j), options));
}

// The tensors that CompareAll would read.
void PlanAll(std::size_t models, const CompareRequest& flags, CompareRun& run) {
  const PairingOptions pairing = flags.filter.Parse();
  std::vector<PlannedModel> plan;
  for (std::size_t i = 0; i < run.models.size(); ++i) {
    plan.push_back({.id = InputId(i), .checkpoint = &run.models[i].checkpoint, .tensors = {}});
  }
  const auto add = [&](std::size_t i, std::size_t j, const Pairing& paired) {
    for (const TensorPair& pair : paired.pairs) {
      if (!pair.comparable()) continue;
      plan[i].tensors.push_back(pair.a);
      plan[j].tensors.push_back(pair.b);
    }
  };
  if (models == 2) add(0, 1, PairModels(0, 1, pairing, flags.by_name, run).pairing);
  PairingOptions unmapped = pairing;
  unmapped.renames.clear();
  for (std::size_t control = models; control < run.models.size(); ++control) {
    for (const std::size_t i : {0, 1}) {
      add(i, control, PairModels(i, control, unmapped, flags.by_name, run).pairing);
    }
  }
  for (std::size_t i = 0; flags.within && i < models; ++i) {
    add(i, i, PairWithin(run.models[i].checkpoint, unmapped));
  }
  ShowPlan(plan, false);
}

void CompareAll(std::size_t models, const CompareRequest& flags, Progress& progress,
                CompareRun& run) {
  const PairingOptions pairing = flags.filter.Parse();
  const ScanOptions scan{.threads = run.results.run.threads, .quantiles = !flags.no_quantiles};
  const auto compare = [&](std::size_t i, std::size_t j, const PairingOptions& options) {
    const Checkpoint& a = run.models[i].checkpoint;
    const Checkpoint& b = run.models[j].checkpoint;
    const RolePairing& paired = PairModels(i, j, options, flags.by_name, run);
    Comparison comparison = paired.by_role()
                                ? Compare(*paired.a, *paired.b, paired.pairing, scan, progress)
                                : Compare(a, b, paired.pairing, scan, progress);
    comparison.paired_by_role = paired.by_role();
    comparison.input_a = run.results.inputs[i].id;
    comparison.input_b = run.results.inputs[j].id;
    return comparison;
  };
  if (models == 2) run.results.pair = compare(0, 1, pairing);
  PairingOptions unmapped = pairing;
  unmapped.renames.clear();  // the key map speaks of A and B
  for (std::size_t control = models; control < run.models.size(); ++control) {
    run.results.controls.push_back(compare(0, control, unmapped));
    run.results.controls.push_back(compare(1, control, unmapped));
  }
  for (std::size_t i = 0; flags.within && i < models; ++i) {
    const Checkpoint& model = run.models[i].checkpoint;
    Comparison within = Compare(model, model, PairWithin(model, unmapped), scan, progress);
    within.input_a = within.input_b = run.results.inputs[i].id;
    run.results.within.push_back(std::move(within));
  }
}

}  // namespace

int RunCompare(const CompareRequest& flags) {
  const std::vector<std::string> models = Models(flags);
  std::vector<std::string> paths = models;
  paths.insert(paths.end(), flags.controls.begin(), flags.controls.end());
  CompareRun run;
  run.results.run = BeginRun("compare", flags.shared);
  {
    const auto progress = MakeProgress(flags.shared);
    Open(paths, flags, *progress, run);
    if (flags.plan) {
      PlanAll(models.size(), flags, run);
      return 0;
    }
    CompareAll(models.size(), flags, *progress, run);
  }
  const CompareResults& results = run.results;
  if (!flags.output.empty()) {
    WriteToFile(flags.output, [&](const TextSink& sink) { WriteCompareJson(results, sink); });
  }
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareJson(results, sink); });
  } else if (flags.csv) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareCsv(results, sink); });
  } else if (!flags.shared.quiet) {
    const CompareTextOptions options{.colour = ColourWanted(), .by_layer = flags.by_layer};
    WriteToStandardOutput([&](const TextSink& sink) { WriteCompareText(results, options, sink); });
  }
  return 0;
}

Command AddCompareCommand(CLI::App& program) {
  auto flags = std::make_shared<CompareRequest>();
  CLI::App& command = *program.add_subcommand(
      "compare", "Compare two checkpoints tensor by tensor, in one pass over their bytes");
  command.footer(kExamples);
  command.add_option("models", flags->models, "The two models, A and B")->type_name("MODEL");
  command.add_option("--model1", flags->model1, "The first model, if not given by position");
  command.add_option("--model2", flags->model2, "The second model, if not given by position");
  AddRepeatable(command, "--control", flags->controls,
                "A further model, compared with both, to see the pair beside it (repeatable)");
  command.add_flag("--within", flags->within,
                   "Also compare the layers of each model with each other, as a baseline");
  AddFilterFlags(command, flags->filter);
  command.add_flag("--by-name", flags->by_name,
                   "Pair by name alone (default: by role where names leave tensors of both sides "
                   "alone)");
  command.add_option("-o,--output", flags->output, "Write everything to this file, as JSON");
  auto* const json = command.add_flag("--json", flags->json, "JSON to standard output");
  command.add_flag("--csv", flags->csv, "One line a tensor pair to standard output")
      ->excludes(json);
  command.add_flag("--by-layer", flags->by_layer, "A table by layer as well");
  command.add_flag("--no-quantiles", flags->no_quantiles,
                   "Leave out p99_abs and p99_abs_diff; faster");
  auto* const digest =
      command.add_flag("--digest", flags->digest,
                       "Record SHA-256 of whole files (default: of files up to 256 MiB "
                       "an input; headers always)");
  command.add_flag("--no-digest", flags->no_digest, "Record SHA-256 of headers only")
      ->excludes(digest);
  command.add_flag("--plan", flags->plan,
                   "Only print what would be read, and how much of it moved over a network");
  AddSharedOptions(command, flags->shared);
  return [flags] { return RunCompare(*flags); };
}

}  // namespace modelkin
