#include "report/report_markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/escaped_text.h"
#include "base/own_output.h"
#include "report/functional_report.h"
#include "report/markdown_text.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

using nlohmann::json;

std::string Power(const json& log10, bool is_bound) {
  if (!log10.is_number()) return "-";
  const double value = log10.get<double>();
  const char* const sign = is_bound ? "&le; " : "";
  return value > -3 ? fmt::format("{}{:.2g}", sign, std::pow(10, value))
                    : fmt::format("{}10^{:.1f}", sign, value);
}

std::string List(const json& items) {
  std::string text;
  for (const json& item : items) text += fmt::format("- {}\n", TextOf(item));
  return text.empty() ? "" : text + "\n";
}

class Markdown {
 public:
  Markdown(const json& report, const MarkdownParts& parts, const TextSink& sink)
      : trace_(At(report, "trace")),
        compare_(At(report, "compare")),
        report_(report),
        parts_(parts),
        sink_(sink) {}

  void Write() {
    const json& names = At(report_, "names");
    sink_(kMarkdownMark);
    sink_(fmt::format("# {} and {}\n\n", TextOf(At(names, "a")), TextOf(At(names, "b"))));
    sink_(fmt::format("A is {}, B is {}", TextOf(At(names, "a")), TextOf(At(names, "b"))));
    std::string controls;
    for (const json& control : At(names, "controls")) {
      controls += fmt::format("{}{}", controls.empty() ? "" : ", ", TextOf(control));
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
    const json& verdict = At(trace_, "verdict");
    const json& kind = At(verdict, "kind");
    sink_(fmt::format("**{}{}.** {}\n\n", TextOf(At(verdict, "category")),
                      kind.is_string() ? fmt::format(" ({})", TextOf(kind)) : "",
                      TextOf(At(verdict, "sentence"))));
    sink_(List(At(verdict, "evidence")));
    const json& relation = At(trace_, "relation");
    if (!relation.is_object()) return;
    sink_("How B was made from A:\n\n");
    for (const json& found : At(relation, "kinds")) {
      sink_(
          fmt::format("- **{}**: {}\n", TextOf(At(found, "kind")), TextOf(At(found, "evidence"))));
    }
    const std::string direction = At(relation, "direction").is_string()
                                      ? At(relation, "direction").get<std::string>()
                                      : "unknown";
    sink_(fmt::format("\nWho came first: {}\n\n", direction == "a_to_b"   ? "A."
                                                  : direction == "b_to_a" ? "B."
                                                                          : "not shown."));
    for (const json& fact : At(relation, "facts")) {
      sink_(fmt::format("- {}\n", TextOf(At(fact, "evidence"))));
    }
    for (const json& sign : At(relation, "signs")) {
      sink_(fmt::format(
          "- A sign that {} came first: {} (turned round by {}; wrong in {} of {} "
          "measured cases)\n",
          TextOf(At(sign, "direction")) == "a_to_b" ? "A" : "B", TextOf(At(sign, "evidence")),
          TextOf(At(sign, "turned_by")), TextOf(At(sign, "wrong")), TextOf(At(sign, "cases"))));
    }
    sink_("\n");
  }

  void Configuration() {
    Heading(2, "Configuration comparison");
    sink_(parts_.configuration.empty() ? "There are no configurations of both.\n\n"
                                       : parts_.configuration + "\n");
  }

  void Architecture() {
    Heading(3, "Architecture");
    const json& a = At(report_, "inspect_a");
    const json& b = At(report_, "inspect_b");
    for (const auto& [name, diagram] :
         {std::pair("A", &parts_.diagram_a), {"B", &parts_.diagram_b}}) {
      if (!diagram->empty()) sink_(fmt::format("{}:\n\n{}\n", name, MarkdownBlock(*diagram)));
    }
    std::map<std::string, std::pair<const json*, const json*>> components;
    const json& of_a = At(At(a, "parameters"), "by_component");
    const json& of_b = At(At(b, "parameters"), "by_component");
    for (const auto& [name, count] : of_a.items()) components[name].first = &count;
    for (const auto& [name, count] : of_b.items()) components[name].second = &count;
    MarkdownRows rows;
    const auto count = [](const json* value) {
      return value == nullptr ? "-" : NumberText(*value);
    };
    for (const auto& [name, counts] : components) {
      rows.push_back({MarkdownText(name), count(counts.first), count(counts.second)});
    }
    for (const char* const total : {"total", "active"}) {
      rows.push_back({total, NumberText(At(At(a, "parameters"), total)),
                      NumberText(At(At(b, "parameters"), total))});
    }
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
    for (const json& test : At(trace_, "tests")) {
      const std::string name = Code(At(test, "name"));
      if (At(test, "skipped").is_string()) {
        notes += fmt::format("- {} was not run: {}\n", name, TextOf(At(test, "skipped")));
        continue;
      }
      const std::string mark = At(test, "caveat").is_string() ? " \\*" : "";
      if (!mark.empty()) notes += fmt::format("- \\* {}: {}\n", name, TextOf(At(test, "caveat")));
      const bool is_bound = At(test, "log10_p_is_bound") == true;
      rows.push_back({name, TextOf(At(test, "symmetry_group")), NumberText(At(test, "n")),
                      NumberText(At(test, "statistic")),
                      Power(At(test, "log10_p"), is_bound) + mark,
                      Power(At(test, "log10_p_adjusted"), is_bound) + mark,
                      fmt::format("{} {}", NumberText(At(test, "effect")),
                                  TextOf(At(test, "effect_name"), "")),
                      At(test, "strong") == true ? "strong" : ""});
    }
    sink_(MarkdownTable({"test", "in random order under the hypothesis", "n", "statistic", "p",
                         "p, corrected", "effect", ""},
                        rows));
    if (!notes.empty()) sink_(notes + "\n");
  }

  // Median of a metric in a summary of a group.
  static std::string Median(const json& group, const char* metric) {
    return NumberText(At(At(group, metric), "median"));
  }

  // Summaries of the pair's controls have the same groups.
  std::string ControlRange(const char* groups, const char* key, const json& value,
                           const char* metric) const {
    std::vector<double> medians;
    for (const json& summary : At(compare_, "control_summaries")) {
      for (const json& group : At(summary, groups)) {
        const json& median = At(At(group, metric), "median");
        if (At(group, key) == value && median.is_number()) medians.push_back(median.get<double>());
      }
    }
    if (medians.empty()) return "-";
    const auto [low, high] = std::ranges::minmax(medians);
    return fmt::format("{:.3g} .. {:.3g}", low, high);
  }

  void GroupTable(const char* groups, const char* key) {
    MarkdownRows rows;
    for (const json& group : At(At(compare_, "summary"), groups)) {
      const json& value = At(group, key);
      rows.push_back({value.is_string() ? Code(value) : NumberText(value),
                      NumberText(At(group, "tensors")), Median(group, "cosine_similarity"),
                      Median(group, "shuffled_cosine"), Median(group, "pearson_correlation"),
                      ControlRange(groups, key, value, "pearson_correlation"),
                      Median(group, "rel_l2_a")});
    }
    if (rows.empty()) {
      sink_("Tensors were not compared one by one.\n\n");
      return;
    }
    sink_(MarkdownTable({key, "tensors", "cosine", "shuffled", "Pearson", "Pearson with controls",
                         "\\|a-b\\|/\\|a\\|"},
                        rows));
  }

  void Layers() {
    Heading(5, "Layer by layer");
    sink_(
        "Medians over the tensors of a layer. The cosine of the same values in random order "
        "(shuffled) "
        "is what the cosine of strangers is; only what exceeds it is shared structure.\n\n");
    GroupTable("by_layer", "layer");
    const json& map = At(trace_, "layer_map");
    const json& of_b = At(map, "layers_b");
    if (!of_b.is_array() || of_b.empty()) return;
    MarkdownRows rows;
    for (std::size_t i = 0; i < of_b.size(); ++i) {
      const json& source = At(map, "source").at(i);
      double highest = -HUGE_VAL;
      for (const json& row : At(map, "z")) {
        if (row.at(i).is_number()) highest = std::max(highest, row.at(i).get<double>());
      }
      rows.push_back({NumberText(of_b[i]), NumberText(source),
                      highest > -HUGE_VAL ? fmt::format("{:.1f}", highest) : "-"});
    }
    sink_(fmt::format(
        "Layers of A that B's attention and norms go back to; z above {:.2f} counts{}.\n\n",
        At(map, "threshold").get<double>(),
        At(map, "fitted_basis") == true ? ", though after a fit it is no test: strangers have some"
                                        : ", and is standard normal for strangers"));
    sink_(MarkdownTable({"layer of B", "of A", "largest z"}, rows));
  }

  void DeepDive() {
    Heading(6, "Deep dive");
    sink_("By role, medians over tensors:\n\n");
    GroupTable("by_role", "role");
    std::map<std::string, std::uint64_t> classes;
    for (const json& tensor : At(trace_, "heritage")) {
      if (At(tensor, "class").is_string()) ++classes[At(tensor, "class").get<std::string>()];
    }
    MarkdownRows rows;
    for (const auto& [name, count] : classes)
      rows.push_back({MarkdownText(name), FormatCount(count)});
    if (!rows.empty())
      sink_("What became of A's values in B:\n\n" + MarkdownTable({"class", "tensors"}, rows));
    Fingerprints();
    sink_(FunctionalMarkdown(At(compare_, "functional")));
    const json& bytes = At(At(report_, "diff"), "summary");
    if (bytes.is_object()) {
      sink_(
          fmt::format("Byte level: {} of {} tensors of the same name are stored with the same "
                      "bytes; {} more were found under other names.\n\n",
                      NumberText(At(bytes, "identical")), NumberText(At(bytes, "tensors")),
                      NumberText(At(bytes, "found_elsewhere"))));
    }
    const json& common = At(At(report_, "tokenizer"), "summary");
    if (At(common, "jaccard").is_number()) {
      sink_(fmt::format("Tokenizers share a Jaccard index of {} of their tokens.\n\n",
                        NumberText(At(common, "jaccard"))));
    }
  }

  void Fingerprints() {
    MarkdownRows rows;
    for (const json& fingerprint : At(At(trace_, "descriptions"), "fingerprints")) {
      std::vector<double> values;
      for (const json& control : At(fingerprint, "controls")) {
        if (At(control, "value").is_number()) values.push_back(At(control, "value").get<double>());
      }
      const auto [low, high] = values.empty()
                                   ? std::pair(0.0, 0.0)
                                   : std::pair(std::ranges::min(values), std::ranges::max(values));
      rows.push_back({TextOf(At(fingerprint, "name")), NumberText(At(fingerprint, "value")),
                      values.empty() ? "-" : fmt::format("{:.3g} .. {:.3g}", low, high),
                      TextOf(At(fingerprint, "caveat"), "")});
    }
    if (rows.empty()) return;
    sink_("Descriptions that have no null distribution and no say:\n\n" +
          MarkdownTable({"fingerprint", "A, B", "controls", ""}, rows));
  }

  void Conclusions() {
    Heading(7, "Conclusions");
    const json& verdict = At(trace_, "verdict");
    sink_(fmt::format("{}\n\n", TextOf(At(verdict, "sentence"))));
    sink_(List(At(verdict, "limits")));
    sink_(
        "A derivation may be licensed, announced, or one's own: nothing here says whether anything "
        "was taken without right. A p-value is the chance of such data from independent models, "
        "not "
        "the chance that they are independent.\n\n");
    MarkdownRows rows;
    for (const json& input : At(trace_, "inputs")) {
      for (const json& file : At(input, "files")) {
        const json& whole = At(file, "sha256");
        rows.push_back(
            {TextOf(At(input, "id")), TextOf(At(input, "resolved")), TextOf(At(file, "name")),
             whole.is_string() ? TextOf(whole) : TextOf(At(file, "header_sha256")) + " (header)"});
      }
    }
    sink_(MarkdownTable({"input", "place", "file", "SHA-256"}, rows));
    sink_(fmt::format("Made by modelkin {}, seed {}.\n", TextOf(At(At(report_, "tool"), "version")),
                      NumberText(At(trace_, "seed"))));
  }

  const json& trace_;
  const json& compare_;
  const json& report_;
  const MarkdownParts& parts_;
  const TextSink& sink_;
};

}  // namespace

void WriteReportMarkdown(const json& report, const MarkdownParts& parts, const TextSink& sink) {
  Markdown(report, parts, sink).Write();
}

}  // namespace modelkin
