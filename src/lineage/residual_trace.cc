#include "lineage/residual_trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/coordinate_sums.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Values of a side that are decoded at once.
constexpr std::uint64_t kTraceValuesAtOnce = std::uint64_t{1} << 21;

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
  std::string Compute(const ResidualPair& pair) {
    without_identity_ = false;
    std::string reason = Sum(pair);
    if (!reason.empty() || CarrierOf(*pair.a) == ResidualCarrier::kTables) return reason;
    if (AreIdentityLike(sides_[0].diagonal, sides_[1].diagonal)) {
      without_identity_ = true;
      reason = Sum(pair);
    }
    Correlate();
    return reason;
  }

  const float* products() const { return products_.data(); }

 private:
  std::string Sum(const ResidualPair& pair) {
    std::ranges::fill(products_, 0.0F);
    sides_ = {CoordinateSums(units_), CoordinateSums(units_)};
    const UnitReader a(a_.checkpoint, *pair.a->tensor, *pair.a->residual_axis());
    const UnitReader b(b_.checkpoint, *pair.b->tensor, *pair.b->residual_axis());
    if (a.positions_are_rows() != b.positions_are_rows()) return "stored in another order of axes";
    // Positions along the last of the other axes lie in groups, one for each place along those
    // before.
    const std::uint64_t own_a = GroupLength(*pair.a), own_b = GroupLength(*pair.b);
    const std::uint64_t groups =
        std::min(a.lengths().positions() / own_a, b.lengths().positions() / own_b);
    bool finite = true;
    for (std::uint64_t group = 0; group < groups; ++group) {
      const std::uint64_t count = std::min(own_a, own_b);
      finite = AddRange(pair, a, group * own_a, b, group * own_b, count) && finite;
    }
    a.RequireNothingLost();
    b.RequireNothingLost();
    return finite ? "" : kNotFinite;
  }

  // `count` positions from one of each side on. Returns whether all are finite.
  bool AddRange(const ResidualPair& pair, const UnitReader& a, std::uint64_t from_a,
                const UnitReader& b, std::uint64_t from_b, std::uint64_t count) {
    const std::uint64_t at_once = std::max<std::uint64_t>(1, kTraceValuesAtOnce / units_);
    bool finite = true;
    for (std::uint64_t done = 0, now = 0; done < count; done += now) {
      now = std::min(at_once, count - done);
      finite = ReadBoth(pair, a, from_a + done, b, from_b + done, now) && finite;
      if (without_identity_) {
        ClearDiagonal(values_a_, from_a + done, now, a.positions_are_rows());
        ClearDiagonal(values_b_, from_b + done, now, b.positions_are_rows());
      }
      sides_[0].Add(values_a_, from_a + done, now, a.positions_are_rows());
      sides_[1].Add(values_b_, from_b + done, now, b.positions_are_rows());
      Add(a.positions_are_rows(), now);
    }
    return finite;
  }

  // Of positions from `first` on, the entry of the coordinate of the same number.
  void ClearDiagonal(std::vector<float>& values, std::uint64_t first, std::uint64_t count,
                     bool positions_are_rows) const {
    for (std::uint64_t p = 0; p < count; ++p) {
      const std::uint64_t unit = (first + p) % units_;
      values[positions_are_rows ? p * units_ + unit : unit * count + p] = 0;
    }
  }

  bool ReadBoth(const ResidualPair& pair, const UnitReader& a, std::uint64_t begin_a,
                const UnitReader& b, std::uint64_t begin_b, std::uint64_t count) {
    std::array<bool, 2> finite{};
    ParallelFor(threads_, 2, [&](std::size_t side, unsigned) {
      const UnitReader& reader = side == 0 ? a : b;
      std::vector<float>& values = side == 0 ? values_a_ : values_b_;
      finite[side] = reader.Read(side == 0 ? begin_a : begin_b, count, values);
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

  // From sums of products to correlations; 0 for a coordinate without variation.
  void Correlate() {
    const std::vector<double> scale_a = sides_[0].InverseNorms(),
                              scale_b = sides_[1].InverseNorms();
    const double count = static_cast<double>(sides_[0].positions);
    ParallelFor(threads_, units_, [&](std::size_t i, unsigned) {
      float* const row = products_.data() + i * units_;
      for (std::size_t j = 0; j < units_; ++j) {
        const double centred = row[j] - sides_[0].sums[i] * sides_[1].sums[j] / count;
        row[j] = static_cast<float>(centred * scale_a[i] * scale_b[j]);
      }
    });
  }

  const ModelParts& a_;
  const ModelParts& b_;
  MlpSums& sums_a_;
  MlpSums& sums_b_;
  std::size_t units_;
  unsigned threads_;
  std::vector<float> products_, values_a_, values_b_;
  std::array<CoordinateSums, 2> sides_;
  bool without_identity_ = false;  // entries (position, position) are left out
};

// sum += products * scale, rows in parallel.
void AddScaled(const float* products, double scale, std::size_t units, unsigned threads,
               std::vector<double>& sum) {
  ParallelFor(threads, units, [&](std::size_t row, unsigned) {
    for (std::size_t i = row * units; i < (row + 1) * units; ++i) sum[i] += products[i] * scale;
  });
}

// The work on a list of pairs, which can be broken off between any two.
class Tracer {
 public:
  Tracer(const std::vector<ResidualPair>& pairs, std::size_t units, CrossProducts& cross,
         unsigned threads, ResidualTrace& trace)
      : pairs_(pairs), cross_(cross), threads_(threads), trace_(trace), of_role_(units * units, 0) {
    trace_.weights.products.assign(units * units, 0);
    trace_.tables.products.assign(units * units, 0);
  }

  bool done() const { return next_ == pairs_.size(); }
  const ResidualPair& next() const { return pairs_[next_]; }

  void Step() {
    const ResidualPair& pair = pairs_[next_];
    if (next_ == 0 || !IsOfSameSum(pair, pairs_[next_ - 1])) {
      trace_.by_role.push_back({.role = pair.a->pattern});
      std::ranges::fill(of_role_, 0.0);
    }
    const std::string reason = cross_.Compute(pair);
    const auto moments =
        reason.empty() ? TraceTestMoments(cross_.products(), trace_.units) : std::nullopt;
    if (moments) {
      trace_.tensors.push_back({.a = pair.a, .b = pair.b, .z = moments->z()});
      AddScaled(cross_.products(), 1 / std::sqrt(moments->variance), trace_.units, threads_,
                of_role_);
      ++trace_.by_role.back().tensors;
    } else {
      trace_.left_out.push_back({pair.a->tensor->name, reason.empty() ? "constant" : reason});
    }
    ++next_;
    if (done() || !IsOfSameSum(pairs_[next_], pair)) {
      const auto together = TraceTestMoments(of_role_.data(), trace_.units);
      trace_.by_role.back().z = together ? together->z() : 0;
      const bool tables = CarrierOf(*pair.a) == ResidualCarrier::kTables;
      std::vector<double>& joint = (tables ? trace_.tables : trace_.weights).products;
      for (std::size_t k = 0; k < of_role_.size(); ++k) joint[k] += of_role_[k];
    }
  }

  nlohmann::json Save() const {
    nlohmann::json tensors = nlohmann::json::array(), roles = tensors, left_out = tensors;
    for (const TensorTrace& tensor : trace_.tensors) {
      tensors.push_back({tensor.a->tensor->name, tensor.z});
    }
    for (const RoleTrace& role : trace_.by_role) {
      roles.push_back({role.role, role.tensors, role.z});
    }
    for (const SkippedTensor& tensor : trace_.left_out) {
      left_out.push_back({tensor.name, tensor.reason});
    }
    return {{"next", next_},
            {"tensors", tensors},
            {"roles", roles},
            {"left_out", left_out},
            {"of_role", Pack(of_role_)},
            {"weights", Pack(trace_.weights.products)},
            {"tables", Pack(trace_.tables.products)}};
  }

  // Throws nlohmann::json::exception or std::out_of_range, and then changes nothing, for what Save
  // did not make.
  void Load(const nlohmann::json& saved) {
    const auto next = saved.at("next").get<std::size_t>();
    ResidualTrace kept{.units = trace_.units};
    std::map<std::string_view, const ResidualPair*> by_name;
    for (const ResidualPair& pair : pairs_) by_name.emplace(pair.a->tensor->name, &pair);
    for (const auto& tensor : saved.at("tensors")) {
      const ResidualPair& pair = *by_name.at(tensor.at(0).get<std::string>());
      kept.tensors.push_back({.a = pair.a, .b = pair.b, .z = tensor.at(1).get<double>()});
    }
    for (const auto& role : saved.at("roles")) {
      kept.by_role.push_back({.role = role.at(0).get<std::string>(),
                              .tensors = role.at(1).get<std::uint64_t>(),
                              .z = role.at(2).get<double>()});
    }
    for (const auto& tensor : saved.at("left_out")) {
      kept.left_out.push_back({tensor.at(0).get<std::string>(), tensor.at(1).get<std::string>()});
    }
    std::vector<double> of_role = Unpack(saved.at("of_role"));
    kept.weights.products = Unpack(saved.at("weights"));
    kept.tables.products = Unpack(saved.at("tables"));
    if (next > pairs_.size() || (next > 0 && kept.by_role.empty())) {
      throw std::out_of_range("next");
    }
    trace_ = std::move(kept);
    of_role_ = std::move(of_role);
    next_ = next;
  }

 private:
  static nlohmann::json Pack(const std::vector<double>& values) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    return nlohmann::json::binary({bytes, bytes + values.size() * sizeof(double)});
  }

  std::vector<double> Unpack(const nlohmann::json& packed) const {
    std::vector<double> values(of_role_.size());
    const auto& bytes = packed.get_binary();
    if (bytes.size() != values.size() * sizeof(double)) throw std::out_of_range("matrix");
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  const std::vector<ResidualPair>& pairs_;
  CrossProducts& cross_;
  unsigned threads_;
  ResidualTrace& trace_;
  std::vector<double> of_role_;
  std::size_t next_ = 0;
};

}  // namespace

std::uint64_t ResidualTraceBytes(const ModelParts& a, const ModelParts& b,
                                 const PartFilter& wanted) {
  std::uint64_t bytes = 0;
  for (const ResidualPair& pair : ResidualPairs(a, b, wanted)) {
    bytes += StoredBytes(*pair.a) + StoredBytes(*pair.b);
  }
  return bytes;
}

Skipped WhyNoResidualTrace(const ModelParts& a, const ModelParts& b) {
  if (!a.residual || !b.residual) return SkipReason::kNoResidualAxis;
  if (*a.residual != *b.residual) return {SkipReason::kWidthsDiffer, *a.residual, *b.residual};
  if (*a.residual > kWidestResidual) return SkipReason::kTooWideToTrace;
  return {};
}

void SayWhatIsMissing(ResidualTrace& trace) {
  if (!trace.weights.moments) trace.weights.skipped = SkipReason::kNoWeightsVary;
  if (!trace.tables.moments) trace.tables.skipped = SkipReason::kNoTablesVary;
}

ResidualTrace TraceResidual(const ModelParts& a, MlpSums& sums_a, const ModelParts& b,
                            MlpSums& sums_b, const PartFilter& wanted, const StateItem& saved,
                            unsigned threads, Progress& progress) {
  ResidualTrace trace{.skipped = WhyNoResidualTrace(a, b)};
  if (!trace.skipped.empty()) return trace;
  trace.units = *a.residual;
  CrossProducts cross(a, sums_a, b, sums_b, threads);
  const std::vector<ResidualPair> pairs = ResidualPairs(a, b, wanted);
  Tracer tracer(pairs, trace.units, cross, threads, trace);
  saved.Restore([&](const nlohmann::json& state) { tracer.Load(state); });
  while (!tracer.done()) {
    const ResidualPair pair = tracer.next();
    tracer.Step();
    progress.Advance(StoredBytes(*pair.a) + StoredBytes(*pair.b));
    if (tracer.done() || saved.IsDue()) saved.Save(tracer.Save());
  }
  std::erase_if(trace.by_role, [](const RoleTrace& role) { return role.tensors == 0; });
  for (CarrierTrace* const carrier : {&trace.weights, &trace.tables}) {
    carrier->moments = TraceTestMoments(carrier->products.data(), trace.units);
  }
  SayWhatIsMissing(trace);
  return trace;
}

}  // namespace modelkin
