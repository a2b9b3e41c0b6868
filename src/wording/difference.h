// How two relatives differ, and which of them was first, each in a line.
#ifndef MODELKIN_WORDING_DIFFERENCE_H_
#define MODELKIN_WORDING_DIFFERENCE_H_

#include <string>
#include <vector>

#include "kinship/relation.h"
#include "kinship/tensor_heritage.h"
#include "wording/language.h"

namespace modelkin {

// Returns "Fine-tuned: 126 of 129 tensors changed, by 8 % of their size (median)". Where tensors
// were drawn, counts are of those that were looked at.
std::string DifferenceText(const Relation& relation, const std::vector<TensorHeritage>& heritage,
                           const Speech& speech);

// Returns the same for a terminal's line: "Fine-tuned: 126 of 129 tensors changed, typically by 8
// %".
std::string DifferenceLine(const Relation& relation, const std::vector<TensorHeritage>& heritage,
                           const Speech& speech);

// Returns "One sign points to glm-a (right in 37 of 39 test cases)", or which was first where a
// fact shows it.
std::string FirstText(Direction direction, const std::vector<DirectionSign>& signs,
                      const Speech& speech);

// Returns the same after "Not proven.", where it stands without a title.
std::string FirstLine(Direction direction, const std::vector<DirectionSign>& signs,
                      const Speech& speech);

// Returns "Which came first? Not proven", or without the last words where a fact shows it.
std::string FirstTitle(Direction direction, const Speech& speech);

// Returns the text with its first ASCII letter as a capital.
std::string Capitalised(std::string text);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_DIFFERENCE_H_
