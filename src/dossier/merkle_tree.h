// A tree of SHA-256 over leaves, and the path that shows that one of them is in it.
#ifndef MODELKIN_DOSSIER_MERKLE_TREE_H_
#define MODELKIN_DOSSIER_MERKLE_TREE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

using Digest = std::array<std::byte, 32>;

// Returns 64 lower-case hexadecimal digits.
std::string HexOf(const Digest& digest);
// Returns the digest of such digits; nothing for any other text.
std::optional<Digest> DigestOfHex(std::string_view hex);
// Returns SHA-256 of a text's bytes.
Digest DigestOf(std::string_view text);

// Returns the root over leaves in their order. RFC 6962, section 2.1, over digests of leaves: the
// left subtree has the largest power of two below their number, and inner nodes have a prefix of
// their own, so that none passes for a leaf. Binds the number of leaves as well. Requires one or
// more.
Digest TreeRoot(std::span<const Digest> leaves);

// Returns the nodes beside the way from a leaf to the root, the lowest first. Requires that leaf.
std::vector<Digest> PathOf(std::span<const Digest> leaves, std::size_t index);

// Returns the root that this leaf and path lead to, in a tree of `count` leaves; nothing where the
// path is not as long as such a one is, or there is no such leaf.
std::optional<Digest> RootByPath(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                 std::span<const Digest> path);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_MERKLE_TREE_H_
