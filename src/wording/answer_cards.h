// What stands beside the headline: how two models differ, which was first, what is not shown.
#ifndef MODELKIN_WORDING_ANSWER_CARDS_H_
#define MODELKIN_WORDING_ANSWER_CARDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wording/found.h"
#include "wording/language.h"

namespace modelkin {

// kMain: a part of the answer. kOpen: a question that stays open. kQuiet: what is not shown.
enum class CardTone : std::uint8_t { kMain, kOpen, kQuiet };

// Returns "main", "open" or "quiet".
std::string_view CardToneName(CardTone tone);

struct AnswerCard {
  CardTone tone = CardTone::kMain;
  std::string label;  // "Who first": one or two words, for a terminal
  std::string title;  // "Which came first? Not proven"
  std::string text;
  std::string line;  // the same without its title: "Not proven. One sign points to ..."
};

// Returns two to four cards; what is not shown comes last.
std::vector<AnswerCard> AnswerCards(const Found& found, const Speech& speech);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_ANSWER_CARDS_H_
