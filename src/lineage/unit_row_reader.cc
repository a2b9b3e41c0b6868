#include "lineage/unit_row_reader.h"

#include "kernels/products.h"

namespace modelkin {

bool UnitRowReader::Read(std::uint64_t first, std::uint64_t count, std::vector<float>& rows) const {
  if (reader_.positions_are_rows()) return reader_.Read(first, count, rows);
  std::vector<float> across;
  const bool finite = reader_.Read(first, count, across);
  rows.resize(across.size());
  Transpose({across.data(), count}, columns(), count, rows.data(), columns());
  return finite;
}

UnitRows UnitRowReader::ReadThese(std::span<const std::uint32_t> units) const {
  UnitRows result{.units = units.size(), .columns = columns()};
  result.rows.reserve(result.units * result.columns);
  std::vector<float> row;
  for (const std::uint32_t unit : units) {
    result.finite = Read(unit, 1, row) && result.finite;
    result.rows.insert(result.rows.end(), row.begin(), row.end());
  }
  RequireNothingLost();
  result.Normalise();
  return result;
}

}  // namespace modelkin
