#include "sketch/token_sketch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::array<unsigned char, 13> kBytesOfNoText = {0xc0, 0xc1, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9,
                                                          0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};

std::uint64_t Fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

std::optional<std::array<std::uint8_t, kVocabularyHashes>> HashVocabulary(
    const Tokenizer& tokenizer) {
  if (tokenizer.tokens.empty()) return std::nullopt;
  std::array<std::uint64_t, kVocabularyHashes> smallest;
  smallest.fill(std::numeric_limits<std::uint64_t>::max());
  for (const Token& token : tokenizer.tokens) {
    const std::uint64_t hash = Fnv1a(token.bytes);
    for (std::size_t j = 0; j < kVocabularyHashes; ++j) {
      smallest[j] = std::min(smallest[j], MixedWord(hash + j * kSplitMixStep));
    }
  }
  std::array<std::uint8_t, kVocabularyHashes> hashes{};
  for (std::size_t j = 0; j < kVocabularyHashes; ++j) {
    hashes[j] = static_cast<std::uint8_t>(smallest[j] & 0xff);
  }
  return hashes;
}

double VocabularyOverlap(const std::array<std::uint8_t, kVocabularyHashes>& a,
                         const std::array<std::uint8_t, kVocabularyHashes>& b) {
  std::size_t equal = 0;
  for (std::size_t j = 0; j < kVocabularyHashes; ++j) equal += a[j] == b[j] ? 1 : 0;
  constexpr double kByChance = 1.0 / 256;
  const double share = static_cast<double>(equal) / kVocabularyHashes;
  return std::clamp((share - kByChance) / (1 - kByChance), 0.0, 1.0);
}

std::vector<std::uint64_t> TokensOfNoText(const Tokenizer& tokenizer, std::uint64_t rows) {
  std::map<std::string, std::size_t> places;  // as bytes, and as names of bytes
  for (std::size_t i = 0; i < kBytesOfNoText.size(); ++i) {
    places[std::string(1, static_cast<char>(kBytesOfNoText[i]))] = i;
    places[fmt::format("<0x{:02X}>", kBytesOfNoText[i])] = i;
  }
  std::array<std::optional<std::uint64_t>, kBytesOfNoText.size()> ids;
  for (const Token& token : tokenizer.tokens) {
    const auto place = places.find(token.bytes);
    if (place != places.end() && token.id < rows && !ids[place->second]) {
      ids[place->second] = token.id;
    }
  }
  std::vector<std::uint64_t> found;
  for (const auto& id : ids) {
    if (id) found.push_back(*id);
  }
  return found;
}

}  // namespace modelkin
