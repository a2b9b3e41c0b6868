#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "atlas_actions.h"
#include "atlas_service.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/find_report.h"
#include "report/page_template.h"
#include "report/tree_report.h"
#include "requests/find.h"
#include "requests/tree.h"
#include "terminal.h"
#include "trace_options.h"

namespace modelkin {
namespace {

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
    WriteToTerminal([&](const TextSink& sink) { WriteFindText(results, ScreenOf(program), sink); });
  }
  SayWritten(target, program, flags.shared.quiet);
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
    WriteToTerminal([&](const TextSink& sink) { WriteTreeText(results, ScreenOf(program), sink); });
  }
  SayWritten(target, program, flags.shared.quiet);
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

void AddFindAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  const auto flags = std::make_shared<FindFlags>();
  FindRequest& request = flags->request;
  CLI::App& action = AddAction(atlas, chosen, flags, "find",
                               "Find a model's relatives, with an error rate over all", RunFind);
  action.add_option("atlas", request.atlas, "The atlas, a file")->required()->type_name("ATLAS");
  action.add_option("model", request.model, "The model")->required()->type_name("MODEL");
  action
      .add_option(
          "--error-rate", request.error_rate,
          "The chance that any unrelated model of the atlas is in the answer (default: 0.01)")
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

void AddTreeAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  const auto flags = std::make_shared<TreeFlags>();
  TreeRequest& request = flags->request;
  CLI::App& action = AddAction(atlas, chosen, flags, "tree",
                               "Show who is whose relative, and what cards declare", RunTree);
  action.add_option("atlas", request.atlas, "The atlas, a file")->required()->type_name("ATLAS");
  action.add_option("--of", request.of, "Only the group of this model, by its name there")
      ->type_name("MODEL");
  action
      .add_option("--error-rate", request.error_rate,
                  "The chance that any two that are shown as relatives are unrelated (default: "
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

void AddServeAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
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

void AddSearchingActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen) {
  AddFindAction(atlas, chosen);
  AddTreeAction(atlas, chosen);
  AddServeAction(atlas, chosen);
}

}  // namespace modelkin
