// What an audit comes to, as people read it first: on a terminal and on the page.
#ifndef MODELKIN_WORDING_AUDIT_ANSWER_H_
#define MODELKIN_WORDING_AUDIT_ANSWER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "requests/audit.h"
#include "wording/language.h"
#include "wording/words.h"

namespace modelkin {

// One reference beside the candidate.
struct AuditRow {
  std::size_t number = 0;  // of the reference, from 1
  AuditOutcome outcome = AuditOutcome::kUntestable;
  Look look = Look::kUntestable;
  bool is_partly_read = false;  // so that nothing found says less
  std::string model;            // what it is called
  std::string pill;             // "Same lineage"
  std::string what;             // a sentence: what was found, or why no test could be run
  std::string how;              // how the two differ, "fine-tuned"; "" where that is not known
  std::string p;         // of the strongest test, corrected for all; "-" where none is strong
  std::string smallest;  // share that would have been found; "-" where none was simulated
};

struct AuditAnswer {
  Language language = Language::kEnglish;
  std::string candidate;  // what it is called
  Look look = Look::kUntestable;
  std::string pill, headline, lead, how_sure, quote;
  std::vector<AuditRow> rows;  // what was found first, by how much; then what can't be tested
};

// Headings of the rows' columns.
struct AuditColumns {
  std::string model, verdict, p, smallest;
};
AuditColumns AuditColumnsIn(Language language);

AuditAnswer AnswerOfAudit(const AuditResults& results, Language language);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_AUDIT_ANSWER_H_
