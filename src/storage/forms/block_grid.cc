#include "storage/forms/block_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kUsualBlock = 128;

std::uint64_t Ceiling(std::uint64_t size, std::uint64_t block) {
  return size / block + (size % block != 0 ? 1 : 0);
}

// "weight_block_size": [rows, columns]; 0 for what isn't said. compressed-tensors has
// "block_structure" in its groups, for which blocks that divide the weight are enough.
std::uint64_t SaidBlock(const QuantisationConfig& config, bool columns) {
  const nlohmann::json* const sizes = config.Find("weight_block_size");
  if (sizes == nullptr || !sizes->is_array() || sizes->size() != 2) return 0;
  const nlohmann::json& size = (*sizes)[columns ? 1 : 0];
  return size.is_number_unsigned() ? size.get<std::uint64_t>() : 0;
}

// 0 where none is possible.
std::uint64_t BlockOf(std::uint64_t size, std::uint64_t scales, std::uint64_t said) {
  if (scales == 0 || scales > size) return 0;
  if (scales == size) return 1;
  if (scales == 1) return size;
  if (said > 0 && Ceiling(size, said) == scales) return said;
  if (size % scales == 0) return size / scales;
  return Ceiling(size, kUsualBlock) == scales ? kUsualBlock : 0;
}

}  // namespace

std::string BlockGrid::Label() const {
  if (block_columns < columns || (block_rows > 1 && block_rows < rows)) {
    return block_rows == 1 ? fmt::format("groups of {}", block_columns)
                           : fmt::format("in blocks of {} x {}", block_rows, block_columns);
  }
  return block_rows == 1 && rows > 1 ? "one scale a row" : "one scale";
}

std::string BlockGrid::Block() const {
  if (block_columns < columns || (block_rows > 1 && block_rows < rows)) {
    return block_rows == 1 ? fmt::format("{} values of a row", block_columns)
                           : fmt::format("{} x {} values", block_rows, block_columns);
  }
  if (block_rows == 1 && rows > 1) return "a row";
  return scales_of_batch > 0 ? "a matrix" : "the tensor";
}

std::optional<BlockGrid> FindBlockGrid(const Shape& weight, const Shape& scales,
                                       const QuantisationConfig& config) {
  if (weight.empty() || scales.size() > weight.size()) return std::nullopt;
  const std::size_t last = weight.size() - 1;
  BlockGrid grid;
  grid.columns = weight[last];
  grid.rows = last > 0 ? weight[last - 1] : 1;
  Shape spread = scales;  // what it lacks at the end is one for all
  if (std::ranges::all_of(scales, [](std::uint64_t size) { return size == 1; })) spread.clear();
  spread.resize(weight.size(), 1);
  bool same = true, whole = true;
  for (std::size_t i = 0; i + 1 < last; ++i) {
    same = same && spread[i] == 1;
    whole = whole && spread[i] == weight[i];
  }
  if (!same && !whole) return std::nullopt;
  const std::uint64_t down = last > 0 ? spread[last - 1] : 1;
  grid.block_rows = BlockOf(grid.rows, down, SaidBlock(config, false));
  grid.block_columns = BlockOf(grid.columns, spread[last], SaidBlock(config, true));
  if (grid.block_rows == 0 || grid.block_columns == 0) return std::nullopt;
  grid.scales_of_row = spread[last];
  grid.scales_of_batch = same ? 0 : down * spread[last];
  return grid;
}

}  // namespace modelkin::forms
