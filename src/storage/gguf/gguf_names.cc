#include "storage/gguf/gguf_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "storage/gguf/gguf_config.h"
#include "storage/gguf/gguf_name_tables.h"

namespace modelkin {
namespace {

std::optional<std::string_view> FindIn(std::span<const NameRule> names, std::string_view stored,
                                       bool is_whole) {
  const auto found = std::ranges::find_if(names, [&](const NameRule& rule) {
    return rule.is_whole == is_whole && rule.stored == stored;
  });
  if (found == names.end()) return std::nullopt;
  return found->published;
}

// `own`: null without.
std::optional<std::string_view> Find(const NameTable* own, std::string_view stored, bool is_whole) {
  if (own != nullptr) {
    for (const std::span<const NameRule> names : own->names) {
      if (const auto found = FindIn(names, stored, is_whole)) return found;
    }
  }
  return FindIn(LlamaNames(), stored, is_whole);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

void ReplacePlaceholder(std::string& text, std::string_view placeholder, std::string_view by) {
  const std::size_t at = text.find(placeholder);
  if (at != std::string::npos) text.replace(at, placeholder.size(), by);
}

// Takes "3." or the like off the beginning; nothing where there is no number.
std::optional<std::string_view> TakeNumber(std::string_view& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || !IsNumber(text.substr(0, dot))) return std::nullopt;
  const std::string_view number = text.substr(0, dot);
  text.remove_prefix(dot + 1);
  return number;
}

}  // namespace

std::string NamingOf(const nlohmann::json& config) {
  constexpr std::array<std::string_view, 4> kWithOwnNames = {"bamba", "distilbert", "glm",
                                                             "mixtral"};
  const auto type = config.find("model_type");
  const bool own =
      type != config.end() && type->is_string() &&
      std::ranges::find(kWithOwnNames, type->get_ref<const std::string&>()) != kWithOwnNames.end();
  if (own) return type->get<std::string>();
  std::string architecture = GgufArchitecture(config);
  // By which its layers have one matrix or two into the MLP.
  const auto gated = config.find("feed_forward_proj");
  if (architecture == "t5" && gated != config.end() && *gated == "gated-gelu") {
    return "t5 gated";
  }
  return architecture;
}

std::optional<std::string> PublishedName(std::string_view naming, std::string_view stored) {
  constexpr std::string_view kBlock = "blk.";
  constexpr std::size_t kStack = 4;
  std::optional<std::string_view> layer;
  // Of the two stacks of an encoder-decoder.
  std::string_view stack;
  if (stored.starts_with("enc.") || stored.starts_with("dec.")) {
    stack = stored.substr(0, kStack);
    stored.remove_prefix(kStack);
  }
  if (stored.starts_with(kBlock)) {
    stored.remove_prefix(kBlock.size());
    layer = TakeNumber(stored);
    if (!layer) return std::nullopt;
  }
  const NameTable* const own = FindNameTable(naming);
  std::string_view ending;
  auto published = stack.empty() ? Find(own, stored, true) : std::nullopt;
  std::string expert;
  if (!published) {
    const std::size_t dot = stored.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    ending = stored.substr(dot);
    if (ending != ".weight" && ending != ".bias") return std::nullopt;
    std::string part = std::string(stack).append(stored.substr(0, dot));
    // One tensor for each expert, as the first files with experts had: "ffn_gate.3.weight".
    const std::size_t number = part.rfind('.');
    if (number != std::string::npos && IsNumber(std::string_view(part).substr(number + 1))) {
      expert = part.substr(number + 1);
      part = part.substr(0, number) + "_exps";
    }
    published = Find(own, part, false);
    if (!published) return std::nullopt;
  }
  if (layer.has_value() != (published->find("{L}") != std::string_view::npos)) return std::nullopt;
  std::string name = std::string(*published).append(ending);
  if (layer) ReplacePlaceholder(name, "{L}", *layer);
  if (!expert.empty()) ReplacePlaceholder(name, "{E}", expert);
  return name;
}

std::string PredictionName(std::string_view published, std::uint64_t layers) {
  constexpr std::string_view kLayers = "model.layers.";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOnce = {
      {{"eh_proj.weight", "mtp.fc.weight"},
       {"enorm.weight", "mtp.pre_fc_norm_embedding.weight"},
       {"hnorm.weight", "mtp.pre_fc_norm_hidden.weight"},
       {"shared_head.norm.weight", "mtp.norm.weight"}}};
  if (!published.starts_with(kLayers)) return std::string(published);
  std::string_view rest = published.substr(kLayers.size());
  const auto number = TakeNumber(rest);
  std::uint64_t layer = 0;
  if (number) std::from_chars(number->data(), number->data() + number->size(), layer);
  if (!number || layer < layers) return std::string(published);
  const auto* const once =
      std::ranges::find(kOnce, rest, &std::pair<std::string_view, std::string_view>::first);
  if (once != kOnce.end() && layer == layers) return std::string(once->second);
  return "mtp.layers." + std::to_string(layer - layers) + "." + std::string(rest);
}

std::optional<std::string> NameInLayer(std::string_view published, std::string_view stem) {
  constexpr std::string_view kBlock = "blk.";
  if (!stem.starts_with(kBlock)) return std::nullopt;
  stem.remove_prefix(kBlock.size());
  const auto layer = TakeNumber(stem);
  if (!layer || !stem.empty()) return std::nullopt;
  std::string name(published);
  ReplacePlaceholder(name, "{L}", *layer);
  return name;
}

}  // namespace modelkin
