// Checkpoints that the program itself writes, read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/checkpoint.h"
#include "storage/safetensors_writer.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace written_checkpoint_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;
using testing::ToBytes;

const std::vector<TensorData> kTensors = {
    {.name = "layers.10", .dtype = DType::kF32, .shape = {1, 2}, .bytes = ToBytes("abcdefgh")},
    {.name = "layers.2", .dtype = DType::kBF16, .shape = {1}, .bytes = ToBytes("ij")},
    {.name = "\"odd\"\n", .dtype = DType::kU8, .shape = {}, .bytes = ToBytes("k")},
    {.name = "empty", .dtype = DType::kF64, .shape = {0, 3}, .bytes = {}},
};

void ExpectHolds(const Checkpoint& checkpoint, const std::vector<TensorData>& tensors) {
  ASSERT_EQ(checkpoint.tensors().size(), tensors.size());
  std::vector<std::byte> scratch;
  for (const TensorData& expected : tensors) {
    const Tensor* const tensor = checkpoint.Find(expected.name);
    ASSERT_NE(tensor, nullptr) << expected.name;
    EXPECT_EQ(tensor->dtype, expected.dtype);
    EXPECT_EQ(tensor->shape, expected.shape);
    const auto bytes =
        checkpoint.SourceOf(*tensor).Read(tensor->offset_bytes, tensor->length_bytes, scratch);
    EXPECT_EQ(std::vector(bytes.begin(), bytes.end()), expected.bytes);
  }
}

TEST(WriteSafetensors, IsReadBackTheSame) {
  const TemporaryDirectory directory;
  WriteSafetensors(directory.File("m.safetensors"), kTensors);
  const Checkpoint checkpoint = OpenCheckpoint(directory.File("m.safetensors"));
  ExpectHolds(checkpoint, kTensors);
  EXPECT_EQ(checkpoint.files().at(0).header_bytes % 8, 0U);
}

TEST(WriteSafetensors, NoTensors) {
  const TemporaryDirectory directory;
  WriteSafetensors(directory.File("m.safetensors"), {});
  EXPECT_THAT(OpenCheckpoint(directory.File("m.safetensors")).tensors(), IsEmpty());
}

TEST(WriteSafetensors, InAMissingFolderIsAnIoError) {
  const TemporaryDirectory directory;
  CatchError(ErrorKind::kIo, [&] { WriteSafetensors(directory.File("none/m"), kTensors); });
}

TEST(WriteShardedSafetensors, IsReadBackTheSame) {
  for (const std::size_t shards : {1, 2, 3, 4}) {
    const TemporaryDirectory directory;
    WriteShardedSafetensors(directory.path(), kTensors, shards);
    const Checkpoint checkpoint = OpenCheckpoint(directory.path());
    ExpectHolds(checkpoint, kTensors);
    EXPECT_EQ(checkpoint.files().size(), shards);
    EXPECT_THAT(InEnglish(checkpoint.warnings()), IsEmpty());
  }
}

TEST(WriteShardedSafetensors, NamesFilesAsTheHubDoes) {
  const TemporaryDirectory directory;
  WriteShardedSafetensors(directory.path(), kTensors, 2);
  EXPECT_THAT(directory.Entries(),
              ElementsAre("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                          "model.safetensors.index.json"));
}

}  // namespace written_checkpoint_test
}  // namespace modelkin
