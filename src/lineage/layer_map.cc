#include "lineage/layer_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "lineage/attending_layers.h"
#include "lineage/attention_sums.h"
#include "lineage/residual_trace.h"
#include "lineage/unit_matrix.h"
#include "statistics/log_tail.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kPositionsOfARole = 64;
// Where not all is taken: at most, and as many values of both models.
constexpr std::uint64_t kDrawnPositions = 16, kFewestDrawnPositions = 4;
constexpr std::uint64_t kMostDrawnValues = std::uint64_t{1} << 26;
// Of a layer that are multiplied at once.
constexpr std::size_t kLayerValuesAtOnce = std::size_t{1} << 14;
constexpr double kLogLevel = -13.815510557964274;  // of 1e-6
// What a path pays for not going on to the next layer, in units of z: less than any cell is worth.
constexpr double kJump = 3;

constexpr std::size_t kMostLayers = 2048;

constexpr std::array<Role, 8> kRoles = {
    Role::kQuery,         Role::kKey,     Role::kValue,      Role::kAttentionOutput,
    Role::kAttentionNorm, Role::kMlpNorm, Role::kMixerInput, Role::kMixerOutput};
// Of a layer that attends.
constexpr std::size_t kRolesOfAttention = 6;

using PartsByLayer = std::map<std::pair<Role, std::uint32_t>, const Part*>;

PartsByLayer PartsOfLayers(const ModelParts& model, bool quick) {
  PartsByLayer parts;
  for (const Part& part : model.parts) {
    const auto* role = std::ranges::find(kRoles, part.role);
    if (role == kRoles.end() || part.is_bias || part.component != Component::kText || !part.layer ||
        !part.residual_axis() || (quick && part.role == Role::kAttentionOutput)) {
      continue;
    }
    parts.emplace(std::pair(*role, *part.layer), &part);
  }
  return parts;
}

// How many positions of each role all layers of both models have.
std::array<std::uint64_t, kRoles.size()> CommonPositions(const PartsByLayer& a,
                                                         const PartsByLayer& b) {
  std::array<std::uint64_t, kRoles.size()> common;
  common.fill(0);
  for (std::size_t role = 0; role < kRoles.size(); ++role) {
    std::uint64_t fewest = UINT64_MAX;
    for (const PartsByLayer* parts : {&a, &b}) {
      bool any = false;
      for (const auto& [key, part] : *parts) {
        if (key.first != kRoles[role]) continue;
        fewest = std::min(fewest,
                          LengthsAround(part->tensor->shape, *part->residual_axis()).positions());
        any = true;
      }
      if (!any) fewest = 0;
    }
    common[role] = fewest;
  }
  return common;
}

// A layer's rows over residual coordinates, each role's centred over coordinates and scaled to a
// norm of 1, and their products with each other. Roles that it lacks are rows of zeros.
struct LayerRows {
  std::vector<float> rows, products;
  std::size_t count = 0;
};

// Centres each row and scales all to a norm of 1; zeros if that can't be.
void Normalise(float* rows, std::size_t count, std::size_t units) {
  double squares = 0;
  for (std::size_t row = 0; row < count; ++row) {
    float* const values = rows + row * units;
    double sum = 0;
    for (std::size_t i = 0; i < units; ++i) sum += values[i];
    const double mean = sum / static_cast<double>(units);
    for (std::size_t i = 0; i < units; ++i) {
      values[i] = static_cast<float>(values[i] - mean);
      squares += static_cast<double>(values[i]) * values[i];
    }
  }
  const double scale = 1 / std::sqrt(squares);
  const bool usable = std::isfinite(scale) && squares > 0;
  for (std::size_t i = 0; i < count * units; ++i) {
    rows[i] = usable ? static_cast<float>(rows[i] * scale) : 0.0F;
  }
}

// What is taken of each layer.
struct LayerDraw {
  std::array<std::uint64_t, kRoles.size()> positions;  // that all layers have
  std::uint64_t most = kPositionsOfARole;              // of them, of each role
  bool one_run = false;                                // of positions that lie apart in every row
  HeadCounts heads;
  DrawPlan plan;
  std::uint64_t seed = 0;
};

// Zeros where a layer has no such attention, or where it is not `taken`; nothing without `heads`.
void AddAttention(const ModelParts& model, std::uint32_t layer, HeadCounts heads, bool taken,
                  std::size_t units, LayerRows& result) {
  if (heads.query == 0) return;
  std::vector<float> sums;
  if (taken && model.HasHeads(layer)) sums = AttentionSums(model, layer, heads);
  sums.resize(kAttentionSums * units, 0);
  for (std::size_t i = 0; i < kAttentionSums; ++i) Normalise(sums.data() + i * units, 1, units);
  result.rows.insert(result.rows.end(), sums.begin(), sums.end());
  result.count += kAttentionSums;
}

// Spread evenly; one run, where it moves less.
std::vector<PlaceRun> RunsOfPositions(const UnitReader& reader, std::uint64_t positions,
                                      std::uint64_t count, const LayerDraw& draw) {
  if (draw.plan.run_bytes > 1 && reader.positions_are_rows()) {
    return DrawRuns(draw.seed, "rows of a weight of a layer", positions, count, count);
  }
  std::vector<PlaceRun> runs;
  runs.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) runs.push_back({i * positions / count, 1});
  return runs;
}

// Fills `rows` with `count` of `positions` positions. Returns whether all are finite.
bool ReadPositions(const UnitReader& reader, std::uint64_t positions, std::uint64_t count,
                   const LayerDraw& draw, float* rows) {
  const std::uint64_t units = reader.lengths().units;
  std::vector<float> values;
  if (draw.one_run && !reader.positions_are_rows()) {
    const std::uint64_t first =
        DrawRuns(draw.seed, "columns of a weight of a layer", positions, count, count)
            .front()
            .first;
    if (reader.CountFrom(first) >= count) {
      const bool finite = reader.Read(first, count, values);
      for (std::uint64_t unit = 0; unit < units; ++unit) {
        for (std::uint64_t i = 0; i < count; ++i) rows[i * units + unit] = values[unit * count + i];
      }
      return finite;
    }
  }
  bool finite = true;
  for (const PlaceRun& run : RunsOfPositions(reader, positions, count, draw)) {
    finite = reader.Read(run.first, run.count, values) && finite;
    rows = std::ranges::copy(values, rows).out;
  }
  return finite;
}

LayerRows ReadLayer(const ModelParts& model, const PartsByLayer& parts, std::uint32_t layer,
                    const LayerDraw& draw, bool whole) {
  const std::size_t units = *model.residual;
  LayerRows result;
  for (std::size_t role = 0; role < kRoles.size(); ++role) {
    const std::uint64_t count = std::min(draw.positions[role], draw.most);
    const std::size_t first = result.rows.size();
    result.rows.resize(first + count * units, 0);
    result.count += count;
    const auto found = parts.find({kRoles[role], layer});
    if (found == parts.end() || count == 0) continue;
    const Part& part = *found->second;
    const UnitReader reader(model.checkpoint, *part.tensor, *part.residual_axis());
    // A run of columns costs a page of every row, all of a weight in the end.
    if (draw.one_run && !whole && !reader.positions_are_rows()) continue;
    float* const rows = result.rows.data() + first;
    const bool finite = ReadPositions(reader, draw.positions[role], count, draw, rows);
    reader.RequireNothingLost();
    if (finite) {
      Normalise(rows, count, units);
    } else {
      std::fill(rows, rows + count * units, 0.0F);
    }
  }
  AddAttention(model, layer, draw.heads, whole, units, result);
  result.products.assign(result.count * result.count, 0);
  const MatrixView rows{result.rows.data(), result.count, units};
  AddProductTransposed(rows, rows, 1, result.products.data());
  return result;
}

std::vector<LayerRows> ReadLayers(const ModelParts& model, const PartsByLayer& parts,
                                  const std::vector<std::uint32_t>& layers, const LayerDraw& draw,
                                  unsigned threads, Progress& progress) {
  std::vector<LayerRows> rows(layers.size());
  std::vector<char> whole(layers.size(), 0);
  const auto drawn = LayersReadWhole(model, layers, draw.plan, draw.seed);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    whole[i] = std::ranges::find(drawn, layers[i]) != drawn.end() ? 1 : 0;
  }
  ParallelFor(threads, layers.size(), [&](std::size_t i, unsigned) {
    rows[i] = ReadLayer(model, parts, layers[i], draw, whole[i] != 0);
    progress.Advance(1);
  });
  return rows;
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// tr(K) over its standard deviation, where K = transpose(rows of a) rows of b is never formed:
// |K|^2 = <a a^T, b b^T>, and centred rows make its row and column means 0.
double TraceZ(double trace, double squares, std::size_t units) {
  if (!(squares > 0)) return std::numeric_limits<double>::quiet_NaN();
  return trace / std::sqrt(squares / static_cast<double>(units - 1));
}

void FillCells(const std::vector<LayerRows>& a, const std::vector<LayerRows>& b, std::size_t units,
               unsigned threads, LayerMap& map) {
  ParallelFor(threads, map.z.size(), [&](std::size_t cell, unsigned) {
    const LayerRows& of_a = a[cell / b.size()];
    const LayerRows& of_b = b[cell % b.size()];
    map.z[cell] = TraceZ(Dot(of_a.rows, of_b.rows), Dot(of_a.products, of_b.products), units);
  });
}

using LayerValues = std::vector<float> LayerRows::*;

// Values [begin, begin + count) of each layer, one after the other.
std::vector<float> Pack(const std::vector<LayerRows>& layers, LayerValues values, std::size_t begin,
                        std::size_t count) {
  std::vector<float> packed(layers.size() * count);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::copy_n((layers[i].*values).data() + begin, count, packed.data() + i * count);
  }
  return packed;
}

// Inner products of all layers of A with all of B, a matrix product.
std::vector<float> ProductsOfLayers(const std::vector<LayerRows>& a,
                                    const std::vector<LayerRows>& b, LayerValues values,
                                    unsigned threads) {
  std::vector<float> products(a.size() * b.size(), 0);
  const std::size_t all = (a.front().*values).size();
  for (std::size_t begin = 0; begin < all; begin += kLayerValuesAtOnce) {
    const std::size_t count = std::min(kLayerValuesAtOnce, all - begin);
    const std::vector<float> of_a = Pack(a, values, begin, count);
    const std::vector<float> of_b = Pack(b, values, begin, count);
    AddProductTransposed({of_a.data(), a.size(), count}, {of_b.data(), b.size(), count}, threads,
                         products.data());
  }
  return products;
}

// As FillCells, with sums in float.
void FillCellsTogether(const std::vector<LayerRows>& a, const std::vector<LayerRows>& b,
                       std::size_t units, unsigned threads, LayerMap& map) {
  const std::vector<float> traces = ProductsOfLayers(a, b, &LayerRows::rows, threads);
  const std::vector<float> squares = ProductsOfLayers(a, b, &LayerRows::products, threads);
  for (std::size_t i = 0; i < map.z.size(); ++i) map.z[i] = TraceZ(traces[i], squares[i], units);
}

std::vector<std::uint32_t> LayersWithParts(const PartsByLayer& parts) {
  std::set<std::uint32_t> layers;
  for (const auto& [key, part] : parts) layers.insert(key.second);
  return {layers.begin(), layers.end()};
}

// Viterbi over B's layers: the state is a layer of A, or none. Cells under the threshold are worth
// nothing; going on to A's next layer is free, all else costs kJump.
void FindPath(LayerMap& map) {
  const std::size_t none = map.layers_a.size();
  std::vector<double> best(none + 1, 0);
  std::vector<std::vector<std::size_t>> from;
  for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
    const std::size_t top = static_cast<std::size_t>(std::ranges::max_element(best) - best.begin());
    std::vector<double> now(none + 1);
    from.emplace_back(none + 1);
    for (std::size_t a = 0; a <= none; ++a) {
      const bool follows = a > 0 && a < none && best[a - 1] >= best[top] - kJump;
      const double jump = b == 0 || a == none ? 0 : kJump;
      const bool open = a < none && map.At(a, b) > map.threshold;  // false for NaN
      from[b][a] = follows ? a - 1 : top;
      now[a] = (follows ? best[a - 1] : best[top] - jump) + (open ? map.At(a, b) : 0);
      if (a < none && !open) now[a] = -std::numeric_limits<double>::infinity();
    }
    best = std::move(now);
  }
  map.source.assign(map.layers_b.size(), std::nullopt);
  std::size_t state = static_cast<std::size_t>(std::ranges::max_element(best) - best.begin());
  for (std::size_t b = map.layers_b.size(); b-- > 0;) {
    if (state != none) map.source[b] = state;
    state = from[b][state];
  }
}

// The z that a normal variable exceeds once in 1e6 / `cells` times.
double Threshold(std::size_t cells) {
  const double level = kLogLevel - std::log(static_cast<double>(cells));
  double low = 0, high = 100;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (LogNormalTail(middle) > level ? low : high) = middle;
  }
  return high;
}

// Where only one model's are known, they are taken for the other's.
HeadCounts CommonHeads(const ModelParts& a, const ModelParts& b) {
  if (a.heads.query == 0) return b.heads;
  const bool same = a.heads.query == b.heads.query && a.heads.groups == b.heads.groups;
  return same || b.heads.query == 0 ? a.heads : HeadCounts{};
}

LayerDraw DrawOf(const DrawPlan& plan, std::uint64_t seed, std::size_t layers, std::size_t units,
                 std::size_t roles) {
  LayerDraw draw{.plan = plan, .seed = seed};
  if (plan.is_all()) return draw;
  const std::uint64_t fit =
      kMostDrawnValues / (layers * units * std::max(roles, kRolesOfAttention));
  draw.most = std::clamp(fit, kFewestDrawnPositions, kDrawnPositions);
  draw.one_run = true;
  return draw;
}

}  // namespace

std::size_t LayerMap::linked() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(source, [](const auto& layer) { return layer.has_value(); }));
}

LayerMap MapLayers(const ModelParts& a, const ModelParts& b, bool quick, unsigned threads,
                   Progress& progress, const DrawPlan& plan, std::uint64_t seed) {
  LayerMap map;
  if (!a.residual || a.residual != b.residual) return map;
  if (std::max(a.layers.size(), b.layers.size()) > kMostLayers) return map;
  if (*a.residual > kWidestResidual) return map;
  const PartsByLayer parts_a = PartsOfLayers(a, quick);
  const PartsByLayer parts_b = PartsOfLayers(b, quick);
  const auto positions = CommonPositions(parts_a, parts_b);
  if (std::ranges::all_of(positions, [](std::uint64_t count) { return count == 0; })) return map;
  map.layers_a = LayersWithParts(parts_a);
  map.layers_b = LayersWithParts(parts_b);
  const auto roles = static_cast<std::size_t>(
      std::ranges::count_if(positions, [](std::uint64_t count) { return count > 0; }));
  LayerDraw draw =
      DrawOf(plan, seed, map.layers_a.size() + map.layers_b.size(), *a.residual, roles);
  draw.positions = positions;
  draw.heads = quick ? HeadCounts{} : CommonHeads(a, b);
  progress.BeginCount("layers", map.layers_a.size() + map.layers_b.size(), "layers");
  const auto rows_a = ReadLayers(a, parts_a, map.layers_a, draw, threads, progress);
  const auto rows_b = ReadLayers(b, parts_b, map.layers_b, draw, threads, progress);
  map.z.resize(rows_a.size() * rows_b.size());
  (plan.is_all() ? FillCells : FillCellsTogether)(rows_a, rows_b, *a.residual, threads, map);
  map.threshold = Threshold(map.z.size());
  FindPath(map);
  return map;
}

}  // namespace modelkin
