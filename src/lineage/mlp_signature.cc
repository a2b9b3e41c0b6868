#include "lineage/mlp_signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSignatureValuesAtOnce = std::uint64_t{1} << 18;
constexpr std::size_t kUnitsSummedAtOnce = 8;

// Sums of weights of each hidden unit, and of their squares.
struct SumsOfUnits {
  std::vector<double> sum, squares;
};

// Each sum in order of coordinates; several units at once, since one sum has to wait for itself.
SumsOfUnits SumUnits(const float* values, std::uint64_t count, std::size_t width,
                     bool positions_are_rows) {
  SumsOfUnits sums{.sum = std::vector<double>(count, 0), .squares = std::vector<double>(count, 0)};
  const std::size_t at_once = positions_are_rows ? kUnitsSummedAtOnce : count;
  const std::size_t along = positions_are_rows ? 1 : count;
  const std::size_t across = positions_are_rows ? width : 1;
  for (std::size_t first = 0; first < count; first += at_once) {
    const std::size_t end = std::min<std::size_t>(count, first + at_once);
    for (std::size_t j = 0; j < width; ++j) {
      for (std::size_t unit = first; unit < end; ++unit) {
        const double value = values[unit * across + j * along];
        sums.sum[unit] += value;
        sums.squares[unit] += value * value;
      }
    }
  }
  return sums;
}

// Adds `count` hidden units to both sums, over residual coordinates; each in order of units.
void AddBlock(const std::vector<float>& values, std::uint64_t count, bool positions_are_rows,
              std::vector<double>& as_stored, std::vector<double>& sign_free) {
  const std::size_t width = as_stored.size();
  SumsOfUnits sums = SumUnits(values.data(), count, width, positions_are_rows);
  for (std::size_t unit = 0; unit < count; ++unit) {
    sums.sum[unit] = sums.squares[unit] > 0 ? sums.sum[unit] / sums.squares[unit] : 0;
  }
  const std::vector<double>& factor = sums.sum;
  if (positions_are_rows) {
    for (std::size_t unit = 0; unit < count; ++unit) {
      const float* const own = values.data() + unit * width;
      for (std::size_t j = 0; j < width; ++j) {
        as_stored[j] += own[j];
        sign_free[j] += factor[unit] * own[j];
      }
    }
    return;
  }
  for (std::size_t j = 0; j < width; ++j) {
    const float* const own = values.data() + j * count;
    for (std::size_t unit = 0; unit < count; ++unit) {
      as_stored[j] += own[unit];
      sign_free[j] += factor[unit] * own[unit];
    }
  }
}

// Where a part's sums go.
struct PartOfSignatures {
  float* as_stored;
  float* sign_free;
};

// Of `sums`, or of the part's weights.
void PutSums(const ModelParts& model, const MlpSums& sums, const Part* part,
             const PartOfSignatures& out) {
  if (part == nullptr) return;
  if (const MlpSums::OfPart* const known = sums.Find(*part)) {
    std::ranges::copy(known->as_stored, out.as_stored);
    std::ranges::copy(known->sign_free, out.sign_free);
    return;
  }
  const std::size_t units = *model.residual;
  const UnitReader reader(model.checkpoint, *part->tensor, *part->residual_axis());
  std::vector<double> as_stored(units, 0), sign_free(units, 0);
  std::vector<float> values;
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kSignatureValuesAtOnce / units);
  bool finite = true;
  for (std::uint64_t p = 0; p < reader.lengths().positions();) {
    const std::uint64_t count = std::min(at_once, reader.CountFrom(p));
    finite = reader.Read(p, count, values) && finite;
    AddBlock(values, count, reader.positions_are_rows(), as_stored, sign_free);
    p += count;
  }
  reader.RequireNothingLost();
  if (!finite) return;
  StandardiseSums(as_stored, out.as_stored);
  StandardiseSums(sign_free, out.sign_free);
}

std::uint64_t BytesOf(const Mlp& mlp, const MlpSums& sums) {
  std::uint64_t bytes = 0;
  for (const Part* part : {mlp.gate, mlp.up, mlp.down}) {
    if (part != nullptr && sums.Find(*part) == nullptr) {
      bytes += part->tensor->elements * BitWidth(part->tensor->dtype) / 8;
    }
  }
  return bytes;
}

// Which of the three parts are there: each of them has a norm of 1, a missing one of 0.
std::array<bool, 3> PartsIn(const MlpSignature& signature) {
  const std::size_t length = signature.size() / 3;
  std::array<bool, 3> parts{};
  for (std::size_t i = 0; i < signature.size(); ++i) {
    if (signature[i] != 0) parts[i / length] = true;
  }
  return parts;
}

double InCommon(const std::array<bool, 3>& a, const std::array<bool, 3>& b) {
  double count = 0;
  for (std::size_t part = 0; part < a.size(); ++part) count += a[part] && b[part] ? 1 : 0;
  return count;
}

// Of all MLPs of a model, one after the other.
class StackedSignatures {
 public:
  explicit StackedSignatures(const std::vector<MlpSignature>& signatures)
      : length_(signatures.front().size()) {
    for (const MlpSignature& signature : signatures) {
      stacked_.insert(stacked_.end(), signature.begin(), signature.end());
      parts_.push_back(PartsIn(signature));
    }
  }

  // Returns the mean cosine of parts that both have, of each with `other`.
  std::vector<double> Similarities(const MlpSignature& other) const {
    std::vector<float> dots(parts_.size(), 0);
    AddProductTransposed({other.data(), 1, length_}, {stacked_.data(), parts_.size(), length_}, 1,
                         dots.data());
    const std::array<bool, 3> parts = PartsIn(other);
    std::vector<double> similarities(parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      similarities[i] = dots[i] / std::max(1.0, InCommon(parts_[i], parts));
    }
    return similarities;
  }

 private:
  std::size_t length_;
  std::vector<float> stacked_;
  std::vector<std::array<bool, 3>> parts_;
};

}  // namespace

void StandardiseSums(const std::vector<double>& sums, float* out) {
  double mean = 0, squares = 0;
  for (const double sum : sums) mean += sum / static_cast<double>(sums.size());
  for (const double sum : sums) squares += (sum - mean) * (sum - mean);
  const double scale = 1 / std::sqrt(squares);
  const bool usable = std::isfinite(scale) && squares > 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    out[i] = usable ? static_cast<float>((sums[i] - mean) * scale) : 0.0F;
  }
}

MlpSums::MlpSums(const ModelParts& model) {
  for (const Mlp& mlp : model.mlps) {
    for (const Part* const part : {mlp.gate, mlp.up, mlp.down}) {
      if (part != nullptr) wanted_.insert(part);
    }
  }
}

void MlpSums::Add(const Part& part, const std::vector<float>& values, std::uint64_t count,
                  bool positions_are_rows, bool finite) {
  if (!wanted_.contains(&part)) return;
  const AxisLengths lengths = LengthsAround(part.tensor->shape, *part.residual_axis());
  Unfinished& sums = unfinished_[&part];
  sums.as_stored.resize(lengths.units, 0);
  sums.sign_free.resize(lengths.units, 0);
  AddBlock(values, count, positions_are_rows, sums.as_stored, sums.sign_free);
  sums.positions += count;
  sums.finite = sums.finite && finite;
  if (sums.positions < lengths.positions()) return;
  OfPart& result = finished_[&part];
  result.as_stored.assign(lengths.units, 0);
  result.sign_free.assign(lengths.units, 0);
  if (sums.finite) {
    StandardiseSums(sums.as_stored, result.as_stored.data());
    StandardiseSums(sums.sign_free, result.sign_free.data());
  }
  unfinished_.erase(&part);
}

const MlpSums::OfPart* MlpSums::Find(const Part& part) const {
  const auto found = finished_.find(&part);
  return found == finished_.end() ? nullptr : &found->second;
}

std::uint64_t SignatureBytes(const ModelParts& model, const MlpSums& sums) {
  std::uint64_t bytes = 0;
  for (const Mlp& mlp : model.mlps) bytes += BytesOf(mlp, sums);
  return bytes;
}

MlpSignatures SignaturesOf(const ModelParts& model, const MlpSums& sums, unsigned threads,
                           Progress& progress) {
  const std::size_t width = *model.residual;
  MlpSignatures signatures{.as_stored = std::vector<MlpSignature>(model.mlps.size()),
                           .sign_free = std::vector<MlpSignature>(model.mlps.size())};
  ParallelFor(threads, model.mlps.size(), [&](std::size_t i, unsigned) {
    const Mlp& mlp = model.mlps[i];
    MlpSignature& as_stored = signatures.as_stored[i];
    MlpSignature& sign_free = signatures.sign_free[i];
    as_stored.assign(3 * width, 0);
    sign_free.assign(3 * width, 0);
    const auto put = [&](const Part* part, std::size_t at) {
      PutSums(model, sums, part, {as_stored.data() + at * width, sign_free.data() + at * width});
    };
    put(mlp.gate, 0);
    put(mlp.up, 1);
    put(mlp.down, 2);
    if (mlp.gate == nullptr) {
      sign_free.assign(3 * width, 0);
    } else {
      std::copy_n(as_stored.begin(), width, sign_free.begin());
    }
    progress.Advance(BytesOf(mlp, sums));
  });
  return signatures;
}

MlpSource MostSimilarOf(std::span<const double> as_stored, std::span<const double> sign_free) {
  MlpSource source;
  double most = -1;
  for (const auto& similarities : {as_stored, sign_free}) {
    const auto best = std::ranges::max_element(similarities);
    const double mean = std::accumulate(similarities.begin(), similarities.end(), 0.0) /
                        static_cast<double>(similarities.size());
    const double excess = mean < 1 ? (*best - mean) / (1 - mean) : 0;
    if (std::pair(excess, *best) <= std::pair(most, source.similarity)) continue;
    most = excess;
    source = {.a = static_cast<std::size_t>(best - similarities.begin()), .similarity = *best};
  }
  return source;
}

std::vector<MlpSource> MostSimilar(const MlpSignatures& a, const MlpSignatures& b,
                                   unsigned threads) {
  if (a.as_stored.empty() || b.as_stored.empty() ||
      a.as_stored.front().size() != b.as_stored.front().size()) {
    return {};
  }
  const StackedSignatures as_stored(a.as_stored), sign_free(a.sign_free);
  std::vector<MlpSource> sources(b.as_stored.size());
  ParallelFor(threads, sources.size(), [&](std::size_t i, unsigned) {
    sources[i] = MostSimilarOf(as_stored.Similarities(b.as_stored[i]),
                               sign_free.Similarities(b.sign_free[i]));
  });
  return sources;
}

}  // namespace modelkin
