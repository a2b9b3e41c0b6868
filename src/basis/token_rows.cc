#include "basis/token_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "lineage/draw_plan.h"
#include "lineage/unit_matrix.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

bool IsRowsOfTokens(const Part* part) {
  return part != nullptr && part->residual_axis() == 1 && part->tensor->shape.size() == 2;
}

// Adds a row; false if it is not there, 0, or not finite.
bool AddRow(const UnitReader& reader, std::uint64_t row, std::vector<float>& rows) {
  std::vector<float> values;
  if (row >= reader.lengths().outer || !reader.Read(row, 1, values)) return false;
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  if (squares == 0 || !std::isfinite(squares)) return false;
  rows.insert(rows.end(), values.begin(), values.end());
  return true;
}

// Takes the mean away of rows from `first` on: logits that all grow alike are the same to a
// softmax, so that one row may have been added to all rows of an unembedding.
void Centre(std::vector<float>& rows, std::size_t first, std::size_t width) {
  std::vector<double> mean(width, 0);
  const std::size_t count = (rows.size() - first) / width;
  for (std::size_t i = first; i < rows.size(); ++i) mean[(i - first) % width] += rows[i];
  for (std::size_t i = first; i < rows.size(); ++i) {
    const double own = mean[(i - first) % width] / static_cast<double>(count);
    rows[i] = static_cast<float>(rows[i] - own);
  }
}

// Places of at most `most` of the tokens, of every second one, from `first` (0 or 1) on.
std::vector<std::size_t> PlacesOfTokens(std::size_t tokens, std::size_t first, std::uint64_t most,
                                        const TokenSpread& spread) {
  const std::size_t half = (tokens + 1 - first) / 2;
  const std::size_t count = std::min<std::uint64_t>(half, most);
  std::vector<std::size_t> places;
  places.reserve(count);
  if (spread.together <= 1) {
    for (std::size_t i = 0; i < count; ++i) places.push_back(2 * (i * half / count) + first);
    return places;
  }
  // The same runs of both halves, but for one token that only the first may have.
  for (const PlaceRun& run :
       DrawRuns(spread.seed, "tokens of a basis", tokens / 2, count, spread.together)) {
    for (std::uint64_t i = 0; i < run.count; ++i) places.push_back(2 * (run.first + i) + first);
  }
  return places;
}

}  // namespace

void ScaleToNormOne(std::vector<float>& rows, std::size_t first, std::size_t width) {
  for (std::size_t begin = first; begin < rows.size(); begin += width) {
    double squares = 0;
    for (std::size_t i = begin; i < begin + width; ++i) {
      squares += static_cast<double>(rows[i]) * rows[i];
    }
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = begin; i < begin + width; ++i) {
      rows[i] = static_cast<float>(rows[i] * scale);
    }
  }
}

void AddTokenRows(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                  std::size_t first, std::uint64_t most, RowPairs& rows,
                  const TokenSpread& spread) {
  const std::vector<std::size_t> places = PlacesOfTokens(tokens.pairs.size(), first, most, spread);
  for (const Role role : {Role::kEmbedding, Role::kHead}) {
    const Part* const part_a = a.Find(role);
    const Part* const part_b = b.Find(role);
    if (!IsRowsOfTokens(part_a) || !IsRowsOfTokens(part_b)) continue;
    const UnitReader reader_a(a.checkpoint, *part_a->tensor, 1);
    const UnitReader reader_b(b.checkpoint, *part_b->tensor, 1);
    const std::size_t before = rows.count();
    for (const std::size_t place : places) {
      const TokenPair& token = tokens.pairs[place];
      if (!AddRow(reader_a, token.a, rows.a)) continue;
      if (!AddRow(reader_b, token.b, rows.b)) rows.a.resize(rows.a.size() - rows.widths.a);
    }
    reader_a.RequireNothingLost();
    reader_b.RequireNothingLost();
    for (const auto& [own, width] :
         {std::pair(&rows.a, rows.widths.a), std::pair(&rows.b, rows.widths.b)}) {
      if (role == Role::kHead) Centre(*own, before * width, width);
      ScaleToNormOne(*own, before * width, width);
    }
  }
}

RowPairs WithShuffledPartners(const RowPairs& rows, std::uint64_t seed) {
  std::vector<std::uint32_t> order(rows.count());
  std::iota(order.begin(), order.end(), 0U);
  Random(seed, 0).Shuffle(order);
  RowPairs shuffled = rows;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t width = rows.widths.b;
    std::copy_n(rows.b.data() + order[i] * width, width, shuffled.b.data() + i * width);
  }
  return shuffled;
}

std::string WhyNoTokenRows(const ModelParts& a, const ModelParts& b) {
  if (!IsRowsOfTokens(a.Find(Role::kEmbedding)) || !IsRowsOfTokens(b.Find(Role::kEmbedding))) {
    return "no embedding in both";
  }
  return "";
}

}  // namespace modelkin
