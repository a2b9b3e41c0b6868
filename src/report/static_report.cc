#include "report/static_report.h"

#include <fmt/format.h>

#include <string_view>

#include "base/escaped_text.h"
#include "wording/answer.h"

namespace modelkin {
namespace {

std::string Element(std::string_view tag, std::string_view text) {
  return text.empty() ? "" : fmt::format("<{0}>{1}</{0}>\n", tag, HtmlText(text));
}

std::string ListItems(const std::vector<std::string>& lines) {
  std::string items;
  for (const std::string& line : lines) items += Element("li", line);
  return items.empty() ? "" : fmt::format("<ul>\n{}</ul>\n", items);
}

std::string EvidenceTable(const Answer& answer) {
  if (answer.rows.empty()) return "";
  const EvidenceFigureWords words = FigureWordsOf(answer);
  const bool has_reference = !words.reference.empty();
  // Beside the pair: unrelated models, or what chance gives where there are none.
  const std::string& beside = has_reference ? words.reference : words.chance;
  std::string table = fmt::format(
      "<table>\n<caption>{}</caption>\n<thead><tr><td></td><th "
      "scope=\"col\">{}</th>{}</tr></thead>\n"
      "<tbody>\n",
      HtmlText(words.title), HtmlText(words.pair),
      beside.empty() ? "" : fmt::format("<th scope=\"col\">{}</th>", HtmlText(beside)));
  for (const EvidenceRow& row : answer.rows) {
    const std::string& cell = has_reference ? row.reference_value : row.chance_value;
    table += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}</tr>\n", HtmlText(row.label),
                         HtmlText(row.value),
                         beside.empty() ? "" : fmt::format("<td>{}</td>", HtmlText(cell)));
  }
  return table + "</tbody>\n</table>\n";
}

std::string ComponentList(const Answer& answer) {
  std::string items;
  for (const ComponentAnswer& component : answer.components) {
    items += Element("li", fmt::format("{}: {}{}{}", component.name, component.pill,
                                       component.pill.empty() || component.text.empty() ? "" : ", ",
                                       component.text));
  }
  return items.empty() ? "" : fmt::format("<ul>\n{}</ul>\n", items);
}

// `heading` is that of the page, or of a further language below it.
std::string AnswerHtml(const Answer& answer, std::string_view heading) {
  std::string html =
      fmt::format("<article lang=\"{}\" class=\"first\">\n", LanguageCode(answer.language));
  html +=
      fmt::format("<p class=\"pill-line\"><span class=\"pill\" data-look=\"{}\">{}</span></p>\n",
                  LookName(answer.look), HtmlText(answer.pill));
  html += Element(heading, answer.headline);
  if (!answer.lead.empty())
    html += fmt::format("<p class=\"lead\">{}</p>\n", HtmlText(answer.lead));
  html += ComponentList(answer) + EvidenceTable(answer);
  for (const AnswerCard& card : answer.cards) {
    html +=
        fmt::format("<div class=\"card\" data-tone=\"{}\">{}{}</div>\n", CardToneName(card.tone),
                    Element("h2", card.title), Element("p", card.text));
  }
  html += Element("blockquote", answer.quote) + Element("p", answer.how_sure);
  return html + ListItems(answer.evidence) + ListItems(answer.limits) + "</article>\n";
}

std::string_view NameOf(const Report& report, const InputId& id) {
  switch (id.role) {
    case InputRole::kA: return report.names.a;
    case InputRole::kB: return report.names.b;
    default: break;
  }
  const bool is_known =
      id.role == InputRole::kControl && id.number >= 1 && id.number <= report.names.controls.size();
  return is_known ? std::string_view(report.names.controls[id.number - 1]) : std::string_view();
}

std::string FilesTable(const Report& report) {
  std::string rows;
  for (const InputRecord& input : report.trace.inputs) {
    for (const FileRecord& file : input.files) {
      rows += fmt::format(
          "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"hash\">{}</td></tr>\n",
          HtmlText(NameOf(report, input.id)), HtmlText(file.name), file.bytes,
          HtmlText(file.sha256 ? *file.sha256 : "header: " + file.header_sha256));
    }
  }
  if (rows.empty()) return "";
  return "<table>\n<caption>Files and hashes / <span lang=\"ko\">파일과 해시</span></caption>\n"
         "<thead><tr><th scope=\"col\">model</th><th scope=\"col\">file</th><th "
         "scope=\"col\">bytes</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody>\n</table>\n";
}

}  // namespace

std::string StaticTitle(const Report& report) {
  const Answer answer = AnswerOf(report.trace, Language::kEnglish);
  std::string headline = answer.headline;
  if (headline.ends_with('.')) headline.pop_back();
  return HtmlText(fmt::format("{} – {} – modelkin", headline, answer.pill));
}

std::string StaticReport(const Report& report) {
  return "<main class=\"static\">\n" +
         AnswerHtml(AnswerOf(report.trace, Language::kEnglish), "h1") +
         AnswerHtml(AnswerOf(report.trace, Language::kKorean), "h2") + FilesTable(report) +
         "</main>\n";
}

}  // namespace modelkin
