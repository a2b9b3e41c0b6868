#include "report/said_json.h"

#include <string>
#include <vector>

#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/words.h"

namespace modelkin {
namespace {

// Collects texts in one language by the English ones.
class Translations {
 public:
  explicit Translations(Language language) : language_(language) {}

  void Add(const std::vector<TestResult>& tests) {
    for (const TestResult& test : tests) {
      Add(test.skipped);
      AddText(CaveatText(test), CaveatText(test, {.language = language_}));
      const TestId id = test.key.id;
      AddText(StatisticNameInWords(id, Language::kEnglish), StatisticNameInWords(id, language_));
      AddText(EffectNameInWords(id, Language::kEnglish), EffectNameInWords(id, language_));
    }
  }

  void Add(const std::vector<Fingerprint>& fingerprints) {
    for (const Fingerprint& fingerprint : fingerprints) {
      Add(fingerprint.source);
      Add(fingerprint.caveat);
    }
  }

  void Add(const TokenEvidence& tokens) {
    Add(tokens.embedding.skipped);
    Add(tokens.unembedding.skipped);
  }

  void Add(const FunctionalComparison& pair) {
    Add(pair.cka.skipped);
    Add(pair.next_tokens.skipped);
    for (const UnitAgreement& layer : pair.units) Add(layer.skipped);
  }

  void Add(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) Add(finding.message);
  }

  void Add(const Said& said) { AddText(said.english, InLanguage(said, language_)); }

  Json Take() { return std::move(texts_); }

 private:
  void Add(const Skipped& skipped) { AddText(SkipText(skipped), SkipText(skipped, language_)); }
  void AddText(std::string_view english, std::string_view text) {
    if (!english.empty() && english != text) texts_[std::string(english)] = text;
  }

  Language language_;
  Json texts_ = Json::object();
};

void AddTrace(const Trace& trace, Translations& translations) {
  translations.Add(trace.tests);
  if (trace.rows) translations.Add(*trace.rows);
  for (const ControlTrace& control : trace.controls) {
    translations.Add(control.tests);
    if (control.tokens) translations.Add(*control.tokens);
  }
}

}  // namespace

Json SaidJson(const Report& report) {
  Json said = Json::object();
  for (const Language language : kLanguages) {
    if (language == Language::kEnglish) continue;
    Translations translations(language);
    for (const ComponentTrace& component : report.trace.components) {
      if (component.trace) AddTrace(*component.trace, translations);
      if (component.kinship && component.kinship->descriptions) {
        translations.Add(component.kinship->descriptions->fingerprints);
      }
    }
    for (const InputRecord& input : report.trace.inputs) {
      for (const Said& warning : input.warnings) translations.Add(warning);
    }
    translations.Add(report.inspection_a.findings);
    translations.Add(report.inspection_b.findings);
    if (report.config) translations.Add(report.config->findings);
    if (report.compare && report.compare->functional) {
      translations.Add(report.compare->functional->pair);
      for (const FunctionalComparison& control : report.compare->functional->controls) {
        translations.Add(control);
      }
    }
    said[std::string(LanguageCode(language))] = translations.Take();
  }
  return said;
}

}  // namespace modelkin
