#include "report/report_markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "base/escaped_text.h"
#include "base/own_output.h"
#include "report/config_report.h"
#include "report/functional_report.h"
#include "report/group_summaries.h"
#include "report/inspect_report.h"
#include "report/markdown_text.h"
#include "report/text_table.h"
#include "report/trace_report.h"
#include "requests/tool_version.h"
#include "wording/answer.h"
#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

std::string MarkdownList(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += fmt::format("- {}\n", MarkdownText(item));
  return text.empty() ? "" : text + "\n";
}

// "0.1 .. 0.3", "-" for no values.
std::string SpanOf(const std::vector<double>& values) {
  if (values.empty()) return "-";
  const auto [low, high] = std::ranges::minmax(values);
  return fmt::format("{:.3g} .. {:.3g}", low, high);
}

class Markdown {
 public:
  Markdown(const Report& report, const TextSink& sink)
      : report_(report), results_(report.trace), sink_(sink) {}

  void Write() {
    const ReportNames& names = report_.names;
    sink_(kMarkdownMark);
    sink_(fmt::format("# {} and {}\n\n", MarkdownText(names.a), MarkdownText(names.b)));
    sink_(fmt::format("A is {}, B is {}", MarkdownText(names.a), MarkdownText(names.b)));
    std::string controls;
    for (const std::string& control : names.controls) {
      controls += fmt::format("{}{}", controls.empty() ? "" : ", ", MarkdownText(control));
    }
    sink_(controls.empty() ? ".\n\n" : fmt::format("; controls: {}.\n\n", controls));
    Summary();
    Configuration();
    Architecture();
    Methodology();
    Layers();
    DeepDive();
    Conclusions();
  }

 private:
  void Heading(int number, std::string_view title) {
    sink_(fmt::format("## {}. {}\n\n", number, title));
  }

  void Summary() {
    Heading(1, "Executive summary");
    const Answer answer = AnswerOf(results_, Language::kEnglish);
    sink_(fmt::format("**{}.** {} {}\n\n{}\n\n", MarkdownText(answer.pill),
                      MarkdownText(answer.headline), MarkdownText(answer.lead),
                      MarkdownText(answer.how_sure)));
    WriteRows(answer);
    for (const AnswerCard& card : answer.cards) {
      sink_(fmt::format("- **{}**: {}\n", MarkdownText(card.title), MarkdownText(card.text)));
    }
    sink_(fmt::format("\nMay be quoted as it stands:\n\n> {}\n\n", MarkdownText(answer.quote)));
    const WholeVerdict& verdict = results_.verdict;
    sink_(fmt::format(
        "Verdict `{}`{}: {}\n\n", VerdictName(verdict.category),
        verdict.shared ? fmt::format(" (`{}`)", SharedMaterialName(*verdict.shared)) : "",
        MarkdownText(WholeSentence(results_))));
    sink_(MarkdownList(EvidenceTexts(*results_.Telling().trace)));
    for (const Kind& kind : verdict.kinds) WriteKind(kind);
    const auto& kinship = results_.Telling().kinship;
    if (kinship && kinship->relation) WriteRelation(*kinship->relation);
  }

  // What the two have in common, beside unrelated models.
  void WriteRows(const Answer& answer) {
    if (answer.rows.empty()) return;
    const bool has_reference = !answer.reference.empty();
    MarkdownRows rows;
    for (const EvidenceRow& row : answer.rows) {
      rows.push_back({MarkdownText(row.label), MarkdownText(row.value)});
      if (has_reference) rows.back().push_back(MarkdownText(row.reference_value));
    }
    std::vector<std::string> header = {"", "this pair"};
    if (has_reference) header.push_back("unrelated: " + MarkdownText(answer.reference));
    sink_(MarkdownTable(header, rows) + "\n");
  }

  void WriteKind(const Kind& kind) {
    sink_(fmt::format("- **{}**: {}\n", MarkdownText(DerivationKindName(kind.kind)),
                      MarkdownText(kind.evidence.english)));
  }

  void WriteRelation(const Relation& relation) {
    sink_(fmt::format("{}:\n\n", HowTheyDiffer(relation)));
    for (const Kind& kind : relation.kinds) WriteKind(kind);
    sink_(fmt::format("\nWho came first: {}\n\n", relation.direction == Direction::kAToB ? "A."
                                                  : relation.direction == Direction::kBToA
                                                      ? "B."
                                                      : "not shown."));
    for (const DirectionFact& fact : relation.facts) {
      sink_(fmt::format("- {}\n", MarkdownText(fact.evidence.english)));
    }
    for (const DirectionSign& sign : relation.signs) {
      const SignTraits& traits = TraitsOf(sign.kind);
      sink_(fmt::format(
          "- A sign that {} came first: {} (turned round by {}; wrong in {} of {} "
          "measured cases)\n",
          sign.direction == Direction::kAToB ? "A" : "B", MarkdownText(sign.evidence.english),
          MarkdownText(traits.turned_by), traits.wrong, traits.cases));
    }
    sink_("\n");
  }

  void Configuration() {
    Heading(2, "Configuration comparison");
    if (!report_.config) {
      sink_("There are no configurations of both.\n\n");
      return;
    }
    WriteConfigMarkdown(*report_.config, sink_);
    sink_("\n");
  }

  void Architecture() {
    Heading(3, "Architecture");
    const Inspection& a = report_.inspection_a;
    const Inspection& b = report_.inspection_b;
    for (const auto& [name, inspection] : {std::pair("A", &a), {"B", &b}}) {
      const std::string diagram = BlockDiagram(*inspection);
      if (!diagram.empty()) sink_(fmt::format("{}:\n\n{}\n", name, MarkdownBlock(diagram)));
    }
    // By name: a module that one of them lacks has no count there.
    std::map<std::string_view, std::array<std::optional<std::uint64_t>, 2>> components;
    for (std::size_t i = 0; i < kModuleKindCount; ++i) {
      const auto module = static_cast<ModuleKind>(i);
      for (const std::size_t side : {0, 1}) {
        const Inspection& inspection = side == 0 ? a : b;
        const std::uint64_t count = inspection.parameters.Of(module);
        if (inspection.counted() && count > 0) components[ModuleKindName(module)][side] = count;
      }
    }
    MarkdownRows rows;
    for (const auto& [name, counts] : components) {
      rows.push_back({MarkdownText(name), NumberText(counts[0]), NumberText(counts[1])});
    }
    const auto total = [](const Inspection& inspection) {
      return inspection.counted() ? NumberText(inspection.parameters.total) : std::string("-");
    };
    rows.push_back({"total", total(a), total(b)});
    rows.push_back({"active", NumberText(a.active), NumberText(b.active)});
    sink_(MarkdownTable({"parameters", "A", "B"}, rows));
  }

  void Methodology() {
    Heading(4, "Methodology");
    sink_(
        "The hypothesis of each test is that A and B were initialised independently: then every "
        "order "
        "of B's units is as likely as the one it has. p-values are corrected by Holm over all "
        "tests; "
        "evidence is strong under 10^-6, with an effect above that of every control.\n\n");
    MarkdownRows rows;
    std::string notes;
    for (const TestResult& test : results_.trace().tests) {
      const TestTraits& traits = TraitsOf(test.key.id);
      const std::string name = MarkdownCode(TestName(test.key));
      if (!test.was_run()) {
        notes += fmt::format("- {} was not run: {}\n", name, MarkdownText(SkipText(test.skipped)));
        continue;
      }
      const std::string mark = test.p_is_valid() ? "" : " \\*";
      if (!mark.empty()) {
        notes += fmt::format("- \\* {}: {}\n", name, MarkdownText(CaveatText(test)));
      }
      rows.push_back(
          {name, MarkdownText(traits.symmetry_group), NumberText(test.units),
           NumberText(test.statistic),
           MarkdownText(FormatPCell(test.log_p, test.log_p_is_bound)) + mark,
           MarkdownText(FormatPCell(test.log_p_adjusted, test.log_p_is_bound)) + mark,
           fmt::format("{} {}", NumberText(test.effect), MarkdownText(traits.effect_name)),
           test.strong ? "strong" : ""});
    }
    sink_(MarkdownTable({"test", "in random order under the hypothesis", "n", "statistic", "p",
                         "p, corrected", "effect", ""},
                        rows));
    if (!notes.empty()) sink_(notes + "\n");
  }

  // Medians of the controls' groups of the same name.
  std::string ControlSpan(std::vector<GroupSummary> Comparison::*groups,
                          const GroupSummary& group) const {
    std::vector<double> medians;
    for (const Comparison& control : report_.compare->controls) {
      const GroupSummary* const same = GroupLike(control.*groups, group);
      if (same == nullptr) continue;
      const MetricSpread& spread = SpreadOf(*same, &PairMetrics::pearson_correlation);
      if (spread.tensors > 0) medians.push_back(spread.median);
    }
    return SpanOf(medians);
  }

  void GroupTable(std::vector<GroupSummary> Comparison::*groups, const char* title) {
    MarkdownRows rows;
    const bool is_compared = report_.compare && report_.compare->pair;
    const auto median = [](const GroupSummary& group, Metric PairMetrics::*metric) {
      const MetricSpread& spread = SpreadOf(group, metric);
      return spread.tensors == 0 ? std::string("-") : NumberText(spread.median);
    };
    for (const GroupSummary& group :
         is_compared ? (*report_.compare->pair).*groups : std::vector<GroupSummary>()) {
      rows.push_back({group.layer ? MarkdownText(GroupName(group)) : MarkdownCode(GroupName(group)),
                      NumberText(group.tensors), median(group, &PairMetrics::cosine_similarity),
                      median(group, &PairMetrics::shuffled_cosine),
                      median(group, &PairMetrics::pearson_correlation), ControlSpan(groups, group),
                      median(group, &PairMetrics::rel_l2_a)});
    }
    if (rows.empty()) {
      sink_("Tensors were not compared one by one.\n\n");
      return;
    }
    sink_(MarkdownTable({title, "tensors", "cosine", "shuffled", "Pearson", "Pearson with controls",
                         "\\|a-b\\|/\\|a\\|"},
                        rows));
  }

  void Layers() {
    Heading(5, "Layer by layer");
    sink_(
        "Medians over the tensors of a layer. The cosine of the same values in random order "
        "(shuffled) "
        "is what the cosine of unrelated models is; only what exceeds it is shared structure.\n\n");
    GroupTable(&Comparison::by_layer, "layer");
    const PairAnalysis& shown = results_.trace().shown();
    const LayerMap& map = shown.layer_map;
    if (map.layers_b.empty()) return;
    MarkdownRows rows;
    for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
      double highest = -HUGE_VAL;
      for (std::size_t a = 0; a < map.layers_a.size(); ++a) {
        if (std::isfinite(map.At(a, b))) highest = std::max(highest, map.At(a, b));
      }
      const auto& source = map.source[b];
      rows.push_back({NumberText(map.layers_b[b]), source ? NumberText(map.layers_a[*source]) : "-",
                      highest > -HUGE_VAL ? fmt::format("{:.1f}", highest) : "-"});
    }
    const bool is_fitted = &shown != &results_.trace().pair;
    sink_(fmt::format(
        "Layers of A that B's attention and norms go back to; z above {:.2f} counts{}.\n\n",
        map.threshold,
        is_fitted ? ", though after a fit it is no test: unrelated models have some"
                  : ", and is standard normal for unrelated models"));
    sink_(MarkdownTable({"layer of B", "of A", "largest z"}, rows));
  }

  void DeepDive() {
    Heading(6, "Deep dive");
    sink_("By role, medians over tensors:\n\n");
    GroupTable(&Comparison::by_role, "role");
    if (results_.kinship()) Heritage(*results_.kinship());
    const auto& kinship = results_.kinship();
    if (kinship && kinship->descriptions) Fingerprints(*kinship->descriptions);
    if (report_.compare && report_.compare->functional) {
      sink_(FunctionalMarkdown(*report_.compare->functional));
    }
    if (report_.diff) {
      const ByteDiff& bytes = report_.diff->diff;
      sink_(
          fmt::format("Byte level: {} of {} tensors of the same name are stored with the same "
                      "bytes; {} more were found under other names.\n\n",
                      NumberText(bytes.identical_count()), NumberText(bytes.tensors.size()),
                      NumberText(bytes.elsewhere.size())));
    }
    const auto jaccard =
        report_.tokenizer ? report_.tokenizer->comparison.tokens.jaccard() : std::nullopt;
    if (jaccard) {
      sink_(fmt::format("Tokenizers share a Jaccard index of {} of their tokens.\n\n",
                        NumberText(*jaccard)));
    }
  }

  void Heritage(const Kinship& kinship) {
    std::map<std::string_view, std::uint64_t> classes;
    for (const TensorHeritage& tensor : kinship.heritage) ++classes[HeritageName(tensor.heritage)];
    MarkdownRows rows;
    for (const auto& [name, count] : classes) {
      rows.push_back({MarkdownText(name), NumberText(count)});
    }
    if (rows.empty()) return;
    sink_("What became of A's values in B:\n\n" + MarkdownTable({"class", "tensors"}, rows));
  }

  void Fingerprints(const Descriptions& figures) {
    MarkdownRows rows;
    for (std::size_t i = 0; i < figures.fingerprints.size(); ++i) {
      const Fingerprint& fingerprint = figures.fingerprints[i];
      std::vector<double> values;
      for (const ControlFigures& control : figures.controls) {
        if (const auto value = control.fingerprints[i].value) values.push_back(*value);
      }
      rows.push_back({MarkdownText(fingerprint.name), NumberText(fingerprint.value), SpanOf(values),
                      MarkdownText(fingerprint.caveat.english)});
    }
    if (!figures.left_out.empty()) {
      sink_(MarkdownText(fmt::format("Fingerprints and spectra: {}.", figures.left_out)) + "\n\n");
    }
    if (rows.empty()) return;
    sink_("Descriptions that have no null distribution and no say:\n\n" +
          MarkdownTable({"fingerprint", "A, B", "controls", ""}, rows));
  }

  void Conclusions() {
    Heading(7, "Conclusions");
    sink_(fmt::format("{}\n\n", MarkdownText(WholeSentence(results_))));
    sink_(MarkdownList(LimitTexts(results_.trace())));
    sink_(
        "A derivation may be licensed, announced, or one's own: nothing here says whether anything "
        "was taken without right. A p-value is the chance of such data from independent models, "
        "not "
        "the chance that they are independent.\n\n");
    MarkdownRows rows;
    for (const InputRecord& input : results_.inputs) {
      for (const FileRecord& file : input.files) {
        rows.push_back({MarkdownText(input.id.Name()), MarkdownText(input.resolved),
                        MarkdownText(file.name),
                        file.sha256 ? *file.sha256 : file.header_sha256 + " (header)"});
      }
    }
    sink_(MarkdownTable({"input", "place", "file", "SHA-256"}, rows));
    sink_(fmt::format("Made by modelkin {}, seed {}.\n", MarkdownText(kToolVersion),
                      NumberText(results_.options().seed)));
  }

  const Report& report_;
  const TraceResults& results_;
  const TextSink& sink_;
};

}  // namespace

void WriteReportMarkdown(const Report& report, const TextSink& sink) {
  Markdown(report, sink).Write();
}

}  // namespace modelkin
