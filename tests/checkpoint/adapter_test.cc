// Adapters with their base, held against the values of PEFT's merge_and_unload (tests/data/peft).
#include "checkpoint/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace adapter_test {

using testing::CatchError;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::TemporaryDirectory;

// PEFT multiplies and adds in float32, up to rank + 2 roundings of sums of up to 16; here there is
// one. Values of the fixtures are under 16.
constexpr float kTolerance = 16 * 8 * 0x1p-24F;

std::string Fixture(const std::string& name) { return MODELKIN_TEST_DATA "/peft/" + name; }

std::vector<float> ValuesOf(const Checkpoint& checkpoint, const Tensor& tensor, std::uint64_t begin,
                            std::uint64_t count) {
  std::vector<std::byte> scratch;
  const auto bytes = TensorReader(checkpoint, tensor).Read(begin, count, scratch);
  std::vector<float> values(count);
  DecodeToFloat(tensor.dtype, bytes.data(), count, values.data());
  return values;
}

struct Case {
  const char* adapter;
  const char* base;
  std::size_t changed;  // weights that are decoded
};

class MergedAdapter : public ::testing::TestWithParam<Case> {};

TEST_P(MergedAdapter, HasPeftsValues) {
  const auto [adapter, base, changed] = GetParam();
  const Checkpoint merged = OpenCheckpoint(Fixture(adapter), {.base = Fixture(base)});
  const Checkpoint right = OpenCheckpoint(Fixture(std::string(adapter) + ".merged.safetensors"));
  const Checkpoint before = OpenCheckpoint(Fixture(base));
  EXPECT_EQ(merged.tensors().size(), right.tensors().size());
  std::size_t decoded = 0;
  for (const Tensor& expected : right.tensors()) {
    SCOPED_TRACE(expected.name);
    const Tensor* const tensor = merged.Find(expected.name);
    ASSERT_NE(tensor, nullptr);
    ASSERT_EQ(tensor->shape, expected.shape);
    const std::vector<float> values = ValuesOf(merged, *tensor, 0, tensor->elements);
    const std::vector<float> of_peft = ValuesOf(right, expected, 0, expected.elements);
    const bool is_changed = tensor->coded != nullptr;
    decoded += is_changed ? 1 : 0;
    float furthest = 0, change = 0;
    const Tensor* const old = before.Find(expected.name);
    ASSERT_NE(old, nullptr);
    const std::vector<float> old_values = ValuesOf(before, *old, 0, old->elements);
    for (std::size_t i = 0; i < values.size(); ++i) {
      furthest = std::max(furthest, std::abs(values[i] - of_peft[i]));
      change = std::max(change, std::abs(values[i] - old_values[i]));
    }
    EXPECT_LE(furthest, is_changed ? kTolerance : 0.0F);
    EXPECT_TRUE(!is_changed || change > 0.05F) << change;
  }
  EXPECT_EQ(decoded, changed);
}

TEST_P(MergedAdapter, GivesTheSameValuesInAnyRanges) {
  const Checkpoint merged =
      OpenCheckpoint(Fixture(GetParam().adapter), {.base = Fixture(GetParam().base)});
  for (const Tensor& tensor : merged.tensors()) {
    if (tensor.coded == nullptr) continue;
    const std::vector<float> all = ValuesOf(merged, tensor, 0, tensor.elements);
    for (const std::uint64_t length : {1, 7, 33}) {
      for (std::uint64_t begin = 0; begin < tensor.elements; begin += length) {
        const std::uint64_t count = std::min<std::uint64_t>(length, tensor.elements - begin);
        const std::vector<float> some = ValuesOf(merged, tensor, begin, count);
        ASSERT_TRUE(std::ranges::equal(some, std::span(all).subspan(begin, count)))
            << tensor.name << " from " << begin << ", " << length;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, MergedAdapter,
                         ::testing::Values(Case{"lora", "llama", 4}, Case{"rslora", "llama", 14},
                                           Case{"dora", "llama", 6}, Case{"embedding", "llama", 5},
                                           Case{"lora_bias", "llama", 8}, Case{"bias", "llama", 2},
                                           Case{"conv1d", "gpt2", 3}),
                         [](const auto& param) { return std::string(param.param.adapter); });

class AdapterFolderTest : public ::testing::Test {
 protected:
  // Copies an adapter, to change it.
  void Copy(const std::string& adapter) {
    std::filesystem::copy(Fixture(adapter), directory_.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
  }
  void Configure(const std::string& from, const std::string& to) {
    std::string config = ReadWholeFile(directory_.File("adapter_config.json"));
    const std::size_t at = config.find(from);
    ASSERT_NE(at, config.npos) << from;
    directory_.WriteFile("adapter_config.json", config.replace(at, from.size(), to));
  }
  std::string Refusal(const std::string& base = "llama") {
    return CatchError(ErrorKind::kBadInput,
                      [&] { OpenCheckpoint(directory_.path(), {.base = Fixture(base)}); })
        .what();
  }
  TemporaryDirectory directory_;
};

TEST_F(AdapterFolderTest, SaysWhatItIsWithoutABase) {
  const Checkpoint alone = OpenCheckpoint(Fixture("lora"));
  EXPECT_EQ(alone.tensors().size(), 8U);
  EXPECT_TRUE(alone.incomplete());
  EXPECT_THAT(InEnglish(alone.warnings()),
              Contains(HasSubstr("a LoRA adapter of test/llama, rank 4 on q_proj, v_proj: its "
                                 "tensors are looked at as they are; --base MODEL")));
}

TEST_F(AdapterFolderTest, TakesTheLocalFolderThatItNames) {
  Copy("lora");
  Configure("test/llama", Fixture("llama"));
  const Checkpoint merged = OpenCheckpoint(directory_.path());
  EXPECT_EQ(merged.tensors().size(), OpenCheckpoint(Fixture("llama")).tensors().size());
  EXPECT_THAT(InEnglish(merged.warnings()),
              Contains(HasSubstr("with 4 weights changed and 0 replaced")));
  EXPECT_EQ(TypeText(*merged.Find("model.layers.1.self_attn.q_proj.weight")), "F32 + LoRA, rank 2");
}

TEST_F(AdapterFolderTest, ABaseOfAnotherShapeOrNamesIsRefused) {
  Copy("lora");
  EXPECT_THAT(Refusal("gpt2"), HasSubstr("changes \"model.layers.0.self_attn.q_proj.weight\""));
  directory_.WriteFile(
      "base.safetensors",
      testing::SafetensorsFile({{"layers.0.self_attn.q_proj.weight", "U8", {2, 3}, "123456"}}));
  EXPECT_THAT(
      CatchError(
          ErrorKind::kBadInput,
          [&] { OpenCheckpoint(Fixture("lora"), {.base = directory_.File("base.safetensors")}); })
          .what(),
      HasSubstr("changes a matrix of shape [16, 16], and "
                "\"layers.0.self_attn.q_proj.weight\" has [2, 3]"));
}

TEST_F(AdapterFolderTest, ABaseThatIsAnAdapterIsRefused) {
  Copy("lora");
  EXPECT_THAT(Refusal("dora"), HasSubstr("is an adapter, and no base"));
}

TEST_F(AdapterFolderTest, OtherWaysToMergeAreRefused) {
  for (const auto& [from, to, message] :
       {std::tuple{"\"LORA\"", "\"LOHA\"", "of type \"LOHA\""},
        std::tuple{"\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"", "\"pissa\""},
        std::tuple{"\"layer_replication\": null", "\"layer_replication\": [[0, 1], [0, 2]]",
                   "repeats layers"},
        std::tuple{"\"lora_alpha\": 8", "\"lora_alpha\": \"8\"", "is no number"},
        std::tuple{"\"r\": 4", "\"r\": 3", "says another rank"},
        std::tuple{"(0|1)", "((0*)*|1)", "has an expression that is not read here"}}) {
    Copy("lora");
    Configure(from, to);
    EXPECT_THAT(Refusal(), HasSubstr(message)) << message;
  }
}

TEST_F(AdapterFolderTest, PartsThatDoNotFitAreRefused) {
  const auto refusal = [&](const std::vector<testing::TestTensor>& tensors) {
    Copy("lora");
    directory_.WriteFile("adapter_model.safetensors", testing::SafetensorsFile(tensors));
    return Refusal();
  };
  const std::string q = "base_model.model.model.layers.0.self_attn.q_proj.";
  const std::string zeros(4 * 64, '\0');
  EXPECT_THAT(refusal({{q + "lora_A.weight", "F32", {4, 16}, zeros}}), HasSubstr("is missing"));
  EXPECT_THAT(refusal({{q + "lora_A.weight", "F32", {4, 16}, zeros},
                       {q + "lora_B.weight", "F32", {8, 8}, zeros}}),
              HasSubstr("which have no product"));
  EXPECT_THAT(refusal({{q + "lora_A.weight", "F32", {4, 16}, zeros},
                       {q + "lora_B.weight", "F32", {16, 4}, zeros},
                       {q + "lora_C.weight", "F32", {8, 8}, zeros}}),
              HasSubstr("is a part of LoRA that is not read here"));
  EXPECT_THAT(refusal({{"model.layers.0.self_attn.q_proj.lora_A.weight", "F32", {4, 16}, zeros}}),
              HasSubstr("is not under \"base_model.model.\""));
  EXPECT_THAT(refusal({{q + "lora_A.weight", "F32", {4, 16}, zeros},
                       {q + "lora_B.weight", "F32", {16, 4}, zeros},
                       {q + "lora_magnitude_vector", "F32", {8, 8}, zeros}}),
              HasSubstr("has 64 elements for 16 rows"));
}

}  // namespace adapter_test
}  // namespace modelkin
