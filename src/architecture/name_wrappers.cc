#include "architecture/name_wrappers.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// What a name may begin with, one after the other.
constexpr std::array<std::string_view, 3> kFirst = {"module.", "pretrained_model.",
                                                    "base_model.model."};
// What may stand anywhere in it.
constexpr std::array<std::string_view, 4> kAnywhere = {
    "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "base_layer."};

constexpr std::array<std::string_view, 13> kDecoders = {
    "model.",      "language_model.", "transformer.", "llm.",     "ernie.",  "bert.",    "roberta.",
    "distilbert.", "mpnet.",          "electra.",     "deberta.", "dinov2.", "backbone."};

template <std::size_t kCount>
std::size_t LengthOfFirst(std::string_view name,
                          const std::array<std::string_view, kCount>& beginnings) {
  const auto* const found = std::ranges::find_if(
      beginnings, [&](std::string_view beginning) { return name.starts_with(beginning); });
  return found == beginnings.end() ? 0 : found->size();
}

}  // namespace

std::string WithoutWrappers(std::string_view tensor_name) {
  std::string name;
  bool first = true;
  while (!tensor_name.empty()) {
    std::size_t left_out = LengthOfFirst(tensor_name, kAnywhere);
    if (left_out == 0 && first) left_out = LengthOfFirst(tensor_name, kFirst);
    if (left_out == 0) {
      const std::size_t end = std::min(tensor_name.find('.'), tensor_name.size() - 1) + 1;
      name += tensor_name.substr(0, end);
      left_out = end;
      first = false;
    }
    tensor_name.remove_prefix(left_out);
  }
  return name;
}

std::string_view InsideDecoder(std::string_view tensor_name) {
  while (const std::size_t length = LengthOfFirst(tensor_name, kDecoders)) {
    tensor_name.remove_prefix(length);
  }
  return tensor_name;
}

}  // namespace modelkin
