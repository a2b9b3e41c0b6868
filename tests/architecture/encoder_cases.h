// Encoders as transformers has them: tests/data/encoders.json, which scripts/make-encoder-shapes
// writes.
#ifndef MODELKIN_TESTS_ARCHITECTURE_ENCODER_CASES_H_
#define MODELKIN_TESTS_ARCHITECTURE_ENCODER_CASES_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "architecture/model_spec.h"
#include "architecture/shape_only.h"
#include "modelkin/component.h"

namespace modelkin::testing {

struct EncoderCase {
  std::string name;
  Component component = Component::kText;
  nlohmann::json published;  // of a model that is
  std::uint64_t parameters = 0;
  nlohmann::json small;  // the same, made small
  std::vector<StoredShape> stored;

  const Family* family() const;
};

const std::vector<EncoderCase>& EncoderCases();

// What the case's family makes of `config`; fails the test where there are findings.
ModelSpec SpecOf(const EncoderCase& one, const nlohmann::json& config);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_ENCODER_CASES_H_
