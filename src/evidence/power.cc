#include "evidence/power.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "evidence/mlp_power.h"
#include "evidence/smallest_share.h"
#include "evidence/test_result.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"
#include "statistics/importance_sampling.h"
#include "statistics/log_tail.h"
#include "statistics/random.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostProducts = std::uint64_t{1} << 26;  // entries of all K together
constexpr std::uint64_t kMostPositions = 1024;                   // of a tensor
constexpr std::uint64_t kPowerDraws = 30;
constexpr double kTestsCorrectedFor = 20;
constexpr double kStep = 0.001;

// Correlations of residual coordinates of a tensor of A with those of its own and of B's.
struct Products {
  std::vector<float> with_a, with_b;
};

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

Products ProductsOf(const PairAnalysis& pair, const TensorTrace& tensor, unsigned threads) {
  const UnitReader a(pair.a.checkpoint, *tensor.a->tensor, *tensor.a->residual_axis());
  const UnitReader b(pair.b.checkpoint, *tensor.b->tensor, *tensor.b->residual_axis());
  const std::size_t units = a.lengths().units;
  const std::uint64_t count = std::min({kMostPositions, a.CountFrom(0), b.CountFrom(0)});
  std::vector<float> values_a, values_b;
  a.Read(0, count, values_a);
  b.Read(0, count, values_b);
  StandardiseCoordinates(values_a, units, count, a.positions_are_rows());
  StandardiseCoordinates(values_b, units, count, b.positions_are_rows());
  Products products{.with_a = std::vector<float>(units * units),
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

// z of the joint statistic where each tensor's K is t K_AA + (1 - t) K_AB with columns permuted.
double PlantedZ(const std::vector<Products>& all, std::size_t units, double t,
                const std::vector<std::uint32_t>& order) {
  std::vector<double> sum(units * units, 0), k(units * units);
  for (const Products& products : all) {
    double squares = 0;
    for (std::size_t i = 0; i < units; ++i) {
      const float* const own = products.with_a.data() + i * units;
      const float* const other = products.with_b.data() + i * units;
      for (std::size_t j = 0; j < units; ++j) {
        const double value = t * own[j] + (1 - t) * other[order[j]];
        k[i * units + j] = value;
        squares += value * value;
      }
    }
    if (squares == 0) continue;
    const double scale = 1 / std::sqrt(squares);
    for (std::size_t i = 0; i < k.size(); ++i) sum[i] += k[i] * scale;
  }
  const auto moments = TraceTestMoments(sum.data(), units);
  return moments ? moments->z() : 0;
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

void SimulateResidual(const PairAnalysis& pair, double level, const TraceSettings& options,
                      PowerStatement& power) {
  const std::size_t units = pair.residual.units;
  const std::size_t most = std::max<std::size_t>(1, kMostProducts / (2 * units * units));
  std::vector<Products> products;
  for (const TensorTrace& tensor : Spread(pair.residual.tensors, most)) {
    products.push_back(ProductsOf(pair, tensor, options.threads));
  }
  power.tensors = products.size();
  power.residual_trace = SmallestShare(kStep, [&](double t) {
    std::vector<char> found(kPowerDraws);
    ParallelFor(options.threads, kPowerDraws, [&](std::size_t draw, unsigned) {
      std::vector<std::uint32_t> order(units);
      std::iota(order.begin(), order.end(), 0U);
      Random random(options.seed, draw);
      random.Shuffle(order);
      found[draw] = LogNormalTail(PlantedZ(products, units, t, order)) < level ? 1 : 0;
    });
    return static_cast<double>(std::ranges::count(found, 1)) >= kPowerProbability * kPowerDraws;
  });
}

}  // namespace

std::optional<double> PowerStatement::smallest() const {
  if (!residual_trace || !gate_up) return residual_trace ? residual_trace : gate_up;
  return std::min(*residual_trace, *gate_up);
}

PowerStatement SimulatePower(const PairAnalysis& stored, const PairAnalysis* fitted,
                             const TraceSettings& options, Progress& progress) {
  progress.Begin("simulating derivations", 0);
  PowerStatement power;
  const double level = kStrongLogP - std::log(kTestsCorrectedFor);
  // Its p is multiplied by the number of tilts.
  const double tail_level = level - std::log(static_cast<double>(kTilts));
  if (stored.residual.weights.moments) SimulateResidual(stored, tail_level, options, power);
  if (!stored.mlps.empty() || fitted == nullptr) {
    SimulateMlpPower(stored, level, options, power);
  } else {
    SimulateMlpPower(*fitted, level, options, power);
    power.gate_up.reset();  // of what is stored nothing can be matched
  }
  return power;
}

}  // namespace modelkin
