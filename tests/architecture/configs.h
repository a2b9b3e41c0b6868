// Configurations for tests: real ones from tests/data/configs, and ones put together on the spot.
#ifndef MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_
#define MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "architecture/model_config.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {

inline nlohmann::json RealConfig(const std::string& name) {
  return nlohmann::json::parse(
      ReadWholeFile(std::string(MODELKIN_TEST_DATA) + "/configs/" + name + ".json"));
}

inline ModelConfig Config(nlohmann::json values) { return {"config.json", std::move(values)}; }

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_
