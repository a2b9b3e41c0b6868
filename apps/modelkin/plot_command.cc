#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "figures/figure.h"
#include "output_option.h"
#include "report/verification.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kPlotExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin trace demo/dense-a demo/dense-a-tuned --control demo/dense-b -o trace.json
  modelkin plot evidence trace.json -o evidence.svg
  modelkin plot layers trace.json -o layers.svg
  modelkin plot heritage trace.json -o heritage.csv)";

struct PlotFlags {
  FigureKind figure = FigureKind::kEvidence;
  std::string results;
  Language language = Language::kEnglish;
  OutputFlags output;
  SharedOptions shared;
};

std::string WrittenAs(const Figure& figure, const std::string& path) {
  if (path.empty() || path.ends_with(".svg")) return figure.svg;
  if (path.ends_with(".png")) return PngOf(figure);
  if (path.ends_with(".csv")) return CsvOf(figure);
  throw Error(ErrorKind::kUsage,
              fmt::format("-o {}: a figure is written as .svg, .png or .csv", Printable(path)));
}

int RunPlot(const PlotFlags& flags, const Program&) {
  const auto target = PlanOutput(flags.output, {}, {flags.results});
  const Figure figure =
      DrawFigure(flags.figure, flags.results, ReadResults(flags.results), flags.language);
  const std::string bytes = WrittenAs(figure, flags.output.path);
  const auto write = [&](const TextSink& sink) { sink(bytes); };
  if (target) {
    WriteToFile(target, write);
  } else {
    WriteToStandardOutput(write);
  }
  return 0;
}

}  // namespace

Command AddPlotCommand(CLI::App& program) {
  auto flags = std::make_shared<PlotFlags>();
  CLI::App& command = *program.add_subcommand(
      "plot", "A figure of results: SVG, PNG, or the numbers behind it as CSV");
  command.footer(kPlotExamples);
  command
      .add_option("figure", flags->figure,
                  "evidence, layers or heritage of trace --json, spectra of trace --fingerprints "
                  "--json, norms "
                  "of compare --json")
      ->required()
      ->transform(CLI::CheckedTransformer(ValuesByName<FigureKind>(kFigureNames)).description(""))
      ->type_name("FIGURE");
  command
      .add_option("results", flags->results,
                  "A file that trace, compare or report --format json wrote")
      ->required()
      ->type_name("FILE");
  command.add_option("--language", flags->language, "Of the words in it: en (default) or ko")
      ->transform(CLI::CheckedTransformer(ValuesByName<Language>(kLanguageCodes)).description(""))
      ->type_name("LANGUAGE");
  AddOutputOption(command, flags->output,
                  "Write to this file: .svg, .png or .csv (default: SVG to standard output)");
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunPlot(*flags, running); };
}

}  // namespace modelkin
