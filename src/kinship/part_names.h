// Names of parts that are looked for, as ModelParts has them.
#ifndef MODELKIN_KINSHIP_PART_NAMES_H_
#define MODELKIN_KINSHIP_PART_NAMES_H_

namespace modelkin {

inline constexpr const char* kEmbeddingName = "model.embed_tokens.weight";
inline constexpr const char* kUnembeddingName = "lm_head.weight";

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_PART_NAMES_H_
