#include "lineage/tensor_use.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace modelkin {
namespace {

// What the last part of a name is, or what it ends in after an underscore.
constexpr auto kWeights = std::to_array<std::string_view>(
    {"weight", "bias", "gamma", "beta", "kernel", "scale", "embedding", "embed", "emb", "token",
     "weights", "biases", "lora_A", "lora_B", "proj"});
constexpr auto kCodes = std::to_array<std::string_view>(
    {"qweight", "weight_packed", "blocks", "packed", "W_q", "_data", "codes"});
constexpr auto kBookkeeping = std::to_array<std::string_view>({"qzeros",
                                                               "g_idx",
                                                               "scales",
                                                               "zeros",
                                                               "weight_scale",
                                                               "scale_inv",
                                                               "weight_scale_2",
                                                               "global_scale",
                                                               "input_scale",
                                                               "output_scale",
                                                               "k_scale",
                                                               "v_scale",
                                                               "q_scale",
                                                               "qscale_weight",
                                                               "qscale_act",
                                                               "zero_point",
                                                               "weight_shape",
                                                               "SCB",
                                                               "CB",
                                                               "weight_format",
                                                               "absmax",
                                                               "nested_offset",
                                                               "quant_map",
                                                               "bitsandbytes__nf4",
                                                               "bitsandbytes__fp4",
                                                               "scb"});
constexpr auto kBuffers = std::to_array<std::string_view>({"inv_freq",
                                                           "freqs",
                                                           "freqs_cis",
                                                           "freqs_cos",
                                                           "freqs_sin",
                                                           "cos_cached",
                                                           "sin_cached",
                                                           "cos_cache",
                                                           "sin_cache",
                                                           "cos_sin_cache",
                                                           "cached",
                                                           "ids",
                                                           "idx",
                                                           "index",
                                                           "indices",
                                                           "bucket",
                                                           "buckets",
                                                           "mask",
                                                           "causal",
                                                           "tril",
                                                           "masked_bias",
                                                           "num_batches_tracked",
                                                           "num_updates",
                                                           "step",
                                                           "steps",
                                                           "counter",
                                                           "count",
                                                           "window",
                                                           "mel_filters",
                                                           "mel_basis",
                                                           "mel_fb",
                                                           "fb",
                                                           "fbank",
                                                           "filterbank",

                                                           "dct_mat",

                                                           "alibi",
                                                           "timesteps",
                                                           "betas",

                                                           "alphas_cumprod",
                                                           "cumprod",
                                                           "cumprod_prev",
                                                           "sigmas",
                                                           "log_sigmas",
                                                           "posterior_variance",
                                                           "variance_clipped",
                                                           "mean_coef1",
                                                           "mean_coef2",
                                                           "anchors",
                                                           "priors",

                                                           "coords_table",
                                                           "coords",
                                                           "float_tensor",
                                                           "version"});

template <std::size_t kCount>
bool EndsInPart(std::string_view name, const std::array<std::string_view, kCount>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    if (!name.ends_with(word)) return false;
    const std::size_t before = name.size() - word.size();
    return before == 0 || name[before - 1] == '.' || name[before - 1] == '_' ||
           name[before - 1] == '/' || name[before - 1] == ':';
  });
}

bool IsWhole(DType dtype) { return !IsFloatingPoint(dtype) && dtype != DType::kC64; }

}  // namespace

TensorUse UseOf(const Tensor& tensor) {
  if (tensor.stored.form == StoredForm::kCodes) return TensorUse::kCodes;
  if (tensor.stored.form == StoredForm::kCompanion) return TensorUse::kBookkeeping;
  const std::string& name = tensor.stored_name();
  if (EndsInPart(name, kBookkeeping)) return TensorUse::kBookkeeping;
  if (EndsInPart(name, kBuffers)) return TensorUse::kBuffer;
  if (IsWhole(tensor.dtype)) {
    const bool holds_codes = EndsInPart(name, kCodes) || EndsInPart(name, kWeights);
    return holds_codes && tensor.dtype != DType::kBool ? TensorUse::kCodes : TensorUse::kBuffer;
  }
  return EndsInPart(name, kWeights) ? TensorUse::kWeight : TensorUse::kUnknown;
}

}  // namespace modelkin
