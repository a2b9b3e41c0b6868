// Weights as canonical libraries decode them (scripts/storage/make-companion-fixtures), value by
// value.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "source/places.h"
#include "storage/coded_weight.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace form_fixtures_test {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(MODELKIN_TEST_DATA) / "forms" / "companions";

QuantisationConfig ConfigOf(const fs::path& folder) {
  const auto config = nlohmann::json::parse(std::ifstream(folder / "config.json"));
  for (const char* const key : {"quantization_config", "quantization"}) {
    if (config.contains(key)) return QuantisationConfig(config[key]);
  }
  return {};
}

Checkpoint OpenFixture(const fs::path& folder) {
  return OpenCheckpoint((folder / "model.safetensors").string(), {}, ThisMachine(),
                        ConfigOf(folder));
}

std::vector<float> Floats(const Checkpoint& checkpoint, const Tensor& tensor, std::uint64_t begin,
                          std::uint64_t count) {
  std::vector<std::byte> scratch;
  const auto bytes = TensorReader(checkpoint, tensor).Read(begin, count, scratch);
  std::vector<float> values(count);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// NaN has no value: any is as good as another.
bool SameBits(float a, float b) {
  return (a != a && b != b) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

class FormFixturesTest : public ::testing::TestWithParam<std::string> {
 protected:
  fs::path folder() const { return kFixtures / GetParam(); }
};

TEST_P(FormFixturesTest, AreDecodedToTheBit) {
  const Checkpoint checkpoint = OpenFixture(folder());
  const Checkpoint expected = OpenCheckpoint((folder() / "expected.safetensors").string());
  EXPECT_EQ(checkpoint.tensors().size(), expected.tensors().size()) << "companions are left";
  for (const Tensor& right : expected.tensors()) {
    SCOPED_TRACE(right.name);
    const Tensor* const tensor = checkpoint.Find(right.name);
    ASSERT_NE(tensor, nullptr);
    ASSERT_NE(tensor->coded, nullptr);
    EXPECT_EQ(tensor->shape, right.shape) << TypeText(*tensor);
    ASSERT_EQ(tensor->elements, right.elements);
    const auto values = Floats(checkpoint, *tensor, 0, tensor->elements);
    const auto wanted = Floats(expected, right, 0, right.elements);
    const auto [at, to] = std::ranges::mismatch(values, wanted, SameBits);
    EXPECT_EQ(at, values.end()) << "element " << at - values.begin() << ": " << *at << ", not "
                                << *to << "; " << TypeText(*tensor);
  }
}

TEST_P(FormFixturesTest, AreTheSameByRanges) {
  const Checkpoint checkpoint = OpenFixture(folder());
  std::mt19937 random(7);
  for (const Tensor& tensor : checkpoint.tensors()) {
    const auto all = Floats(checkpoint, tensor, 0, tensor.elements);
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t begin = random() % tensor.elements;
      const std::uint64_t count =
          1 + random() % std::min<std::uint64_t>(tensor.elements - begin, 400);
      const auto some = Floats(checkpoint, tensor, begin, count);
      EXPECT_TRUE(std::ranges::equal(some, std::span(all).subspan(begin, count), SameBits))
          << tensor.name << " from " << begin << ", " << count;
    }
  }
}

// An index that a file lies about is refused with the file, the tensor and the place.
TEST(FormFixtures, RefusalsWhileReadingNameTheFile) {
  std::ifstream file(kFixtures / "gptq4_v1" / "model.safetensors", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const testing::TemporaryDirectory folder;
  const fs::path path = fs::path(folder.path()) / "model.safetensors";
  const Checkpoint right = OpenFixture(kFixtures / "gptq4_v1");
  const Tensor& weight = *right.Find("order.weight");
  const auto order = std::ranges::find(weight.coded->parts, "order.g_idx", &Tensor::name);
  bytes[order->offset_bytes + 2] = 1;
  std::ofstream(path, std::ios::binary) << bytes;
  fs::copy_file(kFixtures / "gptq4_v1" / "config.json", path.parent_path() / "config.json");
  const Checkpoint wrong = OpenFixture(folder.path());
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] {
    Floats(wrong, *wrong.Find("order.weight"), 0, weight.elements);
  });
  EXPECT_EQ(error.site().file, path.string());
  EXPECT_EQ(error.site().tensor, "order.g_idx");
  EXPECT_EQ(error.site().offset_bytes, order->offset_bytes);
}

// Values of one group lie on a grid: no two that differ are closer than half of a step.
TEST_P(FormFixturesTest, HaveSteps) {
  const Checkpoint checkpoint = OpenFixture(folder());
  for (const Tensor& tensor : checkpoint.tensors()) {
    const auto steps = TensorReader(checkpoint, tensor).GridSteps(0, tensor.elements);
    ASSERT_TRUE(steps.has_value());
    const auto values = Floats(checkpoint, tensor, 0, tensor.elements);
    std::uint64_t unknown = 0;
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      ASSERT_GE((*steps)[i], 0) << tensor.name << " " << i;
      ASSERT_TRUE(std::isfinite((*steps)[i]));
      unknown += (*steps)[i] == 0 && std::isfinite(values[i]) ? 1 : 0;
    }
    EXPECT_LE(unknown, tensor.elements / 50) << tensor.name << ": scales of 0 alone have none";
  }
}

std::vector<std::string> Fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, FormFixturesTest, ::testing::ValuesIn(Fixtures()),
                         [](const auto& fixture) { return fixture.param; });

}  // namespace form_fixtures_test
}  // namespace modelkin
