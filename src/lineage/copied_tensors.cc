#include "lineage/copied_tensors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "base/parallel.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Compared at first, and at most: tensors that differ mostly do so at once.
constexpr std::uint64_t kElementsAtFirst = std::uint64_t{1} << 11;
constexpr std::uint64_t kElementsAtOnce = std::uint64_t{1} << 18;
constexpr std::size_t kFewestValues = 16;
constexpr std::uint64_t kMostComparisons = std::uint64_t{1} << 24;  // of tensors with tensors
// A formula shows in a part of a tensor; reading more of it tells nothing new.
constexpr std::uint64_t kMostElementsLookedAt = std::uint64_t{1} << 20;

constexpr std::size_t kOrder = 8;  // less for a short series: a quarter of its length
constexpr std::size_t kShortestSeries = 16;
constexpr std::size_t kMostSeries = 64;
constexpr std::size_t kLongestList = 4096;  // of all values one after the other
constexpr double kFormulaError = 1e-3;      // relative, of a root mean square

using Normal = std::array<std::array<double, kOrder + 1>, kOrder>;

// Solves a system with the right side as last column, by Gauss with pivots; a ridge makes it
// regular.
std::array<double, kOrder> Solve(Normal system, std::size_t order) {
  double largest = 0;
  for (std::size_t i = 0; i < order; ++i) largest = std::max(largest, system[i][i]);
  for (std::size_t i = 0; i < order; ++i) system[i][i] += 1e-12 * largest;
  for (std::size_t i = 0; i < order; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i + 1; r < order; ++r) {
      if (std::abs(system[r][i]) > std::abs(system[pivot][i])) pivot = r;
    }
    std::swap(system[i], system[pivot]);
    if (system[i][i] == 0) return {};
    for (std::size_t r = i + 1; r < order; ++r) {
      const double factor = system[r][i] / system[i][i];
      for (std::size_t c = i; c <= kOrder; ++c) system[r][c] -= factor * system[i][c];
    }
  }
  std::array<double, kOrder> solution{};
  for (std::size_t i = order; i-- > 0;) {
    double value = system[i][kOrder];
    for (std::size_t c = i + 1; c < order; ++c) value -= system[i][c] * solution[c];
    solution[i] = value / system[i][i];
  }
  return solution;
}

// Of the best prediction of each value from some before it: the root mean square error over
// that of the values.
double PredictionError(const std::vector<double>& series) {
  const std::size_t order = std::min(kOrder, series.size() / 4);
  Normal system{};
  double energy = 0;
  for (std::size_t t = order; t < series.size(); ++t) {
    energy += series[t] * series[t];
    for (std::size_t i = 0; i < order; ++i) {
      for (std::size_t j = 0; j < order; ++j) {
        system[i][j] += series[t - 1 - i] * series[t - 1 - j];
      }
      system[i][kOrder] += series[t - 1 - i] * series[t];
    }
  }
  if (energy == 0) return 0;
  const auto weights = Solve(system, order);
  double error = 0;
  for (std::size_t t = order; t < series.size(); ++t) {
    double left = series[t];
    for (std::size_t i = 0; i < order; ++i) left -= weights[i] * series[t - 1 - i];
    error += left * left;
  }
  return std::sqrt(error / energy);
}

bool FollowsAlong(const std::vector<float>& values, const Shape& shape, std::size_t axis) {
  const AxisLengths lengths = LengthsAround(shape, axis);
  if (lengths.units < kShortestSeries || lengths.positions() == 0) return false;
  const std::uint64_t count = std::min<std::uint64_t>(lengths.positions(), kMostSeries);
  std::uint64_t following = 0;
  for (std::uint64_t s = 0; s < count; ++s) {
    const std::uint64_t position = s * lengths.positions() / count;
    std::vector<double> series(lengths.units);
    for (std::uint64_t u = 0; u < lengths.units; ++u) {
      const std::uint64_t outer = position / lengths.inner;
      series[u] = values[(outer * lengths.units + u) * lengths.inner + position % lengths.inner];
    }
    following += PredictionError(series) < kFormulaError ? 1 : 0;
  }
  return following * 10 >= count * 9;
}

bool SameBytes(const Checkpoint& a, const Tensor& in_a, const Checkpoint& b, const Tensor& in_b,
               Progress& progress) {
  if (in_a.dtype != in_b.dtype || in_a.elements != in_b.elements) return false;
  if (BitWidth(in_a.dtype) % 8 != 0) return false;
  const SideReader side_a(a, in_a), side_b(b, in_b);
  std::vector<std::byte> scratch_a, scratch_b;
  std::uint64_t at_once = kElementsAtFirst;
  for (std::uint64_t at = 0, count = 0; at < in_a.elements; at += count) {
    count = std::min(at_once, in_a.elements - at);
    at_once = std::min(4 * at_once, kElementsAtOnce);
    const auto bytes_a = side_a.Read(at, count, scratch_a);
    const auto bytes_b = side_b.Read(at, count, scratch_b);
    progress.Advance(2 * bytes_a.size());
    if (std::memcmp(bytes_a.data(), bytes_b.data(), bytes_a.size()) != 0) return false;
  }
  side_a.RequireNothingLost();
  side_b.RequireNothingLost();
  return true;
}

CopyKind KindOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  if (!IsComparable(tensor.dtype)) return CopyKind::kFewValues;
  Tensor part = tensor;  // its first rows
  if (part.elements > kMostElementsLookedAt && part.shape.size() > 1) {
    const std::uint64_t row = part.elements / part.shape[0];
    part.shape[0] = std::max<std::uint64_t>(1, kMostElementsLookedAt / row);
    part.elements = part.shape[0] * row;
  }
  Tensor list = part;
  list.shape = {part.elements, 1};
  std::vector<float> values;
  UnitReader(checkpoint, list, 1).Read(0, part.elements, values);
  std::set<float> different;
  for (const float value : values) {
    if (std::isfinite(value)) different.insert(value);
    if (different.size() >= kFewestValues) break;
  }
  if (different.size() < kFewestValues) return CopyKind::kFewValues;
  return FollowsFormula(values, part.shape) ? CopyKind::kFormula : CopyKind::kLearned;
}

// Whether every tensor of `of` that `in` lacks by name has its bytes somewhere in `in`; false where
// finding out would take too long.
bool RestIsIn(const Checkpoint& of, const Checkpoint& in, Progress& progress) {
  const auto lacking = static_cast<std::uint64_t>(std::ranges::count_if(
      of.tensors(), [&](const Tensor& tensor) { return in.Find(tensor.name) == nullptr; }));
  if (lacking * in.tensors().size() > kMostComparisons) return false;
  return std::ranges::all_of(of.tensors(), [&](const Tensor& tensor) {
    return in.Find(tensor.name) != nullptr || tensor.elements == 0 ||
           std::ranges::any_of(in.tensors(), [&](const Tensor& other) {
             return other.shape == tensor.shape && SameBytes(of, tensor, in, other, progress);
           });
  });
}

}  // namespace

bool FollowsFormula(const std::vector<float>& values, const Shape& shape) {
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (FollowsAlong(values, shape, axis)) return true;
  }
  return values.size() <= kLongestList && FollowsAlong(values, {values.size()}, 0);
}

CopiedTensors FindCopies(const Checkpoint& a, const Checkpoint& b, unsigned threads,
                         Progress& progress) {
  CopiedTensors copies;
  std::vector<CopiedTensor> pairs;
  bool same_shapes = true;
  for (const Tensor& tensor : b.tensors()) {
    const Tensor* const other = a.Find(tensor.name);
    if (other == nullptr) continue;
    if (other->shape == tensor.shape && other->dtype == tensor.dtype) {
      pairs.push_back({.a = other, .b = &tensor});
    } else {
      same_shapes = false;
    }
  }
  copies.compared = pairs.size();
  std::vector<char> same(pairs.size());
  ParallelFor(threads, pairs.size(), [&](std::size_t i, unsigned) {
    same[i] = SameBytes(a, *pairs[i].a, b, *pairs[i].b, progress) ? 1 : 0;
    if (same[i] != 0) pairs[i].kind = KindOf(b, *pairs[i].b);
  });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (same[i] == 0) continue;
    copies.identical.push_back(pairs[i]);
    if (pairs[i].kind != CopyKind::kLearned) continue;
    ++copies.learned;
    copies.learned_elements += pairs[i].b->elements;
  }
  if (same_shapes && !pairs.empty() && copies.identical.size() == pairs.size()) {
    copies.all_of_b = RestIsIn(b, a, progress);
    copies.all_identical = copies.all_of_b && RestIsIn(a, b, progress);
  }
  return copies;
}

}  // namespace modelkin
