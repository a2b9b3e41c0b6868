#include "architecture/encoder_cases.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "architecture/configs.h"

namespace modelkin::testing {
namespace {

using nlohmann::json;

// "layers.{0-1}.norm.weight" -> "layers.0.norm.weight" and "layers.1.norm.weight".
std::vector<std::string> NamesIn(const std::string& folded) {
  const std::size_t open = folded.find('{');
  if (open == std::string::npos) return {folded};
  const std::size_t dash = folded.find('-', open), close = folded.find('}', open);
  const int first = std::stoi(folded.substr(open + 1, dash - open - 1));
  const int last = std::stoi(folded.substr(dash + 1, close - dash - 1));
  std::vector<std::string> names;
  for (int layer = first; layer <= last; ++layer) {
    names.push_back(fmt::format("{}{}{}", folded.substr(0, open), layer, folded.substr(close + 1)));
  }
  return names;
}

EncoderCase CaseOf(const json& entry) {
  EncoderCase one{.name = entry.at("name"),
                  .component = ComponentNamed(entry.at("component").get<std::string>()).value(),
                  .published = entry.at("config"),
                  .parameters = entry.at("parameters"),
                  .small = entry.at("config"),
                  .stored = {}};
  one.small.update(entry.at("small"));
  for (const auto& [folded, shape] : entry.at("tensors").items()) {
    for (const std::string& name : NamesIn(folded)) one.stored.push_back({name, shape});
  }
  return one;
}

}  // namespace

const Family* EncoderCase::family() const {
  return FindFamily(published.at("model_type").get<std::string>(), component);
}

const std::vector<EncoderCase>& EncoderCases() {
  static const std::vector<EncoderCase> all = [] {
    std::vector<EncoderCase> cases;
    const std::string path = std::string(MODELKIN_TEST_DATA) + "/encoders.json";
    for (const json& entry : json::parse(ReadWholeFile(path))) cases.push_back(CaseOf(entry));
    return cases;
  }();
  return all;
}

ModelSpec SpecOf(const EncoderCase& one, const json& config) {
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(Config(config), *one.family(), findings);
  for (const Finding& finding : findings)
    ADD_FAILURE() << one.name << ": " << finding.message.english;
  EXPECT_TRUE(spec.has_value()) << one.name;
  return spec.value_or(ModelSpec{.family = &Families().front()});
}

}  // namespace modelkin::testing
