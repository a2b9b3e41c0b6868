// Names of parts that are looked for, as ModelParts has them.
#ifndef MODELKIN_FINGERPRINT_PART_NAMES_H_
#define MODELKIN_FINGERPRINT_PART_NAMES_H_

namespace modelkin {

inline constexpr const char* kEmbeddingName = "model.embed_tokens.weight";
inline constexpr const char* kUnembeddingName = "lm_head.weight";

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_PART_NAMES_H_
