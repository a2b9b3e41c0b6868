#include <memory>

#include "commands.h"
#include "output_option.h"
#include "report/tokenizer_report.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kTokenizerExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin tokenizer demo/dense-a demo/moe-c
  modelkin tokenizer demo/dense-a/tokenizer.json demo/dense-b/tokenizer.json --json)";

struct TokenizerFlags {
  std::string a, b;
  OutputFlags output;
  bool json = false;
  bool quiet = false;
};

int RunTokenizer(const TokenizerFlags& flags, const Program& program) {
  const auto target = PlanOutput(flags.output, {flags.a, flags.b});
  const TokenizerResults results =
      CompareTokenizerFiles(flags.a, flags.b, {.places = program.places});
  const auto write_json = [&](const TextSink& sink) { WriteTokenizerJson(results, sink); };
  WriteToFile(target, write_json);
  if (flags.json) {
    WriteToStandardOutput(write_json);
  } else if (!flags.quiet) {
    WriteToTerminal(
        [&](const TextSink& sink) { WriteTokenizerText(results, ScreenOf(program), sink); });
  }
  return 0;
}

}  // namespace

Command AddTokenizerCommand(CLI::App& program) {
  auto flags = std::make_shared<TokenizerFlags>();
  CLI::App& command = *program.add_subcommand(
      "tokenizer", "Compare two tokenizers: tokens, ids, merges, special tokens");
  command.footer(kTokenizerExamples);
  constexpr const char* kWhat =
      "A directory, tokenizer.json, tokenizer.model (SentencePiece or tiktoken), vocab.json or "
      "GGUF";
  command.add_option("a", flags->a, kWhat)->required()->type_name("TOKENIZER");
  command.add_option("b", flags->b, kWhat)->required()->type_name("TOKENIZER");
  AddOutputOption(command, flags->output);
  command.add_flag("--json", flags->json, "JSON to standard output");
  command.add_flag("-q,--quiet", flags->quiet, "Print nothing");
  return [flags](const Program& running) { return RunTokenizer(*flags, running); };
}

}  // namespace modelkin
