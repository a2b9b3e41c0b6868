// Rotary position embedding (Su et al., "RoFormer", arXiv 2104.09864, section 3.2.2) and the ways
// of stretching it over longer texts.
#ifndef MODELKIN_INFERENCE_ROTARY_H_
#define MODELKIN_INFERENCE_ROTARY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/model_config.h"
#include "inference/activations.h"
#include "inference/batch.h"

namespace modelkin {

enum class RotaryScaling : std::uint8_t { kNone, kLinear, kDynamic, kYarn, kLongRope, kLlama3 };

// "none", "linear", "dynamic NTK", "YaRN", "LongRoPE", "Llama 3"
const char* RotaryScalingName(RotaryScaling scaling);

struct RotaryParameters {
  // Of a head, as exponents of theta are divided by; if it is odd, one more rotates.
  std::size_t dims = 0;
  double theta = 10000;
  RotaryScaling scaling = RotaryScaling::kNone;
  double factor = 1;
  double positions = 0;           // that the model takes
  double original_positions = 0;  // that it was first trained on
  double attention_factor = 1;    // that cosines and sines are multiplied by
  // YaRN (Peng et al., arXiv 2309.00071, section 3.2).
  double beta_fast = 32, beta_slow = 1;
  bool truncate = true;
  double scale_all = 0;  // "mscale_all_dim", by which DeepSeek's attention is scaled
  // Llama 3.1's.
  double low_frequency_factor = 1, high_frequency_factor = 4;
  // LongRoPE (Ding et al., arXiv 2402.13753): for texts of up to original_positions, and longer.
  std::vector<double> short_factors, long_factors;
  // Phi-MoE multiplies by these in place of attention_factor; 0: it does not.
  double short_multiplier = 0, long_multiplier = 0;

  bool operator==(const RotaryParameters&) const = default;
};

// Whether config.json has rotary parameters for each type of layer: "full_attention" and
// "sliding_attention".
bool HasRotaryByLayerType(const ModelConfig& config);

// From "rope_parameters" or "rope_scaling" and the keys beside them. `default_theta`: where no key
// gives one. `layer_type`: whose parameters these are, where they differ by that. Throws
// Error(kBadInput) that names the key, where one is missing, or of no use, or the scaling is not
// known.
RotaryParameters ReadRotary(const ModelConfig& config, std::size_t dims, double default_theta,
                            std::string_view layer_type = {});

// What positions are multiplied by to give angles, one for each pair of dims, for a text of
// `length` tokens; computed in float as PyTorch does.
std::vector<float> InverseFrequencies(const RotaryParameters& rotary, std::size_t length);

// The pairs that YaRN stretches by parts: those before `low` stay, those from `high` on are
// stretched by the whole factor. `exact_low` and `exact_high`: as the formula gives them.
struct YarnRange {
  double exact_low = 0, exact_high = 0;
  double low = 0, high = 0;
};
YarnRange FindYarnRange(const RotaryParameters& rotary);

// What cosines and sines are multiplied by, for a text of that length.
double RotaryMultiplier(const RotaryParameters& rotary, std::size_t length);

// For each row of a batch the cosines and sines of its position, one of either for each pair.
struct RotaryTable {
  std::size_t dims = 0;  // that rotate; even
  Activations cosines, sines;
};

RotaryTable MakeRotaryTable(const RotaryParameters& rotary, const Batch& batch);

// How the two halves of a rotating pair lie: dims / 2 apart, or side by side. Either way they leave
// dims / 2 apart, as nothing but their products matters.
enum class RotaryPairs : std::uint8_t { kHalves, kNeighbours };

// What a rotation makes of one row.
struct RotationProbe {
  std::size_t row = 0;  // all else is filled in
  std::size_t head_dim = 0, offset = 0, dims = 0;
  RotaryPairs pairs = RotaryPairs::kHalves;
  std::vector<float> before, after;   // all heads of the row
  std::vector<float> cosines, sines;  // one of each for each pair
};

// Rotates the dims from `offset` on in each head of each row. `probe` may be null.
void Rotate(Activations& x, std::size_t head_dim, std::size_t offset, const RotaryTable& table,
            RotaryPairs pairs, unsigned threads, RotationProbe* probe = nullptr);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ROTARY_H_
