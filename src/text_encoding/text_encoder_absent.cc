// In place of text_encoder.cc, where MODELKIN_TEXT_ENCODER is OFF.
#include "base/build_parts.h"
#include "text_encoding/text_encoder.h"

namespace modelkin {
namespace {

Error NoTextEncoder() {
  return BuiltWithout("the text encoder", "MODELKIN_TEXT_ENCODER",
                      "give --ids, or --bytes with a text");
}

}  // namespace

std::unique_ptr<const TextEncoder> OpenTextEncoder(const std::string&, const Places&) {
  throw NoTextEncoder();
}

std::unique_ptr<const TextEncoder> ReadTextEncoder(const ByteSource&) { throw NoTextEncoder(); }

}  // namespace modelkin
