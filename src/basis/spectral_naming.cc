#include "basis/spectral_naming.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/svd.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostNamedElements = std::uint64_t{1} << 24;
constexpr std::size_t kMostMatrices = 4096;

struct NamedMatrix {
  const Checkpoint* checkpoint;
  const Tensor* tensor;
  std::vector<float> singular;
};

void Decompose(std::vector<NamedMatrix>& matrices, unsigned threads) {
  ParallelFor(threads, matrices.size(), [&](std::size_t i, unsigned) {
    NamedMatrix& matrix = matrices[i];
    std::vector<float> values;
    ReadByUnit(*matrix.checkpoint, *matrix.tensor, 0, values);
    auto singular =
        SingularValues(std::move(values), matrix.tensor->shape[0], matrix.tensor->shape[1]);
    if (singular) matrix.singular = std::move(*singular);
  });
}

// Sum of relative differences; large where a matrix was not finite.
float Distance(const NamedMatrix& a, const NamedMatrix& b) {
  if (a.singular.empty() || b.singular.empty()) return 1e6F;
  const float scale = std::max(a.singular.front(), 1e-30F);
  double sum = 0;
  for (std::size_t i = 0; i < a.singular.size(); ++i) {
    sum += std::abs(a.singular[i] - b.singular[i]) / scale;
  }
  return std::isfinite(sum) ? static_cast<float>(sum) : 1e6F;
}

// B's names, as given before, to A's.
using Names = std::unordered_map<std::string, std::string>;

// Returns the sum of distances.
double PairShape(std::vector<NamedMatrix>& a, std::vector<NamedMatrix>& b, unsigned threads,
                 Names& names) {
  Decompose(a, threads);
  Decompose(b, threads);
  std::vector<float> scores;
  for (const NamedMatrix& of_b : b) {
    for (const NamedMatrix& of_a : a) scores.push_back(-Distance(of_a, of_b));
  }
  const Assignment best = MaximumAssignment({scores.data(), b.size(), a.size()}, threads);
  for (std::size_t j = 0; j < b.size(); ++j) {
    const std::uint32_t partner = best.column_of_row[j];
    if (partner != kUnassigned) names[b[j].tensor->name] = a[partner].tensor->name;
  }
  return -best.total;
}

}  // namespace

std::optional<SpectralNaming> NamedBySpectra(const ModelParts& a, const ModelParts& b,
                                             const std::vector<NameGiven>& given,
                                             unsigned threads) {
  std::map<Shape, std::pair<std::vector<NamedMatrix>, std::vector<NamedMatrix>>> by_shape;
  Names names;
  std::size_t matrices = 0;
  for (const NameGiven& name : given) {
    const Tensor* const of_b = b.checkpoint.Find(name.to);
    if (of_b == nullptr) continue;
    names[of_b->name] = name.to;
    const Tensor* const of_a = a.checkpoint.Find(name.to);
    if (of_a == nullptr || of_b->shape.size() != 2 || of_a->shape != of_b->shape) continue;
    if (of_b->elements > kMostNamedElements || ++matrices > kMostMatrices) return std::nullopt;
    auto& [in_a, in_b] = by_shape[of_b->shape];
    in_a.push_back({&a.checkpoint, of_a, {}});
    in_b.push_back({&b.checkpoint, of_b, {}});
  }
  if (matrices == 0) return std::nullopt;
  double distance = 0;
  for (auto& [shape, sides] : by_shape) {
    distance += PairShape(sides.first, sides.second, threads, names);
  }
  std::vector<Tensor> tensors;
  std::vector<NameGiven> renamed;
  for (const Tensor& tensor : b.checkpoint.tensors()) {
    const auto found = names.find(tensor.name);
    tensors.push_back(found == names.end() ? tensor : Renamed(tensor, found->second));
    if (found != names.end()) renamed.push_back({tensor.stored_name(), found->second});
  }
  const Checkpoint checkpoint(b.checkpoint.path(), b.checkpoint.files(), std::move(tensors), {});
  SpectralNaming naming{
      .parts = PartsOf(checkpoint, nullptr), .given = std::move(renamed), .distance = distance};
  // Of a square matrix shapes don't tell which axis runs over residual coordinates.
  for (Part& part : naming.parts.parts) {
    const Part* const of_a = a.Find(part.tensor->name);
    if (!part.residual_axis() && of_a != nullptr && of_a->tensor->shape == part.tensor->shape) {
      part.axes = of_a->axes;
    }
  }
  return naming;
}

}  // namespace modelkin
