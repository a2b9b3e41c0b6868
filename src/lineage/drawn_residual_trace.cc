#include "lineage/drawn_residual_trace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/coordinate_sums.h"
#include "lineage/drawn_rows.h"
#include "statistics/wide_trace.h"

namespace modelkin {
namespace {

// More of one would cost more than they tell.
constexpr std::uint64_t kFewestRowsOfPool = 8, kMostRowsOfPool = 1024;
constexpr std::uint64_t kFewestRowsOfWeights = 2;  // else nothing varies over them
// Rows that go into one product, and values of a side that are held at once: 16 MiB.
constexpr std::uint64_t kRowsOfProduct = 512, kValuesTogether = std::uint64_t{1} << 22;
// Of tables, that a thread reads at once.
constexpr std::uint64_t kRowsOfPiece = 64;
// Columns of larger tensors are not drawn where rows lie in runs: they would move all of it.
constexpr std::uint64_t kRunsOfColumns = 16;
// Squares of what varies over coordinates below this share of all are rounding.
constexpr double kDrawnRounding = 1e-10;

// Sum of the products of both sides' entries.
double InnerProduct(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// Takes each row's mean over coordinates away: what is left of K = transpose(X) Y is HKH, of which
// the test is the same.
void CentreRows(std::vector<float>& rows, std::size_t units) {
  for (std::size_t begin = 0; begin < rows.size(); begin += units) {
    float* const row = rows.data() + begin;
    const double mean = std::accumulate(row, row + units, 0.0) / static_cast<double>(units);
    for (std::size_t i = 0; i < units; ++i) row[i] = static_cast<float>(row[i] - mean);
  }
}

std::vector<float> GramOf(const std::vector<float>& rows, std::size_t count, std::size_t units) {
  std::vector<float> gram(count * count, 0);
  const MatrixView view{rows.data(), count, units};
  AddProductTransposed(view, view, 1, gram.data());
  return gram;
}

// Sums of squares of both sides before they were centred.
struct RowSquares {
  double a = 0, b = 0;

  void Add(const DrawnRows& rows) {
    a += InnerProduct(rows.a, rows.a);
    b += InnerProduct(rows.b, rows.b);
  }
};

// Whether |HKH|^2 is more than rounding. |K|^2 is at most |X|^2 |Y|^2, and of rows that have
// nothing in common that over their number.
bool IsMoreThanRounding(double centred, const RowSquares& squares, std::size_t rows) {
  const double most = squares.a * squares.b / static_cast<double>(rows);
  return std::isfinite(most) && centred > kDrawnRounding * most;
}

// Centres rows. |HKH|^2 is then the inner product of their Gram matrices, and tr(HKH) that of rows.
std::optional<TraceMoments> CentreAndTrace(DrawnRows& rows, std::size_t units) {
  if (rows.count == 0 || units < 2) return std::nullopt;
  RowSquares squares;
  squares.Add(rows);
  CentreRows(rows.a, units);
  CentreRows(rows.b, units);
  const double centred =
      InnerProduct(GramOf(rows.a, rows.count, units), GramOf(rows.b, rows.count, units));
  if (!IsMoreThanRounding(centred, squares, rows.count)) return std::nullopt;
  return TraceMoments{.units = units,
                      .trace = InnerProduct(rows.a, rows.b),
                      .mean = 0,
                      .variance = centred / static_cast<double>(units - 1)};
}

// Takes away each coordinate's mean over rows, and scales it to a norm of 1; 0 for one without
// variation.
void StandardiseOverRows(std::vector<float>& rows, std::size_t count, std::size_t units) {
  CoordinateSums sums(units);
  sums.Add(rows, 0, count, true);
  const std::vector<double> scale = sums.InverseNorms();
  std::vector<double> mean(units);
  for (std::size_t i = 0; i < units; ++i) mean[i] = sums.sums[i] / static_cast<double>(count);
  for (std::size_t row = 0; row < count; ++row) {
    float* const values = rows.data() + row * units;
    for (std::size_t i = 0; i < units; ++i) {
      values[i] = static_cast<float>((values[i] - mean[i]) * scale[i]);
    }
  }
}

void Scale(std::vector<float>& rows, double by) {
  for (float& value : rows) value = static_cast<float>(value * by);
}

// What one pool gives.
struct PoolTrace {
  DrawnRows rows;  // A's scaled, so that the pool's own trace has a deviation of 1
  std::optional<TraceMoments> moments;
};

class DrawnTracer {
 public:
  DrawnTracer(const ModelParts& a, const ModelParts& b, const DrawPlan& plan,
              const MonteCarloOptions& options, Progress& progress, ResidualTrace& trace)
      : a_(a), b_(b), plan_(plan), options_(options), progress_(progress), trace_(trace) {}

  void Run(const std::vector<ResidualPair>& pairs, ResidualCarrier carrier) {
    const std::size_t units = trace_.units;
    CarrierTrace& result = carrier == ResidualCarrier::kWeights ? trace_.weights : trace_.tables;
    std::vector<float> joint(units * units, 0), of_role(units * units);
    const auto pools = PoolsOf(pairs, carrier);
    // Vectors have one row, whatever they are given.
    const auto matrices = static_cast<std::uint64_t>(std::ranges::count_if(
        pools, [](RowPool pool) { return pool.front().a->tensor->shape.size() > 1; }));
    for (std::size_t i = 0, end = 0; i < pools.size(); i = end) {
      while (end < pools.size() && IsOfSameSum(pools[end].front(), pools[i].front())) ++end;
      std::ranges::fill(of_role, 0.0F);
      if (carrier == ResidualCarrier::kTables && end == i + 1) {
        AddTable(pools[i], matrices, of_role, result);
      } else {
        AddRole({pools.data() + i, end - i}, matrices, carrier, of_role, result);
      }
      for (std::size_t k = 0; k < joint.size(); ++k) joint[k] += of_role[k];
    }
    result.moments = WideTraceMoments(joint.data(), units, options_.threads);
    if (!result.moments) return;
    std::vector<float>().swap(of_role);
    result.tail = TraceTestTail(joint.data(), *result.moments, options_, BeyondDraws::kImportance);
  }

 private:
  // Tensors of a role and layer side by side, of the carrier, that are read.
  std::vector<RowPool> PoolsOf(const std::vector<ResidualPair>& pairs, ResidualCarrier carrier) {
    std::vector<RowPool> pools;
    for (std::size_t i = 0, end = 0; i < pairs.size(); i = end) {
      while (end < pairs.size() && IsOfSameSum(pairs[end], pairs[i]) &&
             pairs[end].a->layer == pairs[i].a->layer) {
        ++end;
      }
      if (CarrierOf(*pairs[i].a) == carrier && IsRead(pairs[i])) {
        pools.emplace_back(pairs.data() + i, end - i);
      }
    }
    return pools;
  }

  bool IsRead(const ResidualPair& pair) const {
    const bool columns = *pair.a->residual_axis() + 1 < pair.a->tensor->shape.size();
    return !columns || plan_.run_bytes == 1 ||
           StoredBytes(*pair.a) <= kRunsOfColumns * plan_.run_bytes;
  }

  std::uint64_t RowsOfPool(std::uint64_t matrices, RowPool pool) const {
    const std::uint64_t even = std::clamp<std::uint64_t>(
        plan_.rows / std::max<std::uint64_t>(1, matrices), kFewestRowsOfPool, kMostRowsOfPool);
    // One of each expert at least, where rows need not lie side by side.
    return plan_.run_bytes == 1 ? std::max<std::uint64_t>(even, pool.size()) : even;
  }

  // Adds K of all pools of a role to `of_role`.
  void AddRole(std::span<const RowPool> pools, std::uint64_t matrices, ResidualCarrier carrier,
               std::vector<float>& of_role, CarrierTrace& result) {
    RoleTrace role{.role = pools.front().front().a->pattern};
    std::vector<RowDraw> draws;
    std::uint64_t rows = 0;
    for (std::size_t i = 0; i < pools.size(); ++i) {
      draws.emplace_back(a_, b_, pools[i], options_.seed, RowsOfPool(matrices, pools[i]),
                         plan_.run_bytes);
      rows += draws.back().positions();
      if (i + 1 < pools.size() && rows * trace_.units < kValuesTogether) continue;
      AddPools(pools.subspan(i + 1 - draws.size(), draws.size()), draws, carrier, role, of_role,
               result);
      draws.clear();
      rows = 0;
    }
    if (role.tensors == 0) return;
    const auto together = WideTraceMoments(of_role.data(), trace_.units, options_.threads);
    role.z = together ? together->z() : 0;
    trace_.by_role.push_back(std::move(role));
  }

  // The same of a role of one table, which has many rows: its K is the role's, and tells all that
  // their Gram matrices would.
  void AddTable(RowPool pool, std::uint64_t matrices, std::vector<float>& of_role,
                CarrierTrace& result) {
    RoleTrace role{.role = pool.front().a->pattern};
    PoolTrace table;
    RowSquares squares;
    const RowDraw draw(a_, b_, pool, options_.seed, RowsOfPool(matrices, pool), plan_.run_bytes);
    const std::vector<RowDraw> pieces = draw.InPieces(kRowsOfPiece);
    constexpr std::size_t kTogether = kRowsOfProduct / kRowsOfPiece;
    for (std::size_t begin = 0; begin < pieces.size(); begin += kTogether) {
      std::vector<DrawnRows> rows(std::min(kTogether, pieces.size() - begin));
      ParallelFor(options_.threads, rows.size(), [&](std::size_t i, unsigned) {
        rows[i] = pieces[begin + i].Read();
        progress_.Advance(pieces[begin + i].bytes());
      });
      for (DrawnRows& some : rows) {
        squares.Add(some);
        CentreRows(some.a, trace_.units);
        CentreRows(some.b, trace_.units);
        table.rows.count += some.count;
        if (table.rows.non_finite.empty()) table.rows.non_finite = some.non_finite;
      }
      Multiply(rows, of_role);
    }
    if (table.rows.non_finite.empty()) {
      table.moments = WideTraceMoments(of_role.data(), trace_.units, options_.threads);
    }
    const double centred =
        table.moments ? table.moments->variance * static_cast<double>(trace_.units - 1) : 0;
    if (!IsMoreThanRounding(centred, squares, table.rows.count)) table.moments.reset();
    // What says nothing adds nothing.
    Scale(of_role, table.moments ? 1 / std::sqrt(table.moments->variance) : 0);
    if (table.moments) result.rows += table.rows.count;
    Record(pool, table, role);
    if (role.tensors == 0) return;
    role.z = table.moments->z();
    trace_.by_role.push_back(std::move(role));
  }

  // Adds K of pools that are held at once.
  void AddPools(std::span<const RowPool> pools, const std::vector<RowDraw>& draws,
                ResidualCarrier carrier, RoleTrace& role, std::vector<float>& of_role,
                CarrierTrace& result) {
    std::vector<PoolTrace> traces(pools.size());
    ParallelFor(options_.threads, pools.size(), [&](std::size_t i, unsigned) {
      traces[i].rows = draws[i].Read();
      progress_.Advance(draws[i].bytes());
    });
    const bool clear = carrier == ResidualCarrier::kWeights && AreIdentities(traces);
    ParallelFor(options_.threads, pools.size(), [&](std::size_t i, unsigned) {
      if (clear) ClearDiagonals(traces[i].rows);
      TracePool(carrier, traces[i]);
    });
    std::vector<DrawnRows> rows;
    for (std::size_t i = 0; i < traces.size(); ++i) {
      Record(pools[i], traces[i], role);
      if (!traces[i].moments) continue;
      result.rows += traces[i].rows.count;
      rows.push_back(std::move(traces[i].rows));
    }
    Multiply(rows, of_role);
  }

  // By the entries of many layers together: one has few.
  static bool AreIdentities(const std::vector<PoolTrace>& pools) {
    DiagonalMean a, b;
    const auto add = [](const DiagonalMean& mean, DiagonalMean& to) {
      to.sum += mean.sum;
      to.squares += mean.squares;
      to.count += mean.count;
      to.values += mean.values;
    };
    for (const PoolTrace& pool : pools) {
      add(pool.rows.diagonal_a, a);
      add(pool.rows.diagonal_b, b);
    }
    return AreIdentityLike(a, b);
  }

  void TracePool(ResidualCarrier carrier, PoolTrace& pool) const {
    const std::size_t units = trace_.units;
    if (carrier == ResidualCarrier::kWeights) {
      if (pool.rows.count < kFewestRowsOfWeights) return;
      StandardiseOverRows(pool.rows.a, pool.rows.count, units);
      StandardiseOverRows(pool.rows.b, pool.rows.count, units);
    }
    pool.moments = CentreAndTrace(pool.rows, units);
    if (pool.moments) Scale(pool.rows.a, 1 / std::sqrt(pool.moments->variance));
  }

  void Record(RowPool pool, const PoolTrace& traced, RoleTrace& role) {
    for (const ResidualPair* const pair : traced.rows.non_finite) {
      trace_.left_out.push_back({pair->a->tensor->name, kNotFinite});
    }
    const std::uint64_t tensors = pool.size() - traced.rows.non_finite.size();
    if (traced.moments) {
      trace_.tensors.push_back(
          {.a = pool.front().a, .b = pool.front().b, .z = traced.moments->z(), .tensors = tensors});
      role.tensors += tensors;
    } else if (tensors > 0) {
      trace_.left_out.push_back({pool.front().a->tensor->name, "constant"});
    }
  }

  // Adds K of them, of some at once.
  void Multiply(const std::vector<DrawnRows>& all, std::vector<float>& of_role) const {
    const std::size_t units = trace_.units;
    std::vector<float> a, b;
    const auto multiply = [&] {
      const std::size_t rows = a.size() / units;
      AddTransposedProduct({a.data(), rows, units}, {b.data(), rows, units}, options_.threads,
                           of_role.data());
      a.clear();
      b.clear();
    };
    for (const DrawnRows& rows : all) {
      a.insert(a.end(), rows.a.begin(), rows.a.end());
      b.insert(b.end(), rows.b.begin(), rows.b.end());
      if (a.size() >= kRowsOfProduct * units) multiply();
    }
    multiply();
  }

  const ModelParts& a_;
  const ModelParts& b_;
  const DrawPlan& plan_;
  const MonteCarloOptions& options_;
  Progress& progress_;
  ResidualTrace& trace_;
};

}  // namespace

ResidualTrace TraceDrawnResidual(const ModelParts& a, const ModelParts& b, const PartFilter& wanted,
                                 const DrawPlan& plan, const MonteCarloOptions& options,
                                 Progress& progress) {
  ResidualTrace trace{.skipped = WhyNoResidualTrace(a, b)};
  if (!trace.skipped.empty()) return trace;
  trace.units = *a.residual;
  const std::vector<ResidualPair> pairs = ResidualPairs(a, b, wanted);
  DrawnTracer tracer(a, b, plan, options, progress, trace);
  tracer.Run(pairs, ResidualCarrier::kWeights);
  tracer.Run(pairs, ResidualCarrier::kTables);
  SayWhatIsMissing(trace);
  return trace;
}

}  // namespace modelkin
