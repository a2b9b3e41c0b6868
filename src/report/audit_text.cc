#include <fmt/format.h>

#include "report/answer_text.h"
#include "report/audit_report.h"
#include "report/fitted_table.h"
#include "report/wrapped_text.h"
#include "wording/audit_answer.h"
#include "wording/difference.h"

namespace modelkin {
namespace {

// Models that nothing was found of, of which one screen shows no more.
constexpr std::size_t kMostNothing = 8;

std::string TableText(const AuditAnswer& answer, const Screen& screen) {
  const AuditColumns columns = AuditColumnsIn(answer.language);
  FittedTable table({{.header = columns.model},
                     {.header = columns.verdict},
                     {.header = columns.p, .rank = 1},
                     {.header = columns.smallest, .rank = 2}});
  std::size_t nothing = 0;
  for (const AuditRow& row : answer.rows) {
    if (row.look == Look::kNotFound && ++nothing > kMostNothing && !screen.details) continue;
    table.AddRow({row.model, row.pill, row.p, row.smallest});
  }
  std::string text = table.Render(screen);
  if (nothing > kMostNothing && !screen.details) {
    text += fmt::format("  and {} more of which nothing was found (--details)\n",
                        nothing - kMostNothing);
  }
  return text;
}

// What was found of one model, and why one can't be tested.
std::string RowText(const AuditRow& row, const Screen& screen) {
  if (row.look == Look::kNotFound && !row.is_partly_read && !screen.details) return "";
  const std::string how = row.how.empty() ? "" : " " + Capitalised(row.how) + ".";
  return Wrapped(fmt::format("{}: {}{}", screen.style.Bold(row.model), row.what, how),
                 {.width = screen.width, .indent = 2});
}

}  // namespace

void WriteAuditText(const AuditResults& results, const Screen& screen, const TextSink& sink) {
  const AuditAnswer answer = AnswerOfAudit(results, Language::kEnglish);
  sink(Wrapped(fmt::format("{} beside {}", answer.candidate,
                           FormatQuantity(results.models.size(), "model")),
               {.width = screen.width}) +
       "\n");
  sink(PilledText(PillText(answer.pill, answer.look, screen.style),
                  fmt::format("{} {}", answer.headline, answer.lead), screen) +
       "\n");
  if (!answer.how_sure.empty()) sink(Labelled("How sure", answer.how_sure, screen) + "\n");
  sink(TableText(answer, screen) + "\n");
  for (const AuditRow& row : answer.rows) sink(RowText(row, screen));
  if (!answer.rows.empty() && answer.rows.front().look != Look::kNotFound) sink("\n");
  sink(Labelled("To quote", answer.quote, screen));
}

}  // namespace modelkin
