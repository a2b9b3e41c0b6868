#include "evidence/residual_power.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "evidence/planted_products.h"
#include "evidence/planted_rows.h"
#include "evidence/smallest_share.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"
#include "statistics/log_tail.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostProducts = std::uint64_t{1} << 26;  // entries of all K together
constexpr std::uint64_t kMostPositions = 1024;                   // of a tensor
constexpr std::uint64_t kPowerDraws = 30;
constexpr double kStep = 0.001;
// Of a drawn trace: rows of all tensors together that are simulated, and of one at least.
constexpr std::uint64_t kPlantedRows = 512, kFewestPlantedRows = 16;

// Takes away each coordinate's mean over positions, and scales it to a norm of 1.
void StandardiseCoordinates(std::vector<float>& values, std::size_t units, std::size_t count,
                            bool positions_are_rows) {
  const std::size_t of_position = positions_are_rows ? units : 1;
  const std::size_t of_unit = positions_are_rows ? 1 : count;
  for (std::size_t unit = 0; unit < units; ++unit) {
    float* const first = values.data() + unit * of_unit;
    double sum = 0, squares = 0;
    for (std::size_t p = 0; p < count; ++p) sum += first[p * of_position];
    const double mean = sum / static_cast<double>(count);
    for (std::size_t p = 0; p < count; ++p) {
      squares += (first[p * of_position] - mean) * (first[p * of_position] - mean);
    }
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t p = 0; p < count; ++p) {
      float& value = first[p * of_position];
      value = static_cast<float>((value - mean) * scale);
    }
  }
}

// Correlations.
TensorProducts ProductsOf(const PairAnalysis& pair, const TensorTrace& tensor, unsigned threads) {
  const UnitReader a(pair.a.checkpoint, *tensor.a->tensor, *tensor.a->residual_axis());
  const UnitReader b(pair.b.checkpoint, *tensor.b->tensor, *tensor.b->residual_axis());
  const std::size_t units = a.lengths().units;
  const std::uint64_t count = std::min({kMostPositions, a.CountFrom(0), b.CountFrom(0)});
  std::vector<float> values_a, values_b;
  a.Read(0, count, values_a);
  b.Read(0, count, values_b);
  StandardiseCoordinates(values_a, units, count, a.positions_are_rows());
  StandardiseCoordinates(values_b, units, count, b.positions_are_rows());
  TensorProducts products{.with_a = std::vector<float>(units * units),
                          .with_b = std::vector<float>(units * units)};
  if (a.positions_are_rows()) {
    const MatrixView rows_a{values_a.data(), count, units};
    AddTransposedProduct(rows_a, rows_a, threads, products.with_a.data());
    AddTransposedProduct(rows_a, {values_b.data(), count, units}, threads, products.with_b.data());
  } else {
    const MatrixView rows_a{values_a.data(), units, count};
    AddProductTransposed(rows_a, rows_a, threads, products.with_a.data());
    AddProductTransposed(rows_a, {values_b.data(), units, count}, threads, products.with_b.data());
  }
  return products;
}

// Weights spread over all that were traced.
std::vector<TensorTrace> Spread(std::vector<TensorTrace> tensors, std::size_t most) {
  std::erase_if(tensors, [](const TensorTrace& tensor) {
    return CarrierOf(*tensor.a) == ResidualCarrier::kTables;
  });
  const std::size_t count = std::min(most, tensors.size());
  std::vector<TensorTrace> chosen;
  chosen.reserve(count);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(tensors[i * tensors.size() / count]);
  return chosen;
}

std::vector<std::vector<std::uint32_t>> RandomOrders(std::size_t units, std::uint64_t seed) {
  std::vector<std::vector<std::uint32_t>> orders(kPowerDraws, std::vector<std::uint32_t>(units));
  for (std::uint64_t draw = 0; draw < kPowerDraws; ++draw) {
    std::iota(orders[draw].begin(), orders[draw].end(), 0U);
    Random random(seed, draw);
    random.Shuffle(orders[draw]);
  }
  return orders;
}

bool IsOften(std::ptrdiff_t found) {
  return static_cast<double>(found) >= kPowerProbability * kPowerDraws;
}

// By K of some tensors.
void SimulateByProducts(const PairAnalysis& pair, double level, const TraceSettings& options,
                        PowerStatement& power) {
  const std::size_t units = pair.residual.units;
  const std::size_t most = std::max<std::size_t>(1, kMostProducts / (2 * units * units));
  std::vector<TensorProducts> products;
  for (const TensorTrace& tensor : Spread(pair.residual.tensors, most)) {
    products.push_back(ProductsOf(pair, tensor, options.threads));
  }
  const PlantedProducts planted(std::move(products), units, RandomOrders(units, options.seed),
                                options.threads);
  power.tensors = planted.tensors();
  power.residual_trace = SmallestShare(kStep, [&](double t) {
    return IsOften(
        std::ranges::count_if(planted.Z(t), [&](double z) { return LogNormalTail(z) < level; }));
  });
}

// Positions of a tensor that both have, spread over all of them where they are rows, else the
// first.
TensorRows RowsOf(const PairAnalysis& pair, const TensorTrace& tensor, std::uint64_t most) {
  const UnitReader a(pair.a.checkpoint, *tensor.a->tensor, *tensor.a->residual_axis());
  const UnitReader b(pair.b.checkpoint, *tensor.b->tensor, *tensor.b->residual_axis());
  const std::size_t units = a.lengths().units;
  const bool are_rows = a.positions_are_rows();
  const std::uint64_t common = are_rows ? std::min(a.lengths().positions(), b.lengths().positions())
                                        : std::min(a.CountFrom(0), b.CountFrom(0));
  TensorRows rows{.count = std::min(most, common), .a = {}, .b = {}};
  std::vector<float> values;
  for (const auto& [reader, to] : {std::pair(&a, &rows.a), std::pair(&b, &rows.b)}) {
    to->resize(rows.count * units);
    for (std::uint64_t i = 0; are_rows && i < rows.count; ++i) {
      reader->Read(i * common / rows.count, 1, values);
      std::ranges::copy(values, to->begin() + static_cast<std::ptrdiff_t>(i * units));
    }
    if (are_rows || rows.count == 0) continue;
    reader->Read(0, rows.count, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      (*to)[i % rows.count * units + i / rows.count] = values[i];
    }
  }
  return rows;
}

// Weights that were traced, and the rows that all of them have in both.
struct TracedRows {
  std::uint64_t tensors = 0, rows = 0;
};

TracedRows CountRows(const PairAnalysis& pair) {
  TracedRows traced;
  for (const TensorTrace& tensor : pair.residual.tensors) {
    if (CarrierOf(*tensor.a) == ResidualCarrier::kTables) continue;
    ++traced.tensors;
    const std::uint64_t width = pair.residual.units;
    traced.rows += std::min(tensor.a->tensor->elements, tensor.b->tensor->elements) / width;
  }
  return traced;
}

// By rows of some tensors, for as many rows as the plan draws.
void SimulateByRows(const PairAnalysis& pair, double level, const TraceSettings& options,
                    PowerStatement& power) {
  const std::size_t units = pair.residual.units;
  std::vector<TensorRows> rows;
  const auto tensors = Spread(pair.residual.tensors, kPlantedRows / kFewestPlantedRows);
  rows.reserve(tensors.size());
  for (const TensorTrace& tensor : tensors) {
    rows.push_back(RowsOf(pair, tensor, kPlantedRows / tensors.size()));
  }
  const TracedRows traced = CountRows(pair);
  const std::uint64_t drawn = pair.residual.weights.rows;  // 0 where all were taken
  const TraceSize size{.tensors = traced.tensors, .rows = drawn > 0 ? drawn : traced.rows};
  const PlantedRows planted(std::move(rows), units, options.threads);
  power.tensors = planted.tensors();
  const auto orders = RandomOrders(units, options.seed);
  std::vector<PlantedDraw> draws(orders.size());
  ParallelFor(options.threads, draws.size(),
              [&](std::size_t draw, unsigned) { draws[draw] = planted.Draw(orders[draw]); });
  power.residual_trace = SmallestShare(kStep, [&](double t) {
    return IsOften(std::ranges::count_if(draws, [&](const PlantedDraw& draw) {
      return LogNormalTail(planted.Z(draw, t, size)) < level;
    }));
  });
}

}  // namespace

void SimulateResidualPower(const PairAnalysis& pair, double level, const TraceSettings& options,
                           PowerStatement& power) {
  (options.plan.is_all() ? SimulateByProducts : SimulateByRows)(pair, level, options, power);
}

}  // namespace modelkin
