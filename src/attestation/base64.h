// Base64 (RFC 4648), in which envelopes of signatures hold bytes.
#ifndef MODELKIN_ATTESTATION_BASE64_H_
#define MODELKIN_ATTESTATION_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// Returns the standard alphabet's text, with padding.
std::string EncodeBase64(std::string_view bytes);

// Returns the bytes of a padded text of the standard or the URL-safe alphabet, as DSSE allows both;
// nullopt of anything else, white space included.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_BASE64_H_
