#include "basis/layer_basis.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestSums = 8;
constexpr std::uint64_t kSumValuesAtOnce = std::uint64_t{1} << 18;

// Layer (-1 for none) and pattern: experts of a layer are of one.
using SumKey = std::pair<std::int64_t, std::string>;
using PartsOfSums = std::map<SumKey, std::vector<const Part*>>;

// For each residual coordinate.
struct CoordinateSums {
  std::vector<double> sums, squares;
  bool finite = true;
};

PartsOfSums PartsByRole(const ModelParts& model) {
  PartsOfSums parts;
  for (const Part& part : model.parts) {
    if (!part.residual_axis() || part.tensor->shape.size() != 2) continue;
    const std::int64_t layer = part.layer ? static_cast<std::int64_t>(*part.layer) : -1;
    parts[{layer, part.pattern}].push_back(&part);
  }
  return parts;
}

void AddPart(const ModelParts& model, const Part& part, CoordinateSums& result) {
  const std::size_t width = *model.residual;
  const UnitReader reader(model.checkpoint, *part.tensor, *part.residual_axis());
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kSumValuesAtOnce / width);
  std::vector<float> values;
  for (std::uint64_t p = 0; p < reader.lengths().positions();) {
    const std::uint64_t count = std::min(at_once, reader.CountFrom(p));
    result.finite = reader.Read(p, count, values) && result.finite;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t j = reader.positions_are_rows() ? i % width : i / count;
      result.sums[j] += values[i];
      result.squares[j] += static_cast<double>(values[i]) * values[i];
    }
    p += count;
  }
  reader.RequireNothingLost();
}

std::vector<CoordinateSums> SumsOf(const ModelParts& model,
                                   const std::vector<std::vector<const Part*>>& groups,
                                   unsigned threads) {
  const std::size_t width = *model.residual;
  std::vector<CoordinateSums> sums(groups.size());
  ParallelFor(threads, groups.size(), [&](std::size_t i, unsigned) {
    sums[i] = {.sums = std::vector<double>(width, 0), .squares = std::vector<double>(width, 0)};
    for (const Part* const part : groups[i]) AddPart(model, *part, sums[i]);
  });
  return sums;
}

// Rows of coordinates, each of norm 1 or 0.
struct Profiles {
  std::vector<float> signed_sums, sizes;
  std::size_t coordinates = 0, columns = 0;
};

void ScaleProfile(float* row, std::size_t columns) {
  double squares = 0;
  for (std::size_t k = 0; k < columns; ++k) squares += static_cast<double>(row[k]) * row[k];
  const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
  for (std::size_t k = 0; k < columns; ++k) row[k] = static_cast<float>(row[k] * scale);
}

// Logarithms of sums of squares, centred and scaled over coordinates; 0 where there are no weights.
std::vector<double> StandardSizes(const std::vector<double>& squares) {
  std::vector<double> sizes(squares.size(), 0);
  double count = 0, mean = 0, variance = 0;
  for (const double square : squares) {
    if (!(square > 0)) continue;
    mean += std::log(square);
    ++count;
  }
  if (count < 2) return sizes;
  mean /= count;
  for (std::size_t j = 0; j < squares.size(); ++j) {
    if (!(squares[j] > 0)) continue;
    sizes[j] = std::log(squares[j]) - mean;
    variance += sizes[j] * sizes[j] / count;
  }
  if (!(variance > 0)) return std::vector<double>(squares.size(), 0);
  for (double& size : sizes) size /= std::sqrt(variance);
  return sizes;
}

// The direction of sums that most coordinates have in common, be it with either sign: what the mean
// of the residual stream leaves in all layers, of strangers too. By 64 steps of the power method.
std::vector<double> CommonDirection(const Profiles& a, const Profiles& b) {
  std::vector<double> direction(a.columns, 1 / std::sqrt(static_cast<double>(a.columns)));
  for (int step = 0; step < 64; ++step) {
    std::vector<double> next(a.columns, 0);
    for (const Profiles* const model : {&a, &b}) {
      for (std::size_t j = 0; j < model->coordinates; ++j) {
        const float* const row = model->signed_sums.data() + j * a.columns;
        const double along = std::inner_product(row, row + a.columns, direction.begin(), 0.0);
        for (std::size_t k = 0; k < a.columns; ++k) next[k] += along * row[k];
      }
    }
    const double norm = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    if (!(norm > 0)) return next;
    for (double& value : next) value /= norm;
    direction = std::move(next);
  }
  return direction;
}

void TakeAway(const std::vector<double>& direction, Profiles& profiles) {
  const std::size_t columns = profiles.columns;
  for (std::size_t j = 0; j < profiles.coordinates; ++j) {
    float* const row = profiles.signed_sums.data() + j * columns;
    const double along = std::inner_product(row, row + columns, direction.begin(), 0.0);
    for (std::size_t k = 0; k < columns; ++k) {
      row[k] = static_cast<float>(row[k] - along * direction[k]);
    }
    ScaleProfile(row, columns);
  }
}

// Sums over the roots of their squares, to a root mean square of 1 over coordinates: else tensors
// whose rows have a mean in common, as embeddings have, would outweigh all others.
std::vector<double> StandardSums(const CoordinateSums& of) {
  std::vector<double> sums(of.sums.size(), 0);
  double squares = 0;
  for (std::size_t j = 0; j < sums.size(); ++j) {
    if (of.squares[j] > 0) sums[j] = of.sums[j] / std::sqrt(of.squares[j]);
    squares += sums[j] * sums[j];
  }
  const double scale = squares > 0 ? std::sqrt(static_cast<double>(sums.size()) / squares) : 0;
  for (double& sum : sums) sum *= scale;
  return sums;
}

// Of every second of the sums, from `first` on, or of all.
Profiles ProfilesOf(const std::vector<CoordinateSums>& sums, std::size_t first, std::size_t step) {
  Profiles profiles{.coordinates = sums.front().sums.size()};
  for (std::size_t k = first; k < sums.size(); k += step) ++profiles.columns;
  profiles.signed_sums.assign(profiles.coordinates * profiles.columns, 0);
  profiles.sizes = profiles.signed_sums;
  for (std::size_t column = 0; column < profiles.columns; ++column) {
    const CoordinateSums& own = sums[first + column * step];
    const std::vector<double> sizes = StandardSizes(own.squares), of_sums = StandardSums(own);
    for (std::size_t j = 0; j < profiles.coordinates; ++j) {
      const std::size_t at = j * profiles.columns + column;
      profiles.sizes[at] = static_cast<float>(sizes[j]);
      profiles.signed_sums[at] = static_cast<float>(of_sums[j]);
    }
  }
  for (std::size_t j = 0; j < profiles.coordinates; ++j) {
    ScaleProfile(profiles.signed_sums.data() + j * profiles.columns, profiles.columns);
    ScaleProfile(profiles.sizes.data() + j * profiles.columns, profiles.columns);
  }
  return profiles;
}

struct ProfilePair {
  Profiles a, b;
};

ProfilePair PairOf(const std::vector<CoordinateSums>& a, const std::vector<CoordinateSums>& b,
                   std::size_t first, std::size_t step) {
  ProfilePair pair{.a = ProfilesOf(a, first, step), .b = ProfilesOf(b, first, step)};
  const std::vector<double> common = CommonDirection(pair.a, pair.b);
  TakeAway(common, pair.a);
  TakeAway(common, pair.b);
  return pair;
}

ResidualMap Assign(const Profiles& a, const Profiles& b, unsigned threads) {
  std::vector<float> sums(b.coordinates * a.coordinates, 0), sizes = sums;
  const auto multiply = [&](const std::vector<float>& of_b, const std::vector<float>& of_a,
                            std::vector<float>& out) {
    AddProductTransposed({of_b.data(), b.coordinates, b.columns},
                         {of_a.data(), a.coordinates, a.columns}, threads, out.data());
  };
  multiply(b.signed_sums, a.signed_sums, sums);
  multiply(b.sizes, a.sizes, sizes);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] += std::abs(sums[i]);
  std::vector<std::uint32_t> source =
      MaximumAssignment({sizes.data(), b.coordinates, a.coordinates}, threads).column_of_row;
  std::vector<float> sign(b.coordinates, 1);
  for (std::size_t j = 0; j < b.coordinates; ++j) {
    if (source[j] != kUnassigned && sums[j * a.coordinates + source[j]] < 0) sign[j] = -1;
  }
  return PermutationMap(a.coordinates, std::move(source), std::move(sign));
}

// Of B's coordinates with those they belong to, or `shift` further on.
double MeanCosine(const Profiles& a, const Profiles& b, const ResidualMap& map, std::size_t shift) {
  double sum = 0, count = 0;
  for (std::size_t j = 0; j < b.coordinates; ++j) {
    if (map.source[j] == kNothing) continue;
    const float* const row_a =
        a.signed_sums.data() + (map.source[j] + shift) % a.coordinates * a.columns;
    const float* const row_b = b.signed_sums.data() + j * b.columns;
    for (std::size_t k = 0; k < a.columns; ++k) {
      sum += static_cast<double>(map.sign[j]) * row_a[k] * row_b[k];
    }
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

std::optional<LayerBasis> FitToLayers(const ModelParts& a, const ModelParts& b, unsigned threads) {
  const PartsOfSums parts_a = PartsByRole(a), parts_b = PartsByRole(b);
  std::vector<std::vector<const Part*>> groups_a, groups_b;
  for (const auto& [key, parts] : parts_b) {
    const auto found = parts_a.find(key);
    if (found == parts_a.end()) continue;
    groups_a.push_back(found->second);
    groups_b.push_back(parts);
  }
  if (groups_a.size() < kFewestSums) return std::nullopt;
  std::vector<CoordinateSums> sums_a = SumsOf(a, groups_a, threads),
                              sums_b = SumsOf(b, groups_b, threads);
  for (std::size_t i = sums_a.size(); i-- > 0;) {
    if (sums_a[i].finite && sums_b[i].finite) continue;
    sums_a.erase(sums_a.begin() + static_cast<std::ptrdiff_t>(i));
    sums_b.erase(sums_b.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (sums_a.size() < kFewestSums) return std::nullopt;
  const ProfilePair fitted = PairOf(sums_a, sums_b, 0, 2), held_out = PairOf(sums_a, sums_b, 1, 2);
  const ResidualMap half = Assign(fitted.a, fitted.b, threads);
  const ProfilePair all = PairOf(sums_a, sums_b, 0, 1);
  return LayerBasis{.map = Assign(all.a, all.b, threads),
                    .fitted = fitted.a.columns,
                    .held_out = held_out.a.columns,
                    .cosine = MeanCosine(held_out.a, held_out.b, half, 0),
                    .shuffled_cosine = MeanCosine(held_out.a, held_out.b, half, 1)};
}

}  // namespace modelkin
