// Products with weights, which are read and decoded panel by panel: no matrix is ever in memory as
// a whole.
#ifndef MODELKIN_INFERENCE_LINEAR_H_
#define MODELKIN_INFERENCE_LINEAR_H_

#include <string>

#include "inference/activations.h"
#include "inference/weights.h"

namespace modelkin {

// A product's cost below which threads are not worth starting, in multiplications.
inline constexpr double kSerialWork = 1e6;

// x transpose(W): x is tokens by inputs, W = "NAME.weight" is outputs by inputs, however it is
// stored. In float, each sum on one thread, in an order that depends on the processor and on the
// number of tokens: the same bits for any number of threads. Infinite results become NaN.
Activations Linear(const Weights& weights, const Activations& x, const std::string& name,
                   std::size_t outputs);
// As above, plus "NAME.bias".
Activations LinearWithBias(const Weights& weights, const Activations& x, const std::string& name,
                           std::size_t outputs);

// x transpose(W) for a matrix that was found already. `threads`: of this product.
Activations Multiply(const Weights& weights, const Activations& x, const Tensor& matrix,
                     unsigned threads);
// Of outputs [first, first + count) alone.
Activations MultiplyRows(const Weights& weights, const Activations& x, const Tensor& matrix,
                         std::size_t first, std::size_t count, unsigned threads);

// Adds the same row to all. Infinite results become NaN.
void AddRow(Activations& to, const std::vector<float>& row, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_LINEAR_H_
