// What a comparison of two dossiers, and a check of an opening, say: JSON and text.
#ifndef MODELKIN_REPORT_DOSSIER_REPORT_H_
#define MODELKIN_REPORT_DOSSIER_REPORT_H_

#include <string>
#include <string_view>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/dossier.h"

namespace modelkin {

inline constexpr std::string_view kDossierSchemaVersion = "1.0";

void WriteDossierJson(const DossierResults& results, const TextSink& sink);
void WriteDossierText(const DossierResults& results, const Screen& screen, const TextSink& sink);

// Returns what two dossiers show in one sentence.
std::string DossierSentence(const DossierResults& results);

// Returns what would make a party's dossier worth nothing, in sentences: a seed that it may have
// chosen, values that are not finite by its own word.
std::vector<std::string> DossierWarnings(const DossierResults& results);

void WriteOpeningCheckText(const OpeningCheckResults& results, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DOSSIER_REPORT_H_
