#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "atlas/atlas.h"
#include "atlas_service.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "model_list.h"
#include "output_option.h"
#include "report/atlas_report.h"
#include "report/find_report.h"
#include "report/page_template.h"
#include "report/text_table.h"
#include "report/tree_report.h"
#include "requests/atlas.h"
#include "requests/find.h"
#include "requests/tree.h"
#include "shared_options.h"
#include "trace_options.h"
#include "worker_share.h"

namespace modelkin {
namespace {

constexpr const char* kAtlasExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin atlas add models.atlas demo/dense-a demo/dense-b demo/moe-c
  modelkin atlas find models.atlas demo/dense-a-tuned
  modelkin atlas tree models.atlas
  modelkin atlas tree models.atlas --format html -o tree.html
  modelkin atlas stats models.atlas
  modelkin atlas export models.atlas -o records.jsonl
  modelkin atlas import copy.atlas records.jsonl)";

// What all of them have.
struct AtlasFlags {
  std::string atlas;
  std::vector<std::string> models;
  std::string list;  // a file of further models
  OutputFlags output;
  bool json = false;
  SharedOptions shared;
  OpenOptions opening;
};

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

struct FindFlags : AtlasFlags {
  FindRequest request;
};

int RunFind(const FindFlags& flags, const Program& program) {
  const auto target = PlanOutput(
      flags.output, WithBase({flags.request.model}, flags.request.opening), {flags.request.atlas});
  const FindResults results = FindRelatives(flags.request, MakeContext(program, flags.shared));
  const auto json = [&](const TextSink& sink) { WriteFindJson(results, sink); };
  WriteToFile(target, json);
  if (flags.json) {
    WriteToStandardOutput(json);
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteFindText(results, ColourWanted(), sink); });
  }
  return 0;
}

struct TreeFlags : AtlasFlags {
  TreeRequest request;
  std::string format = "json";  // of what is written to a file
  bool format_given = false;
};

using TreeWriter = void (*)(const TreeResults&, const TextSink&);

TreeWriter TreeWriterOf(std::string_view format) {
  if (format == "graphml") return &WriteTreeGraphMl;
  if (format == "newick") return &WriteTreeNewick;
  if (format == "html") return &WriteTreePage;
  return [](const TreeResults& results, const TextSink& sink) { WriteTreeJson(results, sink); };
}

// A form that is asked for goes to the file, or without one to standard output.
int RunTree(const TreeFlags& flags, const Program& program) {
  if (flags.format == "html") static_cast<void>(TreePageTemplate());  // not after long work
  const auto target = PlanOutput(flags.output, {}, {flags.request.atlas});
  const TreeResults results = TreeOfAtlas(flags.request, MakeContext(program, flags.shared));
  const TreeWriter writer = TreeWriterOf(flags.format);
  const auto write = [&](const TextSink& sink) { writer(results, sink); };
  WriteToFile(target, write);
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteTreeJson(results, sink); });
  } else if (flags.format_given && !target) {
    WriteToStandardOutput(write);
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteTreeText(results, ColourWanted(), sink); });
  }
  return 0;
}

int RunRemove(const AtlasFlags& flags, const Program&) {
  Atlas atlas = Atlas::Open(flags.atlas, AtlasAccess::kWrite);
  for (const std::string& name : flags.models) {
    const std::uint64_t removed = atlas.Remove(name);
    if (removed == 0) {
      throw Error(ErrorKind::kUsage, fmt::format("no model is called {} there", Printable(name)),
                  {.file = flags.atlas, .tensor = {}, .offset_bytes = {}});
    }
    if (!flags.shared.quiet) {
      WriteToTerminal([&](const TextSink& sink) {
        sink(fmt::format("removed: {} ({})\n", Printable(name), removed));
      });
    }
  }
  return 0;
}

int RunStats(const AtlasFlags& flags, const Program&) {
  const Atlas atlas = Atlas::Open(flags.atlas, AtlasAccess::kRead);
  const AtlasStats stats = atlas.Stats();
  if (flags.json) {
    WriteToStandardOutput(
        [&](const TextSink& sink) { WriteAtlasStatsJson(flags.atlas, stats, sink); });
  } else {
    WriteToTerminal([&](const TextSink& sink) {
      WriteAtlasStatsText(flags.atlas, stats, ColourWanted(), sink);
    });
  }
  return 0;
}

int RunCheckFile(const AtlasFlags& flags, const Program&) {
  const Atlas atlas = Atlas::Open(flags.atlas, AtlasAccess::kRead);
  const std::vector<std::string> faults = atlas.Verify();
  for (const std::string& fault : faults) {
    fmt::print(stderr, "modelkin: {}: {}\n", Printable(flags.atlas), Printable(fault, 1024));
  }
  if (faults.empty() && !flags.shared.quiet) fmt::print("whole: {}\n", Printable(flags.atlas));
  return faults.empty() ? 0 : static_cast<int>(ErrorKind::kBadInput);
}

// Throws where a file is named as Parquet, which the Python package's program takes and writes
// before it comes here.
void RefuseParquet(const std::string& path) {
  if (!path.ends_with(".parquet")) return;
  throw Error(ErrorKind::kUsage,
              "Parquet is read and written by the Python package: pip install 'modelkin[parquet]' "
              "brings a modelkin that takes this command",
              {.file = path, .tensor = {}, .offset_bytes = {}});
}

int RunExport(const AtlasFlags& flags, const Program&) {
  RefuseParquet(flags.output.path);
  const auto target = PlanOutput(flags.output, {}, {flags.atlas});
  const Atlas atlas = Atlas::Open(flags.atlas, AtlasAccess::kRead);
  const auto write = [&](const TextSink& sink) { ExportRecords(atlas, sink); };
  if (target) {
    WriteToFile(target, write);
  } else {
    WriteToStandardOutput(write);
  }
  return 0;
}

int RunImport(const AtlasFlags& flags, const Program& program) {
  for (const std::string& path : flags.models) RefuseParquet(path);
  const ImportCounts counts =
      ImportRecords(flags.atlas, flags.models, MakeContext(program, flags.shared));
  if (!flags.shared.quiet) {
    fmt::print("{} read: {} added, {} replaced\n", counts.records, counts.change.added,
               counts.change.replaced);
  }
  return 0;
}

struct ServiceFlags : AtlasFlags {
  std::uint16_t port = 0;
};

int RunAtlasService(const ServiceFlags& flags, const Program& program) {
  ServeAtlas(
      {.atlas = flags.atlas, .port = flags.port},
      [](const std::string& address) {
        WriteToStandardOutput([&](const TextSink& sink) { sink(address + "\n"); });
      },
      MakeContext(program, flags.shared));
  return 0;
}

// What was asked for, once it is known.
struct Chosen {
  Command command;
};

template <class Flags>
CLI::App& AddAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen,
                    const std::shared_ptr<Flags>& flags, const std::string& name,
                    const std::string& description, int (*run)(const Flags&, const Program&)) {
  CLI::App& action = *atlas.add_subcommand(name, description);
  action.fallthrough();
  action.callback([chosen, flags, run] {
    chosen->command = [flags, run](const Program& program) { return run(*flags, program); };
  });
  return action;
}

void AddAtlasArgument(CLI::App& action, AtlasFlags& flags) {
  action.add_option("atlas", flags.atlas, "The atlas, a file")->required()->type_name("ATLAS");
}

void AddListOption(CLI::App& action, AtlasFlags& flags) {
  action.add_option("--list", flags.list, "A file that names models, one a line")
      ->type_name("FILE");
}

void AddAddAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
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

void AddFindAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
  const auto flags = std::make_shared<FindFlags>();
  FindRequest& request = flags->request;
  CLI::App& action = AddAction(atlas, chosen, flags, "find",
                               "Find a model's relatives, with an error rate over all", RunFind);
  action.add_option("atlas", request.atlas, "The atlas, a file")->required()->type_name("ATLAS");
  action.add_option("model", request.model, "The model")->required()->type_name("MODEL");
  action
      .add_option("--error-rate", request.error_rate,
                  "The chance that any stranger of the atlas is in the answer (default: 0.01)")
      ->check(CLI::Range(1e-12, 0.5));
  action.add_option("--most-traced", request.most_traced,
                    "Of models that bits nominate, trace so many, the best first (default: 8); 0: "
                    "trace none");
  action.add_option("--most-by-profile", request.most_by_profile,
                    "Trace so many models whose norms and spectra are nearest (default: 4)");
  AddEffortOptions(action, request.trace);
  AddOutputOption(action, flags->output);
  action.add_flag("--json", flags->json, "JSON to standard output");
  AddOpeningOptions(action, request.opening);
  AddSharedOptions(action, flags->shared);
}

void AddTreeAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
  const auto flags = std::make_shared<TreeFlags>();
  TreeRequest& request = flags->request;
  CLI::App& action = AddAction(atlas, chosen, flags, "tree",
                               "Show who is whose relative, and what cards declare", RunTree);
  action.add_option("atlas", request.atlas, "The atlas, a file")->required()->type_name("ATLAS");
  action.add_option("--of", request.of, "Only the group of this model, by its name there")
      ->type_name("MODEL");
  action
      .add_option("--error-rate", request.error_rate,
                  "The chance that any two that are shown as relatives are strangers (default: "
                  "0.01)")
      ->check(CLI::Range(1e-12, 0.5));
  action
      .add_option_function<std::string>(
          "--format",
          [flags](const std::string& format) {
            flags->format = format;
            flags->format_given = true;
          },
          "json (default of a file), html, graphml or newick: to the file, or to standard output")
      ->check(CLI::IsMember({"json", "html", "graphml", "newick"}));
  AddOutputOption(action, flags->output, "Write everything to this file");
  action.add_flag("--json", flags->json, "JSON to standard output");
  AddSharedOptions(action, flags->shared);
}

void AddBuildAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
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

void AddFileActions(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
  auto flags = std::make_shared<AtlasFlags>();
  CLI::App* action =
      &AddAction(atlas, chosen, flags, "remove", "Remove models by their names", RunRemove);
  AddAtlasArgument(*action, *flags);
  action->add_option("names", flags->models, "What they are called there")
      ->required()
      ->type_name("NAME");
  action->add_flag("-q,--quiet", flags->shared.quiet, "Print nothing");

  flags = std::make_shared<AtlasFlags>();
  action = &AddAction(atlas, chosen, flags, "stats", "Say what is in an atlas", RunStats);
  AddAtlasArgument(*action, *flags);
  action->add_flag("--json", flags->json, "JSON to standard output");

  flags = std::make_shared<AtlasFlags>();
  action = &AddAction(atlas, chosen, flags, "check", "Check that an atlas is whole, all of it",
                      RunCheckFile);
  AddAtlasArgument(*action, *flags);
  action->add_flag("-q,--quiet", flags->shared.quiet, "Print nothing where it is whole");

  flags = std::make_shared<AtlasFlags>();
  action =
      &AddAction(atlas, chosen, flags, "export", "Write all records as lines of JSON", RunExport);
  AddAtlasArgument(*action, *flags);
  AddOutputOption(*action, flags->output, "Write to this file (default: standard output)");

  flags = std::make_shared<AtlasFlags>();
  action = &AddAction(atlas, chosen, flags, "import",
                      "Add records that sketch, export or build wrote", RunImport);
  AddAtlasArgument(*action, *flags);
  action->add_option("records", flags->models, "Files of records, or folders of such")
      ->required()
      ->type_name("FILE");
  action->add_flag("-q,--quiet", flags->shared.quiet, "Print nothing");
}

void AddServeAction(CLI::App& atlas, const std::shared_ptr<Chosen>& chosen) {
  const auto flags = std::make_shared<ServiceFlags>();
  CLI::App& action =
      AddAction(atlas, chosen, flags, "serve",
                "Answer on this machine over HTTP what of the atlas may be a sketch's relative",
                RunAtlasService);
  AddAtlasArgument(action, *flags);
  action.add_option("--port", flags->port, "On 127.0.0.1 (default: any; it is printed)");
  AddSharedOptions(action, flags->shared);
}

}  // namespace

Command AddAtlasCommand(CLI::App& program) {
  CLI::App& command = *program.add_subcommand(
      "atlas", "Find a model's relatives among many: add, find, tree, and what an atlas needs");
  command.footer(kAtlasExamples);
  command.require_subcommand(1);
  const auto chosen = std::make_shared<Chosen>();
  AddAddAction(command, chosen);
  AddFindAction(command, chosen);
  AddTreeAction(command, chosen);
  AddBuildAction(command, chosen);
  AddFileActions(command, chosen);
  AddServeAction(command, chosen);
  return [chosen](const Program& running) { return chosen->command(running); };
}

}  // namespace modelkin
