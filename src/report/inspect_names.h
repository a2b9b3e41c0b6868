// What names alone say of a component, in words.
#ifndef MODELKIN_REPORT_INSPECT_NAMES_H_
#define MODELKIN_REPORT_INSPECT_NAMES_H_

#include <string>

#include "architecture/inspection.h"

namespace modelkin {

// Returns "28 layers (model.layers.), 64 experts; dense MLP gated, routed experts gated".
std::string NamedPartsText(const NamedParts& named);

// Returns "model.layers.{L}.modulation (28 tensors), plora_GN", at most `most` patterns; "" where
// all names are placed.
std::string UnplacedText(const NamedParts& named, std::size_t most);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_INSPECT_NAMES_H_
