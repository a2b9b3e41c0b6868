#include "lineage/rotary_layout.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "architecture/placed_tensor.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kRotaryRows = 256, kMostRotaryElements = std::uint64_t{1} << 22;
constexpr std::uint64_t kLargestHead = 256;
constexpr std::size_t kRotaryTensors = 8;
constexpr double kClearLayout = 0.8, kStoredShare = 0.75;

bool IsQueryOrKey(const PlacedTensor& placed) {
  return placed.role == Role::kQuery || placed.role == Role::kKey;
}

bool IsRotaryWeight(const PlacedTensor& placed) { return IsQueryOrKey(placed) && !placed.is_bias; }

bool IsRotaryVector(const PlacedTensor& placed) {
  return (IsQueryOrKey(placed) && placed.is_bias) ||
         (IsNormOfHeads(placed.role) && !placed.is_bias);
}

// Which row of B's head is row `row` of A's.
std::uint64_t RowInB(RotaryLayout layout, std::uint64_t row, std::uint64_t size) {
  const std::uint64_t half = size / 2;
  if (layout == RotaryLayout::kPairsInB) return 2 * (row % half) + row / half;
  if (layout == RotaryLayout::kHalvesInB) return row % 2 * half + row / 2;
  return row;
}

// Inner products of the first rows of a matrix among themselves.
struct RowProducts {
  std::vector<float> values;
  std::uint64_t rows = 0;

  double At(std::uint64_t i, std::uint64_t j) const { return values[i * rows + j]; }
};

RowProducts RowProductsOf(const Checkpoint& checkpoint, const Tensor& tensor, unsigned threads) {
  const UnitReader reader(checkpoint, tensor, 1);
  RowProducts products{.values = {}, .rows = std::min(kRotaryRows, tensor.shape[0])};
  std::vector<float> rows;
  if (!reader.Read(0, products.rows, rows)) return {};
  reader.RequireNothingLost();
  products.values.assign(products.rows * products.rows, 0);
  const MatrixView matrix{rows.data(), products.rows, tensor.shape[1]};
  AddProductTransposed(matrix, matrix, threads, products.values.data());
  return products;
}

// Correlation of products of different rows of a head, over whole heads.
double CorrelationUnder(const RowProducts& a, const RowProducts& b, const RotaryOrder& order) {
  double count = 0, sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  const std::uint64_t size = order.head_size;
  for (std::uint64_t head = 0; head + size <= a.rows; head += size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      for (std::uint64_t j = 0; j < i; ++j) {
        const double x = a.At(head + i, head + j);
        const double y =
            b.At(head + RowInB(order.layout, i, size), head + RowInB(order.layout, j, size));
        ++count;
        sum_a += x;
        sum_b += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
      }
    }
  }
  if (count == 0) return 0;
  const double variances = (aa - sum_a * sum_a / count) * (bb - sum_b * sum_b / count);
  return variances > 0 ? (ab - sum_a * sum_b / count) / std::sqrt(variances) : 0;
}

bool IsRotaryPair(const Tensor& a, const Tensor* b) {
  return b != nullptr && a.shape.size() == 2 && a.shape == b->shape && IsComparable(a.dtype) &&
         IsComparable(b->dtype) && a.elements > 0 &&
         std::min(kRotaryRows, a.shape[0]) * a.shape[1] <= kMostRotaryElements;
}

std::vector<std::pair<const Tensor*, const Tensor*>> RotaryPairs(const Checkpoint& a,
                                                                 const Checkpoint& b) {
  const TensorPlacer placer(nullptr);
  std::vector<std::pair<const Tensor*, const Tensor*>> pairs, some;
  for (const Tensor& tensor : a.tensors()) {
    if (!IsRotaryWeight(placer.Place(tensor))) continue;
    const Tensor* const other = b.Find(tensor.name);
    if (IsRotaryPair(tensor, other)) pairs.emplace_back(&tensor, other);
  }
  // Spread over layers, keys and queries in turn: they alternate in order of names.
  const std::size_t count = std::min(kRotaryTensors, pairs.size());
  for (std::size_t i = 0; i < count; ++i) some.push_back(pairs[i * pairs.size() / count]);
  return some;
}

// The best of all sizes of heads, if it is clear.
RotaryOrder OrderOfTensor(const RowProducts& a, const RowProducts& b, std::uint64_t rows) {
  RotaryOrder best;
  double highest = kClearLayout, stored = 0;
  for (std::uint64_t size = 4; size <= std::min(kLargestHead, a.rows); size += 2) {
    if (rows % size != 0) continue;
    stored = std::max(stored, CorrelationUnder(a, b, {RotaryLayout::kSame, size}));
    for (const RotaryLayout layout : {RotaryLayout::kPairsInB, RotaryLayout::kHalvesInB}) {
      const double correlation = CorrelationUnder(a, b, {layout, size});
      if (correlation <= highest) continue;
      highest = correlation;
      best = {layout, size};
    }
  }
  return stored < kStoredShare * highest ? best : RotaryOrder{};
}

double Distance(const Checkpoint& a, const Tensor& in_a, const Checkpoint& b, const Tensor& in_b) {
  std::vector<float> of_a, of_b;
  ReadByUnit(a, in_a, 0, of_a);
  ReadByUnit(b, in_b, 0, of_b);
  double squares = 0;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    const double difference = static_cast<double>(of_a[i]) - of_b[i];
    if (std::isfinite(difference)) squares += difference * difference;
  }
  return squares;
}

bool ComesNearer(const Checkpoint& a, const Checkpoint& b, const Tensor& stored,
                 const Tensor& reordered) {
  const Tensor* const of_a = a.Find(stored.name);
  if (of_a == nullptr || of_a->shape != stored.shape || stored.shape.size() != 1 ||
      !IsComparable(of_a->dtype) || !IsComparable(stored.dtype)) {
    return false;
  }
  return Distance(a, *of_a, b, reordered) < Distance(a, *of_a, b, stored);
}

}  // namespace

RotaryOrder FindRotaryOrder(const Checkpoint& a, const Checkpoint& b, unsigned threads) {
  std::map<std::pair<RotaryLayout, std::uint64_t>, std::size_t> votes;
  std::size_t asked = 0;
  for (const auto& [in_a, in_b] : RotaryPairs(a, b)) {
    const RowProducts of_a = RowProductsOf(a, *in_a, threads),
                      of_b = RowProductsOf(b, *in_b, threads);
    if (of_a.rows == 0 || of_b.rows == 0) continue;
    const RotaryOrder order = OrderOfTensor(of_a, of_b, in_a->shape[0]);
    ++asked;
    if (!order.is_same()) ++votes[{order.layout, order.head_size}];
  }
  const auto most =
      std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  if (most == votes.end() || 2 * most->second <= asked) return {};
  return {.layout = most->first.first, .head_size = most->first.second};
}

Checkpoint InRotaryOrder(const Checkpoint& b, const Checkpoint& a, const RotaryOrder& order) {
  const TensorPlacer placer(nullptr);
  std::vector<Tensor> tensors;
  tensors.reserve(b.tensors().size());
  for (const Tensor& tensor : b.tensors()) {
    const PlacedTensor placed = placer.Place(tensor);
    const bool weight = IsRotaryWeight(placed) && tensor.shape.size() == 2;
    const bool considered = weight || IsRotaryVector(placed);
    auto found = considered ? InRotaryOrder(tensor, order) : std::nullopt;
    if (!found) {
      tensors.push_back(tensor);
      continue;
    }
    Tensor reordered = std::move(*found);
    const bool wanted = weight || ComesNearer(a, b, tensor, reordered);
    if (!wanted) reordered = tensor;
    tensors.push_back(std::move(reordered));
  }
  return {b.path(), b.files(), std::move(tensors), b.warnings()};
}

}  // namespace modelkin
