#include "dossier/merkle_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::string_view kNodeTag = "modelkin dossier node 1\n";
constexpr std::string_view kRootTag = "modelkin dossier root 1\n";

std::span<const std::byte> BytesOfText(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Digest Finished(Sha256& sha) { return *DigestOfHex(sha.HexDigest()); }

Digest NodeOf(const Digest& left, const Digest& right) {
  Sha256 sha;
  sha.Update(BytesOfText(kNodeTag));
  sha.Update(left);
  sha.Update(right);
  return Finished(sha);
}

Digest BoundRoot(const Digest& top, std::uint64_t count) {
  Sha256 sha;
  sha.Update(BytesOfText(kRootTag));
  sha.Update(BytesOfText(fmt::format("{}\n", count)));
  sha.Update(top);
  return Finished(sha);
}

// How many of 2 or more leaves are on the left.
std::uint64_t LeftOf(std::uint64_t count) { return std::bit_floor(count - 1); }

Digest TopOf(std::span<const Digest> leaves) {
  if (leaves.size() == 1) return leaves.front();
  const std::size_t left = LeftOf(leaves.size());
  return NodeOf(TopOf(leaves.first(left)), TopOf(leaves.subspan(left)));
}

int DigitOf(char digit) {
  if ('0' <= digit && digit <= '9') return digit - '0';
  return 'a' <= digit && digit <= 'f' ? digit - 'a' + 10 : -1;
}

}  // namespace

std::string HexOf(const Digest& digest) {
  std::string hex;
  for (const std::byte byte : digest) hex += fmt::format("{:02x}", std::to_integer<int>(byte));
  return hex;
}

std::optional<Digest> DigestOfHex(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = DigitOf(hex[2 * i]), low = DigitOf(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::byte>(16 * high + low);
  }
  return digest;
}

Digest DigestOf(std::string_view text) {
  Sha256 sha;
  sha.Update(BytesOfText(text));
  return Finished(sha);
}

Digest TreeRoot(std::span<const Digest> leaves) { return BoundRoot(TopOf(leaves), leaves.size()); }

std::vector<Digest> PathOf(std::span<const Digest> leaves, std::size_t index) {
  std::vector<Digest> path;
  while (leaves.size() > 1) {
    const std::size_t left = LeftOf(leaves.size());
    const bool is_left = index < left;
    path.push_back(TopOf(is_left ? leaves.subspan(left) : leaves.first(left)));
    leaves = is_left ? leaves.first(left) : leaves.subspan(left);
    if (!is_left) index -= left;
  }
  std::ranges::reverse(path);
  return path;
}

std::optional<Digest> RootByPath(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                 std::span<const Digest> path) {
  if (index >= count) return std::nullopt;
  std::vector<bool> is_left;  // on the way down
  for (std::uint64_t place = index, size = count; size > 1;) {
    const std::uint64_t left = LeftOf(size);
    is_left.push_back(place < left);
    size = is_left.back() ? left : size - left;
    if (!is_left.back()) place -= left;
  }
  if (is_left.size() != path.size()) return std::nullopt;
  Digest node = leaf;
  for (const Digest& beside : path) {
    node = is_left.back() ? NodeOf(node, beside) : NodeOf(beside, node);
    is_left.pop_back();
  }
  return BoundRoot(node, count);
}

}  // namespace modelkin
