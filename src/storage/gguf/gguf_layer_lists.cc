#include "storage/gguf/gguf_layer_lists.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "storage/gguf/gguf_family_keys.h"

namespace modelkin {
namespace {

using nlohmann::json;

class LayerLists {
 public:
  LayerLists(const GgufFile& file, std::string_view architecture, json& config)
      : file_(file),
        architecture_(architecture),
        family_(FindGgufFamily(architecture)),
        config_(config) {}

  void Run() {
    if (const auto* const windows = ListOf("attention.sliding_window_pattern")) {
      config_["layer_types"] = LayersBy(*windows, {"sliding_attention", "full_attention"});
    }
    if (const auto* const recurrent = ListOf("attention.recurrent_layers")) {
      config_["layer_types"] = LayersBy(*recurrent, {"linear_attention", "full_attention"});
    }
    if (const auto* const indexed = ListOf("attention.indexer.types")) {
      config_["indexer_types"] = LayersBy(*indexed, {"full", "shared"});
    }
    AddHeadLists();
    const auto* const widths = ListOf("feed_forward_length");
    if (widths != nullptr && config_.value("model_type", "") == "nemotron_h") AddMlpLayers(*widths);
    if (widths != nullptr && architecture_ == "gemma4") AddWidths(*widths);
  }

 private:
  // Of a list with an item for each layer; none of anything else.
  const std::vector<GgufScalar>* ListOf(std::string_view key) const {
    const GgufValue* const value = file_.Find(architecture_ + "." + std::string(key));
    const auto* const list = value == nullptr ? nullptr : std::get_if<GgufArray>(value);
    return list == nullptr || list->items.empty() ? nullptr : &list->items;
  }

  static bool IsMarked(const GgufScalar& item) {
    if (const auto* const flag = std::get_if<bool>(&item)) return *flag;
    if (const auto* const size = std::get_if<std::uint64_t>(&item)) return *size > 0;
    const auto* const number = std::get_if<std::int64_t>(&item);
    return number != nullptr && *number > 0;
  }

  // Words for layers, by which of them a list marks.
  json LayersBy(const std::vector<GgufScalar>& list, const LayerWords& words) const {
    json layers = json::array();
    const auto count = config_.value("num_hidden_layers", std::uint64_t{0});
    for (const GgufScalar& item : list) {
      if (layers.size() == count) break;  // those for the prediction of tokens follow
      layers.push_back(IsMarked(item) ? words.marked : words.other);
    }
    return layers;
  }

  static std::uint64_t SizeIn(const GgufScalar& item) {
    if (const auto* const size = std::get_if<std::uint64_t>(&item)) return *size;
    const auto* const number = std::get_if<std::int64_t>(&item);
    return number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
  }

  // Heads of keys and values where layers differ in them.
  void AddHeadLists() {
    const auto* const heads = ListOf("attention.head_count_kv");
    if (heads == nullptr) return;
    std::uint64_t most = 0;
    for (const GgufScalar& item : *heads) most = std::max(most, SizeIn(item));
    if (most > 0) config_["num_key_value_heads"] = most;
    if (family_ != nullptr && !family_->attending.marked.empty()) {
      config_["layer_types"] = LayersBy(*heads, family_->attending);
    }
    const auto* const windows = ListOf("attention.sliding_window_pattern");
    if (architecture_ != "gemma4" || windows == nullptr || windows->size() != heads->size()) return;
    for (std::size_t i = 0; i < heads->size(); ++i) {
      const char* const key =
          IsMarked((*windows)[i]) ? "num_key_value_heads" : "num_global_key_value_heads";
      config_[key] = SizeIn((*heads)[i]);
    }
  }

  // Nemotron-H's layers are of one kind each.
  void AddMlpLayers(const std::vector<GgufScalar>& widths) {
    json& layers = config_["layer_types"];
    const bool experts = config_.contains("n_routed_experts");
    for (std::size_t i = 0; i < widths.size() && i < layers.size(); ++i) {
      if (SizeIn(widths[i]) > 0) {
        layers[i] = experts ? "moe" : "mlp";
        config_[experts ? "moe_intermediate_size" : "intermediate_size"] = SizeIn(widths[i]);
      }
    }
  }

  // Gemma 4's layers without keys of their own have MLPs of twice the width.
  void AddWidths(const std::vector<GgufScalar>& widths) {
    const std::uint64_t first = SizeIn(widths.front()), last = SizeIn(widths.back());
    config_["intermediate_size"] = first;
    config_["use_double_wide_mlp"] = last / 2 == first && last > first;
  }

  const GgufFile& file_;
  std::string architecture_;
  const GgufFamily* family_;
  json& config_;
};

}  // namespace

void AddLayerLists(const GgufFile& file, std::string_view architecture, json& config) {
  LayerLists(file, architecture, config).Run();
}

}  // namespace modelkin
