#include "lineage/mlp_signature.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSignatureValuesAtOnce = std::uint64_t{1} << 18;

// Centres and scales; zeros if that can't be.
void Standardise(const std::vector<double>& sums, float* out) {
  double mean = 0, squares = 0;
  for (const double sum : sums) mean += sum / static_cast<double>(sums.size());
  for (const double sum : sums) squares += (sum - mean) * (sum - mean);
  const double scale = 1 / std::sqrt(squares);
  const bool usable = std::isfinite(scale) && squares > 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    out[i] = usable ? static_cast<float>((sums[i] - mean) * scale) : 0.0F;
  }
}

void AddBlock(const std::vector<float>& values, std::uint64_t count, bool positions_are_rows,
              std::vector<double>& sums) {
  const std::size_t units = sums.size();
  for (std::uint64_t i = 0; i < count * units; ++i) {
    sums[positions_are_rows ? i % units : i / count] += values[i];
  }
}

// Into `out`, from `sums` or from the part's weights.
void PutSums(const ModelParts& model, const MlpSums& sums, const Part* part, float* out) {
  if (part == nullptr) return;
  if (const std::vector<float>* const known = sums.Find(*part)) {
    std::ranges::copy(*known, out);
    return;
  }
  const std::size_t units = *model.residual;
  const UnitReader reader(model.checkpoint, *part->tensor, *part->residual_axis);
  std::vector<double> own(units, 0);
  std::vector<float> values;
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kSignatureValuesAtOnce / units);
  bool finite = true;
  for (std::uint64_t p = 0; p < reader.lengths().positions();) {
    const std::uint64_t count = std::min(at_once, reader.CountFrom(p));
    finite = reader.Read(p, count, values) && finite;
    AddBlock(values, count, reader.positions_are_rows(), own);
    p += count;
  }
  reader.RequireNothingLost();
  if (finite) Standardise(own, out);
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

}  // namespace

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
  const AxisLengths lengths = LengthsAround(part.tensor->shape, *part.residual_axis);
  Unfinished& sums = unfinished_[&part];
  sums.sums.resize(lengths.units, 0);
  AddBlock(values, count, positions_are_rows, sums.sums);
  sums.positions += count;
  sums.finite = sums.finite && finite;
  if (sums.positions < lengths.positions()) return;
  std::vector<float>& result = finished_[&part];
  result.assign(lengths.units, 0);
  if (sums.finite) Standardise(sums.sums, result.data());
  unfinished_.erase(&part);
}

const std::vector<float>* MlpSums::Find(const Part& part) const {
  const auto found = finished_.find(&part);
  return found == finished_.end() ? nullptr : &found->second;
}

std::uint64_t SignatureBytes(const ModelParts& model, const MlpSums& sums) {
  std::uint64_t bytes = 0;
  for (const Mlp& mlp : model.mlps) bytes += BytesOf(mlp, sums);
  return bytes;
}

std::vector<MlpSignature> SignaturesOf(const ModelParts& model, const MlpSums& sums,
                                       unsigned threads, Progress& progress) {
  std::vector<MlpSignature> signatures(model.mlps.size());
  ParallelFor(threads, model.mlps.size(), [&](std::size_t i, unsigned) {
    const Mlp& mlp = model.mlps[i];
    MlpSignature& signature = signatures[i];
    signature.assign(3 * *model.residual, 0);
    PutSums(model, sums, mlp.gate, signature.data());
    PutSums(model, sums, mlp.up, signature.data() + *model.residual);
    PutSums(model, sums, mlp.down, signature.data() + 2 * *model.residual);
    progress.Advance(BytesOf(mlp, sums));
  });
  return signatures;
}

std::vector<MlpSource> MostSimilar(const std::vector<MlpSignature>& a,
                                   const std::vector<MlpSignature>& b, unsigned threads) {
  if (a.empty() || b.empty() || a.front().size() != b.front().size()) return {};
  const std::size_t length = a.front().size();
  std::vector<float> stacked;
  for (const MlpSignature& signature : a) {
    stacked.insert(stacked.end(), signature.begin(), signature.end());
  }
  std::vector<std::array<bool, 3>> parts(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) parts[i] = PartsIn(a[i]);
  std::vector<MlpSource> sources(b.size());
  ParallelFor(threads, b.size(), [&](std::size_t j, unsigned) {
    std::vector<float> dots(a.size(), 0);
    AddProductTransposed({b[j].data(), 1, length}, {stacked.data(), a.size(), length}, 1,
                         dots.data());
    const std::array<bool, 3> parts_b = PartsIn(b[j]);
    sources[j] = {.a = 0, .similarity = -2};
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double both = std::max(1.0, InCommon(parts[i], parts_b));
      const double similarity = dots[i] / both;
      if (similarity > sources[j].similarity) sources[j] = {.a = i, .similarity = similarity};
    }
  });
  return sources;
}

}  // namespace modelkin
