#include "wording/answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escaped_text.h"
#include "requests/short_names.h"
#include "requests/tool_version.h"
#include "wording/evidence_sentences.h"
#include "wording/found.h"
#include "wording/headline.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

constexpr std::size_t kFilesInFootnote = 4;

// Of A, B, controls and parents, in their order.
std::vector<std::string> NamesOf(const TraceResults& results) {
  std::vector<std::string> paths;
  paths.reserve(results.inputs.size());
  for (const InputRecord& input : results.inputs) paths.push_back(input.path);
  return PrintableNames(paths);
}

std::string NameOf(const TraceResults& results, InputId id) {
  const std::vector<std::string> names = NamesOf(results);
  const auto found = std::ranges::find(results.inputs, id, &InputRecord::id);
  return found == results.inputs.end()
             ? id.Label()
             : names[static_cast<std::size_t>(found - results.inputs.begin())];
}

InputId ControlInput(const ControlTrace& control) {
  return {InputRole::kControl, static_cast<std::uint32_t>(control.id.control + 1)};
}

// Names of the controls that effects are there of.
std::string ReferenceNames(const TraceResults& results, const Trace& trace) {
  std::vector<std::string> names;
  for (const ControlTrace& control : trace.controls) {
    if (control.related) continue;
    std::string name = NameOf(results, ControlInput(control));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string ReadText(const TraceResults& results, const Speech& speech) {
  const bool in_part = std::ranges::any_of(results.components, [](const ComponentTrace& one) {
    return one.trace && !one.trace->verdict.unread.empty();
  });
  const Trace& trace = *results.Telling().trace;
  // Headers were enough, for the most part.
  if (results.verdict.category == VerdictCategory::kNotComparable) {
    return speech.In({"no weights tested", "가중치를 검정하지 않음"});
  }
  if (in_part) return speech.In({"read in part", "일부만 읽음"});
  return trace.effort.plan.is_all() ? speech.In({"all weights read", "모든 가중치를 읽음"})
                                    : speech.In({"drawn weights read", "뽑은 가중치를 읽음"});
}

std::string DigestText(const InputRecord& input, const std::string& name) {
  std::vector<std::string> files;
  for (const FileRecord& file : input.files) {
    if (files.size() == kFilesInFootnote) {
      files.push_back(fmt::format("… ({} files)", input.files.size()));
      break;
    }
    files.push_back(file.sha256 ? fmt::format("{} sha256 {}", Printable(file.name), *file.sha256)
                                : fmt::format("{} sha256 of its header {}", Printable(file.name),
                                              file.header_sha256));
  }
  return fmt::format("{}: {}", name, fmt::join(files, ", "));
}

std::string Footnote(const TraceResults& results, const std::string& quote) {
  const std::vector<std::string> names = NamesOf(results);
  std::string text = fmt::format("{} [modelkin {}", quote, kToolVersion);
  for (std::size_t i = 0; i < std::min<std::size_t>(results.inputs.size(), 2); ++i) {
    text += "; " + DigestText(results.inputs[i], names[i]);
  }
  return text + "]";
}

std::vector<std::string> NotesOf(const TraceResults& results, const Trace& trace,
                                 const Speech& speech) {
  const std::vector<std::string> names = NamesOf(results);
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < results.inputs.size(); ++i) {
    for (const Said& warning : results.inputs[i].warnings) {
      notes.push_back(
          speech.Say("{}: {}", "{}: {}", names[i], InLanguage(warning, speech.language)));
    }
  }
  for (const ControlTrace& control : trace.controls) {
    if (!control.related) continue;
    notes.push_back(speech.Say("{} is related to {}, and no reference model: it was left out.",
                               "{}은(는) {}와(과) 관련이 있어 기준 모델에서 제외했습니다.",
                               NameOf(results, ControlInput(control)),
                               control.id.with_a ? speech.a : speech.b));
  }
  for (const Limit& limit : trace.verdict.limits) {
    if (limit.kind == LimitKind::kNonFinite) notes.push_back(LimitText(limit, trace, speech));
  }
  return notes;
}

ComponentAnswer AnswerOfComponent(const ComponentOutcome& outcome,
                                  const std::optional<Trace>& trace, const Speech& speech) {
  ComponentAnswer answer{.name = speech.In(ComponentInWords(outcome.kind)), .pill = {}, .text = {}};
  if (!outcome.category) {
    answer.text = speech.Say("only in {}", "{}에만 있음", outcome.only_in_b ? speech.b : speech.a);
    return answer;
  }
  answer.look = LookOf(*outcome.category, trace ? trace->verdict.shared : std::nullopt);
  answer.pill = speech.In(PillOf(answer.look));
  for (const DerivationKind kind : outcome.kinds) {
    answer.text += (answer.text.empty() ? "" : ", ") + speech.In(KindInWords(kind));
  }
  return answer;
}

void AddRelation(const std::optional<Kinship>& kinship, Language language, Answer& answer) {
  if (!kinship || !kinship->relation) return;
  for (const Kind& kind : kinship->relation->kinds)
    answer.kinds.push_back(InLanguage(kind.evidence, language));
  for (const DirectionSign& sign : kinship->relation->signs) {
    const SignTraits& traits = TraitsOf(sign.kind);
    answer.signs.push_back(InLanguage(sign.evidence, language));
    answer.signs_turned_by.emplace_back(
        Words{traits.turned_by, traits.turned_by_korean}.In(language));
  }
}

Found FoundIn(const TraceResults& results) {
  const ComponentTrace& telling = results.Telling();
  const auto& kinship = telling.kinship;
  return {
      .look = LookOf(results.verdict.category, results.verdict.shared),
      .shared = results.verdict.shared,
      .components = results.is_of_several() ? results.Outcomes() : std::vector<ComponentOutcome>{},
      .component = telling.pair.kind(),
      .verdict = telling.trace->verdict,
      .tests = telling.trace->tests,
      .power = telling.trace->power,
      .relation = kinship && kinship->relation ? &*kinship->relation : nullptr,
      .heritage = kinship ? &kinship->heritage : nullptr};
}

}  // namespace

EvidenceFigureWords FigureWordsOf(const Answer& answer) {
  const Speech speech{.language = answer.language};
  return {
      .title = answer.rows_of.empty()
                   ? speech.In({"What the two models have in common", "두 모델의 공통점"})
                   : speech.Say("What the two models have in common: {}", "두 모델의 공통점: {}",
                                answer.rows_of),
      .pair = speech.In({"this pair", "이 쌍"}),
      .reference = answer.reference.empty()
                       ? ""
                       : speech.Say("unrelated models (here: {}, beside each of the two)",
                                    "무관한 모델(여기서는 {}, 둘 각각과 비교)", answer.reference),
      .chance = std::ranges::any_of(answer.rows,
                                    [](const EvidenceRow& row) { return row.chance.has_value(); })
                    ? speech.In({"by chance alone, calculated: unrelated models can have more",
                                 "우연만으로 생기는 값(계산): 무관한 모델은 더 클 수 있음"})
                    : "",
      .nothing = speech.In({"0: nothing", "0: 없음"}),
      .same = speech.In({"100 %: the same", "100 %: 같음"})};
}

Speech SpeechOf(const TraceResults& results, Language language) {
  const std::vector<std::string> names = NamesOf(results);
  return {.language = language, .a = names.at(0), .b = names.at(1), .plain = true};
}

Answer AnswerOf(const TraceResults& results, Language language) {
  const Speech speech = SpeechOf(results, language);
  const Found found = FoundIn(results);
  const Trace& trace = *results.Telling().trace;
  const std::string quote = Quote(found, speech);
  Answer answer{
      .language = language,
      .a = speech.a,
      .b = speech.b,
      .look = found.look,
      .pill = Pill(found, speech),
      .headline = Headline(found, speech),
      .lead = Lead(found, speech),
      .how_sure = HowSure(found, speech),
      .read = ReadText(results, speech),
      .rows_of = results.is_of_several() ? speech.In(ComponentInWords(found.component)) : "",
      .reference = ReferenceNames(results, trace),
      // Of the same bytes nothing is likely: units without a partner of their own would look as
      // though they had lost it.
      .rows = found.look == Look::kSame ? std::vector<EvidenceRow>()
                                        : EvidenceRows(trace.tests, trace.verdict.basis, language),
      .cards = AnswerCards(found, speech),
      .quote = quote,
      .footnote = Footnote(results, quote),
      .components = {},
      .evidence = EvidenceTexts(trace, speech),
      .limits = WholeLimitTexts(results, speech),
      .notes = NotesOf(results, trace, speech)};
  AddRelation(results.kinship(), language, answer);
  if (results.is_of_several()) {
    const std::vector<ComponentOutcome> outcomes = results.Outcomes();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      answer.components.push_back(
          AnswerOfComponent(outcomes[i], results.components[i].trace, speech));
    }
  }
  return answer;
}

}  // namespace modelkin
