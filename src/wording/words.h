// What verdicts, tests, kinds and classes are called where people read them. JSON has their
// identifiers.
#ifndef MODELKIN_WORDING_WORDS_H_
#define MODELKIN_WORDING_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/test_id.h"
#include "kinship/derivation_kind.h"
#include "kinship/tensor_heritage.h"
#include "modelkin/component.h"
#include "modelkin/verdict.h"
#include "requests/check.h"
#include "wording/language.h"

namespace modelkin {

// How a verdict looks: its colour and its shape.
enum class Look : std::uint8_t {
  kSame,
  kRelated,
  kStart,     // a starting point in common, and no more
  kPart,      // something in common, in a part
  kNotFound,  // nothing was found
  kUntestable,
};

// Returns "same", "related", "start", "part", "nothing" or "untestable".
std::string_view LookName(Look look);

// `shared`: of kSharesMaterial.
Look LookOf(VerdictCategory category, std::optional<SharedMaterial> shared);

// Returns "Same lineage": what stands in the pill.
const Words& PillOf(Look look);

// Returns "neurons in the same place", and after that "after undoing a possible rotation" in a
// fitted basis.
std::string TestInWords(const TestKey& key, Language language);

// Return what a test's statistic and effect are called: "z", "agreement share". JSON has the
// English ones.
std::string_view StatisticNameInWords(TestId id, Language language);
std::string_view EffectNameInWords(TestId id, Language language);

// Returns "related, direction not shown".
const Words& OutcomeInWords(ClaimOutcome outcome);

// Returns what an outcome of a claim means, in a sentence.
std::string_view MeaningOfOutcome(ClaimOutcome outcome);
// Returns what it means that a declared relation is contradicted.
std::string_view MeaningOfContradicted();

// Return "fine-tuned", "moved a little all over", "image encoder".
const Words& KindInWords(DerivationKind kind);
const Words& HeritageInWords(HeritageClass heritage);
const Words& ComponentInWords(Component component);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_WORDS_H_
