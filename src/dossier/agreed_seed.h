// Where both parties' random choices come from.
#ifndef MODELKIN_DOSSIER_AGREED_SEED_H_
#define MODELKIN_DOSSIER_AGREED_SEED_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "dossier/merkle_tree.h"

namespace modelkin {

// Returns the seed of two parties in 64 hexadecimal digits: SHA-256 of a tag, both roots, the
// smaller first, and a text that nobody could know when they were published, or "". Neither party
// can choose it by its own root unless it publishes last; where the text is drawn after both are
// out, neither can at all.
std::string AgreedSeed(const Digest& root, const Digest& other, std::string_view beacon);

// Returns the number that draws and projections of a seed start from: the first 8 bytes of SHA-256
// of a tag and the text, the first byte the lowest.
std::uint64_t SeedNumber(std::string_view seed);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_AGREED_SEED_H_
