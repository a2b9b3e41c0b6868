// What one model does with texts, as far as it is compared with what another does.
#ifndef MODELKIN_FUNCTIONAL_MODEL_RECORD_H_
#define MODELKIN_FUNCTIONAL_MODEL_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/progress.h"
#include "inference/activations.h"
#include "inference/router.h"
#include "inference/runnable_model.h"

namespace modelkin {

// Texts that take part in the comparison of layers: memory grows with their square.
inline constexpr std::size_t kMostKernelTexts = 512;

// Of units' activations held for one model.
inline constexpr std::uint64_t kUnitBytes = std::uint64_t{512} << 20;

// Inputs and factors of the hidden units of an MLP that all tokens pass, a row a token.
struct UnitRecord {
  std::size_t layer = 0;
  Activations gate, up;  // up: empty where the MLP is not gated
};

struct ModelRecord {
  std::vector<std::size_t> first_row;  // of each text; then the number of rows
  // Entering the first layer, and leaving each: the mean of each text's rows, of the first
  // kMostKernelTexts texts.
  std::vector<Activations> text_means;
  Activations final;                            // rows that the last norm gave
  std::map<std::size_t, RouterChoice> routing;  // by layer
  std::vector<UnitRecord> units;                // of some layers, spread evenly

  std::size_t rows() const { return first_row.back(); }
};

// One pass. Throws what RequireFits and RunLayers throw.
ModelRecord RecordModel(const RunnableModel& model,
                        const std::vector<std::vector<std::uint64_t>>& texts, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_MODEL_RECORD_H_
