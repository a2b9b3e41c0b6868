#include "requests/trace_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "evidence/effort.h"
#include "evidence/trace.h"
#include "requests/rehearsed_source.h"
#include "storage/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace trace_plan_test {

constexpr std::uint64_t kWidth = 64, kHidden = 512, kVocabulary = 8192, kLayers = 12;
constexpr double kExact = 0.1;  // of what is read

std::vector<std::byte> NormalBytes(std::uint64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  const auto* const bytes = reinterpret_cast<const std::byte*>(values.data());
  return {bytes, bytes + count * sizeof(float)};
}

// A Llama-like model of 8 MB in a folder.
void WriteModel(const std::string& folder, std::uint64_t seed) {
  std::vector<TensorData> tensors;
  const auto add = [&](const std::string& name, Shape shape) {
    std::uint64_t count = 1;
    for (const std::uint64_t length : shape) count *= length;
    tensors.push_back({.name = name + ".weight",
                       .dtype = DType::kF32,
                       .shape = std::move(shape),
                       .bytes = NormalBytes(count, 1000 * seed + tensors.size())});
  };
  add("model.embed_tokens", {kVocabulary, kWidth});
  for (std::uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string in = "model.layers." + std::to_string(layer) + ".";
    add(in + "input_layernorm", {kWidth});
    for (const char* const name : {"q", "k", "v", "o"}) {
      add(in + "self_attn." + name + "_proj", {kWidth, kWidth});
    }
    add(in + "mlp.gate_proj", {kHidden, kWidth});
    add(in + "mlp.up_proj", {kHidden, kWidth});
    add(in + "mlp.down_proj", {kWidth, kHidden});
  }
  add("model.norm", {kWidth});
  WriteSafetensors(folder + "/model.safetensors", tensors);
}

// Hands out the file's own bytes, and keeps which pages were asked for.
class WatchedSource : public ByteSource {
 public:
  explicit WatchedSource(const std::shared_ptr<const ByteSource>& file)
      : file_(file), pages_(file->size_bytes()) {}
  const std::string& label() const override { return file_->label(); }
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    pages_.Add(offset, length);
    return file_->Read(offset, length, scratch);
  }
  std::uint64_t bytes() const { return pages_.bytes(); }

 private:
  std::shared_ptr<const ByteSource> file_;
  mutable TouchedPages pages_;
};

struct Watched {
  std::shared_ptr<const WatchedSource> source;
  std::unique_ptr<Checkpoint> checkpoint;

  explicit Watched(const Checkpoint& real) {
    std::vector<CheckpointFile> files = real.files();
    source = std::make_shared<WatchedSource>(files.front().source);
    files.front().source = source;
    checkpoint = std::make_unique<Checkpoint>(real.path(), std::move(files), real.tensors(),
                                              std::vector<Said>());
  }
};

class PlanTrace : public ::testing::Test {
 protected:
  PlanTrace() {
    WriteModel(a_.path(), 1);
    WriteModel(b_.path(), 2);
  }
  Inputs Open() const { return Inputs::Open({.a = a_.path(), .b = b_.path()}, {}, context_); }

  testing::TemporaryDirectory a_, b_;
  RequestContext context_;
};

TEST_F(PlanTrace, IsWhatTheFirstLookReadsOfStrangers) {
  const TraceOptions options{.most_rows = 64, .most_units = 32};
  const Inputs models = Open();
  const PlannedTrace plan = modelkin::PlanTrace(models, options, context_);
  EXPECT_FALSE(plan.whole);
  const Watched a(models.a().checkpoint()), b(models.b().checkpoint());
  TraceSettings settings{options, 2};
  settings.plan = PlansOf(options, *a.checkpoint, *b.checkpoint).front();
  TraceState state;
  const Trace trace =
      TraceLook({.a = {.checkpoint = a.checkpoint.get()}, .b = {.checkpoint = b.checkpoint.get()}},
                settings, state, "", *context_.progress);
  EXPECT_EQ(trace.verdict.category, VerdictCategory::kNoEvidence);
  ASSERT_EQ(plan.inputs.size(), 2U);
  const auto read_a = static_cast<double>(a.source->bytes()),
             read_b = static_cast<double>(b.source->bytes());
  EXPECT_NEAR(static_cast<double>(plan.inputs[0].plan.bytes), read_a, kExact * read_a);
  EXPECT_NEAR(static_cast<double>(plan.inputs[1].plan.bytes), read_b, kExact * read_b);
}

TEST_F(PlanTrace, IsOfAllWhereAllIsTaken) {
  const PlannedTrace plan = modelkin::PlanTrace(Open(), {}, context_);
  EXPECT_TRUE(plan.whole);
  for (const PlannedInput& input : plan.inputs) {
    EXPECT_EQ(input.plan.bytes, input.plan.checkpoint_bytes);
  }
}

std::vector<std::byte> Copied(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(RehearsedSource, IsAStrangerOfFiniteValues) {
  const auto file = MakeMemorySource("file", std::vector<std::byte>(10'000));
  const RehearsedSource one(file, 1), other(file, 2);
  std::vector<std::byte> scratch;
  const std::vector<std::byte> all = Copied(one.Read(0, 10'000, scratch));
  EXPECT_EQ(Copied(one.Read(0, 10'000, scratch)), all);
  EXPECT_NE(Copied(other.Read(0, 10'000, scratch)), all);
  for (const std::uint64_t begin : {0, 1, 7, 4001}) {
    for (const std::uint64_t length : {1, 8, 999}) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
      EXPECT_EQ(Copied(one.Read(begin, length, scratch)),
                std::vector<std::byte>(first, first + static_cast<std::ptrdiff_t>(length)));
    }
  }
  for (const std::size_t begin : {0, 1}) {  // BF16
    for (std::size_t i = begin; i + 2 <= all.size(); i += 2) {
      EXPECT_NE(std::to_integer<int>(all[i + 1]) & 0x7f, 0x7f);
    }
  }
}

TEST(RehearsedSource, KeepsPagesAndReadsNothing) {
  const RehearsedSource source(MakeMemorySource("file", std::vector<std::byte>(10'000)), 7);
  std::vector<std::byte> scratch;
  EXPECT_EQ(source.bytes(), 0U);
  EXPECT_EQ(source.Read(4000, 200, scratch).size(), 200U);
  EXPECT_EQ(source.bytes(), 8192U);
  EXPECT_TRUE(source.Read(10'000, 0, scratch).empty());
  source.Read(9'000, 1'000, scratch);
  EXPECT_EQ(source.bytes(), 10'000U);
  EXPECT_TRUE(source.WasRead(0, 1));
  EXPECT_FALSE(source.WasRead(0, 0));
  EXPECT_ANY_THROW(source.Read(9'999, 2, scratch));
}

}  // namespace trace_plan_test
}  // namespace modelkin
