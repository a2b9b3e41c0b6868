#include "architecture/composed_view.h"

#include <vector>

namespace modelkin {
namespace {

class Composer {
 public:
  Composer(const TensorView& inner, const TensorView& outer)
      : inner_(inner), outer_(outer), place_(inner.dimensions.size()), steps_(place_.size(), 1) {
    std::uint64_t at = outer.offset;
    for (std::size_t k = place_.size(); k-- > 0;) {
      place_[k] = at % inner.dimensions[k];
      at /= inner.dimensions[k];
      if (k + 1 < place_.size()) steps_[k] = steps_[k + 1] * inner.dimensions[k + 1];
    }
  }

  std::optional<TensorView> Run() {
    TensorView result{inner_.stored_name, inner_.offset, {}, {}};
    for (std::size_t k = 0; k < place_.size(); ++k) {
      result.offset += place_[k] * inner_.strides[k];
    }
    for (std::size_t i = 0; i < outer_.dimensions.size(); ++i) {
      if (!AddAxis(outer_.dimensions[i], outer_.strides[i], result)) return std::nullopt;
    }
    return result;
  }

 private:
  // Adds an axis of `length` elements that lie `stride` apart, as one or several that each go along
  // one axis of the inner view.
  bool AddAxis(std::uint64_t length, std::uint64_t stride, TensorView& result) {
    if (length == 1) {
      result.dimensions.push_back(1);
      result.strides.push_back(0);
      return true;
    }
    std::size_t k = 0;
    while (k < steps_.size() && (steps_[k] > stride || inner_.dimensions[k] == 1)) ++k;
    if (k == steps_.size() || stride % steps_[k] != 0) return false;
    const std::uint64_t step = stride / steps_[k];
    const std::uint64_t left = inner_.dimensions[k] - place_[k];
    if ((length - 1) * step < left) {
      place_[k] += (length - 1) * step;  // what the other axes start from at most
      result.dimensions.push_back(length);
      result.strides.push_back(step * inner_.strides[k]);
      return true;
    }
    // All of the inner axis, again and again along the one before it.
    const std::uint64_t whole = inner_.dimensions[k];
    if (step != 1 || place_[k] != 0 || length % whole != 0 || k == 0) return false;
    return AddAxis(length / whole, whole * steps_[k], result) && AddAxis(whole, stride, result);
  }

  const TensorView& inner_;
  const TensorView& outer_;
  std::vector<std::uint64_t> place_;  // of the view's last element so far, along each inner axis
  std::vector<std::uint64_t> steps_;  // elements of the tensor from one to the next along each
};

}  // namespace

std::optional<TensorView> ComposedView(const Tensor& tensor, const TensorView& view) {
  if (tensor.view == nullptr) return view;
  if (!tensor.view->contiguous()) return Composer(*tensor.view, view).Run();
  TensorView moved = view;
  moved.stored_name = tensor.view->stored_name;
  moved.offset += tensor.view->offset;
  return moved;
}

}  // namespace modelkin
