// The first screen of a trace: what people read in ten seconds.
#ifndef MODELKIN_REPORT_ANSWER_TEXT_H_
#define MODELKIN_REPORT_ANSWER_TEXT_H_

#include <string>
#include <string_view>

#include "report/screen.h"
#include "wording/answer.h"

namespace modelkin {

// Returns the pill's words in capitals, bold and in their colour.
std::string PillText(std::string_view pill, Look look, const TextStyle& style);

// Returns ASCII letters as capitals.
std::string Capitals(std::string_view text);

// Returns "  How sure      Strong evidence in ...", wrapped beside its label; "" of no text.
std::string Labelled(std::string_view label, std::string_view text, const Screen& screen);

// Returns text beside a pill, or below a long one.
std::string PilledText(std::string_view pill, std::string_view text, const Screen& screen);

// Returns the answer, in lines that the screen holds. `facts`: on the right of the names, such as
// how large the models are.
std::string AnswerText(const Answer& answer, std::string_view facts, const Screen& screen);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_ANSWER_TEXT_H_
