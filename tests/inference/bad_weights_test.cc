// Checkpoints with something missing, wrong, NaN or infinite: each must be told, and where.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "inference/forward_pass.h"
#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace bad_weights_test {

using testing::StoredModel;
using testing::TestTensor;

// What RunOnce makes use of, by the names in the model's file.
std::set<std::string> UsedNames(const StoredModel& stored) {
  const testing::OpenedModel model(stored);
  testing::RunOnce(*model);
  const auto unused = model->weights().Unused();
  std::set<std::string> used;
  for (const Tensor& tensor : model->weights().checkpoint().tensors()) {
    if (std::ranges::find(unused, tensor.name) == unused.end()) used.insert(tensor.stored_name());
  }
  return used;
}

// A checkpoint in a folder that outlives the error about it.
struct Attempt {
  explicit Attempt(const StoredModel& stored) { stored.Write(folder); }
  void Run() const { testing::RunOnce(RunnableModel(OpenModel(folder.path()), 1)); }
  testing::TemporaryDirectory folder;
};

std::string BitsOf(const std::string& dtype, float value) {
  return dtype == "F32" ? testing::F32Bytes({value}) : testing::NarrowBytes(dtype, {value});
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The digits that follow, if any do.
std::optional<std::string> NumberAfter(const std::string& name, const std::string& before) {
  const std::size_t at = name.find(before);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + before.size();
  const std::size_t end = std::min(name.find_first_not_of("0123456789", begin), name.size());
  return end > begin ? std::optional(name.substr(begin, end - begin)) : std::nullopt;
}

// The third row of a table of which rows are taken, else somewhere in the middle; of experts that
// lie in one tensor, all, as not all are chosen.
void Spoil(TestTensor& tensor, float value) {
  const std::string bits = BitsOf(tensor.dtype, value);
  const std::size_t count = tensor.bytes.size() / bits.size();
  const bool fused = tensor.name.find(".experts.") != std::string::npos && tensor.shape[0] < 20 &&
                     !NumberAfter(tensor.name, "experts.");
  const bool table =
      Has(tensor.name, "embed") || Has(tensor.name, "wte") || Has(tensor.name, "wpe");
  std::size_t at = count / 2;
  if (table && tensor.shape.size() == 2) at = 3 * tensor.shape[1] + 1;
  if (tensor.name.find("token_type") != std::string::npos) at = 1;
  for (std::size_t i = fused ? 0 : at; i < (fused ? count : at + 1); ++i) {
    tensor.bytes.replace(i * bits.size(), bits.size(), bits);
  }
}

class BadWeights : public ::testing::TestWithParam<const char*> {
 protected:
  BadWeights() : stored_(testing::ReadStored(GetParam())), used_(UsedNames(stored_)) {}

  // Changes each tensor in turn; `expect` sees the error, of those that count.
  template <class Change, class Expect>
  void ForEach(const Change& change, const Expect& expect) {
    for (std::size_t i = 0; i < stored_.tensors.size(); ++i) {
      const std::string name = stored_.tensors[i].name;
      SCOPED_TRACE(name);
      StoredModel changed = stored_;
      if (!change(changed, i)) continue;
      const Attempt attempt(changed);
      if (used_.contains(name)) {
        const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { attempt.Run(); });
        expect(error, name, attempt);
      } else {
        EXPECT_NO_THROW(attempt.Run());
      }
    }
  }

  StoredModel stored_;
  std::set<std::string> used_;
};

TEST_P(BadWeights, EachMissingTensorIsNamed) {
  ForEach(
      [](StoredModel& model, std::size_t i) {
        model.tensors.erase(model.tensors.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      },
      [](const Error& error, const std::string&, const Attempt&) {
        // By its Llama-like name, which may be another than in the file.
        EXPECT_FALSE(error.site().tensor.empty()) << error.what();
        EXPECT_NE(error.message().find("missing"), std::string::npos) << error.what();
      });
}

TEST_P(BadWeights, EachWrongShape) {
  ForEach(
      [](StoredModel& model, std::size_t i) {
        auto& shape = model.tensors[i].shape;
        if (shape.size() == 2 && shape[0] != shape[1]) {
          std::swap(shape[0], shape[1]);
        } else {
          shape = {model.tensors[i].bytes.size() / (model.tensors[i].dtype == "F32" ? 4 : 2), 1, 1};
        }
        return true;
      },
      [](const Error& error, const std::string&, const Attempt&) {
        EXPECT_FALSE(error.site().tensor.empty()) << error.what();
      });
}

TEST_P(BadWeights, EachWrongType) {
  ForEach(
      [](StoredModel& model, std::size_t i) {
        model.tensors[i].dtype = model.tensors[i].dtype == "F32" ? "I32" : "I16";
        return true;
      },
      [](const Error& error, const std::string&, const Attempt&) {
        EXPECT_FALSE(error.site().tensor.empty()) << error.what();
      });
}

// The file's bytes at the place that the error names are no number.
void ExpectBadValueAt(const Error& error, const Attempt& attempt, const std::string& dtype) {
  ASSERT_TRUE(error.site().offset_bytes) << error.what();
  const std::string file = testing::ReadWholeFile(attempt.folder.File("model.safetensors"));
  const std::size_t width = dtype == "F32" ? 4 : 2;
  ASSERT_LE(*error.site().offset_bytes + width, file.size());
  const TestTensor element{"", dtype, {}, file.substr(*error.site().offset_bytes, width)};
  EXPECT_FALSE(std::isfinite(testing::ValuesOf(element)[0])) << error.what();
}

TEST_P(BadWeights, EachNanAndInfinityIsFound) {
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    ForEach(
        [&](StoredModel& model, std::size_t i) {
          if (!used_.contains(model.tensors[i].name)) return false;
          Spoil(model.tensors[i], value);
          return true;
        },
        [](const Error& error, const std::string& name, const Attempt& attempt) {
          EXPECT_EQ(error.site().tensor, name) << error.what();
          const auto stored = testing::ReadTensors(attempt.folder.File("model.safetensors"));
          ExpectBadValueAt(error, attempt,
                           std::ranges::find(stored, name, &TestTensor::name)->dtype);
          for (const char* const before : {".h.", ".layers.", ".layer."}) {
            const auto layer = NumberAfter(name, before);
            if (layer) {
              EXPECT_TRUE(Has(error.message(), "layer " + *layer)) << error.what();
            }
          }
        });
  }
}

INSTANTIATE_TEST_SUITE_P(Families, BadWeights,
                         ::testing::Values("bert-plain", "deepseek_v3-yarn", "deepseek_v3-full-q",
                                           "gemma2-no-caps", "glm4_moe-qk-norm", "gpt2-plain",
                                           "gpt_oss-limits", "llama-biases", "llama-float16",
                                           "mixtral-plain", "phimoe-plain", "phimoe-window",
                                           "qwen2_5_vl_vision-windows", "qwen3_moe-step",
                                           "qwen3_vl_vision-plain", "siglip_vision-plain",
                                           "solar_open-plain"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(BadWeight, RowsOfTokensThatDoNotOccurDoNotMatter) {
  StoredModel stored = testing::ReadStored("llama-plain");
  const std::size_t width = stored.At("model.embed_tokens.weight").shape[1];
  stored.Set("model.embed_tokens.weight", 20 * width, NAN);
  stored.Set("model.embed_tokens.weight", 0, INFINITY);
  EXPECT_NO_THROW(testing::RunAll(stored));
  // Of those that do occur, the first bad one is named.
  stored.Set("model.embed_tokens.weight", 3 * width + 2, NAN);
  const Attempt attempt(stored);
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { attempt.Run(); });
  EXPECT_NE(error.message().find("element " + std::to_string(3 * width + 2) + " "),
            std::string::npos)
      << error.what();
}

TEST(BadWeight, SumsThatOverflow) {
  StoredModel stored = testing::ReadStored("llama-plain");
  const std::string name = "model.layers.1.mlp.down_proj.weight";
  for (std::size_t i = 0; i < stored.At(name).bytes.size() / 4; ++i) stored.Set(name, i, 3e38F);
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { testing::RunAll(stored); });
  EXPECT_NE(error.message().find("layer 1"), std::string::npos);
  EXPECT_NE(error.message().find("32-bit float"), std::string::npos);
  EXPECT_FALSE(error.site().offset_bytes);
}

// Overflow, where a weight that is not read has NaN.
TEST(BadWeight, OverflowIsNotBlamedOnOtherRows) {
  StoredModel stored = testing::ReadStored("gemma2-plain");
  const std::size_t width = stored.At("model.embed_tokens.weight").shape[1];
  stored.Set("model.embed_tokens.weight", 7 * width, NAN);
  stored.Set("model.embed_tokens.weight", 3 * width, 3e38F);
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { testing::RunAll(stored); });
  EXPECT_NE(error.message().find("32-bit float"), std::string::npos) << error.what();
}

// Functions of 0 for negative numbers must not hide NaN.
TEST(BadWeight, ReluDoesNotHideNan) {
  for (const char* function : {"relu", "relu2"}) {
    StoredModel stored = testing::ReadStored("llama-plain");
    stored.config["hidden_act"] = function;
    EXPECT_NO_THROW(testing::RunAll(stored));
    stored.Set("model.layers.0.mlp.gate_proj.weight", 0, NAN);
    testing::CatchError(ErrorKind::kBadInput, [&] { testing::RunAll(stored); });
    stored.Set("model.layers.0.mlp.gate_proj.weight", 0, -INFINITY);
    testing::CatchError(ErrorKind::kBadInput, [&] { testing::RunAll(stored); });
  }
}

// A file that ends before its tensors do.
TEST(BadWeight, TruncatedFiles) {
  const Attempt attempt(testing::ReadStored("llama-plain"));
  const std::string path = attempt.folder.File("model.safetensors");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  testing::CatchError(ErrorKind::kBadInput, [&] { attempt.Run(); });
}

}  // namespace bad_weights_test
}  // namespace modelkin
