#include "architecture/shape_only.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace modelkin::testing {
namespace {

using Shapes = std::vector<StoredShape>;

void AddDecoderLayer(Shapes& all, const std::string& prefix, std::uint64_t query_rows, bool bias) {
  all.push_back({prefix + "input_layernorm.weight", {4096}});
  all.push_back({prefix + "post_attention_layernorm.weight", {4096}});
  all.push_back({prefix + "self_attn.q_proj.weight", {query_rows, 4096}});
  all.push_back({prefix + "self_attn.k_proj.weight", {1024, 4096}});
  all.push_back({prefix + "self_attn.v_proj.weight", {1024, 4096}});
  all.push_back({prefix + "self_attn.o_proj.weight", {4096, query_rows}});
  if (!bias) return;
  all.push_back({prefix + "self_attn.q_proj.bias", {query_rows}});
  all.push_back({prefix + "self_attn.k_proj.bias", {1024}});
  all.push_back({prefix + "self_attn.v_proj.bias", {1024}});
}

void AddMlp(Shapes& all, const std::string& prefix, std::uint64_t width) {
  all.push_back({prefix + "gate_proj.weight", {width, 4096}});
  all.push_back({prefix + "up_proj.weight", {width, 4096}});
  all.push_back({prefix + "down_proj.weight", {4096, width}});
}

void AddExperts(Shapes& all, const std::string& prefix, std::uint64_t width) {
  all.push_back({prefix + "mlp.gate.weight", {128, 4096}});
  all.push_back({prefix + "mlp.gate.e_score_correction_bias", {128}, "F32"});
  for (int e = 0; e < 128; ++e) AddMlp(all, fmt::format("{}mlp.experts.{}.", prefix, e), width);
  AddMlp(all, prefix + "mlp.shared_experts.", width);
}

}  // namespace

void WriteShapes(const std::string& folder, const Shapes& tensors) {
  nlohmann::json header;
  std::uint64_t end = 0;
  for (const StoredShape& tensor : tensors) {
    std::uint64_t bytes = tensor.dtype == "F32" ? 4 : tensor.dtype == "U8" ? 1 : 2;
    for (const std::uint64_t size : tensor.shape) bytes *= size;
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {end, end + bytes}}};
    end += bytes;
  }
  const std::string text = header.dump();
  std::uint64_t length = text.size();
  const std::string path = folder + "/model.safetensors";
  {
    std::ofstream file(path, std::ios::binary);
    for (int i = 0; i < 8; ++i, length >>= 8) file.put(static_cast<char>(length & 0xFF));
    file << text;
    ASSERT_TRUE(file.flush());
  }
  std::filesystem::resize_file(path, 8 + text.size() + end);
}

Shapes SolarOpen100B() {
  Shapes all = {{"model.embed_tokens.weight", {196608, 4096}},
                {"model.norm.weight", {4096}},
                {"lm_head.weight", {196608, 4096}}};
  for (int n = 0; n < 48; ++n) {
    const std::string prefix = fmt::format("model.layers.{}.", n);
    AddDecoderLayer(all, prefix, 8192, false);
    AddExperts(all, prefix, 1280);
  }
  return all;
}

Shapes Glm45Air() {
  Shapes all = {{"model.embed_tokens.weight", {151552, 4096}},
                {"model.norm.weight", {4096}},
                {"lm_head.weight", {151552, 4096}}};
  for (int n = 0; n < 47; ++n) {
    const std::string prefix = fmt::format("model.layers.{}.", n);
    AddDecoderLayer(all, prefix, 12288, true);
    if (n == 0) {
      AddMlp(all, prefix + "mlp.", 10944);
    } else {
      AddExperts(all, prefix, 1408);
    }
  }
  const std::string last = "model.layers.46.";
  all.push_back({last + "eh_proj.weight", {4096, 8192}});
  all.push_back({last + "enorm.weight", {4096}});
  all.push_back({last + "hnorm.weight", {4096}});
  all.push_back({last + "shared_head.norm.weight", {4096}});
  all.push_back({last + "embed_tokens.weight", {151552, 4096}});
  all.push_back({last + "shared_head.head.weight", {151552, 4096}});
  return all;
}

Shapes Phi35Moe() {
  Shapes all = {{"model.embed_tokens.weight", {32064, 4096}},
                {"model.norm.weight", {4096}},
                {"model.norm.bias", {4096}},
                {"lm_head.weight", {32064, 4096}},
                {"lm_head.bias", {32064}}};
  for (int n = 0; n < 32; ++n) {
    const std::string prefix = fmt::format("model.layers.{}.", n);
    AddDecoderLayer(all, prefix, 4096, true);
    all.push_back({prefix + "self_attn.o_proj.bias", {4096}});
    all.push_back({prefix + "input_layernorm.bias", {4096}});
    all.push_back({prefix + "post_attention_layernorm.bias", {4096}});
    all.push_back({prefix + "block_sparse_moe.gate.weight", {16, 4096}});
    for (int e = 0; e < 16; ++e) {
      const std::string expert = fmt::format("{}block_sparse_moe.experts.{}.", prefix, e);
      all.push_back({expert + "w1.weight", {6400, 4096}});
      all.push_back({expert + "w2.weight", {4096, 6400}});
      all.push_back({expert + "w3.weight", {6400, 4096}});
    }
  }
  return all;
}

}  // namespace modelkin::testing
