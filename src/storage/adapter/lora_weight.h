// A weight with the change that a low-rank adapter adds to it (LoRA, arXiv 2106.09685; DoRA,
// arXiv 2402.09353), as PEFT merges it.
#ifndef MODELKIN_STORAGE_ADAPTER_LORA_WEIGHT_H_
#define MODELKIN_STORAGE_ADAPTER_LORA_WEIGHT_H_

#include <optional>

#include "storage/coded_weight.h"

namespace modelkin {

struct LoraParts {
  Tensor base;   // [rows, columns], or a bias [rows]; plain, a view or coded itself
  Tensor left;   // [rows, rank]
  Tensor right;  // [rank, columns]
  double scale = 1;
  std::optional<Tensor> magnitude;  // [rows] of DoRA
};

// Makes the weight base + scale left right; with a magnitude m, row i of that times m_i over the
// length of the row. Each value is worked out in double precision, its sum over the rank in order,
// and rounded once: PEFT's float32 differs from it by the rounding of its product and sum. Requires
// comparable types, and shapes that fit.
Tensor MakeLoraWeight(LoraParts parts);

// Makes the bias base + scale change: [rows] both.
Tensor MakeLoraBias(Tensor base, Tensor change, double scale);

// Returns a matrix with rows and columns turned round, where its elements lie.
Tensor TurnedMatrix(const Tensor& matrix);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_ADAPTER_LORA_WEIGHT_H_
