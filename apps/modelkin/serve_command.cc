#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "commands.h"
#include "local_hub/local_hub.h"
#include "shared_options.h"
#include "source/places.h"

namespace modelkin {
namespace {

constexpr const char* kServeExamples = R"(Examples:
  modelkin demo --keep demo
  modelkin serve demo --port 8000 &
  HF_ENDPOINT=http://127.0.0.1:8000 modelkin compare hf://local/dense-a hf://local/dense-b)";

struct ServeFlags {
  LocalHubOptions options;
  std::string fault = "none";
  std::uint64_t answers = 1'000'000'000;
};

int RunServe(const ServeFlags& flags) {
  if (!ThisMachine().IsFolder(flags.options.folder)) {
    throw Error(ErrorKind::kBadInput, "is no folder", {.file = flags.options.folder});
  }
  const HubFault fault = HubFaultOf(flags.fault);
  LocalHub hub(flags.options);
  hub.Misbehave(fault, flags.answers);
  WriteToStandardOutput([&](const TextSink& sink) { sink(fmt::format("{}\n", hub.endpoint())); });
  for (;;) {
    ThrowIfInterrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

Command AddServeCommand(CLI::App& program) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App& command = *program.add_subcommand(
      "serve", "Serve a folder of models on this machine as a hub, until interrupted");
  command.footer(kServeExamples);
  command
      .add_option("folder", flags->options.folder,
                  "Its subfolders become the repositories local/NAME")
      ->required()
      ->type_name("FOLDER");
  command.add_option("--port", flags->options.port, "On 127.0.0.1 (default: any; it is printed)");
  command.add_option("--token", flags->options.token, "Answer only to this token");
  command.add_option("--fault", flags->fault,
                     "Misbehave, to see how a client takes it: ignores-ranges, other-range, "
                     "too-much, too-little, stalls, drips, changes, other-total, overloaded, "
                     "expired, redirects, wrong-size, no-json or compresses");
  command.add_option("--answers", flags->answers, "Only in so many answers, the first ones");
  return [flags](const Program&) { return RunServe(*flags); };
}

}  // namespace modelkin
