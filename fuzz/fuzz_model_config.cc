#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "architecture/config_comparison.h"
#include "architecture/family_choice.h"
#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "architecture/parameter_count.h"
#include "fuzz_check.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "config.json";

// All that is said of a model whose weights nobody has.
void Describe(const ModelConfig& config) {
  for (const std::string& key : config.Keys()) {
    Check(config.Show(key).size() < 512, "what is shown of a value is short");
  }
  const Family* const family = ChooseFamily(config, nullptr);
  std::vector<Finding> findings;
  if (family != nullptr) {
    if (const auto spec = ResolveSpec(config, *family, findings)) ExpectedParameters(*spec);
  }
  const std::array<std::string, 2> names = {"a", "b"};
  const std::array<const ModelConfig*, 2> both = {&config, &config};
  const ConfigComparison comparison = CompareConfigs(names, both);
  Check(comparison.same() == comparison.compared(), "a model is like itself");
}

void ReadConfig(const std::uint8_t* data, std::size_t size) {
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  try {
    Describe(
        *ReadModelConfig(*MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size))));
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadConfig(data, size);
  return 0;
}
