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
#include "storage/gguf/gguf_linear_attention.h"
#include "storage/gguf/gguf_name_tables.h"
#include "storage/gguf/gguf_names.h"
#include "storage/gguf/stacked_piece.h"
#include "storage/gguf/undone_weight.h"

namespace modelkin {
namespace {

// Of a model, one for each expert and matrix. Published models come to 70,000.
constexpr std::uint64_t kMostExpertTensors = std::uint64_t{1} << 17;

constexpr std::string_view kExpert = "{E}", kJoined = "self_attn.qkv_proj";

// Whose norms are stored as 1 + x: all, or all but the norm of linear attention.
constexpr std::array<std::string_view, 4> kAllNormsPlusOne = {"gemma", "gemma2", "gemma3",
                                                              "nemotron"};
constexpr std::array<std::string_view, 3> kDeltaRule = {"qwen35", "qwen35moe", "qwen3next"};

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

// Of each expert, likewise.
Tensor ExpertsTurnedRound(const Tensor& tensor, std::string name) {
  const std::uint64_t out = tensor.shape[1], in = tensor.shape[2];
  const Shape shape = {tensor.shape[0], in, out};
  return ViewedAs(tensor, std::move(name), shape,
                  {tensor.stored_name(), 0, shape, {in * out, 1, in}});
}

// The shape that was published, of which GGUF leaves axes of length 1 away, or has other ones:
// a convolution's channels, a number for each head or group.
std::optional<Shape> PublishedShape(std::string_view name, const Shape& shape) {
  const bool of_heads = name.ends_with(".A_log") || name.ends_with(".D");
  const bool groups = name.ends_with(".mamba.norm.weight") || name.ends_with(".mixer.norm.weight");
  if (name.ends_with("shared_expert_gate.weight") && shape.size() == 1) return Shape{1, shape[0]};
  if (shape.size() != 2) return std::nullopt;
  if (name.ends_with("conv1d.weight") || name.ends_with(".conv.conv.weight")) {
    return Shape{shape[0], 1, shape[1]};
  }
  if ((of_heads && shape[1] == 1) || groups) return Shape{shape[0] * shape[1]};
  return std::nullopt;
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
        naming_(NamingOf(config)),
        own_names_(FindNameTable(naming_)),
        heads_(SizeIn(config, "num_attention_heads")),
        kv_heads_(SizeIn(config, "num_key_value_heads")),
        head_size_(SizeIn(config, "head_dim")),
        layers_(SizeIn(config, "num_hidden_layers")),
        predicts_(SizeIn(config, "mtp_num_hidden_layers") > 0),
        delta_rule_(DeltaRuleSizesOf(config)) {}

  std::vector<Tensor> Run() {
    for (const Tensor& tensor : stored_) by_name_.emplace(tensor.name, &tensor);
    JoinLatent();
    JoinByTable();
    if (architecture_ == "qwen3next") JoinDeltaRule();
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
    std::vector<Tensor> parts = PartsUnder(tensor, *name);
    if (predicts_ && layers_ > 0) {
      for (Tensor& part : parts) part = Renamed(part, PredictionName(part.name, layers_));
    }
    return parts;
  }

  std::vector<Tensor> PartsUnder(const Tensor& tensor, const std::string& name) const {
    if (name.find(kExpert) != std::string::npos) return ExpertsOf(tensor, name);
    if (IsDeltaRule() && architecture_ != "qwen3next") {
      const auto change = ChangeOf(name);
      auto ordered = InPublishedHeadOrder(change ? WithUndone(tensor, *change, name) : tensor, name,
                                          delta_rule_);
      if (ordered) return {std::move(*ordered)};
    }
    if (const auto stored = ChangeOf(name)) return {WithChange(tensor, *stored, name)};
    const bool matrix = tensor.shape.size() == 2;
    if (architecture_ == "gpt2" && matrix && name.find(".h.") != std::string::npos) {
      return {TurnedRound(tensor, name)};
    }
    if (architecture_ == "llama4" && tensor.shape.size() == 3 && name.ends_with(".down_proj")) {
      return {ExpertsTurnedRound(tensor, name)};
    }
    if (architecture_ == "gptneox" && name.find(".query_key_value.") != std::string::npos) {
      auto turned = HeadByHead(tensor, name, heads_);
      return turned ? std::vector<Tensor>{std::move(*turned)} : std::vector<Tensor>();
    }
    if (name.find(kJoined) != std::string::npos && architecture_ != "phi3") {
      return QueryKeyValueOf(tensor, name);
    }
    if (auto shape = PublishedShape(name, tensor.shape)) {
      return {ViewedAs(tensor, name, *shape, {tensor.name, 0, {tensor.elements}, {1}})};
    }
    return {Renamed(tensor, name)};
  }

  bool IsDeltaRule() const {
    return std::ranges::find(kDeltaRule, architecture_) != kDeltaRule.end();
  }

  // What is stored in place of the weight's elements.
  std::optional<Stored> ChangeOf(std::string_view name) const {
    if (name.ends_with(".A_log")) return Stored::kNegativeExponential;
    if (!name.ends_with("norm.weight")) return std::nullopt;
    const bool all = std::ranges::find(kAllNormsPlusOne, architecture_) != kAllNormsPlusOne.end();
    const bool qwen = IsDeltaRule() && !name.ends_with("linear_attn.norm.weight");
    return all || qwen ? std::optional(Stored::kOnePlus) : std::nullopt;
  }

  Tensor WithChange(const Tensor& tensor, Stored stored, const std::string& name) const {
    Tensor undone = WithUndone(tensor, stored, name);
    auto shape = PublishedShape(name, tensor.shape);
    if (!shape) return undone;
    return ViewedAs(undone, name, *shape, {tensor.name, 0, {tensor.elements}, {1}});
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
    ForPairs("attn_k_b.weight", "attn_v_b.weight",
             [&](const Tensor& keys, const Tensor& values, const std::string& stem) {
               constexpr std::string_view kBoth = "attn_kv_b.weight";
               const auto name = PublishedName(naming_, stem + std::string(kBoth));
               if (!name || Find(stem, kBoth) != nullptr) return;
               AddJoined(JoinedKeysAndValues(keys, values, *name), keys, values);
             });
  }

  const Tensor* Find(std::string_view stem, std::string_view part) const {
    const auto found = by_name_.find(std::string(stem).append(part));
    if (found == by_name_.end()) return nullptr;
    return found->second->view == nullptr ? found->second : nullptr;
  }

  // Takes the weight in place of the two that it is made of, if there is one.
  void AddJoined(std::optional<Tensor> joined, const Tensor& first, const Tensor& second) {
    if (!joined || !AreFree({*joined})) return;
    joined_.insert(first.name);
    joined_.insert(second.name);
    Add(std::move(*joined));
  }

  // Calls `join` with each layer's first and second part, and the beginning of their names.
  template <class Join>
  void ForPairs(std::string_view first, std::string_view second, const Join& join) {
    for (const Tensor& tensor : stored_) {
      const bool is_first = tensor.name.ends_with(first) && tensor.view == nullptr;
      if (!is_first || joined_.contains(tensor.name)) continue;
      const std::string stem = tensor.name.substr(0, tensor.name.size() - first.size());
      const Tensor* const other = Find(stem, second);
      if (stem.ends_with('.') && other != nullptr) join(tensor, *other, stem);
    }
  }

  void JoinByTable() {
    if (own_names_ == nullptr) return;
    for (const JoinRule& rule : own_names_->joins) {
      ForPairs(std::string(rule.first) + ".weight", std::string(rule.second) + ".weight",
               [&](const Tensor& first, const Tensor& second, std::string_view stem) {
                 const auto name = NameInLayer(rule.published, stem);
                 if (name) AddJoined(JoinedRows(first, second, *name, rule), first, second);
               });
    }
  }

  // [rows, in] and [rows, in], or such of each expert.
  static std::optional<Tensor> JoinedRows(const Tensor& first, const Tensor& second,
                                          const std::string& name, const JoinRule& rule) {
    if (first.shape != second.shape || first.shape.size() < 2 || first.shape.size() > 3) {
      return std::nullopt;
    }
    const bool experts = first.shape.size() == 3;
    Shape shape = first.shape;
    shape[shape.size() - 2] *= 2;
    std::vector<Tensor> pieces = {first, second};
    if (!experts) {
      for (Tensor& piece : pieces) piece.shape.insert(piece.shape.begin(), 1);
    }
    auto joined = Joined({first, second}, std::move(pieces), name, std::move(shape));
    if (joined && rule.is_turned && experts) return ExpertsTurnedRound(*joined, name);
    return joined;
  }

  void JoinDeltaRule() {
    ForPairs("attn_qkv.weight", "attn_gate.weight",
             [&](const Tensor& qkv, const Tensor& z, std::string_view stem) {
               const auto name =
                   NameInLayer("model.layers.{L}.linear_attn.in_proj_qkvz.weight", stem);
               if (name) AddJoined(InterleavedByKeyHead(qkv, z, *name, delta_rule_), qkv, z);
             });
  }

  std::vector<Tensor> stored_;
  std::string architecture_, naming_;
  const NameTable* own_names_;
  std::uint64_t heads_, kv_heads_, head_size_, layers_;  // 0 where nothing is said
  bool predicts_;                                        // further tokens, by layers of other names
  DeltaRuleSizes delta_rule_;
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
