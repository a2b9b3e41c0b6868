#include "basis/basis_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "base/parallel.h"
#include "basis/span_map.h"
#include "basis/token_rows.h"
#include "linalg/matrix_product.h"
#include "lineage/drawn_matching.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kScreenRows = 512, kFewestScreenRows = 32;
constexpr std::uint64_t kScreenMlps = 4, kScreenUnits = 64, kUnitsAtOnce = 256;
constexpr double kInPlace = 0.9;
// Gains of held-out cosines over shuffled rows: with more there is something, and with less tokens
// tell nothing; between them hidden units are asked.
constexpr double kClearGain = 0.5, kLeastGain = 0.03;
// Of strangers' units in a basis fitted to meaning 1.5 to 2.6 % agree, of relatives under noise as
// large as their weights 5 %, under half of that 85 %.
constexpr double kAgreeingShare = 0.04;
constexpr std::uint64_t kFewestAgreeing = 3;
// Of strangers at most 0.02.
constexpr double kClearLayers = 0.1;

double CosineInPlace(const RowPairs& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.a.size(); ++i) {
    sum += static_cast<double>(rows.a[i]) * rows.b[i];
  }
  return sum / static_cast<double>(rows.count());
}

// Rows of units, of one weight of an MLP; nothing where they don't lie in rows or are not finite.
std::optional<std::vector<float>> ReadUnits(const ModelParts& model, const Part& part,
                                            const std::vector<std::uint32_t>& units) {
  const UnitReader reader(model.checkpoint, *part.tensor, *part.residual_axis());
  std::vector<float> rows, row;
  if (!reader.positions_are_rows()) return std::nullopt;
  for (const std::uint32_t unit : units) {
    if (!reader.Read(unit, 1, row)) return std::nullopt;
    rows.insert(rows.end(), row.begin(), row.end());
  }
  reader.RequireNothingLost();
  return rows;
}

struct NearestUnit {
  double cosine = -1;
  std::uint64_t unit = 0;
};

// For each of `count` rows the unit of A with the largest absolute cosine, the first of equals.
std::vector<NearestUnit> NearestUnits(const ModelParts& a, const Part& part,
                                      const std::vector<float>& rows, std::size_t count,
                                      unsigned threads) {
  const UnitReader reader(a.checkpoint, *part.tensor, *part.residual_axis());
  if (!reader.positions_are_rows()) return {};
  const std::uint64_t units = reader.lengths().positions(), width = reader.lengths().units;
  std::vector<std::vector<NearestUnit>> of_blocks((units + kUnitsAtOnce - 1) / kUnitsAtOnce);
  ParallelFor(threads, of_blocks.size(), [&](std::size_t block, unsigned) {
    const std::uint64_t first = block * kUnitsAtOnce, here = std::min(kUnitsAtOnce, units - first);
    std::vector<float> values, products(here * count, 0);
    reader.Read(first, here, values);
    AddProductTransposed({values.data(), here, width}, {rows.data(), count, width}, 1,
                         products.data());
    of_blocks[block].resize(count);
    for (std::uint64_t i = 0; i < here; ++i) {
      double squares = 0;
      for (std::uint64_t k = 0; k < width; ++k) {
        squares += static_cast<double>(values[i * width + k]) * values[i * width + k];
      }
      if (!(squares > 0) || !std::isfinite(squares)) continue;
      for (std::size_t j = 0; j < count; ++j) {
        const double cosine = std::abs(products[i * count + j]) / std::sqrt(squares);
        if (cosine > of_blocks[block][j].cosine) of_blocks[block][j] = {cosine, first + i};
      }
    }
  });
  reader.RequireNothingLost();
  std::vector<NearestUnit> nearest(count);
  for (const auto& block : of_blocks) {
    for (std::size_t j = 0; j < count; ++j) {
      if (block[j].cosine > nearest[j].cosine) nearest[j] = block[j];
    }
  }
  return nearest;
}

const Mlp* MlpOfName(const ModelParts& model, const std::string& name) {
  const auto found = std::ranges::find(model.mlps, name, &Mlp::name);
  return found == model.mlps.end() || found->gate == nullptr ? nullptr : &*found;
}

// Drawn units of one MLP of B against all of the MLP of A of that name.
void AddAgreement(const ModelParts& a, const ModelParts& b, const Mlp& mlp_b, const SpanMap& map,
                  const std::vector<std::uint32_t>& units, unsigned threads, BasisScreen& screen) {
  const Mlp* const mlp_a = MlpOfName(a, mlp_b.name);
  if (mlp_a == nullptr || mlp_b.gate == nullptr || units.empty()) return;
  std::vector<std::vector<NearestUnit>> nearest;
  for (const auto& [of_a, of_b] : {std::pair(mlp_a->gate, mlp_b.gate), {mlp_a->up, mlp_b.up}}) {
    const auto rows = ReadUnits(b, *of_b, units);
    if (!rows) return;
    const auto back = map.BackToA(*rows, units.size(), threads);
    nearest.push_back(NearestUnits(a, *of_a, back, units.size(), threads));
    if (nearest.back().empty()) return;
  }
  std::set<std::uint64_t> agreeing;
  for (std::size_t j = 0; j < units.size(); ++j) {
    if (nearest[0][j].cosine > 0 && nearest[0][j].unit == nearest[1][j].unit) {
      agreeing.insert(nearest[0][j].unit);
    }
  }
  screen.units += units.size();
  screen.agreeing += agreeing.size();
}

void AskUnits(const ModelParts& a, const ModelParts& b, const SpanMap& map, const DrawPlan& plan,
              std::uint64_t seed, unsigned threads, BasisScreen& screen) {
  const auto mlps = DrawPlaces(seed, "MLPs of a basis", static_cast<std::uint32_t>(b.mlps.size()),
                               std::min(plan.mlps, kScreenMlps));
  for (const std::uint32_t place : mlps) {
    const Mlp& mlp = b.mlps[place];
    const auto units = DrawPlaces(seed, mlp.name, static_cast<std::uint32_t>(mlp.width),
                                  std::min(plan.units, kScreenUnits));
    AddAgreement(a, b, mlp, map, units, threads, screen);
  }
}

void AskTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
               const DrawPlan& plan, std::uint64_t seed, unsigned threads, BasisScreen& screen) {
  if (!WhyNoTokenRows(a, b).empty()) return;
  RowPairs fitted{.widths = {*a.residual, *b.residual}}, held_out = fitted;
  // Of embedding and unembedding.
  const std::uint64_t most =
      std::min({plan.tokens, kScreenRows, fitted.widths.a, fitted.widths.b}) / 2;
  // Half of a run is fitted to.
  const TokenSpread spread{.seed = seed, .together = RunOfUnits(plan, 2 * fitted.widths.a)};
  AddTokenRows(a, b, tokens, 0, most, fitted, spread);
  AddTokenRows(a, b, tokens, 1, most, held_out, spread);
  if (std::min(fitted.count(), held_out.count()) < kFewestScreenRows) return;
  const auto map = SpanMap::Fit(fitted, threads);
  const auto shuffled = SpanMap::Fit(WithShuffledPartners(fitted, seed), threads);
  if (!map || !shuffled) return;
  screen.fitted = fitted.count();
  screen.held_out = held_out.count();
  screen.cosine = map->MeanCosine(held_out, threads);
  screen.shuffled_cosine = shuffled->MeanCosine(held_out, threads);
  if (fitted.widths.a == fitted.widths.b) screen.cosine_in_place = CosineInPlace(held_out);
  const double gain = screen.cosine - screen.shuffled_cosine;
  if (gain < kClearGain && gain > kLeastGain) AskUnits(a, b, *map, plan, seed, threads, screen);
}

}  // namespace

bool BasisScreen::is_in_place() const { return cosine_in_place.value_or(0) >= kInPlace; }

bool BasisScreen::shows_something() const {
  const bool by_units =
      agreeing >= kFewestAgreeing &&
      static_cast<double>(agreeing) >= kAgreeingShare * static_cast<double>(units);
  return is_in_place() || cosine - shuffled_cosine >= kClearGain || by_units ||
         (layers && layers->held_out >= kClearLayers);
}

std::string BasisScreen::Text() const {
  std::string text = "a look at few of both shows none";
  if (fitted > 0) {
    text += fmt::format(", by {} rows of tokens (held-out cosine {:.3f}, shuffled {:.3f})", fitted,
                        cosine, shuffled_cosine);
  }
  if (units > 0) text += fmt::format(", {} of {} hidden units", agreeing, units);
  if (layers) {
    text += fmt::format(", {} sums over layers (cosine {:.3f})", layers->sums, layers->held_out);
  }
  return text;
}

BasisScreen ScreenBasis(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                        const DrawPlan& plan, std::uint64_t seed, unsigned threads) {
  BasisScreen screen;
  AskTokens(a, b, tokens, plan, seed, threads, screen);
  if (!screen.shows_something()) screen.layers = CompareFewLayers(a, b, plan, seed, threads);
  return screen;
}

}  // namespace modelkin
