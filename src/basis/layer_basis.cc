#include "basis/layer_basis.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/attending_layers.h"
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

using WantedPart = std::function<bool(const Part&)>;

PartsOfSums PartsByRole(const ModelParts& model, const WantedPart& wanted) {
  PartsOfSums parts;
  for (const Part& part : model.parts) {
    if (!wanted(part) || !part.residual_axis() || part.tensor->shape.size() != 2) continue;
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
    const bool rows = reader.positions_are_rows();
    const std::size_t length = rows ? width : count;
    for (std::size_t row = 0; row < values.size() / length; ++row) {
      for (std::size_t k = 0; k < length; ++k) {
        const float value = values[row * length + k];
        result.sums[rows ? k : row] += value;
        result.squares[rows ? k : row] += static_cast<double>(value) * value;
      }
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

// Sums of the roles that both have, if they are finite.
struct SumPairs {
  std::vector<CoordinateSums> a, b;
};

std::size_t CommonRoles(const ModelParts& a, const ModelParts& b, const WantedPart& wanted) {
  const PartsOfSums parts_a = PartsByRole(a, wanted), parts_b = PartsByRole(b, wanted);
  return static_cast<std::size_t>(std::ranges::count_if(
      parts_b, [&](const auto& entry) { return parts_a.contains(entry.first); }));
}

std::optional<SumPairs> SumsOfBoth(const ModelParts& a, const ModelParts& b,
                                   const WantedPart& wanted, unsigned threads) {
  const PartsOfSums parts_a = PartsByRole(a, wanted), parts_b = PartsByRole(b, wanted);
  std::vector<std::vector<const Part*>> groups_a, groups_b;
  for (const auto& [key, parts] : parts_b) {
    const auto found = parts_a.find(key);
    if (found == parts_a.end()) continue;
    groups_a.push_back(found->second);
    groups_b.push_back(parts);
  }
  if (groups_a.size() < kFewestSums) return std::nullopt;
  SumPairs sums{SumsOf(a, groups_a, threads), SumsOf(b, groups_b, threads)};
  for (std::size_t i = sums.a.size(); i-- > 0;) {
    if (sums.a[i].finite && sums.b[i].finite) continue;
    sums.a.erase(sums.a.begin() + static_cast<std::ptrdiff_t>(i));
    sums.b.erase(sums.b.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (sums.a.size() < kFewestSums) return std::nullopt;
  return sums;
}

// For each of B's coordinates the one of A that is most like it, the first of equals.
ResidualMap Nearest(const Profiles& a, const Profiles& b, unsigned threads) {
  constexpr std::size_t kCoordinatesAtOnce = 256;
  std::vector<std::uint32_t> source(b.coordinates, 0);
  std::vector<float> sign(b.coordinates, 1);
  const std::size_t blocks = (b.coordinates + kCoordinatesAtOnce - 1) / kCoordinatesAtOnce;
  ParallelFor(threads, blocks, [&](std::size_t block, unsigned) {
    const std::size_t first = block * kCoordinatesAtOnce;
    const std::size_t here = std::min(kCoordinatesAtOnce, b.coordinates - first);
    std::vector<float> sums(here * a.coordinates, 0), sizes = sums;
    AddProductTransposed({b.signed_sums.data() + first * b.columns, here, b.columns},
                         {a.signed_sums.data(), a.coordinates, a.columns}, 1, sums.data());
    AddProductTransposed({b.sizes.data() + first * b.columns, here, b.columns},
                         {a.sizes.data(), a.coordinates, a.columns}, 1, sizes.data());
    for (std::size_t i = 0; i < here; ++i) {
      const std::size_t row = i * a.coordinates;
      const auto score = [&](std::size_t j) { return std::abs(sums[row + j]) + sizes[row + j]; };
      std::size_t best = 0;
      for (std::size_t j = 1; j < a.coordinates; ++j) best = score(j) > score(best) ? j : best;
      source[first + i] = static_cast<std::uint32_t>(best);
      sign[first + i] = sums[row + best] < 0 ? -1.0F : 1.0F;
    }
  });
  return PermutationMap(a.coordinates, std::move(source), std::move(sign));
}

}  // namespace

std::optional<LayerBasis> FitToLayers(const ModelParts& a, const ModelParts& b, unsigned threads) {
  const auto sums = SumsOfBoth(
      a, b, [](const Part&) { return true; }, threads);
  if (!sums) return std::nullopt;
  const ProfilePair fitted = PairOf(sums->a, sums->b, 0, 2),
                    held_out = PairOf(sums->a, sums->b, 1, 2);
  const ResidualMap half = Assign(fitted.a, fitted.b, threads);
  const ProfilePair all = PairOf(sums->a, sums->b, 0, 1);
  return LayerBasis{.map = Assign(all.a, all.b, threads),
                    .fitted = fitted.a.columns,
                    .held_out = held_out.a.columns,
                    .cosine = MeanCosine(held_out.a, held_out.b, half, 0),
                    .shuffled_cosine = MeanCosine(held_out.a, held_out.b, half, 1)};
}

std::optional<LayerCosines> CompareFewLayers(const ModelParts& a, const ModelParts& b,
                                             const DrawPlan& plan, std::uint64_t seed,
                                             unsigned threads) {
  const auto whole = LayersReadWhole(b, b.layers, plan, seed);
  const std::set<std::uint32_t> drawn(whole.begin(), whole.end());
  const auto in_drawn = [&](const Part& part) { return part.layer && drawn.contains(*part.layer); };
  const auto of_attention = [&](const Part& part) {
    return in_drawn(part) && IsSelfAttention(part.role);
  };
  const bool enough = CommonRoles(a, b, of_attention) >= kFewestSums;
  const auto sums =
      SumsOfBoth(a, b, enough ? WantedPart(of_attention) : WantedPart(in_drawn), threads);
  if (!sums) return std::nullopt;
  const ProfilePair fitted = PairOf(sums->a, sums->b, 0, 2),
                    held_out = PairOf(sums->a, sums->b, 1, 2);
  const ResidualMap map = Nearest(fitted.a, fitted.b, threads);
  return LayerCosines{.sums = sums->a.size(),
                      .held_out = MeanCosine(held_out.a, held_out.b, map, 0),
                      .shuffled = MeanCosine(held_out.a, held_out.b, map, 1)};
}

}  // namespace modelkin
