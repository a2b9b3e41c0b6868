#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "commands.h"
#include "output_option.h"
#include "report/json_output.h"
#include "show_plan.h"
#include "trace_run.h"

namespace modelkin {
namespace {

constexpr const char* kCheckExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin check demo/dense-a-tuned --claim base_model=demo/dense-a
  modelkin check demo/dense-a-tuned --claim base_model=demo/dense-a --fail-on unsupported,partial
  modelkin check demo/dense-b --claim base_model=demo/dense-a --fail-on reversed --json)";

struct CheckFlags {
  std::string model;
  std::vector<std::string> claims;
  std::vector<std::string> controls;
  std::vector<std::string> fail_on = {"unsupported", "untestable", "reversed"};
  TraceOptions options;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool plan = false;
};

enum class Outcome { kSupported, kPartial, kReversed, kUnsupported, kUntestable };

constexpr std::array<std::string_view, 5> kOutcomes = {"supported", "partial", "reversed",
                                                       "unsupported", "untestable"};

struct CheckedClaim {
  std::string claim;  // "base_model=PATH"
  Outcome outcome = Outcome::kUntestable;
  std::string why;
  std::string category;
  Direction direction = Direction::kUnknown;  // A is the base that is claimed, B the model
  Direction signs_point = Direction::kUnknown;
  std::vector<DirectionSign> signs;
  std::vector<std::string> kinds;
};

std::string_view NameOf(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

// Of its parameters, not read: nothing found in the rest says nothing about the claim.
constexpr double kMostlyUnread = 0.5;

bool IsMostlyUnread(const ModelParts& model) {
  return model.incomplete || model.packed.share() > kMostlyUnread;
}

Outcome OutcomeOf(const Trace& trace, Direction direction) {
  switch (trace.verdict.category) {
    case VerdictCategory::kIdentical: return Outcome::kSupported;
    case VerdictCategory::kDerived:
      return direction == Direction::kBToA ? Outcome::kReversed : Outcome::kSupported;
    case VerdictCategory::kSharesMaterial: return Outcome::kPartial;
    case VerdictCategory::kNoEvidence:
      return IsMostlyUnread(trace.pair.a) || IsMostlyUnread(trace.pair.b) ? Outcome::kUntestable
                                                                          : Outcome::kUnsupported;
    case VerdictCategory::kNotComparable: break;
  }
  return Outcome::kUntestable;
}

std::string BaseOf(const std::string& claim) {
  constexpr std::string_view kBaseModel = "base_model=";
  if (!claim.starts_with(kBaseModel) || claim.size() == kBaseModel.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--claim {}: not base_model=MODEL", Printable(claim)));
  }
  return claim.substr(kBaseModel.size());
}

CheckedClaim Check(const std::string& claim, const CheckFlags& flags, Progress& progress) {
  const TraceRun run = TraceModels({.model_a = BaseOf(claim),
                                    .model_b = flags.model,
                                    .controls = flags.controls,
                                    .parents = {},
                                    .options = flags.options,
                                    .shared = flags.shared,
                                    .resume = {}},
                                   progress);
  const Verdict& verdict = run.results.trace.verdict;
  const auto& kinship = run.results.kinship;
  const Relation* const relation = kinship && kinship->relation ? &*kinship->relation : nullptr;
  CheckedClaim checked;
  checked.claim = claim;
  checked.why = verdict.sentence;
  checked.category = std::string(VerdictName(verdict.category));
  if (relation != nullptr) {
    checked.direction = relation->direction;
    checked.signs_point = relation->signs_point;
    checked.signs = relation->signs;
  }
  checked.outcome = OutcomeOf(run.results.trace, checked.direction);
  if (relation == nullptr) return checked;
  for (const Kind& kind : relation->kinds) checked.kinds.push_back(kind.name);
  return checked;
}

// What of a supported claim is not shown: that two are related says nothing of which was first.
std::string DirectionText(const CheckedClaim& claim) {
  const bool supported = claim.category == VerdictName(VerdictCategory::kDerived);
  if (!supported || claim.direction != Direction::kUnknown) return "";
  std::string text = "  Related; which of the two was made from the other is not shown.\n";
  for (const DirectionSign& sign : claim.signs) {
    text += fmt::format("  A sign that {}: {}\n",
                        sign.direction == Direction::kAToB
                            ? "the claimed base (A) came first"
                            : "this model (B) came first, not the claimed base (A)",
                        SignText(sign));
  }
  return text;
}

void WriteText(const std::vector<CheckedClaim>& claims, const TextSink& sink) {
  for (const CheckedClaim& claim : claims) {
    sink(fmt::format("{}: {}\n  {}\n", Printable(claim.claim), NameOf(claim.outcome), claim.why));
    if (!claim.kinds.empty()) sink(fmt::format("  made by: {}\n", fmt::join(claim.kinds, ", ")));
    sink(DirectionText(claim));
    if (claim.outcome == Outcome::kReversed) {
      sink(
          "  The model that is claimed as base was made from this one, not the other way round.\n");
    }
    if (claim.outcome == Outcome::kUnsupported) {
      sink("  That is no proof against the claim: complete retraining leaves nothing to find.\n");
    }
  }
}

void WriteJson(const CheckFlags& flags, const std::vector<CheckedClaim>& claims, bool failed,
               const RunRecord& run, const TextSink& sink) {
  Json list = Json::array();
  for (const CheckedClaim& claim : claims) {
    list.push_back({{"claim", claim.claim},
                    {"outcome", NameOf(claim.outcome)},
                    {"verdict", claim.category},
                    {"sentence", claim.why},
                    {"direction", DirectionName(claim.direction)},
                    {"signs_point", SignsPointName(claim.signs_point)},
                    {"signs", SignsJson(claim.signs)},
                    {"kinds", claim.kinds}});
  }
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", "1.0");
  writer.Member("tool", ToolJson());
  writer.Member("model", flags.model);
  writer.Member("claims", list);
  writer.Member("fail_on", flags.fail_on);
  writer.Member("failed", failed);
  writer.Member("run", RunJson(run));
  writer.End();
}

int RunCheck(const CheckFlags& flags) {
  const RunRecord run = BeginRun("check", flags.shared);
  std::vector<CheckedClaim> claims;
  claims.reserve(flags.claims.size());
  std::vector<std::string> paths = {flags.model};  // claims are looked at before hours of work
  for (const std::string& claim : flags.claims) paths.push_back(BaseOf(claim));
  paths.insert(paths.end(), flags.controls.begin(), flags.controls.end());
  if (flags.plan) {
    ShowWholePlan(paths, flags.shared.opening);
    return 0;
  }
  const auto target = PlanOutput(flags.output, paths);
  for (const std::string& claim : flags.claims) {
    claims.push_back(Check(claim, flags, *MakeProgress(flags.shared)));
  }
  const bool failed = std::ranges::any_of(claims, [&](const CheckedClaim& claim) {
    return std::ranges::find(flags.fail_on, NameOf(claim.outcome)) != flags.fail_on.end();
  });
  const auto json = [&](const TextSink& sink) { WriteJson(flags, claims, failed, run, sink); };
  WriteToFile(target, json);
  if (flags.json) {
    WriteToStandardOutput(json);
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteText(claims, sink); });
  }
  return failed ? 1 : 0;
}

}  // namespace

Command AddCheckCommand(CLI::App& program) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App& command = *program.add_subcommand(
      "check", "Check what a model's card claims of its origin, for continuous integration");
  command.footer(
      std::string(
          "Outcomes: supported (related; signs of who was first are listed, and decide nothing), "
          "partial (some\nis shared, or only a common start), reversed (a fact says that the base "
          "was made from MODEL; no\nfact is known today that can't be faked), unsupported (no "
          "evidence), untestable. Exit code 1 if one\nof --fail-on occurs.\n\n") +
      kCheckExamples);
  command.add_option("model", flags->model, "The model whose origin is claimed")
      ->required()
      ->type_name("MODEL");
  AddRepeatable(command, "--claim", flags->claims, "base_model=MODEL (repeatable)");
  command.get_option("--claim")->required();
  command
      .add_option("--fail-on", flags->fail_on,
                  "Outcomes that fail the check, with commas between them (default: unsupported, "
                  "untestable, reversed)")
      ->delimiter(',')
      ->check(CLI::IsMember(kOutcomes));
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, flags->controls, flags->options);
  AddOutputOption(command, flags->output, "Write to this file, as JSON");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddPartialFlag(command, flags->shared.opening);
  AddSharedOptions(command, flags->shared);
  return [flags] {
    flags->options.describe = false;
    return RunCheck(*flags);
  };
}

}  // namespace modelkin
