// Small models of each family store what the family's table says, to the tensor: names and shapes
// are those that transformers saves (scripts/make-family-tensors).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "architecture/configs.h"
#include "architecture/family_choice.h"
#include "architecture/inspection.h"
#include "architecture/name_pattern.h"
#include "architecture/named_by_role.h"
#include "architecture/parameter_count.h"
#include "architecture/placed_tensor.h"
#include "architecture/shape_only.h"
#include "numeric/shape.h"

namespace modelkin {
namespace family_tensors_test {

using nlohmann::json;
using testing::StoredShape;

const json& Cases() {
  static const json cases = json::parse(std::ifstream(MODELKIN_TEST_DATA "/family_tensors.json"));
  return cases;
}

// "olmo2, few keys" is of the family olmo2.
std::string FamilyOf(const std::string& name) { return name.substr(0, name.find(',')); }

// A model's tensors, one by one.
std::vector<StoredShape> Tensors(const json& patterns, const ModelSpec& spec) {
  std::vector<StoredShape> tensors;
  for (const auto& [pattern, place] : patterns.items()) {
    const bool in_layers = pattern.find("{L}") != std::string::npos;
    std::vector<std::uint64_t> layers = {0};
    if (place.size() > 1) {
      place.at(1).get_to(layers);
    } else if (in_layers) {
      for (std::uint64_t i = 1; i < *spec.Size("layers"); ++i) layers.push_back(i);
    }
    const bool each = pattern.find("{E}") != std::string::npos;
    for (const std::uint64_t layer : layers) {
      for (std::uint64_t expert = 0; expert < (each ? *spec.Size("experts") : 1); ++expert) {
        tensors.push_back(
            {NameOf(pattern, layer, expert), place.at(0).get<std::vector<std::uint64_t>>(), "F32"});
      }
    }
  }
  return tensors;
}

class FamilyTensors : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const json& values = Cases().at(GetParam());
    config_.emplace("config.json", values.at("config"));
    // Sizes are those of the family that the case is named after.
    const auto family = std::ranges::find_if(Families(), [&](const Family& one) {
      return std::ranges::find(one.model_types, FamilyOf(GetParam())) != one.model_types.end() &&
             one.model_types.front() == FamilyOf(GetParam());
    });
    ASSERT_NE(family, Families().end());
    std::vector<Finding> findings;
    spec_ = ResolveSpec(*config_, *family, findings);
    ASSERT_TRUE(spec_) << findings.front().message.english;
    testing::WriteShapes(folder_.path(), Tensors(values.at("tensors"), *spec_));
    checkpoint_.emplace(OpenCheckpoint(folder_.path()));
  }

  testing::TemporaryDirectory folder_;
  std::optional<ModelConfig> config_;
  std::optional<ModelSpec> spec_;
  std::optional<Checkpoint> checkpoint_;
};

TEST_P(FamilyTensors, AreThoseOfTheTable) {
  EXPECT_EQ(ChooseFamily(*config_, &*checkpoint_), spec_->family);
  const Inspection result = Inspect("model", &*checkpoint_, &*config_);
  for (const Finding& finding : result.findings) {
    EXPECT_EQ(finding.kind, FindingKind::kUnusedValue) << finding.message.english;
  }
  std::uint64_t elements = 0, buffers = 0;
  for (const Tensor& tensor : checkpoint_->tensors()) elements += tensor.elements;
  EXPECT_EQ(elements, Cases().at(GetParam()).at("elements"));
  for (const TensorRule& rule : spec_->family->tensors) {
    const bool stored = Cases().at(GetParam()).at("tensors").contains(rule.name);
    if (rule.module != ModuleKind::kBuffer || !stored) continue;
    buffers += *ExpectedElements(*spec_, rule) * ExpectedTensors(*spec_, rule);
  }
  const auto expected = ExpectedParameters(*spec_);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total + buffers, elements);
}

// Parts of an attention or an MLP that Llama does not have.
bool IsBeyondLlama(const std::string& name) {
  for (const char* part : {"lambda_", "sub_norm", "act_fn", "output_gate", "shared_expert_gate"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

// Every stored element has its place in a Llama-like decoder, but for what that does not have.
TEST_P(FamilyTensors, HaveRoles) {
  const Checkpoint named = NamedByRole(*checkpoint_, &*spec_);
  const TensorPlacer placer(&*spec_);
  std::map<Role, std::uint64_t> roles;
  std::uint64_t elements = 0;
  for (const Tensor& tensor : named.tensors()) {
    const PlacedTensor placed = placer.Place(tensor);
    ++roles[placed.role];
    elements += tensor.elements;
    EXPECT_TRUE(EntryOf(placed.role) != nullptr || IsBeyondLlama(tensor.name)) << tensor.name;
  }
  EXPECT_EQ(elements, Cases().at(GetParam()).at("elements"));
  const std::uint64_t layers = *spec_->Size("layers");
  for (const Role role : {Role::kQuery, Role::kKey, Role::kValue, Role::kAttentionOutput}) {
    EXPECT_GE(roles[role], layers) << ModuleOf(role);
  }
  EXPECT_GE(roles[Role::kUp], layers);
  EXPECT_EQ(roles[Role::kUp], roles[Role::kDown]);
  EXPECT_EQ(roles[Role::kEmbedding], 1U);
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& [name, values] : Cases().items()) names.push_back(name);
  return names;
}

std::string NameOfCase(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, ' ', '_');
  std::erase(name, ',');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, FamilyTensors, ::testing::ValuesIn(CaseNames()), NameOfCase);

}  // namespace family_tensors_test
}  // namespace modelkin
