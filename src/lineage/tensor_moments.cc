#include "lineage/tensor_moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kComparedValuesAtOnce = std::uint64_t{1} << 18;

}  // namespace

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

double MomentDistance(const Moments& a, const Moments& b) {
  double distance = 0;
  for (std::size_t k = 0; k < a.size(); ++k) distance += std::abs(a[k] - b[k]);
  return distance;
}

}  // namespace modelkin
