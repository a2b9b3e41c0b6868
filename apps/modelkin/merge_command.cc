#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "output_option.h"
#include "report/merge_report.h"
#include "requests/merge.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kMergeExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin merge demo/merge.yml -o merged
  modelkin merge demo/merge.yml --compare merged
  modelkin merge demo/merge.yml --compare demo/dense-a --json
  modelkin merge demo/merge.yml --compare merged --model dense-a=demo/dense-a)";

struct MergeFlags {
  MergeRequest request;
  std::vector<std::string> places;  // NAME=PATH
  std::string folder;
  std::uint64_t shard_bytes = 5'000'000'000;
  bool force = false, json = false, details = false, no_digest = false;
  SharedOptions shared;
};

std::pair<std::string, std::string> PlaceOf(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--model takes NAME=PATH, and {} is none", Printable(text)));
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

int RunMergeCommand(const MergeFlags& flags, const Program& program) {
  MergeRequest request = flags.request;
  for (const std::string& place : flags.places) request.places.push_back(PlaceOf(place));
  if (flags.no_digest) request.digest = DigestPolicy::kNever;
  if (request.compare.empty() && flags.folder.empty()) {
    throw Error(ErrorKind::kUsage,
                "nothing to do: --compare names a model to compare the merge with, -o a folder to "
                "write it to");
  }
  const RequestContext context = MakeContext(program, flags.shared);
  MergeOutput output{.folder = flags.folder, .plan_file = {}, .shard_bytes = flags.shard_bytes};
  if (!flags.folder.empty()) {
    std::vector<std::string> models = ModelsOfRecipe(request, *context.places);
    models.push_back(request.compare);
    const InputFiles inputs = InputsOf(models, {request.recipe});
    output.plan_file = [inputs, force = flags.force](const std::string& path) {
      return PlanOutput(path, inputs, force);
    };
  }
  const MergeResults results =
      MergeModels(request, flags.folder.empty() ? nullptr : &output, context);
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteMergeJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) {
      WriteMergeText(results, ScreenOf(program, flags.details), sink);
    });
  }
  return results.outcome == MergeOutcome::kDeviates ? 1 : 0;
}

}  // namespace

Command AddMergeCommand(CLI::App& program) {
  auto flags = std::make_shared<MergeFlags>();
  CLI::App& command = *program.add_subcommand(
      "merge", "Carry out a merge by mergekit's recipe again, and say what comes out equal");
  command.footer(kMergeExamples);
  command.add_option("recipe", flags->request.recipe, "A configuration of mergekit (YAML)")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--compare", flags->request.compare,
                  "The merged model, to the bit; exits with 1 where it deviates")
      ->type_name("MODEL");
  command.add_option("-o,--output", flags->folder,
                     "Write the merged checkpoint to this folder, as safetensors");
  AddForceFlag(command, flags->force);
  command.add_option("--shard-bytes", flags->shard_bytes,
                     "Bytes of tensors in a file of weights, at most (default: 5,000,000,000)");
  AddRepeatable(command, "--model", flags->places,
                "Where a model is that the recipe names: NAME=PATH");
  command.add_flag("--partial", flags->request.partial,
                   "Go on where files or tensors of a model are missing");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddDetailsFlag(command, flags->details);
  command.add_flag("--no-digest", flags->no_digest, "No SHA-256 of whole files");
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunMergeCommand(*flags, running); };
}

}  // namespace modelkin
