#include "basis/arranged_checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "base/parallel.h"
#include "fingerprint/parts_in_memory.h"
#include "lineage/unit_matrix.h"

namespace modelkin::testing {
namespace arranged_checkpoint_test {

constexpr std::size_t kWidth = 24, kUnits = 700;

// A decoder's parts: reading weights (rows by coordinates), writing ones, and a bias of units.
struct Model {
  std::vector<float> up = NormalNumbers(kUnits * kWidth, 1),
                     down = NormalNumbers(kWidth * kUnits, 2), bias = NormalNumbers(kUnits, 3);
  ModelParts parts = PartsInMemory(
      {TensorOf("model.embed_tokens.weight", "F32", {40, kWidth}, NormalNumbers(40 * kWidth, 4)),
       TensorOf("model.layers.0.mlp.up_proj.weight", "F32", {kUnits, kWidth}, up),
       TensorOf("model.layers.0.mlp.down_proj.weight", "F32", {kWidth, kUnits}, down),
       TensorOf("model.layers.0.mlp.up_proj.bias", "F32", {kUnits}, bias)});
};

std::vector<float> All(const Checkpoint& checkpoint) {
  std::vector<float> rows;
  ReadByUnit(checkpoint, checkpoint.tensors().front(), 0, rows);
  return rows;
}

std::vector<std::uint32_t> Order(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

TEST(Arranged, NothingToDoLeavesTheTensorWhereItIs) {
  const Model model;
  const Part* const up = model.parts.Find("model.layers.0.mlp.up_proj.weight");
  const Checkpoint same = Arranged(model.parts, {{.from = up, .name = "x"}});
  EXPECT_EQ(same.tensors().front().offset_bytes, up->tensor->offset_bytes);
  EXPECT_EQ(All(same), model.up);
}

// Of a file whose bytes are copied where they are read, as those of a hub are.
class CopiedSource : public ByteSource {
 public:
  explicit CopiedSource(std::shared_ptr<const ByteSource> file) : file_(std::move(file)) {}
  const std::string& label() const override { return file_->label(); }
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    std::vector<std::byte> own;
    const auto bytes = file_->Read(offset, length, own);
    scratch.assign(bytes.begin(), bytes.end());
    return scratch;
  }

 private:
  std::shared_ptr<const ByteSource> file_;
};

TEST(Arranged, RowsOfAFileThatIsNotMappedAreTheSame) {
  const Model model;
  const Checkpoint& mapped = model.parts.checkpoint;
  std::vector<CheckpointFile> files = mapped.files();
  for (CheckpointFile& file : files) file.source = std::make_shared<CopiedSource>(file.source);
  const ModelParts copied =
      WithTensors(model.parts, Checkpoint(mapped.path(), std::move(files), mapped.tensors(), {}));
  const auto order = Order(kUnits, 7);
  const char* const name = "model.layers.0.mlp.up_proj.weight";
  const Checkpoint arranged =
      Arranged(copied, {{.from = copied.Find(name), .name = "x", .rows = order}});
  // Many rows at a time: each is read on the way of reading them all.
  const UnitReader reader(arranged, arranged.tensors().front(), 1);
  std::vector<float> values;
  EXPECT_TRUE(reader.Read(0, kUnits, values));
  for (std::size_t i = 0; i < kUnits; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      ASSERT_EQ(values[i * kWidth + j], model.up[order[i] * kWidth + j]) << i << ", " << j;
    }
  }
}

TEST(Arranged, SignsOfUnitsGoByTheirPlaceInTheResult) {
  const Model model;
  const auto order = Order(kUnits, 5);
  std::vector<float> signs(kUnits, 1);
  for (std::size_t i = 0; i < kUnits; i += 3) signs[i] = -1;
  const auto arranged = [&](const char* role, bool columns) {
    Arrangement how{.from = model.parts.Find(std::string("model.layers.0.mlp.") + role),
                    .name = "x"};
    (columns ? how.columns : how.rows) = order;
    (columns ? how.column_signs : how.row_signs) = signs;
    return All(Arranged(model.parts, {how}));
  };
  const auto up = arranged("up_proj.weight", false), down = arranged("down_proj.weight", true),
             bias = arranged("up_proj.bias", false);
  for (std::size_t i = 0; i < kUnits; ++i) {
    ASSERT_EQ(bias[i], signs[i] * model.bias[order[i]]);
    for (std::size_t j = 0; j < kWidth; ++j) {
      ASSERT_EQ(up[i * kWidth + j], signs[i] * model.up[order[i] * kWidth + j]);
      ASSERT_EQ(down[j * kUnits + i], signs[i] * model.down[j * kUnits + order[i]]);
    }
  }
}

// Coordinates left out, and new ones between.
TEST(Arranged, OfAnotherWidth) {
  const Model model;
  const std::vector<std::uint32_t> source = {5, kNothing, 2, 23, kNothing, 0};
  const std::vector<float> sign = {1, 1, -1, 1, 1, -1};
  const auto map = std::make_shared<const ResidualMap>(PermutationMap(kWidth, source, sign));
  EXPECT_EQ(map->dropped(), kWidth - 4);
  EXPECT_EQ(map->added(), 2U);
  const auto arranged = [&](const char* role) {
    return Arranged(model.parts,
                    {{.from = model.parts.Find(std::string("model.layers.0.mlp.") + role),
                      .name = "x",
                      .residual = map}});
  };
  const Checkpoint of_up = arranged("up_proj.weight"), of_down = arranged("down_proj.weight");
  EXPECT_EQ(of_up.tensors().front().shape, (Shape{kUnits, source.size()}));
  EXPECT_EQ(of_down.tensors().front().shape, (Shape{source.size(), kUnits}));
  const auto up = All(of_up), down = All(of_down);
  for (std::size_t i = 0; i < kUnits; ++i) {
    for (std::size_t j = 0; j < source.size(); ++j) {
      const bool none = source[j] == kNothing;
      ASSERT_EQ(up[i * source.size() + j], none ? 0 : sign[j] * model.up[i * kWidth + source[j]]);
      ASSERT_EQ(down[j * kUnits + i], none ? 0 : sign[j] * model.down[source[j] * kUnits + i]);
    }
  }
}

TEST(Arranged, RowsColumnsSignsAndScales) {
  const Model model;
  const auto rows = Order(kUnits, 5), source = Order(kWidth, 6);
  std::vector<float> sign(kWidth, 1);
  for (std::size_t i = 0; i < kWidth; i += 3) sign[i] = -1;
  const auto map = std::make_shared<const ResidualMap>(PermutationMap(source, sign));
  const auto multiplied = std::make_shared<const std::vector<float>>(NormalNumbers(kWidth, 7));
  const auto divided = std::make_shared<const std::vector<float>>(NormalNumbers(kWidth, 8));
  const auto up =
      All(Arranged(model.parts, {{.from = model.parts.Find("model.layers.0.mlp.up_proj.weight"),
                                  .name = "x",
                                  .multiplied = multiplied,
                                  .residual = map,
                                  .divided = divided,
                                  .rows = rows}}));
  for (std::size_t i = 0; i < kUnits; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      const float from = model.up[rows[i] * kWidth + source[j]] * (*multiplied)[source[j]];
      ASSERT_EQ(up[i * kWidth + j], from * sign[j] / (*divided)[j]);
    }
  }
  const auto down =
      All(Arranged(model.parts, {{.from = model.parts.Find("model.layers.0.mlp.down_proj.weight"),
                                  .name = "x",
                                  .residual = map,
                                  .columns = rows}}));
  for (std::size_t i = 0; i < kWidth; ++i) {
    for (std::size_t j = 0; j < kUnits; ++j) {
      ASSERT_EQ(down[i * kUnits + j], model.down[source[i] * kUnits + rows[j]] * sign[i]);
    }
  }
  const auto bias =
      All(Arranged(model.parts, {{.from = model.parts.Find("model.layers.0.mlp.up_proj.bias"),
                                  .name = "x",
                                  .residual = map,
                                  .rows = {3, kNothing, 1}}}));
  ASSERT_EQ(bias.size(), 3U);
  EXPECT_EQ(bias[0], model.bias[3]);
  EXPECT_TRUE(std::isnan(bias[1]));
  EXPECT_EQ(bias[2], model.bias[1]);
}

TEST(Arranged, Rotations) {
  const Model model;
  std::vector<double> rotation(kWidth * kWidth, 0);
  for (std::size_t i = 0; i < kWidth; i += 2) {  // of pairs of coordinates
    const double angle = 0.3 + 0.1 * static_cast<double>(i);
    rotation[i * kWidth + i] = rotation[(i + 1) * kWidth + i + 1] = std::cos(angle);
    rotation[i * kWidth + i + 1] = -std::sin(angle);
    rotation[(i + 1) * kWidth + i] = std::sin(angle);
  }
  const auto map = std::make_shared<const ResidualMap>(RotationMap(rotation, kWidth));
  for (const bool reads : {true, false}) {
    const std::vector<float>& stored = reads ? model.up : model.down;
    const auto turned = All(Arranged(
        model.parts, {{.from = model.parts.Find(reads ? "model.layers.0.mlp.up_proj.weight"
                                                      : "model.layers.0.mlp.down_proj.weight"),
                       .name = "x",
                       .residual = map}}));
    for (std::size_t unit = 0; unit < kUnits; ++unit) {
      for (std::size_t j = 0; j < kWidth; ++j) {
        double expected = 0;
        for (std::size_t i = 0; i < kWidth; ++i) {
          expected += rotation[j * kWidth + i] *
                      (reads ? stored[unit * kWidth + i] : stored[i * kUnits + unit]);
        }
        ASSERT_NEAR(reads ? turned[unit * kWidth + j] : turned[j * kUnits + unit], expected, 1e-5);
      }
    }
  }
}

TEST(Arranged, SameBytesWhateverIsReadTogether) {
  const Model model;
  std::vector<double> rotation(kWidth * kWidth);
  for (std::size_t i = 0; i < rotation.size(); ++i) rotation[i] = std::sin(static_cast<double>(i));
  const auto map = std::make_shared<const ResidualMap>(RotationMap(rotation, kWidth));
  std::vector<Arrangement> both;
  for (const char* name :
       {"model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.down_proj.weight"}) {
    both.push_back({.from = model.parts.Find(name), .name = name, .residual = map});
  }
  const Checkpoint arranged = Arranged(model.parts, both);
  const ByteSource& source = *arranged.files().back().source;
  std::vector<std::byte> scratch;
  const auto read = source.Read(0, source.size_bytes(), scratch);
  const std::vector<std::byte> all(read.begin(), read.end());
  ParallelFor(4, 400, [&](std::size_t i, unsigned) {
    const Checkpoint again = Arranged(model.parts, both);  // nothing of it is cached yet
    std::mt19937_64 random(i);
    const std::uint64_t begin = random() % all.size();
    const std::uint64_t length = random() % std::min<std::uint64_t>(all.size() - begin, 5000);
    std::vector<std::byte> own;
    const auto bytes = again.files().back().source->Read(begin, length, own);
    if (!std::equal(bytes.begin(), bytes.end(), all.begin() + static_cast<std::ptrdiff_t>(begin))) {
      throw std::runtime_error("other bytes");
    }
  });
  EXPECT_ANY_THROW(source.Read(source.size_bytes() - 1, 2, scratch));
}

}  // namespace arranged_checkpoint_test
}  // namespace modelkin::testing
