#include "fingerprint/huref.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "fingerprint/projection.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostTokens = 512, kFewestTokens = 2, kLayers = 2;
// The first of them that a layer has.
constexpr std::array<MlpId, 2> kMlps = {{{ModuleKind::kDenseMlp}, {ModuleKind::kRoutedExperts, 0}}};

using Matrix = std::vector<float>;

// Rows of the embedding; empty if one is not there or not finite.
Matrix Embeddings(const ModelParts& model, const TokenPairs& tokens,
                  std::uint64_t TokenPair::*side) {
  const Part* const part = model.Find(Role::kEmbedding);
  if (part == nullptr || part->residual_axis() != 1 || part->tensor->shape.size() != 2) return {};
  const UnitReader reader(model.checkpoint, *part->tensor, 1);
  const std::size_t count = std::min(kMostTokens, tokens.pairs.size());
  Matrix rows, row;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t token = tokens.pairs[i * tokens.pairs.size() / count].*side;
    if (token >= reader.lengths().outer || !reader.Read(token, 1, row)) return {};
    rows.insert(rows.end(), row.begin(), row.end());
  }
  reader.RequireNothingLost();
  return rows;
}

// Of tokens by units, each group's block once for each of its query heads.
Matrix ToHeads(const Matrix& of_groups, std::size_t tokens, HeadCounts heads) {
  const std::size_t columns = of_groups.size() / tokens, size = columns / heads.groups;
  const std::size_t inside = heads.query / heads.groups;
  Matrix of_heads;
  of_heads.reserve(tokens * heads.query * size);
  for (std::size_t token = 0; token < tokens; ++token) {
    for (std::size_t head = 0; head < heads.query; ++head) {
      const auto from =
          of_groups.begin() + static_cast<std::ptrdiff_t>(token * columns + head / inside * size);
      of_heads.insert(of_heads.end(), from, from + static_cast<std::ptrdiff_t>(size));
    }
  }
  return of_heads;
}

class Terms {
 public:
  Terms(const ModelParts& model, Matrix embeddings, HeadCounts heads, unsigned threads)
      : model_(model),
        embeddings_(std::move(embeddings)),
        tokens_(embeddings_.size() / *model.residual),
        heads_(heads),
        threads_(threads) {}

  std::optional<Matrix> Attention(std::uint32_t layer, Role left, Role right) const {
    if (heads_.query == 0 || heads_.groups == 0 || heads_.query % heads_.groups != 0) {
      return std::nullopt;
    }
    const auto of_left = Project(model_.FindInLayer(layer, left)),
               of_right = Project(model_.FindInLayer(layer, right));
    if (!of_left || !of_right || of_right->size() / tokens_ % heads_.groups != 0) {
      return std::nullopt;
    }
    return Term(*of_left, ToHeads(*of_right, tokens_, heads_));
  }

  std::optional<Matrix> MlpTerm(std::uint32_t layer) const {
    for (const MlpId mlp : kMlps) {
      const auto up = Project(model_.FindInMlp(layer, mlp, Role::kUp)),
                 down = Project(model_.FindInMlp(layer, mlp, Role::kDown));
      if (up && down) return Term(*up, *down);
    }
    return std::nullopt;
  }

 private:
  // Tokens by units.
  std::optional<Matrix> Project(const Part* part) const {
    const auto weights = ReadProjection(model_, part);
    if (!weights || weights->width != *model_.residual) return std::nullopt;
    Matrix product(tokens_ * weights->units, 0);
    AddProductTransposed({embeddings_.data(), tokens_, weights->width},
                         {weights->rows.data(), weights->units, weights->width}, threads_,
                         product.data());
    return product;
  }

  std::optional<Matrix> Term(const Matrix& left, const Matrix& right) const {
    if (left.size() != right.size()) return std::nullopt;
    const std::size_t units = left.size() / tokens_;
    Matrix term(tokens_ * tokens_, 0);
    AddProductTransposed({left.data(), tokens_, units}, {right.data(), tokens_, units}, threads_,
                         term.data());
    return term;
  }

  const ModelParts& model_;
  Matrix embeddings_;
  std::size_t tokens_;
  HeadCounts heads_;
  unsigned threads_;
};

// Sums for a cosine over several matrices.
struct Cosine {
  double aa = 0, bb = 0, ab = 0;

  void Add(const std::optional<Matrix>& a, const std::optional<Matrix>& b) {
    if (!a || !b) return;
    for (std::size_t i = 0; i < a->size(); ++i) {
      aa += static_cast<double>((*a)[i]) * (*a)[i];
      bb += static_cast<double>((*b)[i]) * (*b)[i];
      ab += static_cast<double>((*a)[i]) * (*b)[i];
    }
  }
  std::optional<double> value() const {
    const double squares = aa * bb;
    if (!(squares > 0) || !std::isfinite(squares)) return std::nullopt;
    return ab / std::sqrt(squares);
  }
};

}  // namespace

HurefCosines CompareHuref(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                          unsigned threads) {
  HurefCosines cosines;
  if (!a.residual || !b.residual || tokens.pairs.size() < kFewestTokens) {
    cosines.skipped = "no tokens or residual coordinates in common";
    return cosines;
  }
  Matrix rows_a = Embeddings(a, tokens, &TokenPair::a),
         rows_b = Embeddings(b, tokens, &TokenPair::b);
  if (rows_a.empty() || rows_b.empty()) {
    cosines.skipped = "no embedding in both, or values that are not finite";
    return cosines;
  }
  const HeadCounts heads_a = a.heads.query > 0 ? a.heads : b.heads;
  const HeadCounts heads_b = b.heads.query > 0 ? b.heads : a.heads;
  const Terms of_a(a, std::move(rows_a), heads_a, threads),
      of_b(b, std::move(rows_b), heads_b, threads);
  Cosine attention, values, mlp;
  const std::size_t layers = std::min({kLayers, a.layers.size(), b.layers.size()});
  for (std::size_t i = 1; i <= layers; ++i) {
    const std::uint32_t layer_a = a.layers[a.layers.size() - i],
                        layer_b = b.layers[b.layers.size() - i];
    attention.Add(of_a.Attention(layer_a, Role::kQuery, Role::kKey),
                  of_b.Attention(layer_b, Role::kQuery, Role::kKey));
    values.Add(of_a.Attention(layer_a, Role::kAttentionOutput, Role::kValue),
               of_b.Attention(layer_b, Role::kAttentionOutput, Role::kValue));
    mlp.Add(of_a.MlpTerm(layer_a), of_b.MlpTerm(layer_b));
  }
  cosines.attention = attention.value();
  cosines.values = values.value();
  cosines.mlp = mlp.value();
  return cosines;
}

}  // namespace modelkin
