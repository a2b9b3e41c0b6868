#include "kinship/removed_direction.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kinship/low_rank.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Cosine of the change with A's part along its direction: 1 but for rounding where that is taken
// away, about 1 / sqrt(columns) where the change is any other.
constexpr double kAlongA = 0.9;

using Vector = std::vector<double>;

double Dot(const Vector& x, const Vector& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

// Rows, one for each of what is not a residual coordinate, of that many columns.
struct Rows {
  std::vector<float> values;
  std::size_t width = 0;

  std::size_t count() const { return values.size() / width; }
  Vector Along(const Vector& direction) const {
    Vector along(count(), 0);
    for (std::size_t i = 0; i < along.size(); ++i) {
      for (std::size_t k = 0; k < width; ++k) along[i] += values[i * width + k] * direction[k];
    }
    return along;
  }
  Vector Sum(const Vector& weights) const {
    Vector sum(width, 0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      for (std::size_t k = 0; k < width; ++k) sum[k] += weights[i] * values[i * width + k];
    }
    return sum;
  }
};

bool Normalise(Vector& vector) {
  const double length = std::sqrt(Dot(vector, vector));
  if (!(length > 0) || !std::isfinite(length)) return false;
  for (double& value : vector) value /= length;
  return true;
}

// Of a matrix of rank 1 up to rounding: two steps of the power method from its longest row.
std::optional<Vector> OnlyDirection(const Rows& change) {
  Vector squares(change.count(), 0);
  for (std::size_t i = 0; i < change.values.size(); ++i) {
    squares[i / change.width] += static_cast<double>(change.values[i]) * change.values[i];
  }
  const auto longest = std::max_element(squares.begin(), squares.end()) - squares.begin();
  Vector start(squares.size(), 0);
  start[static_cast<std::size_t>(longest)] = 1;
  Vector direction = change.Sum(start);
  for (int step = 0; step < 2; ++step) {
    if (!Normalise(direction)) return std::nullopt;
    direction = change.Sum(change.Along(direction));
  }
  if (!Normalise(direction)) return std::nullopt;
  return direction;
}

}  // namespace

double Alikeness(const RemovedDirection& x, const RemovedDirection& y) {
  if (x.direction.size() != y.direction.size()) return 0;
  return std::abs(Dot(x.direction, y.direction));
}

std::optional<RemovedDirection> FindRemovedDirection(const Checkpoint& a, const Tensor& tensor_a,
                                                     const Checkpoint& b, const Tensor& tensor_b,
                                                     std::size_t axis) {
  if (tensor_a.shape.size() != 2 || tensor_a.shape != tensor_b.shape || axis > 1 ||
      tensor_b.elements > kMostLowRankElements || tensor_b.elements == 0) {
    return std::nullopt;
  }
  Rows before{.values = {}, .width = tensor_a.shape[axis]};
  Rows change{.values = {}, .width = tensor_a.shape[axis]};
  if (!ReadByUnit(a, tensor_a, 1 - axis, before.values) ||
      !ReadByUnit(b, tensor_b, 1 - axis, change.values)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < change.values.size(); ++i) change.values[i] -= before.values[i];
  auto direction = OnlyDirection(change);
  if (!direction) return std::nullopt;
  const Vector changed = change.Along(*direction), had = before.Along(*direction);
  const double both = Dot(changed, had), squares = Dot(had, had);
  if (!(-both >= kAlongA * std::sqrt(Dot(changed, changed) * squares))) return std::nullopt;
  return RemovedDirection{.direction = std::move(*direction), .share = -both / squares};
}

}  // namespace modelkin
