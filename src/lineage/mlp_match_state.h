// Matched MLPs as a state keeps them.
#ifndef MODELKIN_LINEAGE_MLP_MATCH_STATE_H_
#define MODELKIN_LINEAGE_MLP_MATCH_STATE_H_

#include <nlohmann/json_fwd.hpp>

#include "lineage/mlp_matching.h"

namespace modelkin {

// All members, numbers to the bit.
nlohmann::json ToState(const MlpMatch& match);
// Throws nlohmann::json::exception or std::out_of_range for what ToState did not make.
MlpMatch MlpMatchFromState(const nlohmann::json& state);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MLP_MATCH_STATE_H_
