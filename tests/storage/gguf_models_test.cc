// Models of each family, and what llama.cpp's own converter made of them: tests/data/gguf_models.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

using nlohmann::json;

const std::string kFolder = MODELKIN_TEST_DATA "/gguf_models/";

json Described() { return json::parse(std::ifstream(kFolder + "models.json")); }

float AsBFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
}

// The digest of all values as float.
std::string DigestOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  const TensorReader reader(checkpoint, tensor);
  std::vector<std::byte> scratch;
  std::vector<float> values(tensor.elements);
  const auto bytes = reader.Read(0, tensor.elements, scratch);
  DecodeToFloat(tensor.dtype, bytes.data(), tensor.elements, values.data());
  // Logarithms of exponentials are off in float's last digits; published are numbers of BF16.
  if (tensor.name.ends_with("A_log")) std::ranges::transform(values, values.begin(), AsBFloat16);
  const auto* const begin = reinterpret_cast<const std::byte*>(values.data());
  const auto source = MakeMemorySource(
      "values", std::vector<std::byte>(begin, begin + values.size() * sizeof(float)));
  Progress silent;
  return Sha256OfRange(*source, 0, source->size_bytes(), silent);
}

class GgufModelsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GgufModelsTest, HasThePublishedTensors) {
  const json published = Described().at(GetParam()).at("tensors");
  const Checkpoint checkpoint = OpenCheckpoint(kFolder + GetParam() + ".gguf");
  std::set<std::string> left_out;
  std::size_t found = 0;
  for (const auto& [name, entry] : published.items()) {
    const Tensor* const tensor = checkpoint.Find(name);
    if (tensor == nullptr) {
      left_out.insert(name);
      continue;
    }
    ++found;
    EXPECT_EQ(json(tensor->shape), entry.at("shape")) << name;
    const bool reordered = entry.contains("in_file");
    EXPECT_EQ(json(DigestOf(checkpoint, *tensor)), entry.at(reordered ? "in_file" : "sha256"))
        << name;
  }
  // BERT's pooler is no part of what llama.cpp runs; of Apertus' activation it has keys.
  std::erase_if(left_out, [](const std::string& name) {
    return name.starts_with("pooler.dense.") || name.find(".mlp.act_fn.") != std::string::npos;
  });
  EXPECT_EQ(left_out, std::set<std::string>());
  EXPECT_EQ(found, checkpoint.tensors().size());
}

TEST_P(GgufModelsTest, CountsEachByteOnce) {
  const std::string path = kFolder + GetParam() + ".gguf";
  const Checkpoint checkpoint = OpenCheckpoint(path);
  const Checkpoint stored = OpenCheckpoint(path, {.as_stored = true});
  std::uint64_t rotary = 0;
  for (const Tensor& tensor : stored.tensors()) {
    if (tensor.name.starts_with("rope_")) rotary += tensor.length_bytes;
  }
  EXPECT_EQ(checkpoint.total_bytes(), stored.total_bytes() - rotary);
}

TEST_P(GgufModelsTest, KeepsNamesOfTheFile) {
  const std::string path = kFolder + GetParam() + ".gguf";
  const Checkpoint stored = OpenCheckpoint(path, {.as_stored = true});
  const Checkpoint checkpoint = OpenCheckpoint(path);
  for (const Tensor& tensor : checkpoint.tensors()) {
    EXPECT_NE(stored.Find(tensor.stored_name()), nullptr) << tensor.name;
  }
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  const json models = Described();
  for (const auto& [name, model] : models.items()) names.push_back(name);
  return names;
}

std::string ParamName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Families, GgufModelsTest, ::testing::ValuesIn(Names()), ParamName);

}  // namespace
}  // namespace modelkin
