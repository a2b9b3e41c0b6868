// A view of a tensor that is one itself.
#ifndef MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_
#define MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_

#include <optional>

#include "storage/tensor.h"

namespace modelkin {

// Returns where the elements of `view` lie in what is stored, given that its offset and strides are
// over the elements of `tensor` in the order of its shape. Nothing where no strides say so, as of a
// run that goes over the end of a row of a turned matrix. Requires every element to be one of
// `tensor`.
std::optional<TensorView> ComposedView(const Tensor& tensor, const TensorView& view);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_
