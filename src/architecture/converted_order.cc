#include "architecture/converted_order.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "architecture/placed_tensor.h"

namespace modelkin {
namespace {

// Those that llama.cpp rotates by neighbouring rows, and that are stored otherwise elsewhere: who
// calls "permute" in its converters, or reads Mistral's own files.
constexpr std::array<std::string_view, 18> kInPairs = {
    "arcee",   "arctic",        "baichuan",   "bailingmoe",     "deci",  "deepseek",
    "granite", "granitehybrid", "granitemoe", "internlm2",      "llada", "llama",
    "minicpm", "mistral3",      "nemotron_h", "nemotron_h_moe", "olmo",  "smollm3"};

std::string ArchitectureOf(const ModelConfig& config) {
  const auto* const gguf = config.Find("gguf");
  if (gguf == nullptr || !gguf->is_object()) return "";
  const auto architecture = gguf->find("architecture");
  return architecture != gguf->end() && architecture->is_string() ? architecture->get<std::string>()
                                                                  : "";
}

}  // namespace

RotaryOrder ConvertedOrder(const ModelConfig& config, const ModelSpec& spec) {
  const bool in_pairs = std::ranges::find(kInPairs, ArchitectureOf(config)) != kInPairs.end();
  const auto head_size = spec.Size("head_dim");
  if (!in_pairs || !head_size) return {};
  return {.layout = RotaryLayout::kPairsInB, .head_size = *head_size};
}

Checkpoint InTransformersOrder(Checkpoint named, const RotaryOrder& order) {
  if (order.is_same()) return named;
  const TensorPlacer placer(nullptr);
  std::vector<Tensor> tensors;
  tensors.reserve(named.tensors().size());
  for (const Tensor& tensor : named.tensors()) {
    const Role role = placer.Place(tensor).role;
    auto reordered =
        role == Role::kQuery || role == Role::kKey ? InRotaryOrder(tensor, order) : std::nullopt;
    if (reordered) {
      tensors.push_back(std::move(*reordered));
    } else {
      tensors.push_back(tensor);
    }
  }
  return {named.path(), named.files(), std::move(tensors), named.warnings()};
}

}  // namespace modelkin
