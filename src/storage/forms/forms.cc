#include "storage/forms/forms.h"

#include <array>

namespace modelkin {

std::span<const FindCodedWeight> StoredForms() {
  static constexpr std::array kForms = std::to_array<FindCodedWeight>({
      forms::FindMxfp4Blocks,
      forms::FindGptq,
      forms::FindAwq,
      forms::FindPackedIntegers,
      forms::FindBitsandbytes4,
      forms::FindBitsandbytes8,
      forms::FindMlx,
      forms::FindBitnet,
      forms::FindScaledNibbles,
      forms::FindScaledBytes,
  });
  return kForms;
}

}  // namespace modelkin
