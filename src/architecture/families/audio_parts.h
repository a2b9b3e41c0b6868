// What Whisper's encoder, those that came of it, and its decoder have in common.
#ifndef MODELKIN_ARCHITECTURE_FAMILIES_AUDIO_PARTS_H_
#define MODELKIN_ARCHITECTURE_FAMILIES_AUDIO_PARTS_H_

#include <string_view>

#include "architecture/families/encoder_parts.h"

namespace modelkin::families {

// Attention to a layer's own stack, and the MLP. Of Whisper, keys have no bias.
Table WhisperLayers(std::string_view stored, std::string_view key_bias = kNoBias);

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_AUDIO_PARTS_H_
