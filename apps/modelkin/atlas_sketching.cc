#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "atlas_actions.h"
#include "base/error.h"
#include "model_list.h"
#include "report/atlas_report.h"
#include "report/text_table.h"
#include "requests/atlas.h"
#include "terminal.h"
#include "worker_share.h"

namespace modelkin {
namespace {

std::vector<std::string> ModelsOf(const AtlasFlags& flags) {
  std::vector<std::string> models = flags.models;
  if (!flags.list.empty()) {
    const std::vector<std::string> more = ReadModelList(flags.list);
    models.insert(models.end(), more.begin(), more.end());
  }
  if (models.empty()) throw Error(ErrorKind::kUsage, "no model is named, nor a --list of them");
  return models;
}

// Prints what becomes of each model as it is done; counts those that failed.
class Listener {
 public:
  explicit Listener(const AtlasFlags& flags) : flags_(flags) {}

  void operator()(const SketchedModel& done) {
    ++(!done.error.empty() ? failed_ : done.skipped ? skipped_ : sketched_);
    if (flags_.json) {
      WriteToStandardOutput([&](const TextSink& sink) { sink(SketchedJson(done)); });
    } else if (!done.error.empty()) {
      fmt::print(stderr, "modelkin: {}", SketchedText(done));
    } else if (!flags_.shared.quiet) {
      WriteToTerminal([&](const TextSink& sink) { sink(SketchedText(done)); });
    }
  }
  // Prints how many models there were of each outcome, but for JSON, whose reader counts lines.
  void PrintSummary(const WorkerShare& share) const {
    if (flags_.json || flags_.shared.quiet) return;
    WriteToTerminal([&](const TextSink& sink) {
      sink(fmt::format("worker {} of {}: {} sketched, {} there already, {} failed\n", share.rank,
                       share.world, FormatQuantity(sketched_, "model"), skipped_, failed_));
    });
  }
  // 3 where a model could not be sketched.
  int ExitCode() const { return failed_ == 0 ? 0 : static_cast<int>(ErrorKind::kBadInput); }

 private:
  const AtlasFlags& flags_;
  std::uint64_t sketched_ = 0, skipped_ = 0, failed_ = 0;
};

int RunAdd(const AtlasFlags& flags, const Program& program) {
  Listener listener(flags);
  AddModels({.atlas = flags.atlas, .models = ModelsOf(flags), .opening = flags.opening},
            std::ref(listener), MakeContext(program, flags.shared));
  return listener.ExitCode();
}

struct BuildFlags : AtlasFlags {
  std::string folder;
  std::optional<std::uint64_t> rank, world;
};

int RunBuild(const BuildFlags& flags, const Program& program) {
  const WorkerShare share = ShareOf(flags.rank, flags.world, EnvironmentVariable);
  Listener listener(flags);
  BuildRecords({.models = ModelsOf(flags),
                .folder = flags.folder,
                .rank = share.rank,
                .world = share.world,
                .opening = flags.opening},
               std::ref(listener), MakeContext(program, flags.shared));
  listener.PrintSummary(share);
  return listener.ExitCode();
}

void AddListOption(CLI::App& action, AtlasFlags& flags) {
  action.add_option("--list", flags.list, "A file that names models, one a line")
      ->type_name("FILE");
}

void AddAddAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  const auto flags = std::make_shared<AtlasFlags>();
  CLI::App& action =
      AddAction(atlas, chosen, flags, "add",
                "Sketch models and add them; what is there already is replaced", RunAdd);
  AddAtlasArgument(action, *flags);
  action.add_option("models", flags->models, "The models")->type_name("MODEL");
  AddListOption(action, *flags);
  action.add_flag("--json", flags->json, "A line of JSON for each model");
  AddOpeningOptions(action, flags->opening);
  AddSharedOptions(action, flags->shared);
}

void AddBuildAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  const auto flags = std::make_shared<BuildFlags>();
  CLI::App& action =
      AddAction(atlas, chosen, flags, "build",
                "Sketch one worker's share of a list of models into files", RunBuild);
  action.add_option("list", flags->list, "A file that names all models, one a line")
      ->required()
      ->type_name("LIST");
  action
      .add_option("--to", flags->folder,
                  "Folder of the records, a file each; models that have one are skipped")
      ->required()
      ->type_name("FOLDER");
  action.add_option("--rank", flags->rank,
                    "Which worker this is, from 0 on (default: SLURM_ARRAY_TASK_ID or "
                    "JOB_COMPLETION_INDEX, else 0)");
  action.add_option("--world", flags->world,
                    "How many workers there are (default: SLURM_ARRAY_TASK_COUNT, else 1)");
  action.add_flag("--json", flags->json, "A line of JSON for each model");
  AddOpeningOptions(action, flags->opening);
  AddSharedOptions(action, flags->shared);
}

}  // namespace

void AddSketchingActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  AddAddAction(atlas, chosen);
  AddBuildAction(atlas, chosen);
}

}  // namespace modelkin
