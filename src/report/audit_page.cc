#include <fmt/format.h>

#include "base/escaped_text.h"
#include "report/audit_report.h"
#include "requests/tool_version.h"
#include "wording/audit_answer.h"

namespace modelkin {
namespace {

// Of the report's page (web/src/report.css), as far as a page without scripts needs it.
constexpr std::string_view kAuditPageStyle = R"(
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1d2126; --soft: #565d66; --rule: #d9dce0;
  --panel: #f3f4f4; --band: #e3e5e8; --on-look: #ffffff; --look: #4a525c; }
[data-look="same"] { --look: #0b4f86; } [data-look="related"] { --look: #0a66a8; }
[data-look="start"] { --look: #bf4e0a; } [data-look="part"] { --look: #8a5a00; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e4e6e8; --soft: #a5acb5; --rule: #363c44; --panel: #1e2227;
    --band: #2d3239; --on-look: #10141a; --look: #b4bbc4; }
  [data-look="same"] { --look: #8cc8ff; } [data-look="related"] { --look: #62b0ee; }
  [data-look="start"] { --look: #f59153; } [data-look="part"] { --look: #e3b04b; }
}
body { margin: 0 auto; padding: 1.5rem 1.2rem 3rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 16px/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans KR", "NanumGothic", sans-serif; }
h1 { font: 700 clamp(1.5rem, 4.1vw, 2.2rem)/1.25 "Palatino Linotype", Palatino, "Noto Serif KR", "Nanum Myeongjo", Georgia, serif;
  margin: 0.6rem 0; overflow-wrap: anywhere; text-wrap: balance; }
.pill { display: inline-block; border-radius: 999px; padding: 0 0.7rem; background: var(--look);
  color: var(--on-look); font-weight: 700; font-size: 0.9rem; white-space: nowrap; }
.pill[data-look="nothing"] { background: var(--paper); color: var(--look); box-shadow: inset 0 0 0 1.5px var(--look); }
.pill[data-look="untestable"] { color: var(--ink); box-shadow: inset 0 0 0 1.5px var(--look);
  background: repeating-linear-gradient(-45deg, var(--paper) 0 5px, var(--band) 5px 9px); }
.lead { font-size: 1.13rem; } .soft { color: var(--soft); font-size: 0.9rem; }
blockquote { margin: 1rem 0; padding: 0.8rem 1rem; background: var(--panel); border-radius: 8px; font-style: italic;
  overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.8rem 0.45rem 0; border-bottom: 1px solid var(--rule); }
td.number { white-space: nowrap; } tbody th { font-weight: 600; min-width: 8rem; overflow-wrap: anywhere; }
article + article { border-top: 2px solid var(--rule); margin-top: 2.5rem; padding-top: 1.5rem; }
.hash { font-family: ui-monospace, Menlo, monospace; font-size: 0.8rem; overflow-wrap: anywhere; }
)";

std::string Cell(std::string_view text, std::string_view kind = "") {
  return fmt::format("<td{}>{}</td>", kind.empty() ? "" : fmt::format(" class=\"{}\"", kind),
                     HtmlText(text));
}

std::string Heading(std::string_view text) {
  return fmt::format("<th scope=\"col\">{}</th>", HtmlText(text));
}

std::string PillHtml(Look look, std::string_view words) {
  return fmt::format("<span class=\"pill\" data-look=\"{}\">{}</span>", LookName(look),
                     HtmlText(words));
}

std::string RowHtml(const AuditRow& row) {
  const std::string what = row.look == Look::kNotFound && !row.is_partly_read ? "" : row.what;
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}{}{}</tr>\n", HtmlText(row.model),
                     PillHtml(row.look, row.pill),
                     Cell(row.how.empty() ? what : fmt::format("{} ({})", what, row.how)),
                     Cell(row.p, "number"), Cell(row.smallest, "number"));
}

std::string ArticleHtml(const AuditAnswer& answer, std::string_view heading) {
  const AuditColumns columns = AuditColumnsIn(answer.language);
  std::string html = fmt::format(
      "<article id=\"{0}\" lang=\"{0}\">\n<p>{1}</p>\n<{2}>{3}</{2}>\n<p class=\"lead\">{4}</p>\n"
      "<blockquote>{5}</blockquote>\n",
      LanguageCode(answer.language), PillHtml(answer.look, answer.pill), heading,
      HtmlText(answer.headline), HtmlText(answer.lead), HtmlText(answer.quote));
  html += fmt::format(
      "<div class=\"table\"><table>\n<thead><tr>{}{}<td></td>{}{}</tr></thead>\n<tbody>\n",
      Heading(columns.model), Heading(columns.verdict), Heading(columns.p),
      Heading(columns.smallest));
  for (const AuditRow& row : answer.rows) html += RowHtml(row);
  return html + fmt::format("</tbody>\n</table></div>\n<p class=\"soft\">{}</p>\n</article>\n",
                            HtmlText(answer.how_sure));
}

std::string InputRows(const InputRecord& input) {
  std::string rows;
  for (const FileRecord& file : input.files) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th>{}{}</tr>\n", HtmlText(input.resolved),
                        Cell(file.name),
                        Cell(file.sha256 ? *file.sha256 : "header: " + file.header_sha256, "hash"));
  }
  return rows;
}

std::string FilesHtml(const AuditResults& results) {
  std::string rows;
  for (const InputRecord& input : InputsOf(results)) rows += InputRows(input);
  return fmt::format(
      "<details>\n<summary>Files and hashes / <span lang=\"ko\">파일과 해시</span></summary>\n"
      "<div class=\"table\"><table>\n<thead><tr>{}{}{}</tr></thead>\n<tbody>\n{}</tbody>\n"
      "</table></div>\n</details>\n",
      Heading("model"), Heading("file"), Heading("SHA-256"), rows);
}

}  // namespace

void WriteAuditPage(const AuditResults& results, const TextSink& sink) {
  const AuditAnswer english = AnswerOfAudit(results, Language::kEnglish);
  sink(fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"generator\" content=\"modelkin\">\n"
      "<title>{} – {} – modelkin</title>\n<style>{}</style>\n</head>\n<body>\n",
      HtmlText(english.candidate), HtmlText(english.pill), kAuditPageStyle));
  sink("<p class=\"soft\" lang=\"ko\"><a href=\"#ko\">한국어</a></p>\n<main>\n");
  sink(ArticleHtml(english, "h1"));
  sink(ArticleHtml(AnswerOfAudit(results, Language::kKorean), "h2"));
  sink(FilesHtml(results));
  sink(fmt::format("<p class=\"soft\">modelkin {}</p>\n", kToolVersion));
  sink("</main>\n</body>\n</html>\n");
}

}  // namespace modelkin
