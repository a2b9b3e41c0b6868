#include "demo_models.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "checkpoint/safetensors_writer.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kWidth = 128;
constexpr std::uint64_t kVocabulary = 512;
constexpr int kLayers = 4;

// SplitMix64 (Steele, Lea & Flood 2014), and normal deviates as sums of uniform integers: no
// library function whose last bit differs from system to system.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  // Mean 0, variance 1 (Irwin-Hall of order 12).
  float Normal() {
    std::int64_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<std::int64_t>(Next() >> 40);
    return static_cast<float>(sum - 6 * (std::int64_t{1} << 24)) * 0x1p-24F;
  }

 private:
  std::uint64_t state_;
};

// Builds a model's tensors in BF16.
class ModelBuilder {
 public:
  explicit ModelBuilder(std::uint64_t seed) : random_(seed) {}

  void Matrix(const std::string& name, std::uint64_t rows, std::uint64_t columns) {
    Add(name, {rows, columns}, 0.0F, 0.02F);
  }

  // As after training: scattered about a mean, so that any two norms look alike to a cosine.
  void Norm(const std::string& name) { Add(name, {kWidth}, 1.0F, 0.1F); }

  std::vector<TensorData> Take() { return std::move(tensors_); }

 private:
  void Add(const std::string& name, Shape shape, float mean, float deviation) {
    TensorData tensor{.name = name, .dtype = DType::kBF16, .shape = std::move(shape), .bytes = {}};
    std::uint64_t elements = 1;
    for (const std::uint64_t dimension : tensor.shape) elements *= dimension;
    tensor.bytes.resize(elements * 2);
    for (std::uint64_t i = 0; i < elements; ++i) {
      const std::uint16_t bits = FloatToBFloat16(mean + deviation * random_.Normal());
      std::memcpy(tensor.bytes.data() + 2 * i, &bits, 2);
    }
    tensors_.push_back(std::move(tensor));
  }

  Random random_;
  std::vector<TensorData> tensors_;
};

void AddAttention(ModelBuilder& model, const std::string& layer) {
  model.Norm(layer + "input_layernorm.weight");
  model.Matrix(layer + "self_attn.q_proj.weight", kWidth, kWidth);
  model.Matrix(layer + "self_attn.k_proj.weight", kWidth / 4, kWidth);
  model.Matrix(layer + "self_attn.v_proj.weight", kWidth / 4, kWidth);
  model.Matrix(layer + "self_attn.o_proj.weight", kWidth, kWidth);
  model.Norm(layer + "post_attention_layernorm.weight");
}

void AddMlp(ModelBuilder& model, const std::string& prefix, std::uint64_t hidden) {
  model.Matrix(prefix + "gate_proj.weight", hidden, kWidth);
  model.Matrix(prefix + "up_proj.weight", hidden, kWidth);
  model.Matrix(prefix + "down_proj.weight", kWidth, hidden);
}

std::vector<TensorData> MakeModel(std::uint64_t seed, int experts) {
  ModelBuilder model(seed);
  model.Matrix("model.embed_tokens.weight", kVocabulary, kWidth);
  for (int i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    AddAttention(model, layer);
    if (experts == 0) {
      AddMlp(model, layer + "mlp.", 3 * kWidth);
      continue;
    }
    model.Matrix(layer + "mlp.gate.weight", static_cast<std::uint64_t>(experts), kWidth);
    for (int e = 0; e < experts; ++e) {
      AddMlp(model, fmt::format("{}mlp.experts.{}.", layer, e), kWidth / 2);
    }
  }
  model.Norm("model.norm.weight");
  // The vocabulary differs, so that one shape does not match.
  model.Matrix("lm_head.weight", experts == 0 ? kVocabulary : kVocabulary + 64, kWidth);
  return model.Take();
}

// Adds noise of a twentieth of a weight's typical size.
std::vector<TensorData> FineTune(std::vector<TensorData> tensors, std::uint64_t seed) {
  Random random(seed);
  for (TensorData& tensor : tensors) {
    for (std::size_t at = 0; at < tensor.bytes.size(); at += 2) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, tensor.bytes.data() + at, 2);
      bits = FloatToBFloat16(BFloat16ToFloat(bits) + 0.001F * random.Normal());
      std::memcpy(tensor.bytes.data() + at, &bits, 2);
    }
  }
  return tensors;
}

}  // namespace

void WriteDemoModels(const std::string& directory) {
  const std::vector<TensorData> dense_a = MakeModel(1, 0);
  const auto folder = [&](const char* name) {
    std::string path = directory + "/" + name;
    std::filesystem::create_directories(path);
    return path;
  };
  WriteSafetensors(folder("dense-a") + "/model.safetensors", dense_a);
  WriteSafetensors(folder("dense-a-tuned") + "/model.safetensors", FineTune(dense_a, 2));
  WriteSafetensors(folder("dense-b") + "/model.safetensors", MakeModel(3, 0));
  WriteShardedSafetensors(folder("moe-c"), MakeModel(4, 4), 2);
}

}  // namespace modelkin
