// Numbers of parameters, by module and by layer.
#ifndef MODELKIN_ARCHITECTURE_PARAMETER_COUNT_H_
#define MODELKIN_ARCHITECTURE_PARAMETER_COUNT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "architecture/model_spec.h"
#include "numeric/dtype.h"

namespace modelkin {

using ComponentCounts = std::array<std::uint64_t, kModuleKindCount>;

// Scales and buffers are no parameters. All of a layer of multi-token prediction, its attention and
// experts included, counts as that module.
struct ParameterCount {
  std::uint64_t total = 0;  // with multi-token prediction
  ComponentCounts by_module = {};
  std::vector<std::uint64_t> by_layer;

  std::uint64_t Of(ModuleKind module) const { return by_module[static_cast<std::size_t>(module)]; }
  std::uint64_t without_prediction() const { return total - Of(ModuleKind::kMultiTokenPrediction); }

  // Adds the parameters of one tensor. `layer`: in by_layer, grown as needed.
  void Add(ModuleKind module, std::optional<std::uint64_t> layer, std::uint64_t parameters);
};

// Parameters that take part in one token's forward pass: of the routed experts the chosen ones;
// everything else but multi-token prediction, the embedding and the head included. Nullopt if the
// routed experts do not divide evenly.
std::optional<std::uint64_t> ActiveParameters(const ParameterCount& count, const ModelSpec& spec);

struct ExpectedSize {
  ParameterCount count;
  std::optional<std::uint64_t> bytes;  // in config.json's dtype, if that is all it names
};

// From config.json and family alone. Nullopt if a count exceeds 64 bits.
std::optional<ExpectedSize> ExpectedParameters(const ModelSpec& spec);

// Elements of one tensor that the rule describes, in a layer if it is one's; nullopt where a size
// is missing or too large.
std::optional<std::uint64_t> ExpectedElements(const ModelSpec& spec, const TensorRule& rule,
                                              std::optional<std::uint64_t> layer = {});

// Tensors that the rule promises: layers times experts.
std::uint64_t ExpectedTensors(const ModelSpec& spec, const TensorRule& rule);

// What a layer's attention keeps for a past token, in elements: keys and values of all its heads,
// or MLA's latent vector. 0 if it keeps nothing of its own: it has no attention, or keys of another
// layer.
std::uint64_t CachedElements(const ModelSpec& spec, std::uint64_t layer);

struct CacheSize {
  std::uint64_t bytes_per_value = 0;
  std::uint64_t bytes_per_token = 0;
  std::optional<std::uint64_t> at_full_context_bytes;  // windows count with their length
};

// With the dtype of config.json, 2 bytes a value if it names none. Layers of multi-token
// prediction are left out. Nullopt beyond 2^64.
std::optional<CacheSize> KeyValueCache(const ModelSpec& spec);

// "bfloat16" and "torch.bfloat16" -> BF16; nullopt for names of no type.
std::optional<DType> DTypeOfTorchType(std::string_view name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_PARAMETER_COUNT_H_
