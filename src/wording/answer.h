// What a trace comes to, as people read it first: on a terminal, on the page, in a figure.
#ifndef MODELKIN_WORDING_ANSWER_H_
#define MODELKIN_WORDING_ANSWER_H_

#include <string>
#include <vector>

#include "requests/trace.h"
#include "wording/answer_cards.h"
#include "wording/evidence_rows.h"
#include "wording/words.h"

namespace modelkin {

// What one component of several comes to.
struct ComponentAnswer {
  std::string name;  // "image encoder"
  Look look = Look::kUntestable;
  std::string pill;  // "" where a single model has it
  std::string text;  // kinds, or which model has it
};

struct Answer {
  Language language = Language::kEnglish;
  std::string a, b;  // what the models are called
  Look look = Look::kUntestable;
  std::string pill;      // "Same lineage"
  std::string headline;  // "glm-a and glm-a-sft go back to the same trained model."
  std::string lead, how_sure;
  std::string read;       // "all weights read"
  std::string rows_of;    // "image encoder": of which component rows are; "" of a single one
  std::string reference;  // names of the unrelated models, "" of none
  std::vector<EvidenceRow> rows;
  std::vector<AnswerCard> cards;
  std::string quote;
  std::string footnote;  // names, digests of files and version, for below the quote
  std::vector<ComponentAnswer> components;  // of models of several, in their order
  std::vector<std::string> evidence, limits;
  // Of the first component's relation, in the order of its kinds and signs.
  std::vector<std::string> kinds, signs, signs_turned_by;
  std::vector<std::string> notes;  // what is the matter with the files, with the models' names
};

// What stands around the rows, where they are drawn or printed.
struct EvidenceFigureWords {
  std::string title;      // "What the two models have in common"
  std::string pair;       // "this pair"
  std::string reference;  // "unrelated models (here: glm-b, beside each of the two)"; "" of none
  std::string chance;     // "by chance alone, as calculated: ..."; "" where no row has it
  std::string nothing, same;  // the ends of the axis
};
EvidenceFigureWords FigureWordsOf(const Answer& answer);

// Returns the answer in `language`.
Answer AnswerOf(const TraceResults& results, Language language);

// Returns A's and B's short names.
Speech SpeechOf(const TraceResults& results, Language language);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_ANSWER_H_
