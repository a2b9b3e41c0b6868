#include "checkpoint/adapter_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "checkpoint/module_pattern.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostConfigBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kMostConfigValues = std::uint64_t{1} << 19;
constexpr std::size_t kMostTargets = 8;
constexpr std::size_t kMostPatterns = 4096;

// What makes a merge more than base + scale B A, where it is set.
constexpr auto kOtherWays = std::to_array<std::pair<const char*, const char*>>({
    {"layer_replication", "repeats layers of its base"},
    {"trainable_token_indices", "trains some tokens by themselves"},
    {"use_qalora", "is a QALoRA"},
    {"use_bdlora", "is of blocks (BD-LoRA)"},
    {"target_parameters", "changes parameters that are no modules"},
    {"alora_invocation_tokens", "is an activated LoRA, which acts on some tokens only"},
    {"arrow_config", "chooses among several adapters (Arrow)"},
    {"kasa_config", "is a KaSA"},
    {"monteclora_config", "is a MonteCLoRA"},
    {"velora_config", "is a VeLoRA"},
});

bool IsSet(const nlohmann::json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  return !(value->is_structured() || value->is_string()) || !value->empty();
}

}  // namespace

AdapterConfig::AdapterConfig(const ByteSource& file)
    : file_(file.label()),
      values_(std::make_shared<const nlohmann::json>(
          ReadJsonObject(file, kMostConfigBytes, kMostConfigValues))) {}

void AdapterConfig::Fail(std::string_view message) const {
  throw Error(ErrorKind::kBadInput, message, {.file = file_, .tensor = {}, .offset_bytes = {}});
}

const nlohmann::json* AdapterConfig::Find(std::string_view key) const {
  const auto found = values_->find(key);
  return found == values_->end() ? nullptr : &*found;
}

std::string AdapterConfig::Text(std::string_view key) const {
  const nlohmann::json* const value = Find(key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

bool AdapterConfig::Flag(std::string_view key) const {
  const nlohmann::json* const value = Find(key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

Said AdapterConfig::Sentence() const {
  const std::string type = Text("peft_type");
  const std::string shown =
      type.empty() || type == "LORA" ? Flag("use_dora") ? "DoRA" : "LoRA" : Printable(type, 32);
  Said text = base().empty()
                  ? Say("a {} adapter", "{} 어댑터", shown)
                  : Say("a {} adapter of {}", "{1}의 {0} 어댑터", shown, Printable(base(), 128));
  const nlohmann::json* const rank = Find("r");
  if (rank != nullptr && rank->is_number_unsigned()) {
    text = Say("{}, rank {}", "{}, 계수 {}", text, rank->get<std::uint64_t>());
  }
  const std::vector<std::string> targets = Targets();
  if (targets.empty()) return text;
  return Say("{} on {}", "{}, 대상 {}", text, ListSaid(targets, kMostTargets));
}

std::vector<std::string> AdapterConfig::Targets() const {
  const nlohmann::json* const targets = Find("target_modules");
  if (targets == nullptr) return {};
  if (targets->is_string()) return {Printable(targets->get<std::string>(), 64)};
  std::vector<std::string> names;
  for (const nlohmann::json& target : *targets) {
    if (target.is_string()) names.push_back(Printable(target.get<std::string>(), 64));
  }
  std::ranges::sort(names);  // a set in Python, in any order
  return names;
}

void AdapterConfig::RequireMergeable() const {
  const std::string type = Text("peft_type");
  if (type != "LORA") {
    Fail(fmt::format("the adapter is of type \"{}\": only LoRA is added to a base here",
                     Printable(type, 64)));
  }
  for (const auto& [key, what] : kOtherWays) {
    if (IsSet(Find(key))) Fail(fmt::format("the adapter {}, which is not read here", what));
  }
  const nlohmann::json* const start = Find("init_lora_weights");
  if (start == nullptr || !start->is_string()) return;
  const auto name = start->get<std::string>();
  if (name == "gaussian" || name == "eva" || name == "orthogonal" || name == "true") return;
  Fail(
      fmt::format("the adapter began by \"{}\", which changes its base: save it as a plain LoRA "
                  "(path_initial_model_for_weight_conversion)",
                  Printable(name, 64)));
}

const nlohmann::json* AdapterConfig::PatternValue(std::string_view key,
                                                  const std::string& module) const {
  const nlohmann::json* const patterns = Find(key);
  if (patterns == nullptr || !patterns->is_object()) return nullptr;
  if (patterns->size() > kMostPatterns) Fail(fmt::format("{} is too long", key));
  const nlohmann::json* found = nullptr;
  for (const auto& [pattern, value] : patterns->items()) {
    const auto fits = MatchesModule(pattern, module);
    if (!fits) {
      Fail(fmt::format("{} has an expression that is not read here: \"{}\"", key,
                       Printable(pattern, 128)));
    }
    if (!*fits) continue;
    // PEFT takes the first, in an order that a JSON object does not have.
    if (found != nullptr && *found != value) {
      Fail(fmt::format("{} says two things of \"{}\"", key, Printable(module)));
    }
    found = &value;
  }
  return found;
}

double AdapterConfig::ScaleOf(const std::string& module, std::uint64_t rank) const {
  const nlohmann::json* said = PatternValue("rank_pattern", module);
  if (said == nullptr) said = Find("r");
  if (said != nullptr && (!said->is_number_unsigned() || said->get<std::uint64_t>() != rank)) {
    Fail(fmt::format("says another rank of \"{}\" than its tensors have, which is {}",
                     Printable(module), rank));
  }
  const nlohmann::json* alpha = PatternValue("alpha_pattern", module);
  if (alpha == nullptr) alpha = Find("lora_alpha");
  if (alpha != nullptr && !alpha->is_number()) Fail("\"lora_alpha\" is no number");
  const double value = alpha == nullptr ? 8 : alpha->get<double>();
  const auto ranks = static_cast<double>(rank);
  return value / (Flag("use_rslora") ? std::sqrt(ranks) : ranks);
}

}  // namespace modelkin
