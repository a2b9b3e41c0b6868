// Stages that come by what a trace finds, as progress and its plan name them.
#ifndef MODELKIN_EVIDENCE_STAGE_NAMES_H_
#define MODELKIN_EVIDENCE_STAGE_NAMES_H_

#include <array>

namespace modelkin {

inline constexpr const char* kAligningStage = "aligning models";
inline constexpr const char* kHeritageStage = "what became of each tensor";
inline constexpr const char* kBasisStage = "another basis? a look at few tokens, units and layers";
inline constexpr const char* kPowerStage = "what would have been found? simulating derivations";

// Those of relatives, and those of models that nothing shows to be related.
inline constexpr std::array kStagesOfRelatives = {kAligningStage, kHeritageStage};
inline constexpr std::array kStagesOfOthers = {kBasisStage, kPowerStage};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_STAGE_NAMES_H_
