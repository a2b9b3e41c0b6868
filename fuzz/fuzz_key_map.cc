#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "scan/rename.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "map.json";

void ReadKeyMap(std::string_view text) {
  try {
    const auto rules = ParseRenameRules(kLabel, text);
    const Renamer rename(rules);
    for (const RenameRule& rule : rules) {
      Check(std::ranges::count(rule.replacement, '*') <= std::ranges::count(rule.pattern, '*'),
            "stars of the replacement");
      rename(rule.pattern);
      rename(rule.replacement);
    }
    for (const char* name : {"", "*", "model.layers.0.self_attn.q_proj.weight", "aaaaaaaa"}) {
      const std::string renamed = rename(name);
      Check(renamed.size() <= text.size() * (std::string_view(name).size() + 1) + 64, "length");
    }
  } catch (const Error& error) {
    CheckRefusal(error, kLabel, text.size());
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadKeyMap(modelkin::AsText(data, size));
  return 0;
}
