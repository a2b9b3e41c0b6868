#include "fingerprint/spectrum.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "linalg/svd.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestInTail = 10;
constexpr std::size_t kMostSpectrumLayers = 8;
constexpr std::uint64_t kMostMatrixElements = std::uint64_t{1} << 26;

// Of the tail that begins at `first` of ascending values; nothing if all of it is equal.
std::optional<PowerLaw> FitTail(const std::vector<double>& values, std::size_t first,
                                double log_sum) {
  const std::size_t count = values.size() - first;
  const double n = static_cast<double>(count), x_min = values[first];
  const double logs = log_sum - n * std::log(x_min);
  if (!(logs > 1e-12 * n)) return std::nullopt;
  PowerLaw law{.alpha = 1 + n / logs, .x_min = x_min, .distance = 0, .tail = count};
  for (std::size_t i = 0; i < count; ++i) {
    const double fitted = 1 - std::pow(values[first + i] / x_min, 1 - law.alpha);
    const double below = static_cast<double>(i) / n, upto = static_cast<double>(i + 1) / n;
    law.distance = std::max({law.distance, std::abs(fitted - below), std::abs(fitted - upto)});
  }
  return law;
}

bool IsWeight(const Part& part) {
  return (IsSelfAttention(part.role) || IsOfMlp(part.role)) && part.layer &&
         part.tensor->shape.size() == 2 && part.expert.value_or(0) == 0;
}

std::vector<std::uint32_t> SpreadLayers(const std::vector<std::uint32_t>& layers) {
  std::vector<std::uint32_t> chosen;
  const std::size_t count = std::min(kMostSpectrumLayers, layers.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = count < 2 ? 0 : i * (layers.size() - 1) / (count - 1);
    chosen.push_back(layers[at]);
  }
  return chosen;
}

void Decompose(const ModelParts& model, const Part& part, TensorSpectrum& result) {
  if (part.tensor->elements > kMostMatrixElements) {
    result.skipped = "more than 2^26 elements";
    return;
  }
  std::vector<float> values;
  ReadByUnit(model.checkpoint, *part.tensor, 0, values);
  const std::uint64_t rows = part.tensor->shape[0], columns = part.tensor->shape[1];
  auto singular = SingularValues(std::move(values), rows, columns);
  if (!singular) {
    result.skipped = "values that are not finite";
    return;
  }
  result.singular = std::move(*singular);
  result.spectrum = DescribeSpectrum(result.singular, rows, columns);
  if (!result.spectrum) result.skipped = "a matrix of zeros";
}

double Norm(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

}  // namespace

std::optional<PowerLaw> FitPowerLaw(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !(value > 0); });
  std::ranges::sort(values);
  std::optional<PowerLaw> best;
  double log_sum = 0;
  for (std::size_t first = values.size(); first-- > 0;) {
    log_sum += std::log(values[first]);
    const bool repeats = first > 0 && values[first - 1] == values[first];
    if (repeats || values.size() - first < kFewestInTail) continue;
    const auto law = FitTail(values, first, log_sum);
    if (law && (!best || law->distance < best->distance)) best = law;
  }
  return best;
}

std::optional<Spectrum> DescribeSpectrum(const std::vector<float>& singular, std::uint64_t rows,
                                         std::uint64_t columns) {
  double squares = 0;
  std::vector<double> eigenvalues;
  for (const float value : singular) {
    eigenvalues.push_back(static_cast<double>(value) * value);
    squares += eigenvalues.back();
  }
  if (!(squares > 0)) return std::nullopt;
  Spectrum spectrum{.rows = rows, .columns = columns, .stable_rank = squares / eigenvalues.front()};
  double entropy = 0;
  for (const double value : eigenvalues) {
    if (value > 0) entropy -= value / squares * std::log(value / squares);
  }
  spectrum.effective_rank = std::exp(entropy);
  const double m = static_cast<double>(rows), n = static_cast<double>(columns);
  const double edge = std::sqrt(squares / (m * n)) * (std::sqrt(m) + std::sqrt(n));
  spectrum.largest_over_edge = singular.front() / edge;
  spectrum.above_edge = static_cast<std::uint64_t>(
      std::ranges::count_if(singular, [&](float value) { return value > edge; }));
  spectrum.power_law = FitPowerLaw(std::move(eigenvalues));
  return spectrum;
}

std::vector<TensorSpectrum> SpectraOf(const ModelParts& model, unsigned threads,
                                      Progress& progress) {
  const auto layers = SpreadLayers(model.layers);
  std::vector<const Part*> parts;
  std::uint64_t elements = 0;
  for (const Part& part : model.parts) {
    if (!IsWeight(part) || std::ranges::find(layers, *part.layer) == layers.end()) continue;
    parts.push_back(&part);
    elements += part.tensor->elements;
  }
  progress.Begin("decomposing matrices", elements);
  std::vector<TensorSpectrum> spectra(parts.size());
  ParallelFor(threads, parts.size(), [&](std::size_t i, unsigned) {
    const Part& part = *parts[i];
    spectra[i] = {.name = part.tensor->name,
                  .role = part.pattern,
                  .layer = part.layer,
                  .skipped = {},
                  .spectrum = {},
                  .singular = {}};
    Decompose(model, part, spectra[i]);
    progress.Advance(part.tensor->elements);
  });
  return spectra;
}

std::optional<double> SpectralDistance(const std::vector<TensorSpectrum>& a,
                                       const std::vector<TensorSpectrum>& b) {
  double sum = 0;
  std::size_t count = 0;
  for (const TensorSpectrum& of_b : b) {
    const auto of_a = std::ranges::find(a, of_b.name, &TensorSpectrum::name);
    if (of_a == a.end() || !of_a->spectrum || !of_b.spectrum ||
        of_a->spectrum->rows != of_b.spectrum->rows ||
        of_a->spectrum->columns != of_b.spectrum->columns) {
      continue;
    }
    const double norm_a = Norm(of_a->singular), norm_b = Norm(of_b.singular);
    double squares = 0;
    for (std::size_t i = 0; i < of_b.singular.size(); ++i) {
      const double difference = of_a->singular[i] / norm_a - of_b.singular[i] / norm_b;
      squares += difference * difference;
    }
    sum += std::sqrt(squares);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace modelkin
