// Small models with the tensors that transformers stores of them: tests/data/names.
#ifndef MODELKIN_TESTS_ARCHITECTURE_STORED_MODELS_H_
#define MODELKIN_TESTS_ARCHITECTURE_STORED_MODELS_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "architecture/shape_only.h"

namespace modelkin::testing {

struct StoredModel {
  std::string name;  // "nemotron_h", "gemma4 experts"
  nlohmann::json config;
  std::vector<StoredShape> tensors;
};

// All of them, file by file.
std::vector<StoredModel> StoredModels();

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_STORED_MODELS_H_
