#include "architecture/parameter_count.h"

#include <algorithm>
#include <map>

#include "architecture/size_expression.h"
#include "base/checked_arithmetic.h"

namespace modelkin {
namespace {

bool IsPerExpert(const TensorRule& rule) { return rule.name.find("{E}") != std::string_view::npos; }

// Of several ways to store experts, the one that a family lists first.
bool IsMainStorage(const Family& family, const TensorRule& rule) {
  if (rule.storage == ExpertStorage::kAny) return true;
  const auto first = std::ranges::find_if(family.tensors, [](const TensorRule& other) {
    return other.storage != ExpertStorage::kAny && other.storage != ExpertStorage::kTogether;
  });
  return first != family.tensors.end() && GoesWith(rule.storage, first->storage);
}

bool IsPrediction(const ModelSpec& spec, std::optional<std::uint64_t> layer) {
  return layer && *layer < spec.layers.size() && spec.layers[*layer] == LayerKind::kPrediction;
}

}  // namespace

void ParameterCount::Add(ModuleKind module, std::optional<std::uint64_t> layer,
                         std::uint64_t parameters) {
  total += parameters;
  by_module[static_cast<std::size_t>(module)] += parameters;
  if (!layer) return;
  if (by_layer.size() <= *layer) by_layer.resize(*layer + 1);
  by_layer[*layer] += parameters;
}

std::optional<std::uint64_t> ActiveParameters(const ParameterCount& count, const ModelSpec& spec) {
  const std::uint64_t routed = count.Of(ModuleKind::kRoutedExperts);
  if (routed == 0) return count.without_prediction();
  const auto experts = spec.Size("experts");
  const auto chosen = spec.Size("experts_per_token");
  if (!experts || !chosen || *experts == 0 || routed % *experts != 0) return std::nullopt;
  return count.without_prediction() - routed + routed / *experts * std::min(*chosen, *experts);
}

std::optional<std::uint64_t> ExpectedElements(const ModelSpec& spec, const TensorRule& rule,
                                              std::optional<std::uint64_t> layer) {
  std::optional<std::uint64_t> elements = 1;
  for (const std::string_view axis : SplitShape(rule.shape)) {
    const auto size = spec.Evaluate(axis, layer);
    elements = elements && size ? CheckedMultiply(*elements, *size) : std::nullopt;
  }
  return elements;
}

std::uint64_t ExpectedTensors(const ModelSpec& spec, const TensorRule& rule) {
  if (!spec.Applies(rule)) return 0;
  const std::uint64_t layers = rule.where == Where::kOnce ? 1 : spec.LayersWith(rule);
  return layers * (IsPerExpert(rule) ? spec.Size("experts").value_or(0) : 1);
}

namespace {

std::optional<std::uint64_t> BytesOfTorchType(std::string_view name) {
  const auto dtype = DTypeOfTorchType(name);
  return dtype ? std::optional<std::uint64_t>(BitWidth(*dtype) / 8) : std::nullopt;
}

}  // namespace

namespace {

// Adds up what rules promise; nothing beyond 64 bits.
class Expectation {
 public:
  Expectation(const ModelSpec& spec, std::uint64_t bytes_per_value)
      : spec_(spec), bytes_per_value_(bytes_per_value) {}

  // The rule's tensors of a layer, or of the model.
  bool Add(const TensorRule& rule, std::optional<std::uint64_t> layer) {
    const auto of_one = ElementsOf(rule, layer);
    const std::uint64_t experts = IsPerExpert(rule) ? spec_.Size("experts").value_or(0) : 1;
    const auto all = of_one ? CheckedMultiply(*of_one, experts) : std::nullopt;
    const auto all_bytes =
        all ? CheckedMultiply(*all, rule.always_f32 ? 4 : bytes_per_value_) : std::nullopt;
    const auto total = all ? CheckedAdd(count_.total, *all) : std::nullopt;
    const auto bytes = all_bytes ? CheckedAdd(bytes_, *all_bytes) : std::nullopt;
    if (!total || !bytes) return false;  // so that no addition below can overflow
    bytes_ = *bytes;
    count_.Add(IsPrediction(spec_, layer) ? ModuleKind::kMultiTokenPrediction : rule.module, layer,
               *all);
    return true;
  }

  const ParameterCount& count() const { return count_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // The same in all layers, unless some size is not.
  std::optional<std::uint64_t> ElementsOf(const TensorRule& rule,
                                          std::optional<std::uint64_t> layer) {
    if (&rule != last_ || !spec_.layer_sizes.empty()) {
      last_elements_ = ExpectedElements(spec_, rule, layer);
      last_ = &rule;
    }
    return last_elements_;
  }

  const ModelSpec& spec_;
  std::uint64_t bytes_per_value_;
  std::uint64_t bytes_ = 0;
  ParameterCount count_;
  const TensorRule* last_ = nullptr;
  std::optional<std::uint64_t> last_elements_;
};

}  // namespace

std::optional<ExpectedSize> ExpectedParameters(const ModelSpec& spec) {
  const auto width = BytesOfTorchType(spec.dtype);
  Expectation expectation(spec, width.value_or(0));
  for (const TensorRule& rule : spec.family->tensors) {
    const bool counts = !rule.optional && rule.module != ModuleKind::kBuffer &&
                        rule.module != ModuleKind::kScale && spec.Applies(rule) &&
                        IsMainStorage(*spec.family, rule);
    if (!counts) continue;
    if (rule.where == Where::kOnce && !expectation.Add(rule, {})) return std::nullopt;
    for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
      if (spec.OccursIn(rule, i) && !expectation.Add(rule, i)) return std::nullopt;
    }
  }
  ExpectedSize expected{.count = expectation.count(), .bytes = {}};
  if (width && !spec.quantised) expected.bytes = expectation.bytes();
  return expected;
}

std::uint64_t CachedElements(const ModelSpec& spec, std::uint64_t layer) {
  const bool keeps = spec.family->causal && layer < spec.parts.size() &&
                     spec.parts[layer].Has(LayerPart::kAttention | LayerPart::kOwnKeys);
  if (!keeps) return 0;
  if (const auto latent = spec.Size("latent")) {
    const std::uint64_t attentions = spec.Size("attentions").value_or(1);
    return attentions * (*latent + spec.Size("rotary_dim").value_or(0));
  }
  if (const auto shared = spec.Size("shared_key_value")) return *shared;
  // At most 2^32 each: no overflow worth more than a finding elsewhere.
  return CheckedMultiply(2 * spec.Size("kv_heads", layer).value_or(0),
                         spec.Size("head_dim", layer).value_or(0))
      .value_or(0);
}

namespace {

// What a layer keeps of a context that is as long as it gets: all tokens or the last ones, and runs
// of the earlier.
std::uint64_t KeptTokens(const ModelSpec& spec, std::uint64_t layer) {
  const std::uint64_t positions = spec.Size("positions").value_or(0);
  const bool windowed = layer < spec.windowed.size() && spec.windowed[layer];
  if (!windowed) return positions;
  const std::uint64_t run = spec.Size("run", layer).value_or(0);
  const bool runs = spec.parts[layer].Has(LayerPart::kCompressor) && run > 0;
  const std::uint64_t window = std::min(spec.window.value_or(positions), positions);
  return window + (runs ? positions / run : 0);
}

}  // namespace

std::optional<CacheSize> KeyValueCache(const ModelSpec& spec) {
  const std::uint64_t layers = spec.Size("layers").value_or(0);
  const std::uint64_t width = BytesOfTorchType(spec.dtype).value_or(2);
  const std::uint64_t positions = spec.Size("positions").value_or(0);
  std::optional<std::uint64_t> per_token = 0, at_full = 0;
  for (std::uint64_t i = 0; i < layers; ++i) {
    const auto of_layer = CheckedMultiply(CachedElements(spec, i), width);
    const auto full = of_layer ? CheckedMultiply(*of_layer, KeptTokens(spec, i)) : std::nullopt;
    per_token = per_token && of_layer ? CheckedAdd(*per_token, *of_layer) : std::nullopt;
    at_full = at_full && full ? CheckedAdd(*at_full, *full) : std::nullopt;
  }
  if (!per_token) return std::nullopt;
  return CacheSize{.bytes_per_value = width,
                   .bytes_per_token = *per_token,
                   .at_full_context_bytes = positions > 0 ? at_full : std::nullopt};
}

std::optional<DType> DTypeOfTorchType(std::string_view name) {
  static const std::map<std::string_view, DType> kTypes = {{"float64", DType::kF64},
                                                           {"float32", DType::kF32},
                                                           {"float16", DType::kF16},
                                                           {"bfloat16", DType::kBF16},
                                                           {"float8_e4m3fn", DType::kF8E4M3},
                                                           {"float8_e5m2", DType::kF8E5M2},
                                                           {"int8", DType::kI8},
                                                           {"uint8", DType::kU8}};
  if (name.starts_with("torch.")) name.remove_prefix(6);
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace modelkin
