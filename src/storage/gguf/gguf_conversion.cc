#include "storage/gguf/gguf_conversion.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/gguf/gguf_config.h"
#include "storage/gguf/gguf_names.h"
#include "storage/gguf/stacked_piece.h"
#include "storage/gguf/undone_weight.h"

namespace modelkin {
namespace {

// Of a model, one for each expert and matrix. Published models come to 70,000.
constexpr std::uint64_t kMostExpertTensors = std::uint64_t{1} << 17;

constexpr std::string_view kExpert = "{E}", kJoined = "self_attn.qkv_proj";

constexpr std::array<std::string_view, 3> kRotaryFactors = {
    "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"};

Tensor ViewedAs(const Tensor& tensor, std::string name, Shape shape, TensorView view) {
  Tensor part = tensor;
  part.name = std::move(name);
  part.elements = *ElementCount(shape);
  part.shape = std::move(shape);
  part.view = std::make_shared<const TensorView>(std::move(view));
  return part;
}

// [out, in] as [in, out].
Tensor TurnedRound(const Tensor& tensor, std::string name) {
  const std::uint64_t in = tensor.shape[1];
  const Shape shape = {in, tensor.shape[0]};
  return ViewedAs(tensor, std::move(name), shape, {tensor.name, 0, shape, {1, in}});
}

// Of rows of all heads' q, then k, then v: q, k and v of each head in turn. Nothing where the rows
// make no such heads.
std::optional<Tensor> HeadByHead(const Tensor& tensor, std::string name, std::uint64_t heads) {
  const std::uint64_t rows = tensor.shape.front(), row = tensor.elements / rows;
  if (heads == 0 || rows % 3 != 0 || rows / 3 % heads != 0) return std::nullopt;
  const std::uint64_t head = rows / 3 / heads;
  return ViewedAs(
      tensor, std::move(name), tensor.shape,
      {tensor.name, 0, {heads, 3, head, row}, {head * row, heads * head * row, row, 1}});
}

std::uint64_t SizeIn(const nlohmann::json& config, const char* key) {
  const auto size = config.find(key);
  return size != config.end() && size->is_number_unsigned() ? size->get<std::uint64_t>() : 0;
}

class Undoing {
 public:
  Undoing(std::vector<Tensor> tensors, const nlohmann::json& config)
      : stored_(std::move(tensors)),
        architecture_(GgufArchitecture(config)),
        naming_{architecture_, HasExperts()},
        heads_(SizeIn(config, "num_attention_heads")),
        kv_heads_(SizeIn(config, "num_key_value_heads")),
        head_size_(SizeIn(config, "head_dim")) {}

  std::vector<Tensor> Run() {
    for (const Tensor& tensor : stored_) by_name_.emplace(tensor.name, &tensor);
    JoinLatent();
    for (const Tensor& tensor : stored_) {
      if (joined_.contains(tensor.name) || IsRotaryFactor(tensor)) continue;
      std::vector<Tensor> parts;
      if (tensor.view == nullptr && tensor.elements > 0) parts = PartsOf(tensor);
      if (parts.empty() || !AreFree(parts)) parts.assign(1, tensor);
      for (Tensor& part : parts) Add(std::move(part));
    }
    return std::move(published_);
  }

 private:
  bool HasExperts() const {
    return std::ranges::any_of(stored_, [](const Tensor& tensor) {
      return tensor.name.find(".ffn_gate_inp.") != std::string::npos;
    });
  }

  bool IsRotaryFactor(const Tensor& tensor) const {
    return std::ranges::find(kRotaryFactors, tensor.name) != kRotaryFactors.end();
  }

  bool AreFree(const std::vector<Tensor>& parts) const {
    return std::ranges::none_of(parts, [&](const Tensor& part) {
      const auto stored = by_name_.find(part.name);
      return names_.contains(part.name) ||
             (stored != by_name_.end() && part.name != part.stored_name());
    });
  }

  void Add(Tensor tensor) {
    names_.insert(tensor.name);
    published_.push_back(std::move(tensor));
  }

  // None if the tensor has to stay as it is.
  std::vector<Tensor> PartsOf(const Tensor& tensor) const {
    const auto name = PublishedName(naming_, tensor.name);
    if (!name) return SplitOf(tensor);
    if (name->find(kExpert) != std::string::npos) return ExpertsOf(tensor, *name);
    if (const auto stored = ChangeOf(*name)) return {WithUndone(tensor, *stored, *name)};
    const bool matrix = tensor.shape.size() == 2;
    if (architecture_ == "gpt2" && matrix && name->find(".h.") != std::string::npos) {
      return {TurnedRound(tensor, *name)};
    }
    if (architecture_ == "gptneox" && name->find(".query_key_value.") != std::string::npos) {
      auto turned = HeadByHead(tensor, *name, heads_);
      return turned ? std::vector<Tensor>{std::move(*turned)} : std::vector<Tensor>();
    }
    if (name->find(kJoined) != std::string::npos && architecture_ != "phi3") {
      return QueryKeyValueOf(tensor, *name);
    }
    // GGUF leaves axes of length 1 away.
    if (name->ends_with("shared_expert_gate.weight") && tensor.shape.size() == 1) {
      const Shape shape = {1, tensor.elements};
      return {ViewedAs(tensor, *name, shape, {tensor.name, 0, shape, {tensor.elements, 1}})};
    }
    return {Renamed(tensor, *name)};
  }

  // What is stored in place of the weight's elements.
  std::optional<Stored> ChangeOf(std::string_view name) const {
    if (name.ends_with(".A_log")) return Stored::kNegativeExponential;
    if (!name.ends_with("norm.weight")) return std::nullopt;
    const bool all = architecture_ == "gemma" || architecture_ == "gemma2" ||
                     architecture_ == "gemma3" || architecture_ == "nemotron";
    const bool qwen = architecture_ == "qwen3next" && !name.ends_with("linear_attn.norm.weight");
    return all || qwen ? std::optional(Stored::kOnePlus) : std::nullopt;
  }

  // Experts of [experts, ...], each under its own name. Of `halves` lengthwise in each the one
  // that is asked for.
  std::vector<Tensor> ExpertsOf(const Tensor& tensor, const std::string& name,
                                std::uint64_t halves = 1, std::uint64_t half = 0) const {
    std::vector<Tensor> experts;
    if (tensor.shape.size() < 2 || tensor.shape[0] > kMostExpertTensors ||
        published_.size() > kMostExpertTensors - tensor.shape[0] || tensor.shape[1] % halves != 0) {
      return experts;
    }
    Shape shape(tensor.shape.begin() + 1, tensor.shape.end());
    shape[0] /= halves;
    const std::uint64_t elements = *ElementCount(shape);
    const std::size_t at = name.find(kExpert);
    for (std::uint64_t i = 0; i < tensor.shape[0]; ++i) {
      std::string own = name;
      own.replace(at, kExpert.size(), std::to_string(i));
      auto piece = StackedPiece(tensor, std::move(own), shape, (i * halves + half) * elements);
      if (!piece) return {};
      experts.push_back(std::move(*piece));
    }
    return experts;
  }

  // Rows of queries, then keys, then values, under the name of each.
  std::vector<Tensor> QueryKeyValueOf(const Tensor& tensor, const std::string& name) const {
    constexpr std::uint64_t kMostHeads = std::uint64_t{1} << 20;
    const std::uint64_t size = head_size_, kv_heads = kv_heads_ == 0 ? heads_ : kv_heads_;
    if (std::max({heads_, kv_heads, size}) > kMostHeads || size == 0 ||
        tensor.shape[0] != (heads_ + 2 * kv_heads) * size) {
      return {};
    }
    const std::uint64_t row = tensor.elements / tensor.shape[0];
    std::vector<Tensor> parts;
    std::uint64_t begin = 0;
    for (const auto& [own, heads] : {std::pair("self_attn.q_proj", heads_),
                                     {"self_attn.k_proj", kv_heads},
                                     {"self_attn.v_proj", kv_heads}}) {
      std::string part = name;
      part.replace(part.find(kJoined), kJoined.size(), own);
      Shape shape = tensor.shape;
      shape[0] = heads * size;
      auto piece = StackedPiece(tensor, std::move(part), std::move(shape), begin * row);
      if (!piece) return {};
      parts.push_back(std::move(*piece));
      begin += heads * size;
    }
    return parts;
  }

  // Gate above up of all experts, [experts, 2 * width, in].
  std::vector<Tensor> SplitOf(const Tensor& tensor) const {
    constexpr std::string_view kGateUp = "ffn_gate_up_exps.weight";
    if (!tensor.name.ends_with(kGateUp)) return {};
    const std::string stem = tensor.name.substr(0, tensor.name.size() - kGateUp.size());
    const auto gate = PublishedName(naming_, stem + "ffn_gate_exps.weight");
    const auto up = PublishedName(naming_, stem + "ffn_up_exps.weight");
    if (!gate || !up) return {};
    std::vector<Tensor> parts = ExpertsOf(tensor, *gate, 2, 0);
    std::ranges::move(ExpertsOf(tensor, *up, 2, 1), std::back_inserter(parts));
    return parts;
  }

  // Puts blk.*.attn_k_b and attn_v_b together.
  void JoinLatent() {
    constexpr std::string_view kKeys = "attn_k_b.weight", kValues = "attn_v_b.weight",
                               kBoth = "attn_kv_b.weight";
    for (const Tensor& keys : stored_) {
      if (!keys.name.ends_with(kKeys) || keys.view != nullptr) continue;
      const std::string stem = keys.name.substr(0, keys.name.size() - kKeys.size());
      const auto values = by_name_.find(stem + std::string(kValues));
      const auto name = PublishedName(naming_, stem + std::string(kBoth));
      if (!name || values == by_name_.end() || by_name_.contains(stem + std::string(kBoth))) {
        continue;
      }
      auto joined = JoinedKeysAndValues(keys, *values->second, *name);
      if (!joined || !AreFree({*joined})) continue;
      joined_.insert(keys.name);
      joined_.insert(values->first);
      Add(std::move(*joined));
    }
  }

  std::vector<Tensor> stored_;
  std::string architecture_;
  GgufNaming naming_;
  std::uint64_t heads_, kv_heads_, head_size_;  // 0 where nothing is said
  std::unordered_map<std::string, const Tensor*> by_name_;
  std::unordered_set<std::string> joined_, names_;
  std::vector<Tensor> published_;
};

}  // namespace

std::vector<Tensor> WithoutGgufConversion(std::vector<Tensor> tensors,
                                          const nlohmann::json& config) {
  return Undoing(std::move(tensors), config).Run();
}

}  // namespace modelkin
