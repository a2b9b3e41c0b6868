#include "kinship/token_order.h"

#include <algorithm>
#include <set>

#include "basis/arranged_checkpoint.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"
#include "lineage/unit_relations.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostTokens = 8192, kMostTokenElements = std::uint64_t{1} << 27;
// Mean cosine of rows with their nearest, and the share of it that rows of the same number may have
// at most if tokens were reordered.
constexpr double kClearCosine = 0.5, kOwnShare = 0.7;
constexpr double kDifferentShare = 0.8;

UnitRows ReadTokens(const ModelParts& model, const Part& part) {
  UnitRows rows{.units = part.tensor->shape[0], .columns = part.tensor->shape[1]};
  rows.finite = ReadByUnit(model.checkpoint, *part.tensor, 0, rows.rows);
  // What all rows have in common makes them alike in any order.
  std::vector<double> means(rows.columns, 0);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    means[i % rows.columns] += rows.rows[i] / static_cast<double>(rows.units);
  }
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    rows.rows[i] = static_cast<float>(rows.rows[i] - means[i % rows.columns]);
  }
  rows.Normalise();
  return rows;
}

// Nearest rows of A, if they are far nearer than those of the same number, and different ones.
std::vector<std::uint32_t> NearestRows(const UnitRows& a, const UnitRows& b, unsigned threads) {
  std::vector<float> cosines(b.units * a.units, 0);
  AddProductTransposed({b.rows.data(), b.units, b.columns}, {a.rows.data(), a.units, a.columns},
                       threads, cosines.data());
  std::vector<std::uint32_t> nearest(b.units);
  double best = 0, own = 0;
  const std::size_t common = std::min(a.units, b.units);
  for (std::size_t j = 0; j < b.units; ++j) {
    const auto row = cosines.begin() + static_cast<std::ptrdiff_t>(j * a.units);
    const auto largest = std::max_element(row, row + static_cast<std::ptrdiff_t>(a.units));
    nearest[j] = static_cast<std::uint32_t>(largest - row);
    if (*largest < kClearCosine) nearest[j] = kNothing;
    if (j >= common) continue;
    best += *largest;
    own += row[static_cast<std::ptrdiff_t>(j)];
  }
  const std::set<std::uint32_t> different(nearest.begin(), nearest.end());
  const bool reordered =
      best > kClearCosine * static_cast<double>(common) &&
      own<kOwnShare * best&& static_cast<double>(different.size())> kDifferentShare *
          static_cast<double>(common);
  return reordered ? nearest : std::vector<std::uint32_t>();
}

}  // namespace

std::vector<std::uint32_t> TokenOrder::RowsFor(std::uint64_t rows_b, std::uint64_t rows_a) const {
  if (rows.empty() && rows_b == rows_a) return {};
  std::vector<std::uint32_t> result(rows_b, kNothing);
  for (std::uint32_t row = 0; row < rows_b; ++row) {
    const std::uint32_t from = rows.empty() ? row : row < rows.size() ? rows[row] : kNothing;
    if (from < rows_a) result[row] = from;
  }
  return result;
}

TokenOrder MatchTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                       unsigned threads) {
  TokenOrder order;
  const Part* const part_a = a.Find(Role::kEmbedding);
  const Part* const part_b = b.Find(Role::kEmbedding);
  if (part_a == nullptr || part_b == nullptr || part_a->residual_axis() != 1 ||
      part_b->residual_axis() != 1 || part_a->tensor->shape.size() != 2) {
    return order;
  }
  const std::uint64_t rows_a = part_a->tensor->shape[0], rows_b = part_b->tensor->shape[0];
  order.added = rows_b > rows_a ? rows_b - rows_a : 0;
  order.missing = rows_a > rows_b ? rows_a - rows_b : 0;
  if (tokens.by_string) {
    std::vector<std::uint32_t> rows(rows_b, kNothing);
    for (const TokenPair& token : tokens.pairs) {
      rows[token.b] = static_cast<std::uint32_t>(token.a);
      order.reordered = order.reordered || token.a != token.b;
    }
    if (order.reordered) order.rows = std::move(rows);
    return order;
  }
  if (std::max(rows_a, rows_b) > kMostTokens || a.residual != b.residual ||
      std::max(part_a->tensor->elements, part_b->tensor->elements) > kMostTokenElements) {
    return order;
  }
  order.rows = NearestRows(ReadTokens(a, *part_a), ReadTokens(b, *part_b), threads);
  order.reordered = !order.rows.empty();
  return order;
}

}  // namespace modelkin
