#include "kinship/stored_grid.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/tensor_reader.h"
#include "kinship/rounding.h"
#include "numeric/decode.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kRunsOfRows = 4, kRowsOfARun = 128;
// A run of wide rows is cut to so many values.
constexpr std::uint64_t kMostValuesOfARun = std::uint64_t{1} << 20;
// Of a step: distances of what was decoded and stored in a wider type, beside those that its
// rounding explains; and at most, since rounding to the grid leaves 0.29.
constexpr double kOnTheGrid = 0.05, kAtMostOnTheGrid = 0.15;

// Of rows that lie one after the other in both.
struct RowRun {
  std::uint64_t in_other, in_weight, count;
};

std::vector<RowRun> RunsOf(std::uint64_t rows_of_other, std::uint64_t width,
                           const std::vector<std::uint32_t>* rows) {
  const std::uint64_t most = std::clamp(kMostValuesOfARun / std::max<std::uint64_t>(width, 1),
                                        std::uint64_t{1}, kRowsOfARun);
  const std::uint64_t wanted = kRunsOfRows * most;
  std::vector<RowRun> runs;
  if (rows != nullptr) {
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(rows->size(), wanted); ++i) {
      runs.push_back({.in_other = i, .in_weight = (*rows)[i], .count = 1});
    }
    return runs;
  }
  const std::uint64_t count = std::min(kRunsOfRows, (rows_of_other + most - 1) / most);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t first = i * (rows_of_other <= wanted ? most : rows_of_other / count);
    runs.push_back(
        {.in_other = first, .in_weight = first, .count = std::min(most, rows_of_other - first)});
  }
  return runs;
}

class StepTally {
 public:
  // `rounding`: largest relative error of the other side's type.
  explicit StepTally(double rounding) : rounding_(rounding) {}

  // Takes one value of each side.
  void Add(double other, double value, double step) {
    if (!std::isfinite(other) || !std::isfinite(value) || !(step > 0)) return;
    const double distance = std::abs(other - value);
    ++values_;
    near_ += distance <= 0.5 * kSlack * step ? 1 : 0;
    distances_ += distance * distance;
    roundings_ += rounding_ * value * rounding_ * value / 3;
    steps_ += step * step;
    squares_ += value * value;
  }

  bool empty() const { return values_ == 0; }

  void Describe(QuantisationGrid& grid) const {
    const auto values = static_cast<double>(values_);
    grid.within_half_step = static_cast<double>(near_) / values;
    grid.rms_steps = std::sqrt(distances_ / steps_);
    const double explained = 1.5 * std::sqrt(roundings_ / steps_);
    grid.a_lies_on_it = *grid.rms_steps < std::min(kOnTheGrid + explained, kAtMostOnTheGrid);
    grid.noise = squares_ > 0 ? steps_ / 12 / squares_ : 0;
  }

 private:
  static constexpr double kSlack = 1.02;  // steps are rounded as well

  std::uint64_t values_ = 0, near_ = 0;
  double rounding_;
  double distances_ = 0, roundings_ = 0, steps_ = 0, squares_ = 0;  // sums of squares
};

std::vector<float> ReadFloats(const TensorReader& reader, std::uint64_t begin,
                              std::uint64_t count) {
  std::vector<std::byte> scratch;
  std::vector<float> values(count);
  DecodeToFloat(reader.dtype(), reader.Read(begin, count, scratch).data(), count, values.data());
  return values;
}

bool IsQuantised(const Tensor& tensor) {
  return tensor.coded != nullptr && tensor.coded->is_quantised;
}

}  // namespace

std::optional<QuantisationGrid> FindStoredGrid(const Checkpoint& other_model, const Tensor& other,
                                               DType other_type, const Checkpoint& model,
                                               const Tensor& weight,
                                               const std::vector<std::uint32_t>* rows) {
  if (!IsQuantised(weight) || weight.shape.empty() || weight.elements == 0 ||
      other.shape.size() != weight.shape.size() || !FitsFloat(other.dtype)) {
    return std::nullopt;
  }
  const std::uint64_t width = weight.elements / weight.shape[0];
  const std::uint64_t rows_of_other = rows != nullptr ? rows->size() : weight.shape[0];
  if (width == 0 || other.elements != rows_of_other * width) return std::nullopt;
  const TensorReader reader(model, weight), reader_of_other(other_model, other);
  StepTally tally(RelativeRounding(other_type));
  for (const RowRun& run : RunsOf(rows_of_other, width, rows)) {
    const std::uint64_t count = run.count * width;
    const std::vector<float> theirs = ReadFloats(reader_of_other, run.in_other * width, count);
    const std::vector<float> values = ReadFloats(reader, run.in_weight * width, count);
    const auto steps = reader.GridSteps(run.in_weight * width, count);
    for (std::uint64_t i = 0; i < count; ++i) tally.Add(theirs[i], values[i], (*steps)[i]);
  }
  reader.RequireNothingLost();
  reader_of_other.RequireNothingLost();
  if (tally.empty()) return std::nullopt;
  QuantisationGrid grid{
      .kind = GridKind::kStored,
      .bits = static_cast<unsigned>(std::lround(8 * static_cast<double>(StoredBytes(weight)) /
                                                static_cast<double>(weight.elements))),
      .rounded_share = weight.coded->rounded_share,
      .form = weight.coded->label,
      .form_block = weight.coded->block};
  tally.Describe(grid);
  grid.a_has_one = IsQuantised(other) || grid.a_lies_on_it;
  if (rows == nullptr) grid.remade = RemakeBlocks(other_model, other, model, weight);
  return grid;
}

}  // namespace modelkin
