#include "dossier/placed_weight.h"

#include <algorithm>

#include "architecture/composed_view.h"
#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "kernels/products.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kPlacedValuesAtOnce = std::uint64_t{1} << 20;

struct Strides {
  std::uint64_t rows, columns;
};

bool HasSameView(const Tensor& a, const Tensor& b) {
  if (a.view == nullptr || b.view == nullptr) return a.view == b.view;
  return a.view->stored_name == b.view->stored_name && a.view->offset == b.view->offset &&
         a.view->dimensions == b.view->dimensions && a.view->strides == b.view->strides;
}

// From one row to the next of a matrix of that shape, and from one column to the next, if there are
// such numbers.
std::optional<Strides> StridesOf(const TensorView& view, const Shape& shape) {
  Shape lengths;
  std::vector<std::uint64_t> steps;
  for (std::size_t i = 0; i < view.dimensions.size(); ++i) {
    if (view.dimensions[i] == 1) continue;
    if (!steps.empty() && steps.back() == view.strides[i] * view.dimensions[i]) {
      lengths.back() *= view.dimensions[i];
      steps.back() = view.strides[i];
    } else {
      lengths.push_back(view.dimensions[i]);
      steps.push_back(view.strides[i]);
    }
  }
  if (lengths.size() == 1) return Strides{.rows = steps[0] * shape[1], .columns = steps[0]};
  if (lengths.size() != 2 || lengths != shape) return std::nullopt;
  return Strides{.rows = steps[0], .columns = steps[1]};
}

Tensor TensorAt(const Tensor& held, const WeightPlace& place, bool turned) {
  Tensor tensor = held;
  TensorView view{.stored_name = held.name,
                  .offset = place.offset,
                  .dimensions = {place.units, place.coordinates},
                  .strides = {place.unit_stride, place.coordinate_stride}};
  if (turned) {
    std::swap(view.dimensions[0], view.dimensions[1]);
    std::swap(view.strides[0], view.strides[1]);
  }
  tensor.shape = view.dimensions;
  tensor.elements = place.units * place.coordinates;
  std::optional<TensorView> composed = ComposedView(held, view);
  if (!composed) {
    throw Error(ErrorKind::kBadInput, "its elements lie in an order that rows can't be read from",
                {.file = {}, .tensor = held.name});
  }
  tensor.view = std::make_shared<const TensorView>(std::move(*composed));
  return tensor;
}

}  // namespace

std::optional<WeightPlace> PlaceOf(const Part& part, const Checkpoint& committed) {
  const Tensor& tensor = *part.tensor;
  const auto axis = part.residual_axis();
  if (tensor.shape.size() != 2 || !axis) return std::nullopt;
  const Tensor* held = committed.Find(tensor.name);
  Strides strides{.rows = tensor.shape[1], .columns = 1};
  WeightPlace place{.tensor = tensor.name};
  if (held == nullptr || held->shape != tensor.shape || !HasSameView(*held, tensor)) {
    held = committed.Find(tensor.stored_name());
    if (held == nullptr || held->view != nullptr || tensor.view == nullptr) return std::nullopt;
    const auto found = StridesOf(*tensor.view, tensor.shape);
    if (!found) return std::nullopt;
    strides = *found;
    place = {.tensor = held->name, .offset = tensor.view->offset};
  }
  place.units = tensor.shape[1 - *axis];
  place.coordinates = tensor.shape[*axis];
  place.unit_stride = *axis == 1 ? strides.rows : strides.columns;
  place.coordinate_stride = *axis == 1 ? strides.columns : strides.rows;
  return IsPlaceIn(place, held->elements) ? std::optional(place) : std::nullopt;
}

bool IsPlaceIn(const WeightPlace& place, std::uint64_t elements) {
  if (place.units == 0 || place.coordinates == 0) return false;
  const bool rows = place.coordinate_stride == 1 && place.unit_stride >= place.coordinates;
  const bool columns = place.unit_stride == 1 && place.coordinate_stride >= place.units;
  if (!rows && !columns) return false;
  const auto down = CheckedMultiply(place.units - 1, place.unit_stride);
  const auto along = CheckedMultiply(place.coordinates - 1, place.coordinate_stride);
  if (!down || !along) return false;
  const auto both = CheckedAdd(*down, *along);
  const auto last = both ? CheckedAdd(*both, place.offset) : std::nullopt;
  return last && *last < elements;
}

PlacedRows::PlacedRows(const Checkpoint& checkpoint, const WeightPlace& place)
    : units_(place.units), coordinates_(place.coordinates) {
  const Tensor* const held = checkpoint.Find(place.tensor);
  if (held == nullptr || !IsPlaceIn(place, held->elements) || !IsComparable(held->dtype)) {
    throw Error(ErrorKind::kBadInput, "does not hold the weights that are told of",
                {.file = checkpoint.path(), .tensor = place.tensor});
  }
  const bool turned = place.coordinate_stride != 1;
  tensor_ = std::make_unique<const Tensor>(TensorAt(*held, place, turned));
  reader_ = std::make_unique<const UnitReader>(checkpoint, *tensor_, turned ? 0 : 1);
}

std::uint64_t PlacedRows::CountFrom(std::uint64_t first) const {
  const std::uint64_t most = std::max<std::uint64_t>(1, kPlacedValuesAtOnce / coordinates_);
  return std::min({most, units_ - first, reader_->CountFrom(first)});
}

bool PlacedRows::Read(std::uint64_t first, std::uint64_t count, std::vector<float>& rows) const {
  if (reader_->positions_are_rows()) return reader_->Read(first, count, rows);
  std::vector<float> across;
  const bool finite = reader_->Read(first, count, across);
  rows.resize(across.size());
  Transpose({across.data(), count}, coordinates_, count, rows.data(), coordinates_);
  return finite;
}

}  // namespace modelkin
