// Which GGUF files are opened together, and what is said of others.
#include "checkpoint/open_gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/tensor_reader.h"
#include "support/expect_error.h"
#include "support/gguf_writer.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace open_gguf_test {

using testing::BytesOf;
using testing::CatchError;
using ::testing::ElementsAre;
using testing::GgufBytesOf;
using testing::GgufEntryText;
using testing::GgufPair;
using testing::GgufText;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;

constexpr std::uint32_t kF32 = 0, kQ80 = 8, kMxfp4 = 39, kU16 = 2, kI32 = 5, kString = 8;

// A file with a tensor of one value.
std::string Model(const std::string& tensor) {
  return GgufBytesOf({}, {GgufEntryText(tensor, {1}, kF32, 0)}, BytesOf(1.5F));
}

// One of several files, with a Q8_0 tensor of 32 times `value`.
std::string Split(std::uint16_t number, std::uint16_t count, std::int32_t tensors, char value) {
  const std::string block = BytesOf<std::uint16_t>(0x3C00) + std::string(32, value);  // scale 1
  return GgufBytesOf(
      {GgufPair("split.no", kU16, BytesOf(number)), GgufPair("split.count", kU16, BytesOf(count)),
       GgufPair("split.tensors.count", kI32, BytesOf(tensors))},
      {GgufEntryText("w" + std::to_string(number), {32}, kQ80, 0)}, block);
}

class OpenGguf : public ::testing::Test {
 protected:
  void WriteSplits(std::int32_t tensors = 3) {
    for (std::uint16_t i = 0; i < 3; ++i) {
      directory_.WriteFile(SplitName(i + 1), Split(i, 3, tensors, static_cast<char>(i + 1)));
    }
  }
  static std::string SplitName(int number) {
    return "m-0000" + std::to_string(number) + "-of-00003.gguf";
  }
  std::string RefusalOf(const std::string& path, const OpenOptions& options = {}) {
    return CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path, options); }).what();
  }
  TemporaryDirectory directory_;
};

std::vector<std::string> NamesIn(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const Tensor& tensor : checkpoint.tensors()) names.push_back(tensor.name);
  return names;
}

float FirstValue(const Checkpoint& checkpoint, std::string_view name);

TEST_F(OpenGguf, OpensAFileAndAFolderWithOne) {
  const std::string path = directory_.WriteFile("model.gguf", Model("w"));
  EXPECT_THAT(NamesIn(OpenCheckpoint(path)), ElementsAre("w"));
  EXPECT_THAT(NamesIn(OpenCheckpoint(directory_.path())), ElementsAre("w"));
}

TEST_F(OpenGguf, OpensAllFilesOfAModelByAnyOfThem) {
  WriteSplits();
  for (const std::string& path : {directory_.path(), directory_.File(SplitName(1)),
                                  directory_.File(SplitName(2)), directory_.File(SplitName(3))}) {
    const Checkpoint checkpoint = OpenCheckpoint(path);
    EXPECT_THAT(NamesIn(checkpoint), ElementsAre("w0", "w1", "w2"));
    EXPECT_FALSE(checkpoint.incomplete());
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(FirstValue(checkpoint, "w" + std::to_string(i)), static_cast<float>(i + 1));
    }
  }
}

TEST_F(OpenGguf, NamesFilesThatAreMissing) {
  WriteSplits();
  std::filesystem::remove(directory_.File(SplitName(1)));
  for (const std::string& path : {directory_.path(), directory_.File(SplitName(3))}) {
    EXPECT_THAT(RefusalOf(path),
                HasSubstr("missing by the names of the other files: " + SplitName(1)));
    const Checkpoint checkpoint = OpenCheckpoint(path, {.partial = true});
    EXPECT_THAT(NamesIn(checkpoint), ElementsAre("w1", "w2"));
    EXPECT_TRUE(checkpoint.incomplete());
    EXPECT_THAT(InEnglish(checkpoint.warnings()), ElementsAre(HasSubstr(SplitName(1))));
  }
}

TEST_F(OpenGguf, RefusesFilesThatContradictTheirNamesOrEachOther) {
  WriteSplits(4);
  EXPECT_THAT(RefusalOf(directory_.path()),
              HasSubstr("hold 3 tensors together, and the first says 4"));
  directory_.WriteFile(SplitName(2), Split(2, 3, 3, 1));
  EXPECT_THAT(RefusalOf(directory_.path()),
              HasSubstr("says that it is file 3 of 3, which its name"));
  directory_.WriteFile(SplitName(2), Model("w"));
  EXPECT_THAT(RefusalOf(directory_.path()),
              HasSubstr("says that it is file 1 of 1, which its name"));
}

TEST_F(OpenGguf, WarnsOfAFileWhoseNameDoesNotSayThatThereAreOthers) {
  const Checkpoint checkpoint =
      OpenCheckpoint(directory_.WriteFile("part.gguf", Split(1, 3, 3, 1)));
  EXPECT_TRUE(checkpoint.incomplete());
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre(HasSubstr("is one of 3 files of a model")));
}

TEST_F(OpenGguf, AsksWhichOfSeveralModels) {
  directory_.WriteFile("m-Q4_K.gguf", Model("w"));
  directory_.WriteFile("m-Q8_0.gguf", Model("w"));
  EXPECT_THAT(
      RefusalOf(directory_.path()),
      HasSubstr("holds 2 models in GGUF files (m-Q4_K.gguf, m-Q8_0.gguf): name one of them"));
}

TEST_F(OpenGguf, LeavesOutProjectorsAndImportanceMatrices) {
  directory_.WriteFile("model.gguf", Model("w"));
  directory_.WriteFile("mmproj-F16.gguf", Model("v"));
  directory_.WriteFile("imatrix.gguf", Model("i"));
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_THAT(NamesIn(checkpoint), ElementsAre("w"));
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre(HasSubstr("imatrix.gguf"), HasSubstr("mmproj-F16.gguf")));
  EXPECT_THAT(NamesIn(OpenCheckpoint(directory_.File("mmproj-F16.gguf"))), ElementsAre("v"));
  std::filesystem::remove(directory_.File("model.gguf"));
  std::filesystem::remove(directory_.File("imatrix.gguf"));
  EXPECT_THAT(NamesIn(OpenCheckpoint(directory_.path())), ElementsAre("v"));
}

TEST_F(OpenGguf, TakesSafetensorsThatAreBesideIt) {
  directory_.WriteFile("model.gguf", Model("w"));
  directory_.WriteFile("model.safetensors", SafetensorsFile({{"s", "U8", {1}, "x"}}));
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_THAT(NamesIn(checkpoint), ElementsAre("s"));
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre(HasSubstr("left out, as there are safetensors beside: model.gguf")));
}

TEST_F(OpenGguf, WarnsOfWhatIsNoModel) {
  const std::string path = directory_.WriteFile(
      "a.gguf", GgufBytesOf({GgufPair("general.type", kString, GgufText("adapter"))}, {}, ""));
  EXPECT_THAT(InEnglish(OpenCheckpoint(path).warnings()),
              ElementsAre(HasSubstr("no model, but: adapter")));
}

float FirstValue(const Checkpoint& checkpoint, std::string_view name) {
  std::vector<std::byte> scratch;
  float value = 0;
  std::memcpy(&value, TensorReader(checkpoint, *checkpoint.Find(name)).Read(0, 1, scratch).data(),
              sizeof value);
  return value;
}

// Experts in blocks, with a factor for each, in `dimensions` beside it.
std::string WithFactors(const std::vector<std::uint64_t>& dimensions, std::string_view factors) {
  const std::string block = std::string(1, '\x80') + std::string(16, '\x22');  // 1 each
  return GgufBytesOf({},
                     {GgufEntryText("x.weight", {32, 1, 2}, kMxfp4, 0),
                      GgufEntryText("x.scale", dimensions, kF32, 64)},
                     (block + block + std::string(30, '\0')).append(factors));
}

TEST_F(OpenGguf, FactorsBesideBlocksGoIntoTheirValues) {
  const std::string path =
      directory_.WriteFile("m.gguf", WithFactors({2}, BytesOf(3.0F).append(BytesOf(-0.5F))));
  const Checkpoint checkpoint = OpenCheckpoint(path);
  ASSERT_THAT(NamesIn(checkpoint), ElementsAre("x.weight"));
  const Tensor& weight = checkpoint.tensors().front();
  std::vector<std::byte> scratch;
  std::vector<float> values(64);
  std::memcpy(values.data(), TensorReader(checkpoint, weight).Read(0, 64, scratch).data(), 256);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(values[i], i < 32 ? 3.0F * 2 : -0.5F * 2);
  const auto steps = TensorReader(checkpoint, weight).GridSteps(31, 2);
  EXPECT_EQ((*steps)[0], 6 * (*steps)[1]);
  EXPECT_EQ(StoredBytes(weight), 34U + 8U);
}

TEST_F(OpenGguf, RefusesFactorsOfAWrongShape) {
  const std::string path = directory_.WriteFile("m.gguf", WithFactors({3}, std::string(12, '\0')));
  const Error error = CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path); });
  EXPECT_THAT(error.what(), HasSubstr("F32 of [3] can't be factors of the blocks of [2, 1, 32]"));
  EXPECT_EQ(error.site().tensor, "x.scale");
  EXPECT_EQ(error.site().file, path);
}

TEST_F(OpenGguf, GivesBlocksAsTheyAreStored) {
  const std::string path = directory_.WriteFile("m.gguf", WithFactors({1}, BytesOf(3.0F)));
  const Checkpoint checkpoint = OpenCheckpoint(path, {.as_stored = true});
  const Tensor& weight = *checkpoint.Find("x.weight");
  EXPECT_EQ(weight.coded, nullptr);
  EXPECT_EQ(weight.dtype, DType::kU8);
  EXPECT_THAT(weight.shape, ElementsAre(2, 1, 17));
}

}  // namespace open_gguf_test
}  // namespace modelkin
