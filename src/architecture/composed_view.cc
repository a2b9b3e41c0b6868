#include "architecture/composed_view.h"

#include <vector>

namespace modelkin {

std::optional<TensorView> ComposedView(const TensorView& outer, const TensorView& inner) {
  if (inner.contiguous()) {
    TensorView moved = outer;
    moved.stored_name = inner.stored_name;
    moved.offset += inner.offset;
    return moved;
  }
  const std::size_t axes = inner.dimensions.size();
  std::vector<std::uint64_t> steps(axes, 1);  // elements from one place along an axis to the next
  for (std::size_t j = axes; j-- > 1;) steps[j - 1] = steps[j] * inner.dimensions[j];

  TensorView composed{.stored_name = inner.stored_name,
                      .offset = inner.offset,
                      .dimensions = outer.dimensions,
                      .strides = std::vector<std::uint64_t>(outer.strides.size())};
  std::vector<std::uint64_t> reach(axes);  // the furthest place along each axis
  std::uint64_t rest = outer.offset;
  for (std::size_t j = 0; j < axes; ++j) {
    reach[j] = rest / steps[j];
    rest %= steps[j];
    composed.offset += reach[j] * inner.strides[j];
  }
  for (std::size_t i = 0; i < outer.dimensions.size(); ++i) {
    if (outer.dimensions[i] <= 1 || outer.strides[i] == 0) continue;
    std::size_t j = 0;
    while (outer.strides[i] % steps[j] != 0) ++j;  // the last step is 1
    const std::uint64_t places = outer.strides[i] / steps[j];
    composed.strides[i] = places * inner.strides[j];
    reach[j] += places * (outer.dimensions[i] - 1);
  }
  // Each axis of `outer` stays within one of `inner`: nothing is carried from one to the next.
  for (std::size_t j = 0; j < axes; ++j) {
    if (reach[j] >= inner.dimensions[j]) return std::nullopt;
  }
  return composed;
}

}  // namespace modelkin
