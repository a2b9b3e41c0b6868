#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/escaped_text.h"
#include "report/dossier_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

std::string PText(double log_p, bool is_bound) {
  const double log10 = log_p / std::log(10.0);
  const char* const sign = is_bound ? "<= " : "";
  return log10 > -3 ? fmt::format("{}{:.2g}", sign, std::exp(log_p))
                    : fmt::format("{}10^{:.1f}", sign, log10);
}

const DossierTest* StrongestTest(const DossierComparison& found) {
  const DossierTest* strongest = nullptr;
  for (const DossierTest& test : found.tests) {
    if (!test.strong) continue;
    if (strongest == nullptr || test.log_p_adjusted < strongest->log_p_adjusted) strongest = &test;
  }
  return strongest;
}

std::string PowerSentence(const DossierComparison& found) {
  if (!found.smallest_share) return "What would have been found was not simulated.";
  return fmt::format(
      "Renumbered hidden units of which a share of {:.2f} is the other model's would have been "
      "found with a probability of 0.9.",
      *found.smallest_share);
}

std::string PartyText(std::string_view id, const ReadDossierFile& file) {
  const Dossier& dossier = file.dossier;
  std::array<std::size_t, kUnitKinds> blocks{};
  for (const UnitBlock& block : dossier.blocks) ++blocks[static_cast<std::size_t>(block.kind)];
  return fmt::format(
      "  {}  {}\n     root {}\n     {}, {} MLPs of {}, heads of {} layers, experts of {}\n", id,
      Printable(file.path), HexOf(dossier.root), FormatQuantity(dossier.outline.size(), "tensor"),
      blocks[0], dossier.mlps.size(), blocks[1], blocks[2]);
}

std::string DossierTestsText(const DossierComparison& found, const TextStyle& style) {
  TextTable table({"test", "statistic", "of", "p", "corrected", "effect", "strong"});
  std::string skipped;
  for (const DossierTest& test : found.tests) {
    const std::string name(DossierTestName(test.id));
    if (!test.was_run()) {
      skipped += fmt::format("  {} was not run: {}\n", name, test.skipped);
      continue;
    }
    table.AddRow({name, fmt::format("{:.4g}", test.statistic), FormatCount(test.units),
                  PText(test.log_p, test.log_p_is_bound),
                  PText(test.log_p_adjusted, test.log_p_is_bound),
                  fmt::format("{:.3g}", test.effect), test.strong ? "yes" : "no"});
  }
  return table.Render(style) + skipped;
}

std::string_view LeafText(LeafFinding finding) {
  switch (finding) {
    case LeafFinding::kCommitted: return "is what was committed to";
    case LeafFinding::kNotInTree: return "IS NOT what was committed to";
    case LeafFinding::kNotOutline:
      return "was committed to, but the dossier GIVES IT another name, type or shape";
  }
  return "";
}

}  // namespace

std::string DossierSentence(const DossierResults& results) {
  const DossierComparison& found = results.comparison;
  if (found.category == VerdictCategory::kNotComparable) {
    return fmt::format("Not comparable by dossiers: {}.", found.not_comparable);
  }
  if (const DossierTest* const test = StrongestTest(found)) {
    return fmt::format(
        "Consistent with a common origin, and not with independent initialisation: {}, p {} after "
        "correction. Whether one was built on the other, both on a third, or both only started "
        "from the same random numbers, dossiers don't show.",
        DossierTestName(test->id), PText(test->log_p_adjusted, test->log_p_is_bound));
  }
  return fmt::format(
      "No evidence of a common origin. That is no proof of independence: a rotated or renumbered "
      "residual stream hides one from dossiers. {}",
      PowerSentence(found));
}

std::vector<std::string> DossierWarnings(const DossierResults& results) {
  std::vector<std::string> warnings;
  if (!results.comparison.seed.is_agreed) {
    warnings.emplace_back(
        "The seed is not that of both roots and the beacon given: whoever chose it may have known "
        "it before committing.");
  }
  for (const auto& [id, file] : {std::pair("A", &results.a), std::pair("B", &results.b)}) {
    const auto count = std::ranges::count_if(file->dossier.blocks, [](const UnitBlock& block) {
      return !block.first.finite || !block.second.finite;
    });
    if (count > 0) {
      warnings.push_back(fmt::format(
          "{} says that weights of {} of {} blocks are not finite, and shows nothing of them.", id,
          count, file->dossier.blocks.size()));
    }
  }
  return warnings;
}

void WriteDossierText(const DossierResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const DossierComparison& found = results.comparison;
  sink(style.Bold(VerdictName(found.category)) + "\n  " + DossierSentence(results) + "\n");
  for (const std::string& warning : DossierWarnings(results)) {
    sink("  Beware: " + warning + "\n");
  }
  sink("\n" + style.Bold("Dossiers") + "\n" + PartyText("A", results.a) +
       PartyText("B", results.b));
  if (!found.tests.empty()) {
    sink("\n" + style.Bold("Tests, of units in random order under independent initialisation") +
         "\n" + DossierTestsText(found, style));
  }
  sink(
      "\nA dossier says nothing until challenged tensors were opened and checked (modelkin dossier "
      "check),\nand never that the model committed to is the one in use. docs/dossier.md has what "
      "it leaks.\n");
}

void WriteOpeningCheckText(const OpeningCheckResults& results, const TextSink& sink) {
  const OpeningChecks& checks = results.checks;
  if (!checks.is_of_commitment) sink("The dossier IS NOT of this commitment.\n");
  for (const TensorCheck& check : checks.tensors) {
    sink(fmt::format("{}: {}\n", Printable(check.name), LeafText(check.finding)));
  }
  for (const SideCheck& check : checks.sides) {
    const std::string side = Printable(SideText(*results.dossier, check.side), 1024);
    if (!check.opened) {
      sink(fmt::format("{}: challenged, and NOT OPENED\n", side));
    } else {
      sink(
          fmt::format("{}: rows and sums {}\n", side,
                      check.matches ? "are those of the dossier" : "ARE NOT those of the dossier"));
    }
  }
  if (!results.dossier)
    sink("No dossier was given: what it tells of these tensors is not checked.\n");
  if (results.dossier && checks.sides.empty()) {
    sink("The dossier tells nothing of these tensors.\n");
  }
  sink(checks.passed() ? "Passed.\n" : "FAILED.\n");
}

}  // namespace modelkin
