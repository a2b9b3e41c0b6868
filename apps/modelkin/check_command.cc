#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "model_arguments.h"
#include "output_option.h"
#include "report/check_report.h"
#include "requests/claims.h"
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
  CheckRequest request;  // but for its claims
  std::vector<std::string> claims;
  std::vector<std::string> claim_at;
  std::vector<std::string> fail_on = {"unsupported", "untestable", "reversed"};
  SharedOptions shared;
  OutputFlags output;
  CheckFormat format = CheckFormat::kPlain;
  bool json = false;
  bool details = false;
  bool plan = false;
};

// "base_model=MODEL", or "" of what is a file that claims.
std::string BaseOf(const std::string& claim) {
  constexpr std::string_view kBaseModel = "base_model=";
  const bool is_card_or_bill = claim.ends_with(".md") || claim.ends_with(".json");
  const bool is_file = ThisMachine().MayExist(claim) && !ThisMachine().IsFolder(claim);
  if (!claim.starts_with(kBaseModel) && (is_card_or_bill || is_file)) return "";
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

ClaimPlaces PlacesOfClaims(const CheckFlags& flags) {
  ClaimPlaces places;
  for (const std::string& at : flags.claim_at) {
    const std::size_t equals = at.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == at.size()) {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("--claim-at {}: not NAME=MODEL, as in org/name=models/a", Printable(at)));
    }
    places[at.substr(0, equals)] = at.substr(equals + 1);
  }
  return places;
}

CheckRequest RequestOf(const CheckFlags& flags, const Places& where) {
  CheckRequest request = flags.request;
  const ClaimPlaces places = PlacesOfClaims(flags);
  for (const std::string& claim : flags.claims) {
    const std::string base = BaseOf(claim);
    if (!base.empty()) {
      request.claims.push_back(ClaimOfPlace(base));
      continue;
    }
    for (Claim& read : ReadClaims(claim, request.model, places, where)) {
      request.claims.push_back(std::move(read));
    }
  }
  if (flags.claims.empty()) request.claims = ReadOwnClaims(request.model, places, where);
  RequireClaimed(places, request.claims);
  return request;
}

// Files that claims were read from.
std::vector<std::string> FilesOfClaims(const CheckRequest& request) {
  std::vector<std::string> files;
  for (const Claim& claim : request.claims) {
    if (!claim.source.empty()) files.push_back(claim.source);
  }
  return files;
}

int RunCheck(const CheckFlags& flags, const Program& program) {
  const CheckRequest request = RequestOf(flags, *program.places);  // before hours of work
  std::vector<std::string> paths = {request.model};
  for (const Claim& claim : request.claims) paths.push_back(claim.place);
  paths.insert(paths.end(), request.controls.begin(), request.controls.end());
  if (flags.plan) {
    ShowWholePlan(Inputs::OpenSeries(paths, request.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  for (const Claim& claim : request.claims) {
    RequireReferenceModels(request.model, claim.place, request.controls);
  }
  const auto target =
      PlanOutput(flags.output, WithBase(paths, request.opening), FilesOfClaims(request));
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
          "untestable. Beside them contradicted: a card or bill says how "
          "MODEL was made (as quantized), and\nthat is not what was found. Exit code 1 if one of "
          "--fail-on occurs.\n\n") +
      kCheckExamples);
  command.add_option("model", flags->request.model, "The model whose origin is claimed")
      ->required()
      ->type_name("MODEL");
  AddRepeatable(command, "--claim", flags->claims,
                "base_model=MODEL, or a file that claims bases: a card (README.md), a bill of "
                "CycloneDX or SPDX (repeatable; default: MODEL's own README.md)");
  AddRepeatable(command, "--claim-at", flags->claim_at,
                "NAME=MODEL: where a base is that a file claims, as in org/name=models/a "
                "(repeatable; default: on the hub)");
  command
      .add_option("--fail-on", flags->fail_on,
                  "What fails the check, with commas between (default: unsupported, untestable, "
                  "reversed)")
      ->delimiter(',')
      ->check(CLI::IsMember(kFailOnNames));
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
              .description(""))
      ->type_name(fmt::format("{}", fmt::join(kCheckFormatNames, "|")));
  command.add_flag("--json", flags->json, "JSON to standard output")->excludes("--format");
  AddDetailsFlag(command, flags->details);
  AddOpeningOptions(command, flags->request.opening);
  AddComponentOption(command, flags->request.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunCheck(*flags, running); };
}

}  // namespace modelkin
