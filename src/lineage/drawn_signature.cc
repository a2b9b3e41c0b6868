#include "lineage/drawn_signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "base/parallel.h"
#include "kernels/products.h"
#include "lineage/draw_plan.h"
#include "lineage/unit_row_reader.h"

namespace modelkin {
namespace {

constexpr std::size_t kUnitsReadAtOnce = 64;
constexpr std::size_t kSignaturesAtOnce = 48;
constexpr std::size_t kLanes = 8;  // of a sum in double

// A row for each coordinate, of the weights by which all hidden units write to it.
struct WrittenTo {
  std::size_t units = 0;
  std::vector<float> rows;
  bool finite = true;
};

WrittenTo ReadWrittenTo(const ModelParts& model, const Part& down,
                        const std::vector<std::uint32_t>& coordinates) {
  const UnitReader reader(model.checkpoint, *down.tensor, 1 - *down.residual_axis());
  WrittenTo result{.units = reader.lengths().units};
  result.rows.resize(coordinates.size() * result.units);
  std::vector<float> values;
  if (reader.positions_are_rows()) {
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      result.finite = reader.Read(coordinates[i], 1, values) && result.finite;
      std::ranges::copy(values, result.rows.data() + i * result.units);
    }
    reader.RequireNothingLost();
    return result;
  }
  // Units are rows: a coordinate lies in all of them.
  const UnitRowReader by_unit(model, down);
  for (std::size_t first = 0; first < result.units; first += kUnitsReadAtOnce) {
    const std::size_t count = std::min(kUnitsReadAtOnce, result.units - first);
    result.finite = by_unit.Read(first, count, values) && result.finite;
    for (std::size_t unit = 0; unit < count; ++unit) {
      const float* const row = values.data() + unit * by_unit.columns();
      for (std::size_t i = 0; i < coordinates.size(); ++i) {
        result.rows[i * result.units + first + unit] = row[coordinates[i]];
      }
    }
  }
  by_unit.RequireNothingLost();
  return result;
}

// Returns for each unit the sum of its weights over that of their squares; 0 where all are 0.
std::vector<double> FactorsOfUnits(const WrittenTo& written) {
  std::vector<double> sum(written.units, 0), squares(written.units, 0);
  for (std::size_t at = 0; at < written.rows.size(); at += written.units) {
    const float* const row = written.rows.data() + at;
    for (std::size_t unit = 0; unit < written.units; ++unit) {
      const double value = row[unit];
      sum[unit] += value;
      squares[unit] += value * value;
    }
  }
  for (std::size_t unit = 0; unit < written.units; ++unit) {
    sum[unit] = squares[unit] > 0 ? sum[unit] / squares[unit] : 0;
  }
  return sum;
}

double SumOf(std::span<const float> row) {
  std::array<double, kLanes> lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= row.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += row[i + k];
  }
  for (; i < row.size(); ++i) lanes[0] += row[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

double SumOf(std::span<const float> row, const std::vector<double>& factors) {
  std::array<double, kLanes> lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= row.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += row[i + k] * factors[i + k];
  }
  for (; i < row.size(); ++i) lanes[0] += row[i] * factors[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

// Puts sums over units into both signatures' last parts, `as_stored` and `sign_free`.
void PutDownSums(const WrittenTo& written, bool gated, float* as_stored, float* sign_free) {
  const std::size_t count = written.units == 0 ? 0 : written.rows.size() / written.units;
  const std::vector<double> factors = gated ? FactorsOfUnits(written) : std::vector<double>{};
  std::vector<double> plain(count), free(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::span row(written.rows.data() + i * written.units, written.units);
    plain[i] = SumOf(row);
    if (gated) free[i] = SumOf(row, factors);
  }
  StandardiseSums(plain, as_stored);
  if (gated) StandardiseSums(free, sign_free);
}

// The last parts of signatures, one after the other.
std::vector<float> DownParts(const std::vector<MlpSignature>& signatures) {
  std::vector<float> parts;
  for (const MlpSignature& signature : signatures) {
    const std::size_t length = signature.size() / 3;
    parts.insert(parts.end(), signature.end() - static_cast<std::ptrdiff_t>(length),
                 signature.end());
  }
  return parts;
}

// Down parts of a model's signatures, one after the other.
struct StackedDownParts {
  std::size_t mlps, length;
  std::vector<float> parts;

  explicit StackedDownParts(const std::vector<MlpSignature>& signatures)
      : mlps(signatures.size()),
        length(signatures.front().size() / 3),
        parts(DownParts(signatures)) {}

  StoredRows rows() const {
    return {DType::kF32, reinterpret_cast<const std::byte*>(parts.data()), length};
  }
  // Returns cosines with `count` of another model from `first` on, a row for each of these.
  std::vector<double> CosinesWith(const StackedDownParts& other, std::size_t first,
                                  std::size_t count) const {
    std::vector<float> cosines(count * mlps, 0);
    AddRowProducts({other.parts.data() + first * length, length}, count, rows(), mlps, length,
                   cosines.data(), mlps);
    return {cosines.begin(), cosines.end()};
  }
};

}  // namespace

std::vector<std::uint32_t> DrawnCoordinates(std::uint64_t seed, std::uint64_t residual,
                                            std::uint64_t count) {
  return DrawPlaces(seed, "residual coordinates that MLPs are found by",
                    static_cast<std::uint32_t>(residual), count);
}

MlpSignatures DrawnSignaturesOf(const ModelParts& model,
                                const std::vector<std::uint32_t>& coordinates, unsigned threads,
                                Progress& progress) {
  const std::size_t length = coordinates.size();
  MlpSignatures signatures{
      .as_stored = std::vector<MlpSignature>(model.mlps.size(), MlpSignature(3 * length, 0)),
      .sign_free = std::vector<MlpSignature>(model.mlps.size(), MlpSignature(3 * length, 0))};
  ParallelFor(threads, model.mlps.size(), [&](std::size_t i, unsigned) {
    const Mlp& mlp = model.mlps[i];
    if (mlp.down == nullptr) return;
    const WrittenTo written = ReadWrittenTo(model, *mlp.down, coordinates);
    if (written.finite) {
      PutDownSums(written, mlp.gate != nullptr, signatures.as_stored[i].data() + 2 * length,
                  signatures.sign_free[i].data() + 2 * length);
    }
    progress.Advance(length * mlp.width * BitWidth(mlp.down->tensor->dtype) / 8);
  });
  return signatures;
}

std::uint64_t DrawnSignatureBytes(const ModelParts& model, std::uint64_t coordinates) {
  std::uint64_t bytes = 0;
  for (const Mlp& mlp : model.mlps) {
    if (mlp.down == nullptr) continue;
    bytes += coordinates * mlp.width * BitWidth(mlp.down->tensor->dtype) / 8;
  }
  return bytes;
}

std::vector<MlpSource> MostSimilarByDown(const MlpSignatures& a, const MlpSignatures& b,
                                         unsigned threads) {
  if (a.as_stored.empty() || b.as_stored.empty() ||
      a.as_stored.front().size() != b.as_stored.front().size()) {
    return {};
  }
  const StackedDownParts as_stored_a(a.as_stored), as_stored_b(b.as_stored);
  const StackedDownParts sign_free_a(a.sign_free), sign_free_b(b.sign_free);
  const std::size_t all = a.as_stored.size();
  std::vector<MlpSource> sources(b.as_stored.size());
  const std::size_t blocks = (sources.size() + kSignaturesAtOnce - 1) / kSignaturesAtOnce;
  ParallelFor(threads, blocks, [&](std::size_t block, unsigned) {
    const std::size_t first = block * kSignaturesAtOnce;
    const std::size_t count = std::min(kSignaturesAtOnce, sources.size() - first);
    const std::vector<double> as_stored = as_stored_a.CosinesWith(as_stored_b, first, count);
    const std::vector<double> sign_free = sign_free_a.CosinesWith(sign_free_b, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      sources[first + i] = MostSimilarOf(std::span(as_stored).subspan(i * all, all),
                                         std::span(sign_free).subspan(i * all, all));
    }
  });
  return sources;
}

bool HasDownPart(const MlpSignature& signature) {
  return std::any_of(signature.begin() + static_cast<std::ptrdiff_t>(signature.size() / 3 * 2),
                     signature.end(), [](float value) { return value != 0; });
}

}  // namespace modelkin
