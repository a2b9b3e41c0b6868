#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "figures/drawing.h"
#include "figures/drawn_figures.h"
#include "figures/recorded_trace.h"
#include "wording/answer.h"
#include "wording/difference.h"
#include "wording/evidence_rows.h"

namespace modelkin {
namespace {

constexpr double kWidth = 760, kLeft = 24, kRight = 736, kTop = 96, kRow = 52;

std::string_view ColourOf(Look look) {
  switch (look) {
    case Look::kSame:
    case Look::kRelated: return kBlue;
    case Look::kStart:
    case Look::kPart: return kOrange;
    case Look::kNotFound:
    case Look::kUntestable: break;
  }
  return kSoftInk;
}

double XOf(double position) { return kLeft + position * (kRight - kLeft); }

// A capsule from one end to the other, at least as wide as it is high.
void DrawReference(const Range& range, double y, Drawing& drawing) {
  constexpr double kHalf = 5.5;
  drawing.Rectangle(XOf(range.low) - kHalf, y - kHalf, XOf(range.high) - XOf(range.low) + 2 * kHalf,
                    2 * kHalf, kGrey, kHalf);
}

// A short line across a row's.
void DrawChance(double position, double y, Drawing& drawing) {
  drawing.Line(XOf(position), y - 9, XOf(position), y + 9, kSoftInk, 2);
}

void DrawAxis(double bottom, const EvidenceFigureWords& words, Drawing& drawing) {
  for (const double position : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    drawing.Line(XOf(position), kTop - 10, XOf(position), bottom, kRule);
  }
  const double y = bottom + 18;
  drawing.Text(XOf(0), y, words.nothing, {.size = 12, .colour = kSoftInk});
  for (const int percent : {25, 50, 75}) {
    drawing.Text(XOf(percent / 100.0), y, fmt::format("{}", percent),
                 {.size = 12, .colour = kSoftInk, .anchor = Anchor::kMiddle});
  }
  drawing.Text(XOf(1), y, words.same, {.size = 12, .colour = kSoftInk, .anchor = Anchor::kEnd});
}

void DrawHead(const Answer& answer, const EvidenceFigureWords& words, Drawing& drawing) {
  drawing.Text(kLeft, 30, words.title, {.size = 16, .bold = true});
  drawing.Text(kLeft, 50, fmt::format("{} ~ {}", answer.a, answer.b),
               {.size = 13, .colour = kSoftInk});
  drawing.Circle(kLeft + 5, 68, 5, ColourOf(answer.look));
  drawing.Text(kLeft + 16, 72, words.pair, {.size = 12, .colour = kSoftInk});
  double x = kLeft + 105;
  if (!words.reference.empty()) {
    drawing.Circle(x, 68, 5, kGrey);
    drawing.Text(x + 11, 72, words.reference, {.size = 12, .colour = kSoftInk});
    return;
  }
  if (words.chance.empty()) return;
  drawing.Line(x, 61, x, 75, kSoftInk, 2);
  drawing.Text(x + 11, 72, words.chance, {.size = 12, .colour = kSoftInk});
}

}  // namespace

Figure EvidenceFigure(const std::string& file, const nlohmann::json& results, Language language) {
  const RecordedTrace trace = ReadTrace(file, results);
  if (trace.look == Look::kSame) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("{}: the two models are the same, byte for byte: no likeness is left "
                            "to draw",
                            Printable(file)));
  }
  Answer answer;
  answer.language = language;
  answer.a = trace.a;
  answer.b = trace.b;
  answer.look = trace.look;
  answer.reference = fmt::format("{}", fmt::join(trace.references, ", "));
  answer.rows = EvidenceRows(trace.tests, trace.basis, language);
  if (answer.rows.empty()) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("{}: no test was run whose effect is a share or a likeness", Printable(file)));
  }
  const EvidenceFigureWords words = FigureWordsOf(answer);
  const double bottom = kTop + kRow * static_cast<double>(answer.rows.size());
  Drawing drawing(kWidth, bottom + 32);
  DrawHead(answer, words, drawing);
  DrawAxis(bottom, words, drawing);
  Figure figure{.svg = {},
                .rows = {{"test", "label", "value", "position", "reference_low", "reference_high",
                          "chance"}}};
  double y = kTop;
  for (const EvidenceRow& row : answer.rows) {
    const double line = y + 26;
    drawing.Text(kLeft, y + 12, Capitalised(row.label));
    drawing.Text(kRight, y + 12, row.value,
                 {.colour = ColourOf(answer.look), .bold = true, .anchor = Anchor::kEnd});
    drawing.Line(kLeft, line, kRight, line, kRule, 2);
    if (row.reference) DrawReference(*row.reference, line, drawing);
    if (row.chance && words.reference.empty()) DrawChance(*row.chance, line, drawing);
    drawing.Circle(XOf(row.position), line, 8, ColourOf(answer.look));
    figure.rows.push_back({TestName(row.test), row.label, row.value,
                           fmt::format("{}", row.position),
                           row.reference ? fmt::format("{}", row.reference->low) : "",
                           row.reference ? fmt::format("{}", row.reference->high) : "",
                           row.chance ? fmt::format("{}", *row.chance) : ""});
    y += kRow;
  }
  figure.svg = drawing.Svg(fmt::format("{}: {} ~ {}", words.title, answer.a, answer.b));
  return figure;
}

}  // namespace modelkin
