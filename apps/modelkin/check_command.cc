#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "model_arguments.h"
#include "output_option.h"
#include "report/check_report.h"
#include "shared_options.h"
#include "show_plan.h"
#include "terminal.h"
#include "trace_options.h"

namespace modelkin {
namespace {

constexpr const char* kCheckExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin check demo/dense-a-tuned --claim base_model=demo/dense-a
  modelkin check demo/dense-a-tuned --claim base_model=demo/dense-a --fail-on unsupported,partial
  modelkin check demo/dense-b --claim base_model=demo/dense-a --fail-on reversed --json
  modelkin check demo/dense-a-tuned --claim base_model=demo/dense-a --format sarif -o check.sarif)";

// What a file gets, and standard output where there is no file.
enum class CheckFormat : std::uint8_t { kPlain, kAsJson, kSarif, kJunit };

constexpr std::array<std::string_view, 4> kCheckFormatNames = {"text", "json", "sarif", "junit"};

struct CheckFlags {
  CheckRequest request;  // but for its bases
  std::vector<std::string> claims;
  std::vector<std::string> fail_on = {"unsupported", "untestable", "reversed"};
  SharedOptions shared;
  OutputFlags output;
  CheckFormat format = CheckFormat::kPlain;
  bool json = false;
  bool details = false;
  bool plan = false;
};

std::string BaseOf(const std::string& claim) {
  constexpr std::string_view kBaseModel = "base_model=";
  if (!claim.starts_with(kBaseModel) || claim.size() == kBaseModel.size()) {
    const std::size_t equals = claim.find('=');
    const std::string base = equals == std::string::npos ? claim : claim.substr(equals + 1);
    throw Error(ErrorKind::kUsage,
                fmt::format("--claim {}: a claim is base_model=MODEL; was --claim base_model={} "
                            "meant?",
                            Printable(claim), base.empty() ? "MODEL" : Printable(base)));
  }
  return claim.substr(kBaseModel.size());
}

CheckRequest RequestOf(const CheckFlags& flags) {
  CheckRequest request = flags.request;
  for (const std::string& claim : flags.claims) request.bases.push_back(BaseOf(claim));
  return request;
}

int RunCheck(const CheckFlags& flags, const Program& program) {
  const CheckRequest request = RequestOf(flags);  // before hours of work
  std::vector<std::string> paths = {request.model};
  for (const auto* const more : {&request.bases, &request.controls}) {
    paths.insert(paths.end(), more->begin(), more->end());
  }
  if (flags.plan) {
    ShowWholePlan(Inputs::OpenSeries(paths, request.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  for (const std::string& base : request.bases) {
    RequireReferenceModels(request.model, base, request.controls);
  }
  const auto target = PlanOutput(flags.output, WithBase(paths, request.opening));
  const CheckResults results = CheckClaims(request, MakeContext(program, flags.shared));
  const CheckPolicy policy = PolicyOn(results, flags.fail_on);
  const auto write = [&](const TextSink& sink) {
    switch (flags.format) {
      case CheckFormat::kPlain:
      case CheckFormat::kAsJson: return WriteCheckJson(results, policy, sink);
      case CheckFormat::kSarif: return WriteCheckSarif(results, policy, sink);
      case CheckFormat::kJunit: return WriteCheckJunit(results, policy, sink);
    }
  };
  WriteToFile(target, write);
  if (flags.json || (!target && flags.format != CheckFormat::kPlain)) {
    WriteToStandardOutput(write);
  } else if (!flags.shared.quiet) {
    const Screen screen = ScreenOf(program, flags.details);
    WriteToTerminal([&](const TextSink& sink) { WriteCheckText(results, policy, screen, sink); });
  }
  SayWritten(target, program, flags.shared.quiet,
             policy.failed ? "Check failed." : "Check passed.");
  return policy.failed ? 1 : 0;
}

}  // namespace

Command AddCheckCommand(CLI::App& program) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App& command = *program.add_subcommand(
      "check", "Check what a model's card claims of its origin, for continuous integration");
  command.footer(
      std::string(
          "Outcomes: supported (identical, or a fact says that MODEL was made from the base), "
          "related (which was\nfirst is not shown; signs are listed, and decide nothing), partial "
          "(some is shared, or only a common\nstart), reversed (a fact says that the base was made "
          "from MODEL; no fact is known today that can't be\nfaked), unsupported (no evidence), "
          "untestable. Exit code 1 if one of --fail-on occurs.\n\n") +
      kCheckExamples);
  command.add_option("model", flags->request.model, "The model whose origin is claimed")
      ->required()
      ->type_name("MODEL");
  AddRepeatable(command, "--claim", flags->claims, "base_model=MODEL (repeatable)");
  command.get_option("--claim")->required();
  command
      .add_option("--fail-on", flags->fail_on,
                  "Outcomes that fail the check, with commas between them (default: unsupported, "
                  "untestable, reversed)")
      ->delimiter(',')
      ->check(CLI::IsMember(kClaimOutcomeNames));
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, flags->request.controls, flags->request.options);
  AddOutputOption(command, flags->output, "Write to this file, as JSON or as --format says");
  command
      .add_option(
          "--format", flags->format,
          "json, sarif (2.1.0, for code scanning) or junit, for the file of -o, or standard "
          "output without one; text (default): for people, and JSON for the file")
      ->transform(
          CLI::CheckedTransformer(ValuesByName<CheckFormat>(kCheckFormatNames), CLI::ignore_case)
              .description(""));
  command.add_flag("--json", flags->json, "JSON to standard output")->excludes("--format");
  AddDetailsFlag(command, flags->details);
  AddOpeningOptions(command, flags->request.opening);
  AddComponentOption(command, flags->request.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunCheck(*flags, running); };
}

}  // namespace modelkin
