#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "commands.h"
#include "compare_command.h"
#include "demo_models.h"
#include "demo_traps.h"
#include "shared_options.h"

namespace modelkin {
namespace {

struct DemoFlags {
  std::string keep;
  SharedOptions shared;
};

// A folder that goes away with this object.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_((std::filesystem::temp_directory_path() / "modelkin-demo-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) {
      throw Error(ErrorKind::kIo, fmt::format("cannot create: {}", std::strerror(errno)),
                  {.file = path_});
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void Show(const std::string& title, const CompareRequest& request) {
  WriteToStandardOutput(
      [&](const TextSink& sink) { sink(fmt::format("\n=== {} ===\n\n", title)); });
  RunCompare({.request = request, .output = {}});
}

int RunDemo(const DemoFlags& flags) {
  std::unique_ptr<TemporaryFolder> temporary;
  std::string folder = flags.keep;
  if (folder.empty()) {
    temporary = std::make_unique<TemporaryFolder>();
    folder = temporary->path();
  }
  WriteDemoModels(folder);
  Show("A fine-tuned copy, beside a stranger: every measure tells them apart but the norms' cosine",
       {.models = {folder + "/dense-a", folder + "/dense-a-tuned"},
        .controls = {folder + "/dense-b"},
        .shared = flags.shared});
  Show("Two strangers of different architecture: cosines near 1 again, all of it by chance",
       {.models = {folder + "/dense-a", folder + "/moe-c"}, .shared = flags.shared});
  return 0;
}

int RunTraps(const DemoFlags& flags) {
  const RunRecord run = BeginRun("demo", flags.shared);
  WriteToStandardOutput(
      [&](const TextSink& sink) { ShowTraps(run.threads, ColourWanted(), sink); });
  return 0;
}

}  // namespace

Command AddDemoCommand(CLI::App& program) {
  auto flags = std::make_shared<DemoFlags>();
  CLI::App& command = *program.add_subcommand(
      "demo", "Make small checkpoints of two architectures and compare them");
  command.footer(
      "Examples:\n"
      "  modelkin demo\n"
      "  modelkin demo --keep demo\n"
      "  modelkin demo traps");
  command.add_option("--keep", flags->keep, "Make them in this folder and leave them there");
  AddSharedOptions(command, flags->shared);
  const CLI::App* const traps = command.add_subcommand(
      "traps", "Three ways to accuse a stranger with numbers that are all correct");
  return [flags, traps] { return traps->parsed() ? RunTraps(*flags) : RunDemo(*flags); };
}

}  // namespace modelkin
