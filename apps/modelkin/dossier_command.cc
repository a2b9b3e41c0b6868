#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/output_file.h"
#include "commands.h"
#include "dossier/agreed_seed.h"
#include "dossier/exchanged_files.h"
#include "dossier/sign_projection.h"
#include "output_option.h"
#include "report/dossier_report.h"
#include "requests/dossier.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kDossierExamples = R"examples(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin dossier commit demo/dense-a -o a.json
  modelkin dossier commit demo/dense-a-tuned -o b.json
  modelkin dossier seed a.json b.json --beacon "a text that nobody knew before"
  modelkin dossier write demo/dense-a --commit a.json --seed "$(modelkin dossier seed a.json b.json)" -o a-dossier.json
  modelkin dossier write demo/dense-a-tuned --commit b.json --seed "$(modelkin dossier seed a.json b.json)" -o b-dossier.json
  modelkin dossier compare a-dossier.json b-dossier.json
  modelkin dossier challenge a-dossier.json --challenge "b's words"
  modelkin dossier open demo/dense-a --commit a.json --dossier a-dossier.json --challenge "b's words" -o a-opening.safetensors
  modelkin dossier check a.json a-opening.safetensors --dossier a-dossier.json --challenge "b's words")examples";

constexpr std::string_view kJsonEnding = ".json";

// Where a commitment's private file is, unless told: beside it.
std::string SecretBeside(const std::string& commitment) {
  const bool has_ending = commitment.ends_with(kJsonEnding);
  return commitment.substr(0, commitment.size() - (has_ending ? kJsonEnding.size() : 0)) +
         ".private.json";
}

struct DossierFlags {
  CommittedModel of;
  std::string dossier, other;  // files that are read
  std::string opening;
  std::string seed, beacon;
  std::size_t dimensions = kMostDimensions;
  std::vector<std::string> tensors;
  std::optional<std::string> challenge;
  std::size_t sides = kUsualChallenges;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;

  CommittedModel committed() const {
    CommittedModel model = of;
    if (model.secret.empty()) model.secret = SecretBeside(of.commitment);
    return model;
  }
};

void WriteWhole(const OutputTarget& target, std::string_view text) {
  OutputFile file(target);
  file.Write(text);
  file.Commit();
}

OutputTarget TargetOf(const DossierFlags& flags, const std::vector<std::string>& files) {
  return PlanOutput(flags.output.path,
                    InputsOf(WithBase({flags.of.model}, flags.of.opening), files),
                    flags.output.force);
}

int RunCommit(const DossierFlags& flags, const Program& program) {
  const std::string secret_path =
      flags.of.secret.empty() ? SecretBeside(flags.output.path) : flags.of.secret;
  const InputFiles inputs = InputsOf(WithBase({flags.of.model}, flags.of.opening));
  const OutputTarget target = PlanOutput(flags.output.path, inputs, flags.output.force);
  struct stat status = {};
  if (lstat(secret_path.c_str(), &status) == 0) {
    throw Error(ErrorKind::kUsage,
                "is there already: without it nothing of its commitment can be opened",
                {.file = secret_path});
  }
  const OutputTarget secret_target(secret_path, inputs, Replace::kSameBytes);
  const CommitmentSecret secret =
      CommitToModel(flags.of.model, flags.of.opening, MakeContext(program, flags.shared));
  const mode_t usual = umask(S_IRWXG | S_IRWXO);  // nobody else reads the key
  WriteWhole(secret_target, SecretJson(secret));
  umask(usual);
  WriteWhole(target, CommitmentJson(secret.commitment()));
  if (flags.shared.quiet) return 0;
  WriteToTerminal([&](const TextSink& sink) {
    sink(fmt::format(
        "root {}\n{}: publish it.\n{}: keep it, and show it to nobody. Without it nothing can be "
        "opened.\n",
        HexOf(secret.commitment().root), Printable(flags.output.path), Printable(secret_path)));
  });
  return 0;
}

int RunSeed(const DossierFlags& flags, const Program& program) {
  const Commitment a = ReadCommitment(*program.places->Open(flags.dossier));
  const Commitment b = ReadCommitment(*program.places->Open(flags.other));
  if (a.root == b.root) {
    throw Error(ErrorKind::kUsage, "both commitments have the same root: one is a copy");
  }
  const std::string seed = AgreedSeed(a.root, b.root, flags.beacon);
  WriteToStandardOutput([&](const TextSink& sink) { sink(seed + "\n"); });
  return 0;
}

int RunWrite(const DossierFlags& flags, const Program& program) {
  const CommittedModel of = flags.committed();
  const OutputTarget target = TargetOf(flags, {of.commitment, of.secret});
  const Dossier dossier =
      WriteDossierOf(of, flags.seed, flags.dimensions, MakeContext(program, flags.shared));
  const std::string text = DossierJson(dossier);
  WriteWhole(target, text);
  if (flags.shared.quiet) return 0;
  WriteToTerminal([&](const TextSink& sink) {
    sink(fmt::format("{} blocks of units, {} bytes\n", dossier.blocks.size(), text.size()));
    if (dossier.residual <= 8 * dossier.dimensions) {
      sink(fmt::format(
          "Beware: rows of {} numbers are shown by {}: a few dossiers give them away.\n",
          dossier.residual, dossier.dimensions));
    }
  });
  return 0;
}

int RunDossierCompare(const DossierFlags& flags, const Program& program) {
  const auto target = PlanOutput(flags.output, {}, {flags.dossier, flags.other});
  const DossierResults results = CompareDossierFiles(flags.dossier, flags.other, flags.beacon,
                                                     MakeContext(program, flags.shared));
  const auto json = [&](const TextSink& sink) { WriteDossierJson(results, sink); };
  WriteToFile(target, json);
  if (flags.json) {
    WriteToStandardOutput(json);
  } else if (!flags.shared.quiet) {
    WriteToTerminal(
        [&](const TextSink& sink) { WriteDossierText(results, ScreenOf(program), sink); });
  }
  return 0;
}

std::vector<ChallengedSide> ChallengedOf(const DossierFlags& flags, const Dossier& dossier) {
  return ChallengeOf(dossier, flags.challenge.value_or(""), flags.sides);
}

int RunChallenge(const DossierFlags& flags, const Program& program) {
  const Dossier dossier = ReadDossier(*program.places->Open(flags.dossier));
  WriteToTerminal([&](const TextSink& sink) {
    for (const ChallengedSide& side : ChallengedOf(flags, dossier)) {
      sink(Printable(SideText(dossier, side), 1024) + "\n");
      for (const std::string& tensor : side.tensors) sink(fmt::format("  {}\n", Printable(tensor)));
    }
  });
  return 0;
}

int RunOpen(const DossierFlags& flags, const Program& program) {
  if (flags.challenge.has_value() != !flags.dossier.empty() ||
      flags.challenge.has_value() != flags.tensors.empty()) {
    throw Error(ErrorKind::kUsage, "open takes either --tensor, or --dossier with --challenge");
  }
  const CommittedModel of = flags.committed();
  std::vector<std::string> files = {of.commitment, of.secret};
  if (!flags.dossier.empty()) files.push_back(flags.dossier);
  const OutputTarget target = TargetOf(flags, files);
  std::vector<std::string> tensors = flags.tensors;
  if (flags.challenge) {
    const Dossier dossier = ReadDossier(*program.places->Open(flags.dossier));
    for (const ChallengedSide& side : ChallengedOf(flags, dossier)) {
      tensors.insert(tensors.end(), side.tensors.begin(), side.tensors.end());
    }
  }
  OutputFile file(target);
  OpenTensors(of, tensors, MakeContext(program, flags.shared),
              [&](std::string_view bytes) { file.Write(bytes); });
  file.Commit();
  return 0;
}

int RunOpeningCheck(const DossierFlags& flags, const Program& program) {
  if (flags.challenge && flags.dossier.empty()) {
    throw Error(ErrorKind::kUsage, "--challenge needs --dossier: sides are drawn of it");
  }
  const OpeningCheckResults results = CheckOpeningFile({.commitment = flags.of.commitment,
                                                        .opening = flags.opening,
                                                        .dossier = flags.dossier,
                                                        .challenge = flags.challenge,
                                                        .sides = flags.sides},
                                                       MakeContext(program, flags.shared));
  if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteOpeningCheckText(results, sink); });
  }
  return results.checks.passed() ? 0 : 1;
}

// The steps, each with the options that it takes.
class DossierSteps {
 public:
  explicit DossierSteps(CLI::App& command) : command_(command) {}

  using Run = int (*)(const DossierFlags&, const Program&);

  // Adds a step; the functions below add to the last.
  DossierSteps& Step(const char* name, const char* description, Run run) {
    step_ = command_.add_subcommand(name, description)->fallthrough();
    flags_ = std::make_shared<DossierFlags>();
    steps_.push_back({step_, flags_, run});
    return *this;
  }
  DossierSteps& Model() {
    step_->add_option("model", flags_->of.model, "The party's own model")
        ->required()
        ->type_name("MODEL");
    AddOpeningOptions(*step_, flags_->of.opening);
    return Shared();
  }
  DossierSteps& Secret() {
    step_->add_option("--private", flags_->of.secret,
                      "The commitment's private file (default: beside it, NAME.private.json)");
    return *this;
  }
  DossierSteps& CommitmentOption() {
    step_->add_option("--commit", flags_->of.commitment, "The model's commitment")->required();
    return Secret();
  }
  DossierSteps& Shared() {
    AddSharedOptions(*step_, flags_->shared);
    return *this;
  }
  DossierSteps& File(const char* name, std::string DossierFlags::*member, const char* description) {
    step_->add_option(name, (*flags_).*member, description)->required()->type_name("FILE");
    return *this;
  }
  DossierSteps& CommitmentFile() {
    step_->add_option("commitment", flags_->of.commitment, "The other party's commitment")
        ->required()
        ->type_name("FILE");
    return *this;
  }
  DossierSteps& Beacon() {
    step_->add_option("--beacon", flags_->beacon,
                      "A text that nobody could know when both commitments were published");
    return *this;
  }
  DossierSteps& Seed() {
    step_->add_option("--seed", flags_->seed, "The agreed seed: any text, the same for both")
        ->required();
    step_
        ->add_option("--dimensions", flags_->dimensions,
                     "Numbers that each row is projected to: fewer leak less and show less")
        ->check(CLI::Range(kFewestDimensions, kMostDimensions))
        ->capture_default_str();
    return *this;
  }
  DossierSteps& DossierOption() {
    step_->add_option("--dossier", flags_->dossier, "The dossier that tells of the tensors");
    return *this;
  }
  DossierSteps& Challenge(bool required) {
    step_->add_option("--challenge", flags_->challenge, "The text of whoever challenges")
        ->required(required);
    step_->add_option("--sides", flags_->sides, "How many sides of blocks are drawn (default: 3)")
        ->check(CLI::Range(1U, 1024U));
    return *this;
  }
  DossierSteps& Tensors() {
    AddRepeatable(*step_, "--tensor", flags_->tensors, "A tensor to open (repeatable)");
    return *this;
  }
  DossierSteps& Output(const char* description, bool required) {
    AddOutputOption(*step_, flags_->output, description);
    step_->get_option("--output")->required(required);
    return *this;
  }
  DossierSteps& Json() {
    step_->add_flag("--json", flags_->json, "JSON to standard output");
    return *this;
  }

  Command Finish() {
    for (const OneStep& step : steps_) RequireWholeNumbers(*step.app);
    return [steps = std::move(steps_)](const Program& running) {
      const auto chosen =
          std::ranges::find_if(steps, [](const OneStep& step) { return step.app->parsed(); });
      return chosen->run(*chosen->flags, running);
    };
  }

 private:
  struct OneStep {
    CLI::App* app;
    std::shared_ptr<DossierFlags> flags;
    Run run;
  };

  CLI::App& command_;
  CLI::App* step_ = nullptr;
  std::shared_ptr<DossierFlags> flags_;
  std::vector<OneStep> steps_;
};

}  // namespace

Command AddDossierCommand(CLI::App& program) {
  CLI::App& command = *program.add_subcommand(
      "dossier", "What two parties can compare without showing each other their weights");
  command.require_subcommand(1);
  command.footer(
      std::string("Both commit; the seed is drawn; both write dossiers and exchange them; either "
                  "compares; each opens what\nthe other challenges. What it leaks and what it "
                  "can't show: docs/dossier.md. `modelkin dossier STEP\n--help` has the options of "
                  "a step. Exit code of check: 1 if anything is not as it was told.\n\n") +
      kDossierExamples);
  DossierSteps steps(command);
  steps.Step("commit", "Commit to a model: a file to publish, and one to keep", RunCommit)
      .Model()
      .Secret()
      .Output("The commitment, which is published", true);
  steps.Step("seed", "Print the seed of two published commitments", RunSeed)
      .File("a", &DossierFlags::dossier, "One party's commitment")
      .File("b", &DossierFlags::other, "The other's")
      .Beacon();
  steps.Step("write", "Write the dossier of a model that was committed to", RunWrite)
      .Model()
      .CommitmentOption()
      .Seed()
      .Output("The dossier", true);
  steps.Step("compare", "Compare two dossiers", RunDossierCompare)
      .File("a", &DossierFlags::dossier, "A dossier")
      .File("b", &DossierFlags::other, "Another with the same seed")
      .Beacon()
      .Shared()
      .Json()
      .Output("Write to this file, as JSON", false);
  steps.Step("challenge", "Say which tensors a dossier's party has to open", RunChallenge)
      .File("dossier", &DossierFlags::dossier, "The other party's dossier")
      .Challenge(true);
  steps.Step("open", "Open tensors: they are shown, whole, with what proves them", RunOpen)
      .Model()
      .CommitmentOption()
      .DossierOption()
      .Challenge(false)
      .Tensors()
      .Output("The opening, a safetensors file", true);
  steps.Step("check", "Check an opening by the commitment and the dossier", RunOpeningCheck)
      .CommitmentFile()
      .File("opening", &DossierFlags::opening, "The opening")
      .DossierOption()
      .Challenge(false)
      .Shared();
  return steps.Finish();
}

}  // namespace modelkin
