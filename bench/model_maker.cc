#include "model_maker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>

#include "numeric/decode.h"
#include "statistics/random.h"

namespace modelkin::bench {
namespace {

constexpr std::size_t kPattern = (std::size_t{4} << 20) - 3;  // weights

float Uniform(Random& random) { return static_cast<float>(random.Next() >> 40) * 0x1p-24F - 0.5F; }

constexpr const char* kConfig = R"({{
  "model_type": "glm4_moe", "architectures": ["Glm4MoeForCausalLM"], "hidden_size": {},
  "num_hidden_layers": {}, "num_attention_heads": {}, "num_key_value_heads": {}, "head_dim": 128,
  "attention_bias": false, "intermediate_size": {}, "moe_intermediate_size": {},
  "n_routed_experts": {}, "n_shared_experts": 1, "num_experts_per_tok": 8,
  "first_k_dense_replace": 1, "partial_rotary_factor": 0.5, "rope_theta": 10000.0,
  "rms_norm_eps": 1e-05, "vocab_size": {}, "max_position_embeddings": 4096,
  "norm_topk_prob": true, "routed_scaling_factor": 1.0, "n_group": 1, "topk_group": 1,
  "tie_word_embeddings": false, "use_qk_norm": false, "hidden_act": "silu",
  "torch_dtype": "bfloat16"
}})";

}  // namespace

std::vector<float> UniformValues(std::size_t count, std::uint64_t seed) {
  Random random(seed, 0);
  std::vector<float> values(count);
  for (float& value : values) value = Uniform(random);
  return values;
}

void ModelMaker::Add(const std::string& name, const std::vector<std::uint64_t>& shape) {
  std::uint64_t bytes = BitWidth(dtype_) / 8;
  for (const std::uint64_t dimension : shape) bytes *= dimension;
  header_ += fmt::format(R"({}"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                         header_.empty() ? "{" : ",", name, DTypeName(dtype_),
                         fmt::join(shape, ","), offset_, offset_ + bytes);
  offset_ += bytes;
  tensors_.push_back({bytes, shape.size() == 1});
}

void ModelMaker::Write(const std::string& path) const {
  const std::string pattern = Encoded(UniformValues(kPattern, 11), 0.07F);
  const std::string ones = Encoded(std::vector<float>(1 << 16, 1.0F), 1.0F);
  std::string header = header_ + "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::ofstream file(path, std::ios::binary);
  const std::uint64_t length = header.size();
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header;
  Random random(5, 0);
  for (const auto& [bytes, is_vector] : tensors_) {
    if (is_vector) {
      file.write(ones.data(), static_cast<std::streamsize>(bytes));
      continue;
    }
    std::uint64_t at = random.Next() % (kPattern / 2) * (BitWidth(dtype_) / 8);
    for (std::uint64_t done = 0; done < bytes;) {
      const std::uint64_t count = std::min<std::uint64_t>(bytes - done, pattern.size() - at);
      file.write(pattern.data() + at, static_cast<std::streamsize>(count));
      done += count;
      at = 0;
    }
  }
}

std::string ModelMaker::Encoded(const std::vector<float>& values, float scale) const {
  const std::size_t width = BitWidth(dtype_) / 8;
  std::string bytes(values.size() * width, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i] * scale;
    const std::uint32_t bits =
        dtype_ == DType::kBF16 ? FloatToBFloat16(value) : std::bit_cast<std::uint32_t>(value);
    std::copy_n(reinterpret_cast<const char*>(&bits), width, bytes.data() + i * width);
  }
  return bytes;
}

std::string MakeMixture(const std::string& folder) {
  const std::string path = folder + "/run-moe";
  if (std::filesystem::exists(path + "/config.json")) return path;
  std::filesystem::create_directories(path);
  ModelMaker maker(DType::kBF16);
  const auto mlp = [&](const std::string& prefix, std::size_t width) {
    maker.Add(prefix + "gate_proj.weight", {width, kHidden});
    maker.Add(prefix + "up_proj.weight", {width, kHidden});
    maker.Add(prefix + "down_proj.weight", {kHidden, width});
  };
  maker.Add("model.embed_tokens.weight", {kVocabulary, kHidden});
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    maker.Add(prefix + "input_layernorm.weight", {kHidden});
    maker.Add(prefix + "post_attention_layernorm.weight", {kHidden});
    maker.Add(prefix + "self_attn.q_proj.weight", {kHeads * 128, kHidden});
    maker.Add(prefix + "self_attn.k_proj.weight", {kKvHeads * 128, kHidden});
    maker.Add(prefix + "self_attn.v_proj.weight", {kKvHeads * 128, kHidden});
    maker.Add(prefix + "self_attn.o_proj.weight", {kHidden, kHeads * 128});
    if (layer == 0) {
      mlp(prefix + "mlp.", kDense);
      continue;
    }
    maker.Add(prefix + "mlp.gate.weight", {kExperts, kHidden});
    maker.Add(prefix + "mlp.gate.e_score_correction_bias", {kExperts});
    mlp(prefix + "mlp.shared_experts.", kExpert);
    for (std::size_t expert = 0; expert < kExperts; ++expert) {
      mlp(fmt::format("{}mlp.experts.{}.", prefix, expert), kExpert);
    }
  }
  maker.Add("model.norm.weight", {kHidden});
  maker.Add("lm_head.weight", {kVocabulary, kHidden});
  maker.Write(path + "/model.safetensors");
  std::ofstream(path + "/config.json") << fmt::format(kConfig, kHidden, kLayers, kHeads, kKvHeads,
                                                      kDense, kExpert, kExperts, kVocabulary);
  return path;
}

}  // namespace modelkin::bench
