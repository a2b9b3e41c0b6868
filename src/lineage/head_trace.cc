#include "lineage/head_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "linalg/matrix_product.h"
#include "lineage/attending_layers.h"
#include "lineage/diagonal_mean.h"
#include "lineage/order_strata.h"
#include "lineage/unit_matrix.h"
#include "lineage/unit_relations.h"

namespace modelkin {
namespace {

// With fewer orders than this no order is rare enough to be strong evidence.
constexpr double kFewestArrangements = 1e8;
constexpr std::uint64_t kMostHeads = 4096;
constexpr std::uint64_t kMostHeadElements = std::uint64_t{1} << 29;

// Where not all is taken, this share of each head's rows.
constexpr std::uint64_t kDrawnShare = 16;

// What is read of heads, and their number in a tensor.
struct HeadDraw {
  std::uint64_t heads;
  bool all;
  std::uint64_t seed;
};

// A row for each head, not yet scaled, and which rows of the tensor those are made of.
struct HeadRows {
  UnitRows units;
  std::vector<std::uint64_t> stored;
};

// The same places inside of every head, so that no order of heads changes what is read.
std::vector<PlaceRun> RunsOfHeads(Role role, std::uint64_t rows, const HeadDraw& draw) {
  const std::uint64_t size = rows / draw.heads, count = draw.all ? size : size / kDrawnShare;
  if (count >= size) return {{0, rows}};
  const std::string what = fmt::format("rows of heads of role {}", static_cast<int>(role));
  const auto inside = DrawRuns(draw.seed, what, size, std::max<std::uint64_t>(count, 1));
  std::vector<PlaceRun> runs;
  runs.reserve(draw.heads * inside.size());
  for (std::uint64_t head = 0; head < draw.heads; ++head) {
    for (const PlaceRun& run : inside) runs.push_back({head * size + run.first, run.count});
  }
  return runs;
}

std::optional<HeadRows> ReadHeads(const ModelParts& model, std::uint32_t layer, Role role,
                                  const HeadDraw& draw) {
  const Part* const part = model.FindInLayer(layer, role);
  if (part == nullptr || part->tensor->shape.size() != 2 || part->residual_axis() != 1 ||
      part->tensor->shape[0] % draw.heads != 0 || part->tensor->elements > kMostHeadElements) {
    return std::nullopt;
  }
  HeadRows rows{.units = {.units = draw.heads}, .stored = {}};
  const UnitReader reader(model.checkpoint, *part->tensor, 1);
  std::vector<float> values;
  for (const PlaceRun& run : RunsOfHeads(role, part->tensor->shape[0], draw)) {
    if (!reader.Read(run.first, run.count, values)) return std::nullopt;
    if (rows.units.rows.empty()) {
      rows.units.rows = std::move(values);
    } else {
      rows.units.rows.insert(rows.units.rows.end(), values.begin(), values.end());
    }
    for (std::uint64_t i = 0; i < run.count; ++i) rows.stored.push_back(run.first + i);
  }
  reader.RequireNothingLost();
  rows.units.columns = rows.units.rows.size() / draw.heads;
  return rows;
}

// As DiagonalOf, of some rows.
DiagonalMean DiagonalOfHeads(const HeadRows& heads, std::size_t width) {
  DiagonalMean diagonal{.values = heads.units.rows.size()};
  for (const float value : heads.units.rows) {
    diagonal.squares += static_cast<double>(value) * value;
  }
  for (std::size_t i = 0; i < heads.stored.size() && heads.stored[i] < width; ++i) {
    diagonal.sum += heads.units.rows[i * width + heads.stored[i]];
    ++diagonal.count;
  }
  return diagonal;
}

// As RemoveIdentities, of some rows of matrices of `width` columns.
void RemoveIdentitiesOfHeads(HeadRows& a, HeadRows& b, std::size_t width) {
  if (!AreIdentityLike(DiagonalOfHeads(a, width), DiagonalOfHeads(b, width))) return;
  for (HeadRows* const side : {&a, &b}) {
    for (std::size_t i = 0; i < side->stored.size(); ++i) {
      side->units.rows[i * width + side->stored[i] % width] = 0;
    }
  }
}

bool AddSimilarities(const ModelParts& a, const ModelParts& b, std::uint32_t layer, Role role,
                     const HeadDraw& draw, std::vector<float>& similarities, OrderSketch& order_b) {
  auto in_a = ReadHeads(a, layer, role, draw);
  auto in_b = ReadHeads(b, layer, role, draw);
  if (!in_a || !in_b || in_a->units.columns != in_b->units.columns) return false;
  RemoveIdentitiesOfHeads(*in_a, *in_b, *a.residual);
  UnitRows& of_a = in_a->units;
  UnitRows& of_b = in_b->units;
  of_a.Normalise();
  of_b.Normalise();
  order_b = SketchOrder(of_b);
  similarities.resize(draw.heads * draw.heads, 0);
  AddProductTransposed({of_a.rows.data(), draw.heads, of_a.columns},
                       {of_b.rows.data(), draw.heads, of_b.columns}, 1, similarities.data());
  return true;
}

// Layers of B that repeat have one order of heads, which counts once.
void KeepFirstOfEachOrder(const std::vector<OrderSketch>& orders, unsigned threads,
                          std::vector<HeadSimilarities>& layers) {
  std::vector<const OrderSketch*> pointers;
  pointers.reserve(orders.size());
  for (const OrderSketch& order : orders) pointers.push_back(&order);
  const std::vector<std::size_t> first = OrderStrata(pointers, threads);
  std::vector<HeadSimilarities> kept;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (first[i] == i) kept.push_back(std::move(layers[i]));
  }
  layers = std::move(kept);
}

// Where blocks move, those whose attention is read anyway.
std::vector<std::uint32_t> LayersOfHeads(const ModelParts& a, const DrawPlan& plan,
                                         std::uint64_t seed) {
  if (plan.run_bytes == 1) return a.layers;
  return LayersReadWhole(a, a.layers, plan, seed);
}

}  // namespace

HeadTrace TraceHeads(const ModelParts& a, const ModelParts& b, const MonteCarloOptions& options,
                     Progress& progress, const DrawPlan& plan) {
  const HeadCounts heads_a = a.heads, heads_b = b.heads;
  HeadTrace trace{.heads = heads_a};
  if (heads_a.query == 0 || heads_a.groups == 0 || heads_a.query % heads_a.groups != 0 ||
      heads_b.query == 0) {
    trace.skipped = SkipReason::kUnknownHeads;
    return trace;
  }
  if (heads_a.query > kMostHeads) {
    trace.skipped = SkipReason::kTooManyHeads;
    return trace;
  }
  if (heads_a.query != heads_b.query || heads_a.groups != heads_b.groups ||
      a.residual != b.residual) {
    trace.skipped = SkipReason::kHeadsDiffer;
    return trace;
  }
  std::vector<HeadSimilarities> layers;
  std::vector<OrderSketch> orders;  // of B's query heads
  const HeadDraw groups{heads_a.groups, plan.is_all(), options.seed};
  const HeadDraw queries{heads_a.query, plan.is_all(), options.seed};
  const std::vector<std::uint32_t> numbers = LayersOfHeads(a, plan, options.seed);
  progress.BeginCount("heads", std::max<std::size_t>(1, numbers.size()), "layers");
  for (const std::uint32_t number : numbers) {
    HeadSimilarities layer;
    OrderSketch order_k, order_v, order_q;
    if (a.HasHeads(number) && b.HasHeads(number) &&
        AddSimilarities(a, b, number, Role::kKey, groups, layer.group, order_k) &&
        AddSimilarities(a, b, number, Role::kValue, groups, layer.group, order_v) &&
        AddSimilarities(a, b, number, Role::kQuery, queries, layer.query, order_q)) {
      layers.push_back(std::move(layer));
      orders.push_back(std::move(order_q));
    }
    progress.Advance(1);
  }
  KeepFirstOfEachOrder(orders, options.threads, layers);
  if (layers.empty()) {
    trace.skipped = SkipReason::kNoHeadWeights;
    return trace;
  }
  const HeadArrangements arrangements(std::move(layers), heads_a);
  trace.layers = arrangements.layers();
  trace.log_arrangements = arrangements.log_count();
  if (trace.log_arrangements < std::log(kFewestArrangements)) {
    trace.skipped = {SkipReason::kTooFewHeads,
                     static_cast<std::uint64_t>(std::llround(std::exp(trace.log_arrangements)))};
    return trace;
  }
  trace.statistic = arrangements.InPlace();
  const double cosines =
      static_cast<double>(trace.layers) * static_cast<double>(heads_a.query + 2 * heads_a.groups);
  trace.mean_cosine = trace.statistic / cosines;
  trace.cosine_by_chance = arrangements.Mean() / cosines;
  trace.tail = arrangements.Tail(options);
  return trace;
}

}  // namespace modelkin
