#include "lineage/residual_trace.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Values of a side that are decoded at once.
constexpr std::uint64_t kValuesAtOnce = std::uint64_t{1} << 21;

struct PartPair {
  const Part* a;
  const Part* b;
};

std::vector<PartPair> Pairs(const ModelParts& a, const ModelParts& b, const PartFilter& wanted) {
  std::vector<PartPair> pairs;
  for (const Part& part : a.parts) {
    const Part* const other = part.residual_axis ? b.Find(part.tensor->name) : nullptr;
    if (other != nullptr && other->residual_axis && wanted(part)) pairs.push_back({&part, other});
  }
  // Roles one after the other, so that one matrix holds the sum of one.
  std::vector<std::string> order;
  for (const PartPair& pair : pairs) {
    if (std::ranges::find(order, pair.a->role) == order.end()) order.push_back(pair.a->role);
  }
  std::ranges::stable_sort(pairs, {}, [&](const PartPair& pair) {
    return std::ranges::find(order, pair.a->role) - order.begin();
  });
  return pairs;
}

std::uint64_t StoredBytes(const Part& part) {
  return part.tensor->elements * BitWidth(part.tensor->dtype) / 8;
}

// Sums cross products of a pair of tensors, block by block.
class CrossProducts {
 public:
  CrossProducts(const ModelParts& a, MlpSums& sums_a, const ModelParts& b, MlpSums& sums_b,
                unsigned threads)
      : a_(a),
        b_(b),
        sums_a_(sums_a),
        sums_b_(sums_b),
        units_(*a.residual),
        threads_(threads),
        products_(units_ * units_) {}

  // "" or why the pair can't be used.
  std::string Compute(const PartPair& pair) {
    std::ranges::fill(products_, 0.0F);
    const UnitReader a(a_.checkpoint, *pair.a->tensor, *pair.a->residual_axis);
    const UnitReader b(b_.checkpoint, *pair.b->tensor, *pair.b->residual_axis);
    const bool same_layout = a.lengths().outer == b.lengths().outer || a.positions_are_rows() ||
                             a.lengths().outer * b.lengths().outer == 1;
    if (a.positions_are_rows() != b.positions_are_rows() || !same_layout) {
      return "stored in another order of axes";
    }
    const std::uint64_t positions = std::min(a.lengths().positions(), b.lengths().positions());
    const std::uint64_t at_once = std::max<std::uint64_t>(1, kValuesAtOnce / units_);
    bool finite = true;
    for (std::uint64_t p = 0; p < positions;) {
      const std::uint64_t count =
          std::min({at_once, positions - p, a.CountFrom(p), b.CountFrom(p)});
      finite = ReadBoth(pair, a, b, p, count) && finite;
      Add(a.positions_are_rows(), count);
      p += count;
    }
    a.RequireNothingLost();
    b.RequireNothingLost();
    return finite ? "" : "values that are not finite";
  }

  const float* products() const { return products_.data(); }

 private:
  bool ReadBoth(const PartPair& pair, const UnitReader& a, const UnitReader& b, std::uint64_t begin,
                std::uint64_t count) {
    std::array<bool, 2> finite{};
    ParallelFor(threads_, 2, [&](std::size_t side, unsigned) {
      const UnitReader& reader = side == 0 ? a : b;
      std::vector<float>& values = side == 0 ? values_a_ : values_b_;
      finite[side] = reader.Read(begin, count, values);
      (side == 0 ? sums_a_ : sums_b_)
          .Add(side == 0 ? *pair.a : *pair.b, values, count, reader.positions_are_rows(),
               finite[side]);
    });
    return finite[0] && finite[1];
  }

  void Add(bool positions_are_rows, std::uint64_t count) {
    if (positions_are_rows) {
      AddTransposedProduct({values_a_.data(), count, units_}, {values_b_.data(), count, units_},
                           threads_, products_.data());
    } else {
      AddProductTransposed({values_a_.data(), units_, count}, {values_b_.data(), units_, count},
                           threads_, products_.data());
    }
  }

  const ModelParts& a_;
  const ModelParts& b_;
  MlpSums& sums_a_;
  MlpSums& sums_b_;
  std::size_t units_;
  unsigned threads_;
  std::vector<float> products_, values_a_, values_b_;
};

// sum += products * scale, rows in parallel.
void AddScaled(const float* products, double scale, std::size_t units, unsigned threads,
               std::vector<double>& sum) {
  ParallelFor(threads, units, [&](std::size_t row, unsigned) {
    for (std::size_t i = row * units; i < (row + 1) * units; ++i) sum[i] += products[i] * scale;
  });
}

}  // namespace

std::uint64_t ResidualTraceBytes(const ModelParts& a, const ModelParts& b,
                                 const PartFilter& wanted) {
  std::uint64_t bytes = 0;
  for (const PartPair& pair : Pairs(a, b, wanted)) {
    bytes += StoredBytes(*pair.a) + StoredBytes(*pair.b);
  }
  return bytes;
}

ResidualTrace TraceResidual(const ModelParts& a, MlpSums& sums_a, const ModelParts& b,
                            MlpSums& sums_b, const PartFilter& wanted, unsigned threads,
                            Progress& progress) {
  ResidualTrace trace;
  if (!a.residual || !b.residual) {
    trace.skipped = "no residual axis is known";
    return trace;
  }
  if (*a.residual != *b.residual) {
    trace.skipped = "residual widths differ";
    return trace;
  }
  trace.units = *a.residual;
  trace.products.assign(trace.units * trace.units, 0);
  CrossProducts cross(a, sums_a, b, sums_b, threads);
  std::vector<double> of_role(trace.products.size(), 0);
  const std::vector<PartPair> pairs = Pairs(a, b, wanted);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const PartPair& pair = pairs[i];
    if (i == 0 || pair.a->role != pairs[i - 1].a->role) {
      trace.by_role.push_back({.role = pair.a->role});
      std::ranges::fill(of_role, 0.0);
    }
    std::string reason = cross.Compute(pair);
    const auto moments =
        reason.empty() ? TraceTestMoments(cross.products(), trace.units) : std::nullopt;
    if (moments) {
      trace.tensors.push_back({.a = pair.a, .b = pair.b, .z = moments->z()});
      AddScaled(cross.products(), 1 / std::sqrt(moments->variance), trace.units, threads, of_role);
      ++trace.by_role.back().tensors;
    } else {
      trace.left_out.push_back({pair.a->tensor->name, reason.empty() ? "constant" : reason});
    }
    progress.Advance(StoredBytes(*pair.a) + StoredBytes(*pair.b));
    if (i + 1 == pairs.size() || pairs[i + 1].a->role != pair.a->role) {
      const auto together = TraceTestMoments(of_role.data(), trace.units);
      trace.by_role.back().z = together ? together->z() : 0;
      for (std::size_t k = 0; k < of_role.size(); ++k) trace.products[k] += of_role[k];
    }
  }
  std::erase_if(trace.by_role, [](const RoleTrace& role) { return role.tensors == 0; });
  trace.moments = TraceTestMoments(trace.products.data(), trace.units);
  if (!trace.moments) trace.skipped = "no tensor over residual coordinates varies in both";
  return trace;
}

}  // namespace modelkin
