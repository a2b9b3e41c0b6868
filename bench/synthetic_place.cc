#include "synthetic_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "requests/touched_pages.h"
#include "source/byte_source.h"
#include "statistics/random.h"

namespace modelkin::bench {
namespace {

constexpr std::uint64_t kLanes = 0x0001000100010001;  // times a BF16 value: that value four times

struct SyntheticTensor {
  std::string name;
  std::vector<std::uint64_t> shape;

  std::uint64_t bytes() const {
    std::uint64_t bytes = 2;
    for (const std::uint64_t length : shape) bytes *= length;
    return bytes;
  }
};

std::vector<SyntheticTensor> TensorsOf(const ModelShape& shape) {
  std::vector<SyntheticTensor> tensors;
  const auto add = [&](std::string name, std::vector<std::uint64_t> dimensions) {
    tensors.push_back({std::move(name) + ".weight", std::move(dimensions)});
  };
  const std::uint64_t d = shape.width, queries = shape.heads * shape.head_width,
                      keys = shape.groups * shape.head_width;
  add("model.embed_tokens", {shape.vocabulary, d});
  for (std::uint64_t layer = 0; layer < shape.layers; ++layer) {
    const std::string in = fmt::format("model.layers.{}.", layer);
    add(in + "input_layernorm", {d});
    add(in + "post_attention_layernorm", {d});
    add(in + "self_attn.q_proj", {queries, d});
    add(in + "self_attn.k_proj", {keys, d});
    add(in + "self_attn.v_proj", {keys, d});
    add(in + "self_attn.o_proj", {d, queries});
    if (shape.experts > 0) add(in + "mlp.gate", {shape.experts, d});
    for (std::uint64_t expert = 0; expert < std::max<std::uint64_t>(shape.experts, 1); ++expert) {
      const std::string mlp =
          shape.experts > 0 ? fmt::format("{}mlp.experts.{}.", in, expert) : in + "mlp.";
      add(mlp + "gate_proj", {shape.hidden, d});
      add(mlp + "up_proj", {shape.hidden, d});
      add(mlp + "down_proj", {d, shape.hidden});
    }
  }
  add("model.norm", {d});
  if (!shape.tied) add("lm_head", {shape.vocabulary, d});
  return tensors;
}

std::string ConfigOf(const ModelShape& shape) {
  std::string config = fmt::format(
      R"({{"model_type": "{}", "hidden_size": {}, "num_hidden_layers": {}, "num_attention_heads": {},
 "num_key_value_heads": {}, "head_dim": {}, "vocab_size": {}, "intermediate_size": {},
 "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "torch_dtype": "bfloat16",
 "max_position_embeddings": 4096, "tie_word_embeddings": {})",
      shape.experts > 0 ? "qwen3_moe" : "llama", shape.width, shape.layers, shape.heads,
      shape.groups, shape.head_width, shape.vocabulary, shape.hidden, shape.tied);
  if (shape.experts > 0) {
    config += fmt::format(
        R"(, "num_experts": {}, "num_experts_per_tok": 8, "moe_intermediate_size": {},
 "decoder_sparse_step": 1, "norm_topk_prob": true, "mlp_only_layers": [])",
        shape.experts, shape.hidden);
  }
  return config + "}";
}

const ModelShape& ShapeNamed(const std::string& name) {
  for (const ModelShape& shape : KnownShapes()) {
    if (shape.name == name) return shape;
  }
  throw Error(ErrorKind::kUsage, "there is no shape of the name " + name);
}

std::vector<std::byte> BytesOf(const std::string& text) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

// {shape, seed, noise} of "synthetic://shape/seed/noise".
struct Address {
  std::string shape;
  std::uint64_t seed, noise;

  explicit Address(const std::string& folder) {
    const std::size_t begin = folder.find("://") + 3, first = folder.find('/', begin),
                      second = folder.find('/', first + 1);
    shape = folder.substr(begin, first - begin);
    seed = std::stoull(folder.substr(first + 1));
    noise = std::stoull(folder.substr(second + 1));
  }
};

}  // namespace

const std::vector<ModelShape>& KnownShapes() {
  static const std::vector<ModelShape> shapes = {{.name = "135m",
                                                  .width = 576,
                                                  .layers = 30,
                                                  .hidden = 1536,
                                                  .heads = 9,
                                                  .groups = 3,
                                                  .head_width = 64,
                                                  .vocabulary = 49152,
                                                  .tied = true},
                                                 {.name = "1b",
                                                  .width = 2048,
                                                  .layers = 16,
                                                  .hidden = 8192,
                                                  .heads = 32,
                                                  .groups = 8,
                                                  .head_width = 64,
                                                  .vocabulary = 128256,
                                                  .tied = true},
                                                 {.name = "7b",
                                                  .width = 4096,
                                                  .layers = 32,
                                                  .hidden = 11008,
                                                  .heads = 32,
                                                  .groups = 32,
                                                  .head_width = 128,
                                                  .vocabulary = 32000},
                                                 {.name = "70b",
                                                  .width = 8192,
                                                  .layers = 80,
                                                  .hidden = 28672,
                                                  .heads = 64,
                                                  .groups = 8,
                                                  .head_width = 128,
                                                  .vocabulary = 128256},
                                                 {.name = "30b-a3b",
                                                  .width = 2048,
                                                  .layers = 48,
                                                  .hidden = 768,
                                                  .heads = 32,
                                                  .groups = 4,
                                                  .head_width = 128,
                                                  .vocabulary = 151936,
                                                  .experts = 128},
                                                 {.name = "100b",
                                                  .width = 4096,
                                                  .layers = 48,
                                                  .hidden = 1280,
                                                  .heads = 64,
                                                  .groups = 8,
                                                  .head_width = 128,
                                                  .vocabulary = 196608,
                                                  .experts = 128}};
  return shapes;
}

// A safetensors file of one model.
class SyntheticPlace::Weights : public ByteSource {
 public:
  explicit Weights(std::string label, const Address& address)
      : label_(std::move(label)), seed_(MixedWord(address.seed)) {
    std::string header = "{";
    std::uint64_t offset = 0;
    for (const SyntheticTensor& tensor : TensorsOf(ShapeNamed(address.shape))) {
      header += fmt::format(R"({}"{}":{{"dtype":"BF16","shape":[{}],"data_offsets":[{},{}]}})",
                            offset == 0 ? "" : ",", tensor.name, fmt::join(tensor.shape, ","),
                            offset, offset + tensor.bytes());
      begins_.push_back(offset);
      is_norm_.push_back(tensor.shape.size() == 1);
      offset += tensor.bytes();
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size();
    header_.resize(8 + header.size());
    std::memcpy(header_.data(), &length, 8);
    std::memcpy(header_.data() + 8, header.data(), header.size());
    size_ = header_.size() + offset;
    noise_ = ((std::uint64_t{1} << address.noise) - 1) * kLanes;
    pages_ = std::make_unique<TouchedPages>(size_);
    touched_ = std::vector<std::atomic<bool>>((size_ + kMovedBlockBytes - 1) / kMovedBlockBytes);
  }

  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return size_; }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    if (offset > size_ || length > size_ - offset) {
      throw Error(ErrorKind::kBadInput, "is read beyond its end",
                  {.file = label_, .tensor = {}, .offset_bytes = offset});
    }
    if (length == 0) return {};
    bytes_ += length;
    pages_->Add(offset, length);
    for (std::uint64_t block = offset / kMovedBlockBytes;
         block <= (offset + length - 1) / kMovedBlockBytes; ++block) {
      touched_[block].store(true, std::memory_order_relaxed);
    }
    if (offset + length <= header_.size()) return std::span(header_).subspan(offset, length);
    // Whole words around the range, which may begin in the header.
    const std::uint64_t begin = offset / 8 * 8, end = (offset + length + 7) / 8 * 8;
    scratch.resize(end - begin);
    Fill(begin, scratch);
    return std::span<const std::byte>(scratch).subspan(offset - begin, length);
  }

  // Nothing is kept between processes.
  std::uint64_t BytesToMove(std::uint64_t, std::uint64_t length) const override { return length; }

  std::uint64_t bytes_read() const { return bytes_; }
  std::uint64_t page_bytes() const { return pages_->bytes(); }
  std::uint64_t blocks() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(touched_, [](const auto& block) { return block.load(); }));
  }

 private:
  void Fill(std::uint64_t begin, std::vector<std::byte>& out) const {
    std::size_t at = 0;
    for (; at < out.size() && begin + at < header_.size(); at += 8) {
      std::memcpy(out.data() + at, header_.data() + begin + at, 8);
    }
    while (at < out.size()) {
      const std::uint64_t place = begin + at - header_.size();
      const auto next = std::ranges::upper_bound(begins_, place);
      const std::uint64_t end = next == begins_.end() ? UINT64_MAX : *next;
      const bool norm = is_norm_[static_cast<std::size_t>(next - begins_.begin()) - 1];
      const std::size_t stop = std::min<std::uint64_t>(out.size() - at, end - place) + at;
      for (std::uint64_t word = place / 8; at < stop; at += 8, ++word) {
        const std::uint64_t values = Word(word, norm);
        std::memcpy(out.data() + at, &values, 8);
      }
    }
  }

  // Norms from 1 to 2, weights from 2^-7 to 2^-5 of either sign.
  std::uint64_t Word(std::uint64_t word, bool norm) const {
    const std::uint64_t random = MixedWord(seed_ ^ word);
    std::uint64_t values = norm ? 0x3f80 * kLanes | (random & 0x007f * kLanes)
                                : 0x3c00 * kLanes | (random & 0x80ff * kLanes);
    if (noise_ != 0) values ^= MixedWord(~seed_ ^ word) & noise_;
    return values;
  }

  std::string label_;
  std::uint64_t seed_, noise_ = 0, size_ = 0;
  std::vector<std::byte> header_;
  std::vector<std::uint64_t> begins_;  // of tensors, after the header
  std::vector<bool> is_norm_;
  std::unique_ptr<TouchedPages> pages_;
  mutable std::vector<std::atomic<bool>> touched_;
  mutable std::atomic<std::uint64_t> bytes_{0};
};

bool SyntheticPlace::IsFolder(const std::string& location) const {
  return !location.ends_with(".safetensors") && !location.ends_with(".json");
}

std::vector<std::string> SyntheticPlace::FilesIn(const std::string&) const {
  return {"config.json", "model.safetensors"};
}

std::shared_ptr<const ByteSource> SyntheticPlace::Open(const std::string& file) const {
  const Address address(file.substr(0, file.rfind('/')));
  if (file.ends_with("config.json")) {
    return MakeMemorySource(file, BytesOf(ConfigOf(ShapeNamed(address.shape))));
  }
  if (!file.ends_with("model.safetensors")) {
    throw Error(ErrorKind::kBadInput, "is not there",
                {.file = file, .tensor = {}, .offset_bytes = {}});
  }
  const std::scoped_lock lock(mutex_);
  auto& weights = open_[file];
  if (weights == nullptr) weights = std::make_shared<Weights>(file, address);
  return weights;
}

ReadCounts SyntheticPlace::counts() const {
  const std::scoped_lock lock(mutex_);
  ReadCounts counts;
  for (const auto& [file, weights] : open_) {
    counts.bytes += weights->bytes_read();
    counts.pages += weights->page_bytes();
    counts.blocks += weights->blocks();
    counts.total += weights->size_bytes();
  }
  return counts;
}

}  // namespace modelkin::bench
