#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "attestation/openssl_keys.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/notice.h"
#include "commands.h"
#include "model_arguments.h"
#include "output_option.h"
#include "report/attestation_json.h"
#include "report/trace_report.h"
#include "requests/attest.h"
#include "shared_options.h"
#include "show_plan.h"
#include "source/mapped_file.h"
#include "terminal.h"
#include "trace_options.h"
#include "wording/answer.h"

namespace modelkin {
namespace {

constexpr const char* kAttestExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin attest demo/dense-a demo/dense-a-tuned -o att.json
  modelkin verify att.json)";

struct AttestFlags {
  AttestRequest request;
  std::string key;
  std::vector<std::string> ignored;  // within both models
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool plan = false;
};

// A key that others can read is a key that others sign with.
std::optional<PrivateKey> ReadSigningKey(const std::string& path) {
  if (path.empty()) return std::nullopt;
  PrivateKey key = PrivateKey::Read(*MapFile(path));
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IROTH | S_IRGRP)) != 0) {
    Notify(path, "can be read by others, who can then sign as you do: chmod 600 it");
  }
  return key;
}

// Where the attestation is to lie in a model's folder, it is none of what it attests.
std::optional<std::string> PlaceWithin(const std::string& model, const std::string& output) {
  std::error_code failure;
  if (output.empty() || !ThisMachine().IsFolder(model)) return std::nullopt;
  std::string within = std::filesystem::weakly_canonical(output, failure)
                           .lexically_relative(std::filesystem::weakly_canonical(model))
                           .generic_string();
  if (failure || within.empty() || within.starts_with("..")) return std::nullopt;
  return within;
}

AttestedScope ScopeOf(const AttestFlags& flags, const std::string& model) {
  AttestedScope scope{.ignored = flags.ignored};
  if (const auto within = PlaceWithin(model, flags.output.path)) scope.ignored.push_back(*within);
  return scope;
}

void RequirePathsWithin(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const std::filesystem::path within(path);
    const bool fits = !path.empty() && path == within.lexically_normal().generic_string() &&
                      !path.starts_with("..") && !within.is_absolute() && path != "." &&
                      !path.ends_with('/');
    if (fits) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("--ignore {}: not a path within a model, as in notes/draft.md",
                            Printable(path)));
  }
}

int RunAttest(const AttestFlags& flags, const Program& program) {
  AttestRequest request = flags.request;
  const ModelPaths& models = request.trace.models;
  if (flags.plan) {
    ShowWholePlan(Inputs::Open(models, request.trace.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  RequireReferenceModels(models.a, models.b, models.controls);
  RequirePathsWithin(flags.ignored);
  if (flags.output.path.empty() && !flags.json) {
    throw Error(ErrorKind::kUsage, "attest writes a file: -o FILE, or --json to standard output");
  }
  const std::optional<PrivateKey> key = ReadSigningKey(flags.key);  // before hours of work
  std::vector<std::string> files;
  if (!flags.key.empty()) files.push_back(flags.key);
  const auto target =
      PlanOutput(flags.output, WithBase(models.All(), request.trace.opening), files);
  request.a = ScopeOf(flags, models.a);
  request.b = ScopeOf(flags, models.b);
  const AttestResults results = AttestModels(request, MakeContext(program, flags.shared));
  const std::string text = AttestationText(results, key ? &*key : nullptr);
  const auto write = [&](const TextSink& sink) { sink(text); };
  WriteToFile(target, write);
  if (flags.json) {
    WriteToStandardOutput(write);
  } else if (!flags.shared.quiet) {
    const Screen screen = ScreenOf(program);
    WriteToTerminal([&](const TextSink& sink) {
      WriteTraceText(results.trace, screen, sink);
      sink(key ? fmt::format("\nSigned by the key {}\n", key->Public().Id())
               : "\nNot signed: --key FILE signs it.\n");
    });
  }
  SayWritten(target, program, flags.shared.quiet,
             AnswerOf(results.trace, Language::kEnglish).headline);
  return 0;
}

}  // namespace

Command AddAttestCommand(CLI::App& program) {
  auto flags = std::make_shared<AttestFlags>();
  TraceRequest& trace = flags->request.trace;
  CLI::App& command = *program.add_subcommand(
      "attest", "Write what a trace found as an attestation that others can check, and sign it");
  command.footer(
      std::string("The file is an in-toto Statement about B, by the digest that OpenSSF model "
                  "signing gives it; signed,\nit is in a DSSE envelope. `modelkin verify` checks "
                  "both. What it says: docs/attestation.md.\n\nA key: `openssl genpkey -algorithm "
                  "ed25519 -out key.pem`; its public half, for verify: `openssl\npkey -in key.pem "
                  "-pubout -out public.pem`.\n\n") +
      kAttestExamples);
  command.add_option("a", trace.models.a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", trace.models.b, "Model B, which the attestation is about")
      ->required()
      ->type_name("MODEL");
  command
      .add_option("--key", flags->key, "Sign by this Ed25519 private key, PEM without a password")
      ->type_name("FILE");
  AddRepeatable(command, "--ignore", flags->ignored,
                "A path within the models that their digests leave out; what git keeps there and "
                "the attestation itself always are (repeatable)");
  command.add_flag("--digest", flags->request.digest_remote,
                   "Read all of models at a hub for their digests (default: their commit)");
  AddOutputOption(command, flags->output, "Write the attestation to this file");
  command.add_flag("--json", flags->json, "The attestation to standard output");
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, trace.models.controls, trace.options);
  AddMergeAndResumeOptions(command, trace);
  AddOpeningOptions(command, trace.opening);
  AddComponentOption(command, trace.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunAttest(*flags, running); };
}

}  // namespace modelkin
