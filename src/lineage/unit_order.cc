#include "lineage/unit_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"
#include "statistics/agreement.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostUnits = 16384;
constexpr std::uint64_t kFewestUnits = 8;
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 28;

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

// A row for each unit, in the order of `order`, of norm 1 or 0. Returns whether all is finite.
bool ReadUnits(const ModelParts& model, const Tensor& tensor, std::size_t axis,
               const std::vector<std::uint32_t>& order, std::vector<float>& rows) {
  const UnitReader reader(model.checkpoint, tensor, axis);
  const AxisLengths& lengths = reader.lengths();
  const std::size_t columns = lengths.positions();
  rows.assign(tensor.elements, 0);
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<float> values;
  for (std::uint64_t p = 0; p < columns;) {
    const std::uint64_t count = reader.CountFrom(p);
    if (!reader.Read(p, count, values)) return false;
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      const std::uint64_t unit = reader.positions_are_rows() ? i % lengths.units : i / count;
      const std::uint64_t at = p + (reader.positions_are_rows() ? i / lengths.units : i % count);
      rows[place[unit] * columns + at] = values[i];
    }
    p += count;
  }
  reader.RequireNothingLost();
  for (std::size_t row = 0; row < order.size(); ++row) {
    float* const first = rows.data() + row * columns;
    double squares = 0;
    for (std::size_t i = 0; i < columns; ++i) squares += static_cast<double>(first[i]) * first[i];
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = 0; i < columns; ++i) first[i] = static_cast<float>(first[i] * scale);
  }
  return true;
}

// Whether there was something to match.
bool MatchUnits(const ModelParts& a, const ModelParts& b, std::uint64_t seed, std::uint64_t stream,
                TensorOrder& result) {
  const std::size_t units = result.units;
  Random random(seed, stream);
  std::vector<std::uint32_t> order_a(units), order_b(units);
  std::iota(order_a.begin(), order_a.end(), 0U);
  std::iota(order_b.begin(), order_b.end(), 0U);
  random.Shuffle(order_a);  // equal similarities are then broken by chance
  random.Shuffle(order_b);
  std::vector<float> rows_a, rows_b;
  if (!ReadUnits(a, *result.a, result.axis, order_a, rows_a) ||
      !ReadUnits(b, *result.b, result.axis, order_b, rows_b)) {
    return false;
  }
  std::vector<float> scores(units * units, 0);
  const std::size_t columns = rows_a.size() / units;
  AddProductTransposed({rows_a.data(), units, columns}, {rows_b.data(), units, columns}, 1,
                       scores.data());
  const Assignment assignment = MaximumAssignment({scores.data(), units, units}, 1);
  for (std::size_t i = 0; i < units; ++i) {
    const std::uint32_t column = assignment.column_of_row[i];
    result.in_place += order_a[i] == order_b[column] ? 1 : 0;
  }
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
        tensor.elements > kMostElements || std::ranges::find(excluded, &tensor) != excluded.end()) {
      continue;
    }
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const std::uint64_t units = tensor.shape[axis];
      if (units < kFewestUnits || units > kMostUnits || !hidden_a.contains(units) ||
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
