#include "demo_models.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "numeric/decode.h"
#include "output_option.h"
#include "report/npy_file.h"
#include "storage/safetensors_writer.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kWidth = 128;
constexpr std::uint64_t kVocabulary = 512;
constexpr std::uint64_t kMoreVocabulary = 64;  // of the mixture, so that one shape does not match
constexpr std::uint64_t kHeads = 8;
constexpr std::uint64_t kKeyValueHeads = 2;
constexpr std::uint64_t kHeadWidth = kWidth / kHeads;
constexpr std::uint64_t kExpertWidth = kWidth / 2;
constexpr std::uint64_t kExperts = 4;
constexpr int kLayers = 4;
// Of the encoder of images.
constexpr std::uint64_t kEncoderWidth = 64, kEncoderHeads = 4;
constexpr std::uint64_t kEncoderMlpWidth = 2 * kEncoderWidth;
constexpr std::uint64_t kImageSide = 16, kPatchSide = 4, kChannels = 3;
constexpr int kEncoderLayers = 2;
constexpr std::uint64_t kImages = 2;

// SplitMix64 (Steele, Lea & Flood 2014), and normal deviates as sums of uniform integers: no
// library function whose last bit differs from system to system.
class DemoRandom {
 public:
  explicit DemoRandom(std::uint64_t seed) : state_(seed) {}

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
  void Norm(const std::string& name, std::uint64_t length = kWidth) {
    Add(name, {length}, 1.0F, 0.1F);
  }

  // Module of a matrix and a bias.
  void Linear(const std::string& name, std::uint64_t rows, std::uint64_t columns) {
    Matrix(name + ".weight", rows, columns);
    Add(name + ".bias", {rows}, 0.0F, 0.02F);
  }

  // Module of a norm that has a bias.
  void LayerNorm(const std::string& name) {
    Norm(name + ".weight", kEncoderWidth);
    Add(name + ".bias", {kEncoderWidth}, 0.0F, 0.02F);
  }

  void Values(const std::string& name, Shape shape) { Add(name, std::move(shape), 0.0F, 0.02F); }

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

  DemoRandom random_;
  std::vector<TensorData> tensors_;
};

// A recipe of mergekit.
constexpr std::string_view kRecipe = R"(merge_method: linear
models:
  - model: dense-a
    parameters:
      weight: 0.6
  - model: dense-a-tuned
    parameters:
      weight: 0.4
dtype: bfloat16
)";

void AddAttention(ModelBuilder& model, const std::string& layer) {
  model.Norm(layer + "input_layernorm.weight");
  model.Matrix(layer + "self_attn.q_proj.weight", kWidth, kWidth);
  model.Matrix(layer + "self_attn.k_proj.weight", kKeyValueHeads * kHeadWidth, kWidth);
  model.Matrix(layer + "self_attn.v_proj.weight", kKeyValueHeads * kHeadWidth, kWidth);
  model.Matrix(layer + "self_attn.o_proj.weight", kWidth, kWidth);
  model.Norm(layer + "post_attention_layernorm.weight");
}

void AddMlp(ModelBuilder& model, const std::string& prefix, std::uint64_t hidden) {
  model.Matrix(prefix + "gate_proj.weight", hidden, kWidth);
  model.Matrix(prefix + "up_proj.weight", hidden, kWidth);
  model.Matrix(prefix + "down_proj.weight", kWidth, hidden);
}

// As Llama has it, or with experts as Qwen3-MoE does.
std::vector<TensorData> MakeModel(std::uint64_t seed, bool experts) {
  ModelBuilder model(seed);
  model.Matrix("model.embed_tokens.weight", kVocabulary + (experts ? kMoreVocabulary : 0), kWidth);
  for (int i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    AddAttention(model, layer);
    if (!experts) {
      AddMlp(model, layer + "mlp.", 3 * kWidth);
      continue;
    }
    model.Norm(layer + "self_attn.q_norm.weight", kHeadWidth);
    model.Norm(layer + "self_attn.k_norm.weight", kHeadWidth);
    model.Matrix(layer + "mlp.gate.weight", kExperts, kWidth);
    for (std::uint64_t e = 0; e < kExperts; ++e) {
      AddMlp(model, fmt::format("{}mlp.experts.{}.", layer, e), kExpertWidth);
    }
  }
  model.Norm("model.norm.weight");
  model.Matrix("lm_head.weight", kVocabulary + (experts ? kMoreVocabulary : 0), kWidth);
  return model.Take();
}

std::string ConfigText(bool experts) {
  nlohmann::ordered_json config = {{"model_type", experts ? "qwen3_moe" : "llama"},
                                   {"hidden_size", kWidth},
                                   {"num_hidden_layers", kLayers},
                                   {"num_attention_heads", kHeads},
                                   {"num_key_value_heads", kKeyValueHeads},
                                   {"head_dim", kHeadWidth},
                                   {"intermediate_size", 3 * kWidth},
                                   {"vocab_size", kVocabulary + (experts ? kMoreVocabulary : 0)},
                                   {"max_position_embeddings", 2048},
                                   {"rope_theta", 10000.0},
                                   {"tie_word_embeddings", false},
                                   {"torch_dtype", "bfloat16"}};
  if (experts) {
    config["num_experts"] = kExperts;
    config["num_experts_per_tok"] = 2;
    config["moe_intermediate_size"] = kExpertWidth;
  }
  return config.dump(2) + "\n";
}

// An encoder of images as SigLIP's.
std::vector<TensorData> MakeEncoder(std::uint64_t seed) {
  constexpr std::uint64_t kGrid = kImageSide / kPatchSide;
  ModelBuilder model(seed);
  model.Values("vision_model.embeddings.patch_embedding.weight",
               {kEncoderWidth, kChannels, kPatchSide, kPatchSide});
  model.Values("vision_model.embeddings.patch_embedding.bias", {kEncoderWidth});
  model.Matrix("vision_model.embeddings.position_embedding.weight", kGrid * kGrid, kEncoderWidth);
  for (int i = 0; i < kEncoderLayers; ++i) {
    const std::string layer = fmt::format("vision_model.encoder.layers.{}.", i);
    for (const char* const part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      model.Linear(fmt::format("{}self_attn.{}", layer, part), kEncoderWidth, kEncoderWidth);
    }
    model.LayerNorm(layer + "layer_norm1");
    model.LayerNorm(layer + "layer_norm2");
    model.Linear(layer + "mlp.fc1", kEncoderMlpWidth, kEncoderWidth);
    model.Linear(layer + "mlp.fc2", kEncoderWidth, kEncoderMlpWidth);
  }
  model.LayerNorm("vision_model.post_layernorm");
  model.Values("vision_model.head.probe", {1, 1, kEncoderWidth});
  model.Matrix("vision_model.head.attention.in_proj_weight", 3 * kEncoderWidth, kEncoderWidth);
  model.Values("vision_model.head.attention.in_proj_bias", {3 * kEncoderWidth});
  model.Linear("vision_model.head.attention.out_proj", kEncoderWidth, kEncoderWidth);
  model.LayerNorm("vision_model.head.layernorm");
  model.Linear("vision_model.head.mlp.fc1", kEncoderMlpWidth, kEncoderWidth);
  model.Linear("vision_model.head.mlp.fc2", kEncoderWidth, kEncoderMlpWidth);
  return model.Take();
}

std::string EncoderConfigText() {
  const nlohmann::ordered_json config = {{"model_type", "siglip_vision_model"},
                                         {"hidden_size", kEncoderWidth},
                                         {"num_hidden_layers", kEncoderLayers},
                                         {"num_attention_heads", kEncoderHeads},
                                         {"intermediate_size", kEncoderMlpWidth},
                                         {"image_size", kImageSide},
                                         {"patch_size", kPatchSide},
                                         {"num_channels", kChannels},
                                         {"torch_dtype", "bfloat16"}};
  return config.dump(2) + "\n";
}

// Noise, as an encoder takes it.
void WriteImages(OutputTarget target, std::uint64_t seed) {
  DemoRandom random(seed);
  std::vector<float> pixels(kImages * kChannels * kImageSide * kImageSide);
  for (float& pixel : pixels) pixel = random.Normal();
  NpyFile file(std::move(target), NpyFile::Type::kFloat32,
               {kImages, kChannels, kImageSide, kImageSide});
  file.Write(pixels);
  file.Commit();
}

// A handful of tokens: enough to show what a comparison of tokenizers says.
std::string TokenizerText(bool experts) {
  nlohmann::ordered_json vocabulary;
  nlohmann::ordered_json merges = nlohmann::ordered_json::array();
  const auto add = [&](const std::string& token) { vocabulary[token] = vocabulary.size(); };
  if (experts) add("\u0120");  // shifts what follows
  for (char letter = 'a'; letter <= 'z'; ++letter) add(std::string(1, letter));
  if (!experts) add("\u0120");
  for (const auto& [left, right] :
       {std::pair{"t", "h"}, {"th", "e"}, {"i", "n"}, {"\u0120", "the"}, {"e", "r"}}) {
    if (experts && std::string_view(left) == "i") continue;
    merges.push_back({left, right});
    add(std::string(left) + right);
  }
  const nlohmann::ordered_json tokenizer = {
      {"added_tokens", {{{"id", vocabulary.size()}, {"content", "<|end|>"}, {"special", true}}}},
      {"pre_tokenizer", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}};
  return tokenizer.dump(2) + "\n";
}

// Adds noise of a twentieth of a weight's typical size.
std::vector<TensorData> FineTune(std::vector<TensorData> tensors, std::uint64_t seed) {
  DemoRandom random(seed);
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

// Leaves `kStart` of each value's distance from its mean, and another training's in place of the
// rest: units stay alike, what they have to do with each other does not.
std::vector<TensorData> TrainAgain(std::vector<TensorData> tensors,
                                   const std::vector<TensorData>& other) {
  constexpr float kStart = 0.6F, kTraining = 0.8F;  // squares add up to 1
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const float mean = tensors[i].shape.size() == 1 ? 1.0F : 0.0F;  // of norms
    for (std::size_t at = 0; at < tensors[i].bytes.size(); at += 2) {
      std::uint16_t start = 0, training = 0;
      std::memcpy(&start, tensors[i].bytes.data() + at, 2);
      std::memcpy(&training, other[i].bytes.data() + at, 2);
      const std::uint16_t bits = FloatToBFloat16(mean + kStart * (BFloat16ToFloat(start) - mean) +
                                                 kTraining * (BFloat16ToFloat(training) - mean));
      std::memcpy(tensors[i].bytes.data() + at, &bits, 2);
    }
  }
  return tensors;
}

}  // namespace

void WriteDemoModels(const std::string& directory, Replace replace) {
  const auto target = [&](const std::string& path) { return OutputTarget(path, {}, replace); };
  const auto folder = [&](const char* name, bool experts) {
    std::string path = directory + "/" + name;
    MakeOutputFolder(path);
    const auto write = [&](const char* file, const std::string& text) {
      WriteToFile(target(path + "/" + file), [&](const TextSink& sink) { sink(text); });
    };
    write("config.json", ConfigText(experts));
    write("tokenizer.json", TokenizerText(experts));
    return path;
  };
  const auto weights = [&](const char* name) {
    return target(folder(name, false) + "/model.safetensors");
  };
  const std::vector<TensorData> dense_a = MakeModel(1, false);
  WriteSafetensors(weights("dense-a"), dense_a);
  WriteSafetensors(weights("dense-a-tuned"), FineTune(dense_a, 2));
  WriteSafetensors(weights("dense-a-again"), TrainAgain(dense_a, MakeModel(5, false)));
  WriteSafetensors(weights("dense-b"), MakeModel(3, false));
  WriteToFile(target(directory + "/merge.yml"), [](const TextSink& sink) { sink(kRecipe); });
  WriteShardedSafetensors(folder("moe-c", true), MakeModel(4, true), 2, replace);
  const std::string encoder = directory + "/vision-d";
  MakeOutputFolder(encoder);
  WriteToFile(target(encoder + "/config.json"),
              [](const TextSink& sink) { sink(EncoderConfigText()); });
  WriteSafetensors(target(encoder + "/model.safetensors"), MakeEncoder(6));
  WriteImages(target(directory + "/images.npy"), 7);
}

}  // namespace modelkin
