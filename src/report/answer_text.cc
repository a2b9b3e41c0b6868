#include "report/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ranges>

#include "report/display_width.h"
#include "report/first_screen.h"
#include "report/wrapped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kIndent = 16;      // of what is said, with its label before it
constexpr std::size_t kWidestPill = 24;  // that text stands beside, rather than below
constexpr std::size_t kBetweenColumns = 4;
constexpr std::size_t kFewestRows = 3;

std::string Coloured(std::string_view text, Look look, const TextStyle& style) {
  switch (look) {
    case Look::kSame:
    case Look::kRelated: return style.Related(text);
    case Look::kStart:
    case Look::kPart: return style.Partly(text);
    case Look::kNotFound:
    case Look::kUntestable: break;
  }
  return style.Nothing(text);
}

// Names on the left, facts on the right; below each other where both don't fit.
std::string HeadText(const Answer& answer, std::string_view facts, const Screen& screen) {
  const std::string names = fmt::format("{}  ~  {}", answer.a, answer.b);
  const std::size_t taken = DisplayWidth(names) + kBetweenColumns + DisplayWidth(facts);
  if (taken > screen.width) {
    return Wrapped(names, {.width = screen.width}) + Wrapped(facts, {.width = screen.width});
  }
  return fmt::format("{}{}{}\n", names, std::string(screen.width - taken + kBetweenColumns, ' '),
                     facts);
}

// Where the pill says what was found, what that means is enough.
std::string SaidOf(const Answer& answer) {
  const bool pill_says_it = answer.look == Look::kSame || answer.look == Look::kRelated;
  return pill_says_it ? answer.lead : answer.headline + " " + answer.lead;
}

std::string ComponentsText(const Answer& answer, const Screen& screen) {
  std::string text;
  for (const ComponentAnswer& component : answer.components) {
    const std::string pill =
        component.pill.empty() ? "" : PillText(component.pill, component.look, screen.style) + "  ";
    text += Labelled(component.name, pill + component.text, screen);
  }
  return text.empty() ? "" : "\n" + text;
}

// The first `most` rows, which are those that say most.
std::string RowsText(const Answer& answer, std::size_t most, const Screen& screen) {
  if (answer.rows.empty()) return "";
  const bool has_reference = !answer.reference.empty();
  // What the longest label and the column of values leave.
  constexpr std::size_t kLabels = 38, kValues = 14;
  const std::string shown =
      most < answer.rows.size() ? fmt::format("{} of {} measures", most, answer.rows.size()) : "";
  const std::string between = answer.rows_of.empty() || shown.empty() ? "" : ": ";
  std::vector<std::string> header = {answer.rows_of + between + shown, "this pair"};
  if (has_reference) {
    const std::size_t room = screen.width - std::min<std::size_t>(screen.width, kLabels + kValues);
    header.push_back(fmt::format(
        "unrelated ({})", Shortened(answer.reference, std::max<std::size_t>(room, 24) - 14)));
  }
  const bool has_chance = std::ranges::any_of(
      answer.rows, [](const EvidenceRow& row) { return row.chance.has_value(); });
  if (!has_reference && has_chance) header.emplace_back("by chance alone");
  TextTable table(std::move(header));
  for (const EvidenceRow& row : answer.rows | std::views::take(most)) {
    std::vector<std::string> cells = {row.label, row.value};
    if (has_reference) {
      cells.push_back(row.reference_value);
    } else if (has_chance) {
      cells.push_back(row.chance_value);
    }
    table.AddRow(std::move(cells));
  }
  return "\n" + table.Render(screen.style);
}

// What stands below the rows.
std::string EndText(const Answer& answer, const Screen& screen) {
  std::string text;
  for (const AnswerCard& card : answer.cards) {
    if (card.tone == CardTone::kQuiet) text += Labelled(card.label, card.line, screen);
  }
  for (const std::string& note : answer.notes) text += Labelled("Note", note, screen);
  if (answer.reference.empty() && !answer.rows.empty()) {
    text += Labelled("Tip", "--control MODEL shows an unrelated model beside this pair.", screen);
  }
  return text;
}

}  // namespace

std::string Capitals(std::string_view text) {
  std::string capitals(text);
  std::ranges::transform(capitals, capitals.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

std::string Labelled(std::string_view label, std::string_view text, const Screen& screen) {
  if (text.empty()) return "";
  return Wrapped(text,
                 {.width = screen.width, .indent = kIndent, .label = fmt::format("  {}", label)});
}

std::string PilledText(std::string_view pill, std::string_view text, const Screen& screen) {
  const std::string label = fmt::format("  {}", pill);
  const std::size_t indent = DisplayWidth(label) + 3;
  if (indent < kWidestPill) {
    return Wrapped(text, {.width = screen.width, .indent = indent, .label = label});
  }
  return label + "\n" + Wrapped(text, {.width = screen.width, .indent = kIndent});
}

std::string PillText(std::string_view pill, Look look, const TextStyle& style) {
  return style.Bold(Coloured(Capitals(pill), look, style));
}

std::string AnswerText(const Answer& answer, std::string_view facts, const Screen& screen) {
  std::string text = HeadText(answer, facts, screen);
  text += PilledText(PillText(answer.pill, answer.look, screen.style), SaidOf(answer), screen);
  text += ComponentsText(answer, screen) + "\n";
  text += Labelled("How sure", answer.how_sure, screen);
  for (const AnswerCard& card : answer.cards) {
    // What else can be compared is said with the commands for it, by whoever has the paths.
    const bool with_commands = answer.look == Look::kUntestable && card.tone == CardTone::kOpen;
    if (card.tone != CardTone::kQuiet && !with_commands && !card.line.empty()) {
      text += Labelled(card.label, card.line, screen);
    }
  }
  const std::string end = EndText(answer, screen);
  const std::size_t taken = LinesOf(text) + LinesOf(end) + 3;  // a blank line, the head, what more
  const std::size_t rows = screen.details ? answer.rows.size() : RowsBeside(taken, kFewestRows);
  return text + RowsText(answer, rows, screen) + end;
}

}  // namespace modelkin
