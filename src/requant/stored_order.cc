#include "requant/stored_order.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "numeric/decode.h"
#include "numeric/shape.h"

namespace modelkin {
namespace {

// Axes that lie in one piece at the end, as one: the elements of a run.
std::uint64_t RunOf(const TensorView& view) {
  std::uint64_t run = 1;
  for (std::size_t i = view.dimensions.size(); i-- > 0;) {
    if (view.dimensions[i] != 1 && view.strides[i] != run) break;
    run *= view.dimensions[i];
  }
  return run;
}

bool AreMultiples(const TensorView& view, std::uint64_t run, std::uint64_t values) {
  if (run % values != 0 || view.offset % values != 0) return false;
  std::uint64_t taken = 1;
  for (std::size_t i = view.dimensions.size(); i-- > 0;) {
    taken *= view.dimensions[i];
    if (taken > run && view.dimensions[i] != 1 && view.strides[i] % values != 0) return false;
  }
  return true;
}

// The view's elements in the order that they are stored in, as a view of a tensor that has them in
// the view's order. Nothing where the view is of a part.
std::optional<TensorView> Inverse(const TensorView& view, const std::string& name) {
  const std::size_t axes = view.dimensions.size();
  std::vector<std::uint64_t> strides(axes, 1);
  for (std::size_t i = axes; i-- > 1;) strides[i - 1] = strides[i] * view.dimensions[i];
  std::vector<std::size_t> order(axes);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t i) { return view.strides[i]; });
  TensorView inverse{.stored_name = name, .offset = 0, .dimensions = {}, .strides = {}};
  std::uint64_t expected = 1;
  for (std::size_t k = axes; k-- > 0;) {
    const std::size_t i = order[k];
    if (view.dimensions[i] != 1 && view.strides[i] != expected) return std::nullopt;
    expected *= view.dimensions[i];
  }
  for (const std::size_t i : order) {
    inverse.dimensions.push_back(view.dimensions[i]);
    inverse.strides.push_back(strides[i]);
  }
  return view.offset == 0 ? std::optional(inverse) : std::nullopt;
}

}  // namespace

std::optional<StoredOrder> StoredOrder::Find(const Checkpoint& original, const Tensor& a,
                                             const Tensor& q, std::uint64_t run_values) {
  StoredOrder order(original, a);
  if (q.view == nullptr) return order;
  if (q.view->dimensions.empty() || q.elements == 0) return std::nullopt;
  const std::uint64_t run = RunOf(*q.view);
  if (AreMultiples(*q.view, run, run_values)) {
    order.view_ = q.view;
    return order;
  }
  const auto inverse = Inverse(*q.view, a.stored_name());
  if (!inverse || a.view != nullptr) return std::nullopt;
  order.a_.view = std::make_shared<const TensorView>(*inverse);
  order.a_.shape = inverse->dimensions;
  return order;
}

void StoredOrder::ReadOriginal(std::uint64_t begin, std::uint64_t count, float* out) const {
  std::vector<std::byte> scratch;
  const TensorReader reader(*original_, a_);
  const auto bytes = reader.ReadOnce(begin, count, scratch);
  if (FitsFloat(a_.dtype)) {
    DecodeToFloat(a_.dtype, bytes.data(), count, out);
    return;
  }
  std::vector<double> values(count);
  DecodeToDouble(a_.dtype, bytes.data(), count, values.data());
  std::ranges::transform(values, out, [](double value) { return static_cast<float>(value); });
}

std::vector<StoredRun> StoredOrder::Runs(std::uint64_t begin, std::uint64_t count) const {
  if (view_ == nullptr) return {{.place = begin, .count = count}};
  const std::uint64_t run = RunOf(*view_);
  std::vector<StoredRun> runs;
  while (count > 0) {
    const std::uint64_t within = begin % run, taken = std::min(count, run - within);
    std::uint64_t place = view_->offset + within, left = begin / run, passed = 1;
    for (std::size_t i = view_->dimensions.size(); i-- > 0;) {
      if (passed < run) {
        passed *= view_->dimensions[i];
        continue;
      }
      place += left % view_->dimensions[i] * view_->strides[i];
      left /= view_->dimensions[i];
    }
    runs.push_back({.place = place, .count = taken});
    begin += taken;
    count -= taken;
  }
  return runs;
}

}  // namespace modelkin
