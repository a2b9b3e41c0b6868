#include "wording/audit_answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/number_text.h"
#include "requests/short_names.h"
#include "wording/found.h"
#include "wording/headline.h"

namespace modelkin {
namespace {

constexpr std::size_t kNamesInHeadline = 3;

// What an audit's sentences are about.
struct AuditSpeech {
  Speech speech;  // B is the candidate
  const AuditResults& results;
  std::size_t found, nothing, untestable;

  std::size_t all() const { return results.models.size(); }
};

std::string KindsIn(const std::vector<DerivationKind>& kinds, const Speech& speech) {
  std::vector<std::string> names;
  for (const DerivationKind kind : kinds) {
    std::string name = speech.In(KindInWords(kind));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string StrongestP(const PairSummary& pair) {
  const TestResult* best = nullptr;
  for (const TestResult& test : pair.tests) {
    if (pair.verdict.strongest && test.key == *pair.verdict.strongest) best = &test;
  }
  return best == nullptr ? "-" : FormatPCell(best->log_p_adjusted, best->log_p_is_bound);
}

AuditRow RowOf(const AuditedModel& model, std::size_t number, const std::string& name,
               const AuditSpeech& about) {
  AuditRow row{.number = number, .outcome = model.outcome(), .model = name, .p = "-"};
  row.smallest = "-";
  if (model.pair) {
    Speech speech = about.speech;
    speech.a = name;
    const Relation relation = RelationOf(*model.pair);
    const Found found = FoundIn(*model.pair, relation);
    row.look = row.outcome == AuditOutcome::kUntestable ? Look::kUntestable : found.look;
    if (row.look == found.look) row.pill = Pill(found, speech);
    row.what = Headline(found, speech) + " " + Lead(found, speech);
    row.how = KindsIn(model.pair->kinds, speech);
    row.is_partly_read = std::ranges::any_of(
        model.pair->components,
        [](const ComponentOutcome& component) { return !component.unread.empty(); });
    row.p = StrongestP(*model.pair);
    if (const auto share = model.smallest_share()) row.smallest = FormatPercent(*share);
  } else {
    row.what = model.failure;  // printable, as all errors are
  }
  if (row.pill.empty()) row.pill = about.speech.In(PillOf(row.look));
  return row;
}

// That of the rows of a look, or of one that says less.
std::string PillOfLook(const std::vector<AuditRow>& rows, Look look, const Speech& speech) {
  const std::string pill = speech.In(PillOf(look));
  const auto other = std::ranges::find_if(
      rows, [&](const AuditRow& row) { return row.look == look && row.pill != pill; });
  return other == rows.end() ? pill : other->pill;
}

// The names of all rows of a look, or of the first of them.
std::string NamesOfLook(const std::vector<AuditRow>& rows, Look look, const Speech& speech) {
  std::vector<std::string> names;
  std::size_t more = 0;
  for (const AuditRow& row : rows) {
    if (row.look != look) continue;
    if (names.size() < kNamesInHeadline) {
      names.push_back(row.model);
    } else {
      ++more;
    }
  }
  const std::string listed = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? listed : speech.Say("{} and {} more", "{} 외 {}개", listed, more);
}

std::string FoundHeadline(Look look, const std::string& names, const Speech& speech) {
  switch (look) {
    case Look::kSame:
      return speech.Say("{1} is the same model as {0}, byte for byte.",
                        "{1}은(는) {0}와(과) 바이트까지 같은 모델입니다.", names, speech.b);
    case Look::kRelated:
      return speech.Say("{1} goes back to the same trained model as {0}.",
                        "{1}은(는) {0}와(과) 같은 학습된 모델에서 나왔습니다.", names, speech.b);
    case Look::kStart:
      return speech.Say(
          "{1} shares a starting point with {0}; nothing shows that it is built on it.",
          "{1}은(는) {0}와(과) 출발점이 같습니다. 그것을 바탕으로 만들어졌다는 것은 드러나지 "
          "않았습니다.",
          names, speech.b);
    case Look::kPart:
    case Look::kNotFound:
    case Look::kUntestable: break;
  }
  return speech.Say("A part of {1} has its origin in common with {0}.",
                    "{1}의 일부는 {0}와(과) 기원이 같습니다.", names, speech.b);
}

std::string NothingHeadline(const AuditSpeech& about) {
  const Speech& speech = about.speech;
  if (about.nothing == 0) {
    return about.all() == 1
               ? speech.Say("{} could not be tested beside this model.",
                            "{}은(는) 이 모델과 함께 검정할 수 없었습니다.", speech.b)
               : speech.Say("{} could not be tested beside any of these {} models.",
                            "{}은(는) 이 모델 {}개 중 어느 것과도 함께 검정할 수 없었습니다.",
                            speech.b, about.all());
  }
  if (about.all() == 1) {
    return speech.Say("Nothing in the weights of {} shows it to be related to this model.",
                      "{}의 가중치에서 이 모델과 관련 있다는 것을 찾지 못했습니다.", speech.b);
  }
  if (about.untestable == 0) {
    return speech.Say("Nothing in the weights of {} shows it to be related to any of {} models.",
                      "{}의 가중치에서 모델 {}개 중 어느 것과도 관련 있다는 것을 찾지 못했습니다.",
                      speech.b, about.all());
  }
  return speech.Say(
      "Nothing in the weights of {0} shows it to be related to any of those {1} of {2} models that "
      "could be tested.",
      "{0}의 가중치에서 검정할 수 있었던 모델 {1}개(전체 {2}개) 중 어느 것과도 관련 있다는 것을 "
      "찾지 못했습니다.",
      speech.b, about.nothing, about.all());
}

std::string LeadOf(const AuditSpeech& about) {
  const Speech& speech = about.speech;
  std::string lead;
  if (about.found > 0) {
    lead = speech.Say("It was held against {} models: something was found in {}, nothing in {}.",
                      "모델 {}개와 비교했습니다. {}개에서 공통점이 발견되었고, {}개에서는 "
                      "발견되지 않았습니다.",
                      about.all(), about.found, about.nothing);
  } else if (about.nothing > 0) {
    lead = speech.In(
        {"That does not prove that it is unrelated.", "그렇다고 무관하다는 증명은 아닙니다."});
  }
  if (about.untestable == 0) return lead;
  if (about.untestable == about.all()) {
    return speech.In({"Nothing is known of what they have in common.",
                      "공통점에 대해서는 아무것도 알 수 없습니다."});
  }
  return lead + (lead.empty() ? "" : " ") +
         speech.Say("{} of {} could not be tested, and nothing is known of {}.",
                    "{1}개 중 {0}개는 검정할 수 없었고, 이에 대해서는 알 수 없습니다.",
                    about.untestable, about.all(), about.untestable == 1 ? "it" : "them");
}

// What would have been found of the models that nothing was found of.
std::string WouldHaveBeenFoundOf(const AuditSpeech& about) {
  if (about.nothing == 0) return "";
  const Speech& speech = about.speech;
  if (const auto share = about.results.smallest_share()) {
    return speech.Say(
        " Where nothing was found, a blend of all weights with {} or more of any one of those "
        "models would have been found 9 times in 10 (simulated for each). Disguises and later "
        "training can hide more.",
        " 발견되지 않은 모델의 경우, 모든 가중치를 섞되 그 모델의 것이 {} 이상이었다면 열에 아홉은 "
        "찾았을 것입니다(각각 모의실험). 위장이나 이후의 학습은 더 많은 것을 숨길 수 있습니다.",
        FormatPercent(*share));
  }
  return speech.In(
      {" How small a share would have been found was not simulated for all of them.",
       " 얼마나 적은 비율까지 찾아낼 수 있었는지는 일부 모델에서 모의실험하지 않았습니다."});
}

std::string SureText(const AuditSpeech& about) {
  if (about.nothing + about.found == 0) return "";
  const Speech& speech = about.speech;
  // Tests of weights as stored and those in a fitted basis have the level each.
  return speech.Say(
             "All p-values are corrected for {0} together: while the tests' "
             "assumptions hold, the chance that they name any unrelated model is at most two "
             "in a million.",
             "모든 p값은 비교 {1}건 전체에 대해 함께 보정했습니다. 검정의 가정이 성립하는 "
             "한, 검정이 무관한 모델을 하나라도 지목할 확률은 백만분의 이 이하입니다.",
             FormatQuantity(about.all(), "comparison"), about.all()) +
         WouldHaveBeenFoundOf(about);
}

std::string QuoteOf(const AuditSpeech& about, Look look, const std::string& names) {
  const Speech& speech = about.speech;
  if (about.found > 0) {
    const std::string headline = FoundHeadline(look, names, speech);
    return look == Look::kRelated
               ? speech.Say(
                     "A comparison of weights shows that {1} and {0} go back to the same "
                     "trained model; it does not show which of them came first.",
                     "가중치를 비교한 결과 {1}와(과) {0}는 같은 학습된 모델에서 나왔다. "
                     "어느 쪽이 먼저인지는 드러나지 않았다.",
                     names, speech.b)
               : headline;
  }
  if (about.nothing == 0) return NothingHeadline(about);
  return speech.Say(
      "A comparison of the weights of {0} with those of {1} found nothing that shows it to be "
      "related to any of them; that does not prove that it is unrelated.",
      "{0}의 가중치를 모델 {2}개의 가중치와 비교한 결과 관련 있다는 것은 발견되지 않았다. 이는 "
      "무관하다는 증명은 아니다.",
      speech.b, FormatQuantity(about.nothing, "model"), about.nothing);
}

int RankOf(const AuditRow& row) {
  switch (row.look) {
    case Look::kSame: return 0;
    case Look::kRelated: return 1;
    case Look::kPart: return 2;
    case Look::kStart: return 3;
    case Look::kUntestable: return 4;
    case Look::kNotFound: break;
  }
  return 5;
}

}  // namespace

AuditColumns AuditColumnsIn(Language language) {
  const Speech speech{.language = language};
  return {.model = speech.In({"model", "모델"}),
          .verdict = speech.In({"answer", "결과"}),
          .p = speech.In({"p (corrected)", "p(보정)"}),
          .smallest = speech.In({"smallest share", "최소 비율"})};
}

AuditAnswer AnswerOfAudit(const AuditResults& results, Language language) {
  std::vector<std::string> paths = {results.candidate.path};
  for (const AuditedModel& model : results.models) paths.push_back(model.input.path);
  const std::vector<std::string> names = PrintableNames(paths);
  const AuditSpeech about{
      .speech = {.language = language, .a = {}, .b = names.front(), .plain = true},
      .results = results,
      .found = results.Count(AuditOutcome::kFound),
      .nothing = results.Count(AuditOutcome::kNothingFound),
      .untestable = results.Count(AuditOutcome::kUntestable)};
  AuditAnswer answer{.language = language, .candidate = names.front()};
  for (std::size_t i = 0; i < results.models.size(); ++i) {
    answer.rows.push_back(RowOf(results.models[i], i + 1, names[i + 1], about));
  }
  std::ranges::stable_sort(answer.rows, {}, RankOf);
  if (about.found > 0) {
    answer.look = answer.rows.front().look;
  } else if (about.nothing > 0) {
    answer.look = Look::kNotFound;
  }
  const std::string of_look = NamesOfLook(answer.rows, answer.look, about.speech);
  answer.pill = PillOfLook(answer.rows, answer.look, about.speech);
  answer.headline =
      about.found > 0 ? FoundHeadline(answer.look, of_look, about.speech) : NothingHeadline(about);
  answer.lead = LeadOf(about);
  answer.how_sure = SureText(about);
  answer.quote = QuoteOf(about, answer.look, of_look);
  return answer;
}

}  // namespace modelkin
