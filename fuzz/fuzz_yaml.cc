#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/yaml_document.h"
#include "fuzz_check.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "README.md";
constexpr std::size_t kLevels = 8;

std::size_t DepthOf(const nlohmann::json& value) {
  std::size_t depth = 0;
  for (const nlohmann::json& part : value) {
    if (value.is_structured()) depth = std::max(depth, DepthOf(part));
  }
  return value.is_structured() ? depth + 1 : 0;
}

void ReadYaml(std::string_view text) {
  try {
    const nlohmann::json read = ParseYaml(
        kLabel, text, {.most_bytes = 1 << 16, .most_depth = kLevels, .most_nodes = 1 << 12});
    Check(DepthOf(read) <= kLevels, "levels");
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadYaml(modelkin::AsText(data, size));
  return 0;
}
