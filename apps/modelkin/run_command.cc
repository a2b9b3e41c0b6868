#include <malloc.h>

#include <memory>
#include <optional>

#include "commands.h"
#include "image_input.h"
#include "output_option.h"
#include "report/run_report.h"
#include "requests/run.h"
#include "run_arrays.h"
#include "shared_options.h"
#include "terminal.h"
#include "text_input.h"

namespace modelkin {
namespace {

constexpr const char* kRunExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin run demo/moe-c --bytes --text 'Once upon a time'
  modelkin run demo/moe-c --ids 1,2,3 --ids 4,5 --json -o run.json
  modelkin run demo/moe-c --ids 1,2,3 --npy arrays  # logits, hidden states, router choices
  modelkin run demo/dense-a --ids 1,2,3 --generate 20
  modelkin run demo/vision-d --image demo/images.npy  # what an encoder makes of pixels)";

constexpr std::size_t kMostGenerated = 1'000'000;

struct RunFlags {
  RunRequest request;  // but for its texts and images
  TextFlags texts;
  ImageFlags images;
  SharedOptions shared;
  OutputFlags output;
  std::string npy;
  bool json = false;
};

// Activations of a layer are freed and taken again by the next: without this the kernel has the
// pages back in between, and clears them anew.
void KeepFreedMemory() {
  constexpr int kBytes = 256 << 20;
  mallopt(M_MMAP_THRESHOLD, kBytes);
  mallopt(M_TRIM_THRESHOLD, kBytes);
}

int RunRun(const RunFlags& flags, const Program& program) {
  KeepFreedMemory();
  RunRequest request = flags.request;
  std::vector<std::string> files = flags.images.files;
  files.push_back(flags.texts.file);
  const auto target = PlanOutput(flags.output, WithBase({request.model}, request.opening), files);
  request.texts = ReadTexts(flags.texts);
  request.images = ReadImageFlags(flags.images);
  std::optional<RunArrays> arrays;
  if (!flags.npy.empty()) {
    arrays.emplace(flags.npy, InputsOf(WithBase({request.model}, request.opening), files),
                   flags.output.force);
  }
  const RunResults results =
      RunModel(request, MakeContext(program, flags.shared), arrays ? &*arrays : nullptr);
  WriteToFile(target, [&](const TextSink& sink) { WriteRunJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteRunJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteRunText(results, ScreenOf(program), sink); });
  }
  SayWritten(target, program, flags.shared.quiet);
  return 0;
}

}  // namespace

Command AddRunCommand(CLI::App& program) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App& command = *program.add_subcommand(
      "run",
      "Run a model on texts or images, layer by layer from disk: next tokens, states, routing");
  command.footer(kRunExamples);
  command.add_option("model", flags->request.model, "The model")->required()->type_name("MODEL");
  AddTextInput(command, flags->texts);
  AddImageInput(command, flags->images);
  command.add_option("--top", flags->request.top, "Likeliest next tokens to show (default 5)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}))
      ->excludes("--image");
  command
      .add_option("--generate", flags->request.generate,
                  "Continue each text by up to so many tokens, "
                  "each the likeliest")
      ->check(CLI::Range(std::size_t{1}, kMostGenerated));
  command
      .add_option("--npy", flags->npy,
                  "Write logits, hidden states and router choices to this folder, as .npy")
      ->type_name("FOLDER");
  command.add_flag("--arrays", flags->request.arrays,
                   "Logits and hidden states in the JSON as well");
  command
      .add_flag("--beyond-context", flags->request.beyond_context,
                "Run texts longer than the model's context, where positions are computed")
      ->excludes("--image");
  AddOutputOption(command, flags->output);
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddOpeningOptions(command, flags->request.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunRun(*flags, running); };
}

}  // namespace modelkin
