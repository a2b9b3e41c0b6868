#include "lineage/head_trace.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "linalg/matrix_product.h"
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

// A row for each of `heads` blocks of rows, not yet scaled.
std::optional<UnitRows> ReadHeads(const ModelParts& model, std::uint32_t layer, Role role,
                                  std::uint64_t heads) {
  const Part* const part = model.FindInLayer(layer, role);
  if (part == nullptr || part->tensor->shape.size() != 2 || part->residual_axis() != 1 ||
      part->tensor->shape[0] % heads != 0 || part->tensor->elements > kMostHeadElements) {
    return std::nullopt;
  }
  UnitRows rows{.units = heads, .columns = part->tensor->elements / heads};
  const UnitReader reader(model.checkpoint, *part->tensor, 1);
  if (!reader.Read(0, part->tensor->shape[0], rows.rows)) return std::nullopt;
  reader.RequireNothingLost();
  return rows;
}

bool AddSimilarities(const ModelParts& a, const ModelParts& b, std::uint32_t layer, Role role,
                     std::uint64_t heads, std::vector<float>& similarities, OrderSketch& order_b) {
  auto in_a = ReadHeads(a, layer, role, heads);
  auto in_b = ReadHeads(b, layer, role, heads);
  if (!in_a || !in_b || in_a->columns != in_b->columns) return false;
  RemoveIdentities(in_a->rows, *a.residual, in_b->rows, *b.residual);
  in_a->Normalise();
  in_b->Normalise();
  order_b = SketchOrder(*in_b);
  similarities.resize(heads * heads, 0);
  AddProductTransposed({in_a->rows.data(), heads, in_a->columns},
                       {in_b->rows.data(), heads, in_b->columns}, 1, similarities.data());
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

}  // namespace

HeadTrace TraceHeads(const ModelParts& a, const ModelParts& b, const MonteCarloOptions& options,
                     Progress& progress) {
  const HeadCounts heads_a = a.heads, heads_b = b.heads;
  HeadTrace trace{.heads = heads_a};
  if (heads_a.query == 0 || heads_a.groups == 0 || heads_a.query % heads_a.groups != 0 ||
      heads_b.query == 0) {
    trace.skipped = "the numbers of heads are not known";
    return trace;
  }
  if (heads_a.query > kMostHeads) {
    trace.skipped = "more than 4,096 heads";
    return trace;
  }
  if (heads_a.query != heads_b.query || heads_a.groups != heads_b.groups ||
      a.residual != b.residual) {
    trace.skipped = "heads differ in number or in size";
    return trace;
  }
  std::vector<HeadSimilarities> layers;
  std::vector<OrderSketch> orders;  // of B's query heads
  for (const std::uint32_t number : a.layers) {
    HeadSimilarities layer;
    OrderSketch order_k, order_v, order_q;
    if (AddSimilarities(a, b, number, Role::kKey, heads_a.groups, layer.group, order_k) &&
        AddSimilarities(a, b, number, Role::kValue, heads_a.groups, layer.group, order_v) &&
        AddSimilarities(a, b, number, Role::kQuery, heads_a.query, layer.query, order_q)) {
      layers.push_back(std::move(layer));
      orders.push_back(std::move(order_q));
    }
    progress.Advance(0);
  }
  KeepFirstOfEachOrder(orders, options.threads, layers);
  if (layers.empty()) {
    trace.skipped = "no layer has query, key and value weights of the same shape in both";
    return trace;
  }
  const HeadArrangements arrangements(std::move(layers), heads_a);
  trace.layers = arrangements.layers();
  trace.log_arrangements = arrangements.log_count();
  if (trace.log_arrangements < std::log(kFewestArrangements)) {
    trace.skipped = fmt::format("too few heads: all of them have {:.0f} orders",
                                std::exp(trace.log_arrangements));
    return trace;
  }
  trace.statistic = arrangements.InPlace();
  trace.mean_cosine = trace.statistic / static_cast<double>(trace.layers) /
                      static_cast<double>(heads_a.query + 2 * heads_a.groups);
  trace.tail = arrangements.Tail(options);
  return trace;
}

}  // namespace modelkin
