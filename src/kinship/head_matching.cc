#include "kinship/head_matching.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <span>
#include <string>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Factors count as disguised if their cosine is under half of their product's, and that clear; or
// if the product lacks a tenth of what factors lack, where that is more than rounding: a change of
// values takes no less from the product than from its factors.
constexpr double kClearProduct = 0.5;
constexpr double kDisguisedShare = 0.5;
constexpr double kLittleLeft = 0.1, kMoreThanRounding = 0.01;
// Heads have moved if their own places do worse by this much, in mean cosine.
constexpr double kMoved = 0.05;
// Heads of strangers in the order that fits best have a mean cosine of 0.01 to 0.02; heads under
// noise of three times their size, 0.25.
constexpr double kLinkedHeads = 0.1;
// Beyond these an assignment, or weights in memory, would be too large.
constexpr std::uint64_t kMostHeads = 4096, kMostHeadElements = std::uint64_t{1} << 27;

// Rows of a head one after the other, each of all residual coordinates; of outputs, columns.
struct HeadWeights {
  std::vector<float> values;
  std::size_t rows = 0, of_a_head = 0, width = 0;
};

using DrawnCoordinates = std::vector<std::uint32_t>;

// Fills weights with some residual coordinates of each row, all of which are there. Returns whether
// all that is read is finite: of outputs that is what is drawn alone.
bool ReadCoordinates(const Checkpoint& checkpoint, const Tensor& tensor, std::size_t residual_axis,
                     const DrawnCoordinates& coordinates, HeadWeights& weights) {
  const UnitReader reader(checkpoint, tensor, 1);
  const std::size_t count = coordinates.size();
  weights.values.resize(weights.rows * count);
  weights.width = count;
  std::vector<float> values;
  bool finite = true;
  if (residual_axis == 0) {
    for (std::size_t i = 0; i < count; ++i) {
      finite = reader.Read(coordinates[i], 1, values) && finite;
      for (std::size_t row = 0; row < weights.rows; ++row) {
        weights.values[row * count + i] = values[row];
      }
    }
  } else {
    for (std::size_t row = 0; row < weights.rows; ++row) {
      finite = reader.Read(row, 1, values) && finite;
      for (std::size_t i = 0; i < count; ++i) {
        weights.values[row * count + i] = values[coordinates[i]];
      }
    }
  }
  reader.RequireNothingLost();
  return finite;
}

std::optional<HeadWeights> ReadWeights(const ModelParts& model, std::uint32_t layer, Role role,
                                       std::size_t residual_axis, std::uint64_t heads,
                                       const DrawnCoordinates& coordinates) {
  const Part* const part = model.FindInLayer(layer, role);
  if (part == nullptr || part->tensor->shape.size() != 2 ||
      part->residual_axis() != residual_axis || part->tensor->elements > kMostHeadElements) {
    return std::nullopt;
  }
  const std::size_t rows = part->tensor->shape[1 - residual_axis];
  if (heads == 0 || rows == 0 || rows % heads != 0) return std::nullopt;
  HeadWeights weights{
      .rows = rows, .of_a_head = rows / heads, .width = part->tensor->shape[residual_axis]};
  if (!coordinates.empty() && coordinates.back() >= weights.width) return std::nullopt;
  const bool finite =
      coordinates.empty()
          ? ReadByUnit(model.checkpoint, *part->tensor, 1 - residual_axis, weights.values)
          : ReadCoordinates(model.checkpoint, *part->tensor, residual_axis, coordinates, weights);
  return finite ? std::optional(std::move(weights)) : std::nullopt;
}

struct Attention {
  HeadWeights query, key, value;
  std::optional<HeadWeights> output;
};

std::optional<Attention> ReadAttention(const ModelParts& model, std::uint32_t layer,
                                       HeadCounts heads, const DrawnCoordinates& coordinates) {
  const auto read = [&](Role role, std::size_t residual_axis, std::uint64_t count) {
    return ReadWeights(model, layer, role, residual_axis, count, coordinates);
  };
  auto query = read(Role::kQuery, 1, heads.query);
  auto key = read(Role::kKey, 1, heads.groups);
  auto value = read(Role::kValue, 1, heads.groups);
  if (!query || !key || !value || query->of_a_head != key->of_a_head) return std::nullopt;
  return Attention{.query = std::move(*query),
                   .key = std::move(*key),
                   .value = std::move(*value),
                   .output = read(Role::kAttentionOutput, 0, heads.query)};
}

// Products of a head's rows with all rows of the other: as many rows as a head has.
std::vector<float> HeadTimesAll(const HeadWeights& of, std::size_t head, const HeadWeights& all) {
  const std::size_t size = of.of_a_head;
  std::vector<float> products(size * all.rows, 0);
  AddProductTransposed({of.values.data() + head * size * of.width, size, of.width},
                       {all.values.data(), all.rows, all.width}, 1, products.data());
  return products;
}

// Products of a head's rows with each other.
std::vector<float> GramOfHead(const HeadWeights& weights, std::size_t head) {
  const std::size_t size = weights.of_a_head;
  const float* const rows = weights.values.data() + head * size * weights.width;
  std::vector<float> products(size * size, 0);
  AddProductTransposed({rows, size, weights.width}, {rows, size, weights.width}, 1,
                       products.data());
  return products;
}

// Inner product of block (i, j) of x and block (k, l) of y, square ones of one size.
double BlockProduct(std::span<const float> x, std::size_t columns_x, std::size_t i, std::size_t j,
                    std::span<const float> y, std::size_t columns_y, std::size_t k, std::size_t l,
                    std::size_t size) {
  double sum = 0;
  for (std::size_t r = 0; r < size; ++r) {
    const float* const from_x = x.data() + (i * size + r) * columns_x + j * size;
    const float* const from_y = y.data() + (k * size + r) * columns_y + l * size;
    for (std::size_t c = 0; c < size; ++c) sum += static_cast<double>(from_x[c]) * from_y[c];
  }
  return sum;
}

using HeadMatrix = std::vector<double>;  // B's heads by A's

// Sum over a head's rows of <row of A, row of B>, over both norms.
HeadMatrix FactorCosines(const HeadWeights& a, const HeadWeights& b, std::uint64_t heads) {
  const std::size_t length = a.values.size() / heads;
  HeadMatrix cosines(heads * heads);
  const auto dot = [&](const HeadWeights& x, std::size_t i, const HeadWeights& y, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < length; ++k) {
      sum += static_cast<double>(x.values[i * length + k]) * y.values[j * length + k];
    }
    return sum;
  };
  std::vector<double> squares_a(heads);
  for (std::size_t j = 0; j < heads; ++j) squares_a[j] = dot(a, j, a, j);
  for (std::size_t i = 0; i < heads; ++i) {
    const double squares_b = dot(b, i, b, i);
    for (std::size_t j = 0; j < heads; ++j) {
      const double norms = std::sqrt(squares_b * squares_a[j]);
      cosines[i * heads + j] = norms > 0 ? dot(b, i, a, j) / norms : 0;
    }
  }
  return cosines;
}

// Of left^T right, a product of two factors of each head, without forming it: query heads by query
// heads, each with the factor of its group.
HeadMatrix ProductCosines(const HeadWeights& left_a, const HeadWeights& right_a,
                          const HeadWeights& left_b, const HeadWeights& right_b, HeadCounts heads,
                          unsigned threads) {
  const std::size_t size = left_a.of_a_head, inside = heads.query / heads.groups;
  const auto norms = [&](const HeadWeights& left, const HeadWeights& right) {
    std::vector<double> squares(heads.query);
    for (std::size_t h = 0; h < heads.query; ++h) {
      const auto own_left = GramOfHead(left, h), own_right = GramOfHead(right, h / inside);
      squares[h] = BlockProduct(own_left, size, 0, 0, own_right, size, 0, 0, size);
    }
    return squares;
  };
  const auto squares_a = norms(left_a, right_a), squares_b = norms(left_b, right_b);
  HeadMatrix cosines(heads.query * heads.query);
  // Head by head: products of all rows with all would take 256 MiB for 64 heads of 128.
  ParallelFor(threads, heads.groups, [&](std::size_t group, unsigned) {
    const auto cross_right = HeadTimesAll(right_b, group, right_a);
    for (std::size_t i = group * inside; i < (group + 1) * inside; ++i) {
      const auto cross_left = HeadTimesAll(left_b, i, left_a);
      for (std::size_t j = 0; j < heads.query; ++j) {
        const double scale = std::sqrt(squares_b[i] * squares_a[j]);
        const double product = BlockProduct(cross_left, left_a.rows, 0, j, cross_right,
                                            right_a.rows, 0, j / inside, size);
        cosines[i * heads.query + j] = scale > 0 ? product / scale : 0;
      }
    }
  });
  return cosines;
}

std::vector<std::uint32_t> Assign(const HeadMatrix& scores, std::size_t size) {
  const std::vector<float> rounded(scores.begin(), scores.end());
  return MaximumAssignment({rounded.data(), size, size}, 1).column_of_row;
}

// Orders of query heads inside each pair of groups, and then of groups, that give the most.
HeadMatch BestOrder(const HeadMatrix& scores, HeadCounts heads) {
  const std::size_t inside = heads.query / heads.groups;
  HeadMatrix by_group(heads.groups * heads.groups);
  std::vector<std::vector<std::uint32_t>> orders(by_group.size());
  for (std::size_t g = 0; g < heads.groups; ++g) {
    for (std::size_t other = 0; other < heads.groups; ++other) {
      HeadMatrix block(inside * inside);
      for (std::size_t i = 0; i < inside; ++i) {
        for (std::size_t j = 0; j < inside; ++j) {
          block[i * inside + j] = scores[(g * inside + i) * heads.query + other * inside + j];
        }
      }
      auto& order = orders[g * heads.groups + other];
      order = Assign(block, inside);
      for (std::size_t i = 0; i < inside; ++i) {
        by_group[g * heads.groups + other] += block[i * inside + order[i]];
      }
    }
  }
  HeadMatch match{.groups = Assign(by_group, heads.groups)};
  for (std::size_t g = 0; g < heads.groups; ++g) {
    for (const std::uint32_t within : orders[g * heads.groups + match.groups[g]]) {
      match.heads.push_back(static_cast<std::uint32_t>(match.groups[g] * inside + within));
    }
  }
  return match;
}

double MeanAt(const HeadMatrix& cosines, const std::vector<std::uint32_t>& order) {
  double sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) sum += cosines[i * order.size() + order[i]];
  return sum / static_cast<double>(order.size());
}

void Add(const HeadMatrix& cosines, HeadCounts heads, HeadMatrix& scores) {
  const std::size_t size = cosines.size() == scores.size() ? heads.query : heads.groups;
  const std::size_t inside = heads.query / size;
  for (std::size_t i = 0; i < heads.query; ++i) {
    for (std::size_t j = 0; j < heads.query; ++j) {
      scores[i * heads.query + j] += cosines[i / inside * size + j / inside];
    }
  }
}

void KeepInPlace(const HeadMatrix& scores, double terms, HeadMatch& match) {
  std::vector<std::uint32_t> own(match.heads.size()), own_groups(match.groups.size());
  std::iota(own.begin(), own.end(), 0U);
  std::iota(own_groups.begin(), own_groups.end(), 0U);
  const double best = MeanAt(scores, match.heads);
  match.in_place = best - MeanAt(scores, own) < kMoved * terms || best < kLinkedHeads * terms;
  if (!match.in_place) return;
  match.heads = std::move(own);
  match.groups = std::move(own_groups);
}

bool Disguised(double factors, const std::optional<double>& product) {
  if (!product || *product < kClearProduct) return false;
  return factors < kDisguisedShare * *product ||
         (1 - factors > kMoreThanRounding && 1 - *product < kLittleLeft * (1 - factors));
}

}  // namespace

bool HeadMatch::linked() const {
  const double products = std::max(query_key_product.value_or(0), value_output_product.value_or(0));
  return std::max({query_key, value_output, products / 2}) >= 2 * kLinkedHeads;
}
bool HeadMatch::query_key_disguised() const { return Disguised(query_key, query_key_product); }
bool HeadMatch::value_output_disguised() const {
  return Disguised(value_output, value_output_product);
}

std::optional<HeadMatch> MatchHeads(const ModelParts& a, std::uint32_t layer_a, const ModelParts& b,
                                    std::uint32_t layer_b, HeadCounts heads, unsigned threads,
                                    const std::vector<std::uint32_t>& coordinates) {
  if (heads.query == 0 || heads.groups == 0 || heads.query % heads.groups != 0 ||
      heads.query > kMostHeads) {
    return std::nullopt;
  }
  const auto of_a = ReadAttention(a, layer_a, heads, coordinates),
             of_b = ReadAttention(b, layer_b, heads, coordinates);
  if (!of_a || !of_b || of_a->query.values.size() != of_b->query.values.size() ||
      of_a->key.values.size() != of_b->key.values.size() ||
      of_a->value.values.size() != of_b->value.values.size()) {
    return std::nullopt;
  }
  const bool outputs = of_a->output && of_b->output &&
                       of_a->output->values.size() == of_b->output->values.size() &&
                       of_a->output->of_a_head == of_a->value.of_a_head;
  const HeadMatrix query = FactorCosines(of_a->query, of_b->query, heads.query);
  const HeadMatrix key = FactorCosines(of_a->key, of_b->key, heads.groups);
  const HeadMatrix value = FactorCosines(of_a->value, of_b->value, heads.groups);
  const HeadMatrix query_key =
      ProductCosines(of_a->query, of_a->key, of_b->query, of_b->key, heads, threads);
  HeadMatrix output, value_output, scores(heads.query * heads.query, 0);
  for (const HeadMatrix* cosines : {&query, &key, &value, &query_key}) Add(*cosines, heads, scores);
  if (outputs) {
    output = FactorCosines(*of_a->output, *of_b->output, heads.query);
    value_output =
        ProductCosines(*of_a->output, of_a->value, *of_b->output, of_b->value, heads, threads);
    Add(output, heads, scores);
    Add(value_output, heads, scores);
  }
  HeadMatch match = BestOrder(scores, heads);
  KeepInPlace(scores, outputs ? 6 : 4, match);
  match.query_key = (MeanAt(query, match.heads) + MeanAt(key, match.groups)) / 2;
  match.query_key_product = MeanAt(query_key, match.heads);
  match.value_output = MeanAt(value, match.groups);
  if (outputs) {
    match.value_output = (match.value_output + MeanAt(output, match.heads)) / 2;
    match.value_output_product = MeanAt(value_output, match.heads);
  }
  return match;
}

}  // namespace modelkin
