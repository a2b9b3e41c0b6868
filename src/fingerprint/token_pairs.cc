#include "fingerprint/token_pairs.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace modelkin {
namespace {

// Of vocabularies of one size: with a smaller share of strings in common, strings were renamed, or
// say nothing.
constexpr double kFewStrings = 0.25;

std::uint64_t EmbeddingRows(const ModelParts& model) {
  const Part* const embedding = model.Find(Role::kEmbedding);
  return embedding == nullptr || embedding->residual_axis() != 1 ? 0 : embedding->tensor->shape[0];
}

TokenPairs ByNumber(std::uint64_t rows_a, std::uint64_t rows_b) {
  TokenPairs tokens;
  for (std::uint64_t row = 0; row < std::min(rows_a, rows_b); ++row) {
    tokens.pairs.push_back({row, row});
  }
  return tokens;
}

}  // namespace

TokenPairs SharedTokens(const ModelParts& a, const Tokenizer* tokenizer_a, const ModelParts& b,
                        const Tokenizer* tokenizer_b) {
  const std::uint64_t rows_a = EmbeddingRows(a), rows_b = EmbeddingRows(b);
  if (tokenizer_a == nullptr || tokenizer_b == nullptr) return ByNumber(rows_a, rows_b);
  TokenPairs tokens{.by_string = true};
  std::unordered_map<std::string_view, std::uint64_t> ids;
  for (const Token& token : tokenizer_a->tokens) ids.emplace(token.bytes, token.id);
  for (const Token& token : tokenizer_b->tokens) {
    const auto found = ids.find(token.bytes);
    if (found == ids.end() || found->second >= rows_a || token.id >= rows_b) continue;
    tokens.pairs.push_back({found->second, token.id});
    ids.erase(found);
  }
  const bool few =
      static_cast<double>(tokens.pairs.size()) < kFewStrings * static_cast<double>(rows_b);
  if (rows_a == rows_b && few) return ByNumber(rows_a, rows_b);
  std::ranges::sort(tokens.pairs, {}, &TokenPair::b);
  return tokens;
}

}  // namespace modelkin
