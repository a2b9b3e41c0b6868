#include "lineage/unit_order.h"

#include <algorithm>
#include <set>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/random_matching.h"
#include "lineage/unit_matrix.h"
#include "lineage/unit_relations.h"
#include "statistics/agreement.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostOrderedUnits = 16384;
constexpr std::uint64_t kFewestUnits = 8;
constexpr std::uint64_t kMostOrderElements = std::uint64_t{1} << 28;

std::set<std::uint64_t> HiddenLengths(const ModelParts& model) {
  std::set<std::uint64_t> outputs, inputs, hidden;
  for (const Part& part : model.parts) {
    if (part.tensor->shape.size() < 2) continue;
    outputs.insert(part.tensor->shape[0]);
    inputs.insert(part.tensor->shape[1]);
  }
  std::ranges::set_intersection(outputs, inputs, std::inserter(hidden, hidden.end()));
  return hidden;
}

UnitRows ReadUnits(const ModelParts& model, const Tensor& tensor, std::size_t axis) {
  UnitRows result{.units = tensor.shape[axis], .columns = tensor.elements / tensor.shape[axis]};
  result.finite = ReadByUnit(model.checkpoint, tensor, axis, result.rows);
  result.Normalise();
  return result;
}

// Whether there was something to match.
bool MatchUnits(const ModelParts& a, const ModelParts& b, std::uint64_t seed, std::uint64_t stream,
                TensorOrder& result) {
  const std::size_t units = result.units;
  const UnitRows rows_a = ReadUnits(a, *result.a, result.axis);
  const UnitRows rows_b = ReadUnits(b, *result.b, result.axis);
  if (!rows_a.finite || !rows_b.finite) return false;
  std::vector<float> cosines(units * units, 0);
  AddProductTransposed({rows_a.rows.data(), units, rows_a.columns},
                       {rows_b.rows.data(), units, rows_b.columns}, 1, cosines.data());
  Random random(seed, stream);
  const auto partner = MatchInRandomOrder(cosines, units, units, random, 1);
  for (std::size_t i = 0; i < units; ++i) result.in_place += partner[i] == i ? 1 : 0;
  result.log_p = LogAgreementTail(result.in_place, 1.0);
  return true;
}

}  // namespace

std::vector<TensorOrder> OrderOfUnits(const ModelParts& a, const ModelParts& b,
                                      const std::vector<const Tensor*>& excluded,
                                      std::uint64_t seed, unsigned threads, Progress& progress) {
  const std::set<std::uint64_t> hidden_a = HiddenLengths(a);
  const std::set<std::uint64_t> hidden_b = HiddenLengths(b);
  std::vector<TensorOrder> orders;
  for (const Part& part : b.parts) {
    const Tensor& tensor = *part.tensor;
    const Part* const other = a.Find(tensor.name);
    if (other == nullptr || other->tensor->shape != tensor.shape || tensor.shape.size() < 2 ||
        tensor.elements > kMostOrderElements ||
        std::ranges::find(excluded, &tensor) != excluded.end()) {
      continue;
    }
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const std::uint64_t units = tensor.shape[axis];
      if (units < kFewestUnits || units > kMostOrderedUnits || !hidden_a.contains(units) ||
          !hidden_b.contains(units) || tensor.elements / units < 2) {
        continue;
      }
      orders.push_back({.a = other->tensor, .b = &tensor, .axis = axis, .units = units});
    }
  }
  std::vector<char> done(orders.size());
  ParallelFor(threads, orders.size(), [&](std::size_t i, unsigned) {
    done[i] = MatchUnits(a, b, seed, i, orders[i]) ? 1 : 0;
    progress.Advance(orders[i].b->length_bytes);
  });
  std::vector<TensorOrder> matched;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    if (done[i] != 0) matched.push_back(orders[i]);
  }
  return matched;
}

}  // namespace modelkin
