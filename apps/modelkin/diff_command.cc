#include <memory>

#include "commands.h"
#include "output_option.h"
#include "report/diff_report.h"
#include "shared_options.h"
#include "show_plan.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kDiffExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin diff demo/dense-a demo/dense-a-tuned
  modelkin diff demo/dense-a demo/dense-a --exit-code --quiet
  modelkin diff demo/dense-a demo/dense-b --json -o diff.json
  modelkin diff demo/dense-a demo/dense-a-tuned --by-value)";

struct DiffFlags {
  DiffRequest request;
  FilterFlags filter;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool exit_code = false;
  bool plan = false;
  bool no_digest = false;
};

int RunDiff(const DiffFlags& flags, const Program& program) {
  DiffRequest request = flags.request;
  if (flags.plan) {
    ShowWholePlan(Inputs::Open(request.models, request.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  request.options.pairing = flags.filter.Parse();
  if (flags.no_digest) request.options.digest = DigestPolicy::kNever;
  const auto target = PlanOutput(flags.output, WithBase(request.models.All(), request.opening),
                                 {flags.filter.key_map});
  const DiffResults results = DiffModels(request, MakeContext(program, flags.shared));
  WriteToFile(target, [&](const TextSink& sink) { WriteDiffJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDiffJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteDiffText(results, ScreenOf(program), sink); });
  }
  return flags.exit_code && !results.diff.all_identical() ? 1 : 0;
}

void AddDiffOptions(CLI::App& command, DiffFlags& flags) {
  command.add_option("a", flags.request.models.a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags.request.models.b, "Model B")->required()->type_name("MODEL");
  AddFilterFlags(command, flags.filter);
  AddOutputOption(command, flags.output);
  command.add_flag("--json", flags.json, "JSON to standard output");
  command.add_flag("--by-value", flags.request.options.by_value,
                   "Compare the values that quantised weights stand for, not their codes");
  command.add_flag("--exit-code", flags.exit_code,
                   "Exit with 1 if any tensor differs, as git diff does");
  command.add_flag("--no-digest", flags.no_digest,
                   "No SHA-256 of whole files; tensors still get theirs");
  AddWholePlanFlag(command, flags.plan);
  AddOpeningOptions(command, flags.request.opening);
  AddComponentOption(command, flags.request.opening);
  AddSharedOptions(command, flags.shared);
}

}  // namespace

Command AddDiffCommand(CLI::App& program) {
  auto flags = std::make_shared<DiffFlags>();
  CLI::App& command = *program.add_subcommand(
      "diff", "Compare two checkpoints to the bit; find tensors of A anywhere in B");
  command.footer(kDiffExamples);
  AddDiffOptions(command, *flags);
  return [flags](const Program& running) { return RunDiff(*flags, running); };
}

}  // namespace modelkin
