#include "report/answer_json.h"

#include <string>

namespace modelkin {
namespace {

Json RowJson(const EvidenceRow& row) {
  return {{"test", TestName(row.test)},
          {"label", row.label},
          {"value", row.value},
          {"position", row.position},
          {"reference", row.reference ? Json{row.reference->low, row.reference->high} : Json()},
          {"reference_value", row.reference_value},
          {"chance", OrNull(row.chance)},
          {"chance_value", row.chance_value}};
}

Json FigureJson(const Answer& answer) {
  const EvidenceFigureWords words = FigureWordsOf(answer);
  Json rows = Json::array();
  for (const EvidenceRow& row : answer.rows) rows.push_back(RowJson(row));
  return {{"title", words.title},   {"pair", words.pair},       {"reference", words.reference},
          {"chance", words.chance}, {"nothing", words.nothing}, {"same", words.same},
          {"rows", std::move(rows)}};
}

Json AnswerJson(const Answer& answer) {
  Json cards = Json::array(), components = Json::array();
  for (const AnswerCard& card : answer.cards) {
    cards.push_back(
        {{"tone", CardToneName(card.tone)}, {"title", card.title}, {"text", card.text}});
  }
  for (const ComponentAnswer& component : answer.components) {
    components.push_back({{"name", component.name},
                          {"look", LookName(component.look)},
                          {"pill", component.pill},
                          {"text", component.text}});
  }
  return {{"look", LookName(answer.look)},
          {"pill", answer.pill},
          {"headline", answer.headline},
          {"lead", answer.lead},
          {"how_sure", answer.how_sure},
          {"read", answer.read},
          {"figure", FigureJson(answer)},
          {"cards", std::move(cards)},
          {"quote", answer.quote},
          {"footnote", answer.footnote},
          {"components", std::move(components)},
          {"evidence", answer.evidence},
          {"limits", answer.limits},
          {"kinds", answer.kinds},
          {"signs", answer.signs},
          {"signs_turned_by", answer.signs_turned_by}};
}

Json TestWordsJson(Language language) {
  Json words = Json::object();
  for (const TestId id : AllTests()) {
    for (const ResidualBasis basis : {ResidualBasis::kAsStored, ResidualBasis::kFitted}) {
      const TestKey key{.id = id, .basis = basis};
      words[TestName(key)] = TestInWords(key, language);
    }
  }
  return words;
}

// Of categories; what is shared tells a common start from a part.
Json VerdictWordsJson(Language language) {
  Json words = Json::object();
  for (int i = 0; i <= static_cast<int>(VerdictCategory::kNotComparable); ++i) {
    const auto category = static_cast<VerdictCategory>(i);
    words[std::string(VerdictName(category))] = PillOf(LookOf(category, {})).In(language);
  }
  return words;
}

Json WordsIn(Language language) {
  Json kinds = Json::object(), heritage = Json::object(), components = Json::object(),
       looks = Json::object();
  for (const DerivationKind kind : AllDerivationKinds()) {
    kinds[std::string(DerivationKindName(kind))] = KindInWords(kind).In(language);
  }
  for (int i = 0; i <= static_cast<int>(HeritageClass::kUndecided); ++i) {
    const auto found = static_cast<HeritageClass>(i);
    heritage[std::string(HeritageName(found))] = HeritageInWords(found).In(language);
  }
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    const auto component = static_cast<Component>(i);
    components[std::string(ComponentName(component))] = ComponentInWords(component).In(language);
  }
  for (int i = 0; i <= static_cast<int>(Look::kUntestable); ++i) {
    const auto look = static_cast<Look>(i);
    looks[std::string(LookName(look))] = PillOf(look).In(language);
  }
  return {{"test", TestWordsJson(language)},       {"kind", std::move(kinds)},
          {"heritage", std::move(heritage)},       {"component", std::move(components)},
          {"verdict", VerdictWordsJson(language)}, {"look", std::move(looks)}};
}

}  // namespace

Json AnswersJson(const TraceResults& results) {
  Json answers = Json::object();
  for (const Language language : kLanguages) {
    answers[std::string(LanguageCode(language))] = AnswerJson(AnswerOf(results, language));
  }
  return answers;
}

Json WordsJson() {
  Json words = Json::object();
  for (const Language language : kLanguages) {
    words[std::string(LanguageCode(language))] = WordsIn(language);
  }
  return words;
}

}  // namespace modelkin
