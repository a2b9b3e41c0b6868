#include "dossier/row_codes.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

constexpr double kLargestCode = 127;

}  // namespace

void AppendCodes(std::span<const double> row, RowCodes& codes) {
  double largest = 0;
  for (const double value : row) largest = std::max(largest, std::abs(value));
  for (const double value : row) {
    codes.push_back(largest > 0
                        ? static_cast<std::int8_t>(std::lround(value / largest * kLargestCode))
                        : std::int8_t{0});
  }
}

UnitRows RowsOfCodes(const RowCodes& codes, std::size_t dimensions) {
  UnitRows rows{.rows = std::vector<float>(codes.begin(), codes.end()),
                .units = codes.size() / dimensions,
                .columns = dimensions};
  rows.Normalise();
  return rows;
}

}  // namespace modelkin
