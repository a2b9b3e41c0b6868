// A view of what is a view itself.
#ifndef MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_
#define MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_

#include <optional>

#include "storage/tensor.h"

namespace modelkin {

// Returns the view of stored elements that `outer` is of the elements of a tensor with the view
// `inner`, which it has row-major; under the stored name of `inner`. Nothing where an offset and a
// stride for each dimension can't say it. Requires that every element of `outer` is one of the
// tensor's.
std::optional<TensorView> ComposedView(const TensorView& outer, const TensorView& inner);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_COMPOSED_VIEW_H_
