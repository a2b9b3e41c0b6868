#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "atlas/atlas.h"
#include "atlas_actions.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/atlas_report.h"
#include "requests/atlas.h"
#include "terminal.h"

namespace modelkin {
namespace {

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

int RunStats(const AtlasFlags& flags, const Program& program) {
  const Atlas atlas = Atlas::Open(flags.atlas, AtlasAccess::kRead);
  const AtlasStats stats = atlas.Stats();
  if (flags.json) {
    WriteToStandardOutput(
        [&](const TextSink& sink) { WriteAtlasStatsJson(flags.atlas, stats, sink); });
  } else {
    WriteToTerminal([&](const TextSink& sink) {
      WriteAtlasStatsText(flags.atlas, stats, ScreenOf(program), sink);
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

}  // namespace

void AddRecordActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
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

}  // namespace modelkin
