#include "lineage/non_finite.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kCountedAtOnce = std::uint64_t{1} << 18;

NonFiniteTensor CountIn(const ModelParts& model, const Tensor& tensor) {
  NonFiniteTensor count{.tensor = tensor.stored_name()};
  Tensor list = tensor;
  list.shape = {tensor.elements, 1};
  const UnitReader reader(model.checkpoint, list, 1);
  std::vector<float> values;
  for (std::uint64_t at = 0; at < tensor.elements; at += kCountedAtOnce) {
    if (reader.Read(at, std::min(kCountedAtOnce, tensor.elements - at), values)) continue;
    for (const float value : values) {
      count.nan += std::isnan(value) ? 1 : 0;
      count.infinite += std::isinf(value) ? 1 : 0;
    }
  }
  reader.RequireNothingLost();
  return count;
}

}  // namespace

std::vector<NonFiniteTensor> FindNonFinite(const ModelParts& model,
                                           const std::set<std::string>& finite, unsigned threads) {
  std::vector<NonFiniteTensor> counts(model.parts.size());
  ParallelFor(threads, model.parts.size(), [&](std::size_t i, unsigned) {
    const Tensor& tensor = *model.parts[i].tensor;
    if (!finite.contains(tensor.name)) counts[i] = CountIn(model, tensor);
  });
  std::erase_if(counts,
                [](const NonFiniteTensor& count) { return count.nan == 0 && count.infinite == 0; });
  return counts;
}

}  // namespace modelkin
