#include "lineage/shape_pairing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Beyond so many of one shape on a side, pairing them would take too long.
constexpr std::size_t kMostOfAShape = 8192;

// What the values of a tensor are like, whatever their order.
using Moments = std::array<double, 4>;

constexpr std::uint64_t kComparedValuesAtOnce = std::uint64_t{1} << 18;

Moments MomentsOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  Tensor list = tensor;
  list.shape = {tensor.elements, 1};
  const UnitReader reader(checkpoint, list, 1);
  double sum = 0, absolute = 0, squares = 0, fourth = 0;
  std::vector<float> values;
  for (std::uint64_t at = 0; at < tensor.elements; at += kComparedValuesAtOnce) {
    reader.Read(at, std::min(kComparedValuesAtOnce, tensor.elements - at), values);
    for (const float value : values) {
      const double square = static_cast<double>(value) * value;
      sum += value;
      absolute += std::abs(value);
      squares += square;
      fourth += square * square;
    }
  }
  reader.RequireNothingLost();
  const double count = static_cast<double>(tensor.elements);
  const double scale = std::sqrt(squares / count);
  const Moments moments = {std::log(scale), sum / count / scale, absolute / count / scale,
                           std::log(fourth / count / (scale * scale * scale * scale))};
  for (const double moment : moments) {
    if (!std::isfinite(moment)) return {-1000, 0, 0, 0};
  }
  return moments;
}

std::vector<const Tensor*> Lacking(const Checkpoint& of, const Checkpoint& in) {
  std::vector<const Tensor*> lacking;
  for (const Tensor& tensor : of.tensors()) {
    if (in.Find(tensor.name) == nullptr && tensor.elements > 0 && IsComparable(tensor.dtype)) {
      lacking.push_back(&tensor);
    }
  }
  // As they lie in the files: what wrote them went through the model in some order.
  std::ranges::stable_sort(lacking, {}, [](const Tensor* tensor) {
    return std::pair(tensor->file, tensor->offset_bytes);
  });
  return lacking;
}

std::vector<Moments> AllMoments(const Checkpoint& checkpoint,
                                const std::vector<const Tensor*>& tensors, unsigned threads) {
  std::vector<Moments> moments(tensors.size());
  ParallelFor(threads, tensors.size(),
              [&](std::size_t i, unsigned) { moments[i] = MomentsOf(checkpoint, *tensors[i]); });
  return moments;
}

// Index into a for each of b.
std::vector<std::uint32_t> PairAlike(const Checkpoint& checkpoint_b,
                                     const std::vector<const Tensor*>& b,
                                     const Checkpoint& checkpoint_a,
                                     const std::vector<const Tensor*>& a, unsigned threads) {
  if (a.size() == 1 && b.size() == 1) return {0};
  if (std::max(a.size(), b.size()) > kMostOfAShape) {
    return std::vector<std::uint32_t>(b.size(), kUnassigned);
  }
  const auto moments_a = AllMoments(checkpoint_a, a, threads);
  const auto moments_b = AllMoments(checkpoint_b, b, threads);
  std::vector<float> scores(a.size() * b.size());
  for (std::size_t j = 0; j < b.size(); ++j) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      double distance = 1e-4 * std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                        static_cast<double>(j) / static_cast<double>(b.size()));
      for (std::size_t k = 0; k < Moments().size(); ++k) {
        distance += std::abs(moments_a[i][k] - moments_b[j][k]);
      }
      scores[j * a.size() + i] = static_cast<float>(-distance);
    }
  }
  return MaximumAssignment({scores.data(), b.size(), a.size()}, threads).column_of_row;
}

}  // namespace

RenamedCheckpoint NamedAfter(const Checkpoint& b, const Checkpoint& a, unsigned threads) {
  std::map<Shape, std::pair<std::vector<const Tensor*>, std::vector<const Tensor*>>> by_shape;
  for (const Tensor* const tensor : Lacking(a, b)) by_shape[tensor->shape].first.push_back(tensor);
  for (const Tensor* const tensor : Lacking(b, a)) by_shape[tensor->shape].second.push_back(tensor);
  std::map<std::string, std::string> names;
  RenamedCheckpoint renamed{.checkpoint = {b.path(), b.files(), b.tensors(), b.warnings()}};
  for (const auto& [shape, sides] : by_shape) {
    const auto& [in_a, in_b] = sides;
    if (in_a.empty() || in_b.empty()) continue;
    const auto partners = PairAlike(b, in_b, a, in_a, threads);
    for (std::size_t j = 0; j < in_b.size(); ++j) {
      if (partners[j] != kUnassigned) names.emplace(in_b[j]->name, in_a[partners[j]]->name);
    }
  }
  if (names.empty()) return renamed;
  std::vector<Tensor> tensors;
  for (Tensor tensor : b.tensors()) {
    if (const auto found = names.find(tensor.name); found != names.end()) {
      renamed.given.push_back({found->first, found->second});
      tensor = Renamed(std::move(tensor), found->second);
    }
    tensors.push_back(std::move(tensor));
  }
  renamed.checkpoint = {b.path(), b.files(), std::move(tensors), b.warnings()};
  return renamed;
}

}  // namespace modelkin
