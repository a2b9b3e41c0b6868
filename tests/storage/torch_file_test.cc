// Files of torch.save, held against the values that torch reads from them (tests/data/torch).
#include "storage/torch/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "source/places.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace torch_file_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::ToBytes;

std::string Fixture(const std::string& name) { return MODELKIN_TEST_DATA "/torch/" + name; }

std::vector<std::byte> BytesOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  std::vector<std::byte> scratch;
  const auto bytes = TensorReader(checkpoint, tensor).Read(0, tensor.elements, scratch);
  return {bytes.begin(), bytes.end()};
}

// All tensors are there, with the type, shape and bytes that torch gave them.
void ExpectSame(const std::string& file, const std::string& values) {
  const Checkpoint read = OpenCheckpoint(Fixture(file)), right = OpenCheckpoint(Fixture(values));
  EXPECT_EQ(read.tensors().size(), right.tensors().size());
  for (const Tensor& expected : right.tensors()) {
    SCOPED_TRACE(expected.name);
    const Tensor* const tensor = read.Find(expected.name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->dtype, expected.dtype);
    EXPECT_EQ(tensor->shape, expected.shape);
    EXPECT_EQ(BytesOf(read, *tensor), BytesOf(right, expected));
    // Ranges are those of the whole.
    if (tensor->elements < 4) continue;
    std::vector<std::byte> scratch;
    const std::vector<std::byte> all = BytesOf(read, *tensor);
    const std::size_t width = ByteWidth(tensor->dtype);
    const auto some = TensorReader(read, *tensor).Read(1, tensor->elements - 2, scratch);
    EXPECT_TRUE(std::ranges::equal(some, std::span(all).subspan(width, all.size() - 2 * width)));
  }
}

TEST(TorchFile, ZipHasWhatTorchReads) { ExpectSame("zip.pt", "zip.safetensors"); }
TEST(TorchFile, Protocol5HasWhatTorchReads) { ExpectSame("protocol5.pt", "zip.safetensors"); }
TEST(TorchFile, LegacyHasWhatTorchReads) { ExpectSame("legacy.pt", "legacy.safetensors"); }
TEST(TorchFile, TarHasWhatTorchReads) { ExpectSame("tar.pt", "tar.safetensors"); }
TEST(TorchFile, NestedHasWhatTorchReads) { ExpectSame("nested.pt", "nested.safetensors"); }

TEST(TorchFile, SaysWhatIsLeftOut) {
  const Checkpoint checkpoint = OpenCheckpoint(Fixture("nested.pt"));
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre("the 4 tensors of \"model\" are taken for the weights of nested.pt; left "
                          "out: 1 tensor outside any dictionary"));
}

TEST(TorchFile, RefusesByName) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Fixture("refused"))) {
    const std::string path = entry.path().string();
    SCOPED_TRACE(path);
    std::string named = entry.path().stem().string();
    if (named.ends_with(".legacy")) named.resize(named.size() - 7);
    const Error error = CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path); });
    EXPECT_THAT(error.what(), HasSubstr(named));
    EXPECT_EQ(error.site().file, path);
    EXPECT_TRUE(error.site().offset_bytes);
    ++files;
  }
  EXPECT_EQ(files, 16U);
}

// Returns whether the bytes are refused, as bad input and with a place; else reads all tensors.
bool IsRefused(const std::string& bytes) {
  const auto file = MakeMemorySource("x.pt", ToBytes(bytes));
  try {
    const FileContents contents = ReadTorchFile(*file);
    for (const Tensor& tensor : contents.tensors) {
      EXPECT_LE(tensor.offset_bytes + tensor.length_bytes, bytes.size());
    }
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    EXPECT_TRUE(testing::IsOneSafeLine(error.what()));
    EXPECT_LE(error.site().offset_bytes.value_or(~std::uint64_t{0}), bytes.size()) << error.what();
    return true;
  }
}

TEST(TorchFile, EveryCutIsRefused) {
  for (const char* name : {"zip.pt", "nested.pt", "legacy.pt"}) {
    const std::string bytes = ReadWholeFile(Fixture(name));
    for (std::size_t length = 2; length < bytes.size(); length += 37) {
      EXPECT_TRUE(IsRefused(bytes.substr(0, length))) << name << " " << length;
    }
    EXPECT_FALSE(IsRefused(bytes)) << name;
  }
}

TEST(TorchFile, EveryFlippedByteIsReadOrRefused) {
  for (const char* name : {"contiguous.pt", "nested.pt", "tar.pt", "legacy.pt"}) {
    const std::string bytes = ReadWholeFile(Fixture(name));
    std::size_t refused = 0;
    const std::size_t step = bytes.size() / 3000 + 1;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ (i % 2 == 0 ? 0xFF : 0x01));
      refused += IsRefused(other) ? 1 : 0;
    }
    EXPECT_GT(refused, 10U) << name;
  }
}

}  // namespace torch_file_test
}  // namespace modelkin
