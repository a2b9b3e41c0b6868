#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "output_option.h"
#include "report/attestation_check.h"
#include "report/json_differences.h"
#include "report/verification.h"
#include "requests/recorded_request.h"
#include "shared_options.h"
#include "source/mapped_file.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kVerifyExamples = R"(Examples:
  modelkin demo --keep demo
  modelkin trace demo/dense-a demo/dense-a-tuned -o trace.json
  modelkin verify trace.json
  modelkin verify trace.json --input a=demo/dense-a
  modelkin attest demo/dense-a demo/dense-a-tuned -o att.json
  modelkin verify att.json --input b=demo/dense-a-tuned)";

struct VerifyFlags {
  std::string results;
  std::vector<std::string> inputs;  // "a=PATH"
  std::string public_key;
  bool signature_only = false;
  SharedOptions shared;
  bool json = false;
};

// By the ids of inputs, as typed.
std::map<std::string, std::string> PlacesOf(const VerifyFlags& flags) {
  std::map<std::string, std::string> places;
  for (const std::string& input : flags.inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kUsage, fmt::format("--input {}: not ID=PATH", Printable(input)));
    }
    places[input.substr(0, equals)] = input.substr(equals + 1);
  }
  return places;
}

int ReportCheck(const VerifyFlags& flags, const AttestationCheck& check, const Program& program) {
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteAttestationCheckJson(check, sink); });
  } else if (!flags.shared.quiet) {
    const Screen screen = ScreenOf(program);
    WriteToTerminal([&](const TextSink& sink) { WriteAttestationCheckText(check, screen, sink); });
  }
  if (!check.unknown.empty() && !check.signature_only) {
    fmt::print(stderr, "modelkin: {}\n", TerminalText(check.unknown));
  }
  return check.exit_code();
}

int VerifyAttestation(const VerifyFlags& flags, const nlohmann::json& document,
                      SharedOptions shared, const Program& program) {
  std::optional<PublicKey> key;
  if (!flags.public_key.empty()) key = PublicKey::Read(*MapFile(flags.public_key));
  if (flags.signature_only && !key) {
    throw Error(ErrorKind::kUsage, "--signature-only takes a key: --public-key FILE");
  }
  if (shared.simd.empty()) shared.simd = AttestedSimdTarget(flags.results, document);
  const RequestContext context = MakeContext(program, shared);
  return ReportCheck(
      flags,
      CheckAttestation(
          flags.results, document, key ? &*key : nullptr, PlacesOf(flags), context,
          flags.signature_only ? AttestationExtent::kSignature : AttestationExtent::kAll),
      program);
}

int RunVerify(const VerifyFlags& flags, const Program& program) {
  static_cast<void>(PlanOutput(OutputFlags{}, {}, {flags.results}));  // >> would add to it
  const nlohmann::json recorded = ReadResults(flags.results);
  SharedOptions shared = flags.shared;
  shared.quiet = true;
  if (IsAttestedJson(recorded)) return VerifyAttestation(flags, recorded, shared, program);
  if (!flags.public_key.empty() || flags.signature_only) {
    throw Error(ErrorKind::kUsage, "is no attestation: nothing in it could be signed",
                {.file = flags.results, .tensor = {}, .offset_bytes = {}});
  }
  if (shared.simd.empty()) shared.simd = RecordedSimdTarget(recorded);
  const JsonDifferences differences =
      VerifyResults(flags.results, recorded, PlacesOf(flags), MakeContext(program, shared));
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDifferencesJson(differences, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteDifferencesText(differences, sink); });
  }
  return differences.agree() ? 0 : 1;
}

}  // namespace

Command AddVerifyCommand(CLI::App& program) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App& command = *program.add_subcommand(
      "verify", "Compute the numbers of results or an attestation again, and say which agree");
  command.footer(
      std::string(
          "Exit code 1: something differs. Numbers within 1e-6 of their size, which another "
          "instruction set\nor linear algebra library may change, are counted apart.\n\nOf an "
          "attestation it says which of two things holds: the signature, and the evidence. Exit "
          "code 0: both\n(the signature only where --public-key is given), 1: the evidence does "
          "not, 5: the signature does not,\n6: neither does; 2, 3 and 4: the evidence can't be "
          "computed here.\n\n") +
      kVerifyExamples);
  command
      .add_option("results", flags->results,
                  "JSON of compare, trace, diff or audit; an attestation; a signature of model "
                  "signing")
      ->required()
      ->type_name("FILE");
  AddRepeatable(command, "--input", flags->inputs,
                "ID=PATH: where an input is now, as in a=models/a (repeatable)");
  command
      .add_option("--public-key", flags->public_key,
                  "Of an attestation: the key that it has to be signed by, PEM")
      ->type_name("FILE");
  command.add_flag("--signature-only", flags->signature_only,
                   "Of an attestation: check the signature, and compute nothing");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunVerify(*flags, running); };
}

}  // namespace modelkin
