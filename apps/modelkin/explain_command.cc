#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "output_option.h"
#include "report/explain_report.h"
#include "shared_options.h"
#include "terminal.h"
#include "text_input.h"

namespace modelkin {
namespace {

constexpr const char* kExplainExamples = R"(Topics:
  router  which experts a token goes to, and with which weights
  rope    rotary positions: frequencies, their scaling, one head rotated
  gqa     attention: which query heads share keys and values, where one looks
  swiglu  MLPs and experts: widths, activation, the units that a token moves
  encoder of images or sound: layers, heads, patches, positions, from headers

Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin explain router --model demo/moe-c
  modelkin explain rope --model demo/moe-c --ids 5,6,7,8 --token 2 --head 3
  modelkin explain gqa --model demo/dense-a --layer 1 --bytes --text 'Once upon a time'
  modelkin explain swiglu --model demo/moe-c --json -o swiglu.json
  modelkin explain encoder --model demo/dense-a     # which has none)";

struct ExplainFlags {
  std::string topic, model;
  ExplainRequest about;
  TextFlags texts;
  OutputFlags output;
  SharedOptions shared;
  OpenOptions opening;
  bool json = false;
};

Topic TopicOf(const ExplainFlags& flags) {
  const auto topic = ParseTopic(flags.topic);
  if (!topic) {
    throw Error(ErrorKind::kUsage,
                fmt::format("there is no topic \"{}\": it is one of router, rope, gqa, swiglu, "
                            "encoder",
                            Printable(flags.topic)));
  }
  return *topic;
}

int RunExplain(const ExplainFlags& flags, const Program& program) {
  const auto target =
      PlanOutput(flags.output, WithBase({flags.model}, flags.opening), {flags.texts.file});
  ExplainModelRequest request{.model = flags.model,
                              .texts = ReadTexts(flags.texts),
                              .about = flags.about,
                              .opening = flags.opening};
  request.about.topic = TopicOf(flags);
  const ExplainResults results = ExplainModel(request, MakeContext(program, flags.shared));
  const auto write_json = [&](const TextSink& sink) { WriteExplainJson(results, sink); };
  WriteToFile(target, write_json);
  if (flags.json) {
    WriteToStandardOutput(write_json);
  } else if (!flags.shared.quiet) {
    WriteToTerminal(
        [&](const TextSink& sink) { WriteExplainText(results, ScreenOf(program), sink); });
  }
  SayWritten(target, program, flags.shared.quiet);
  return 0;
}

}  // namespace

Command AddExplainCommand(CLI::App& program) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App& command = *program.add_subcommand(
      "explain",
      "Explain one model's router, rope, gqa, swiglu or encoder: formula, numbers, a token");
  command.footer(kExplainExamples);
  command.add_option("topic", flags->topic, "router, rope, gqa, swiglu or encoder")
      ->required()
      ->type_name("TOPIC:{router,rope,gqa,swiglu}");
  command.add_option("--model", flags->model, "The model")->required()->type_name("MODEL");
  command.add_option("--layer", flags->about.layer,
                     "The layer (default: the first that has the topic)");
  command.add_option("--token", flags->about.token,
                     "The position of the token to follow, from 0 (default: the last)");
  command.add_option("--head", flags->about.head, "The query head to show, from 0 (default: 0)");
  AddTextInput(command, flags->texts);
  command.add_flag("--beyond-context", flags->about.beyond_context,
                   "Run a text longer than the model's context, where positions are computed");
  AddOutputOption(command, flags->output);
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddOpeningOptions(command, flags->opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunExplain(*flags, running); };
}

}  // namespace modelkin
