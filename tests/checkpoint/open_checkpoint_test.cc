// Single files and directories without an index.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "checkpoint/checkpoint.h"
#include "source/mapped_file.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"
#include "support/unprivileged.h"

namespace modelkin {
namespace open_checkpoint_test {

using testing::CatchError;
using ::testing::HasSubstr;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;
using testing::TestTensor;
using testing::Unprivileged;
namespace fs = std::filesystem;

TestTensor Byte(const std::string& name) { return {name, "U8", {1}, "x"}; }

class OpenCheckpointTest : public ::testing::Test {
 protected:
  Error RefusalOf(const std::string& path) {
    return CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path); });
  }
  Error RefusalOfFile(std::string_view name, std::string_view content) {
    return RefusalOf(directory_.WriteFile(name, content));
  }

  TemporaryDirectory directory_;
};

TEST_F(OpenCheckpointTest, SingleFile) {
  const std::string path =
      directory_.WriteFile("model.safetensors", SafetensorsFile({Byte("b"), Byte("a")}));
  const Checkpoint checkpoint = OpenCheckpoint(path);
  EXPECT_EQ(checkpoint.path(), path);
  ASSERT_EQ(checkpoint.files().size(), 1U);
  EXPECT_EQ(checkpoint.files()[0].name, "model.safetensors");
  EXPECT_EQ(checkpoint.files()[0].source->label(), path);
  ASSERT_EQ(checkpoint.tensors().size(), 2U);
  EXPECT_EQ(checkpoint.tensors()[0].name, "a");
  EXPECT_EQ(checkpoint.tensors()[0].offset_bytes, checkpoint.files()[0].header_bytes + 1);
}

TEST_F(OpenCheckpointTest, SingleFileOfAnyName) {
  const std::string path = directory_.WriteFile("0123abcd", SafetensorsFile({Byte("a")}));
  EXPECT_EQ(OpenCheckpoint(path).tensors().size(), 1U);
}

TEST_F(OpenCheckpointTest, LinkToAFileAndToADirectory) {
  directory_.WriteFile("blob", SafetensorsFile({Byte("a")}));
  fs::create_directory(directory_.File("snapshot"));
  fs::create_symlink("../blob", directory_.File("snapshot/model.safetensors"));
  fs::create_symlink("snapshot", directory_.File("latest"));
  EXPECT_EQ(OpenCheckpoint(directory_.File("snapshot/model.safetensors")).tensors().size(), 1U);
  EXPECT_EQ(OpenCheckpoint(directory_.File("latest")).files().at(0).name, "model.safetensors");
}

TEST_F(OpenCheckpointTest, NothingThere) {
  const Error error = RefusalOf(directory_.File("missing.safetensors"));
  EXPECT_THAT(error.what(), HasSubstr("no such file or directory"));
  EXPECT_EQ(error.site().file, directory_.File("missing.safetensors"));
  EXPECT_THAT(RefusalOf("").what(), HasSubstr("no such file or directory"));
  EXPECT_THAT(RefusalOf(directory_.File("no.safetensors.index.json")).what(),
              HasSubstr("no such file or directory"));
}

TEST_F(OpenCheckpointTest, HostilePathIsPrintable) {
  EXPECT_THAT(RefusalOf(directory_.File("a\n\x1B[2J")).what(), HasSubstr(R"(a\x0a\x1b[2J)"));
}

TEST_F(OpenCheckpointTest, LinkToItself) {
  fs::create_symlink("loop.safetensors", directory_.File("loop.safetensors"));
  const Error error = RefusalOf(directory_.File("loop.safetensors"));
  EXPECT_THAT(error.what(), HasSubstr("cannot open: Too many levels of symbolic links"));
  EXPECT_EQ(error.site().file, directory_.File("loop.safetensors"));
}

TEST_F(OpenCheckpointTest, Fifo) {
  ASSERT_EQ(mkfifo(directory_.File("model.safetensors").c_str(), 0600), 0);
  EXPECT_THAT(RefusalOf(directory_.File("model.safetensors")).what(),
              HasSubstr("is not a regular file"));
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("is not a regular file"));
}

TEST_F(OpenCheckpointTest, FolderThatMayNotBeListed) {
  const std::string path = directory_.File("closed");
  fs::create_directory(path);
  fs::permissions(path, fs::perms::none);
  const Unprivileged unprivileged;
  if (!unprivileged) GTEST_SKIP() << "cannot give up root's permissions";
  const Error error = CatchError(ErrorKind::kIo, [&] { OpenCheckpoint(path); });
  EXPECT_THAT(error.what(), HasSubstr("cannot list: Permission denied"));
}

TEST_F(OpenCheckpointTest, FileInAFolderThatMayNotBeEntered) {
  fs::create_directory(directory_.File("closed"));
  const std::string path =
      directory_.WriteFile("closed/model.safetensors", SafetensorsFile({Byte("a")}));
  fs::permissions(directory_.File("closed"), fs::perms::none);
  const Unprivileged unprivileged;
  if (!unprivileged) GTEST_SKIP() << "cannot give up root's permissions";
  const Error error = CatchError(ErrorKind::kIo, [&] { OpenCheckpoint(path); });
  EXPECT_THAT(error.what(), HasSubstr("cannot open: Permission denied"));
}

TEST_F(OpenCheckpointTest, ForeignFilesNamedSafetensors) {
  const auto expect = [&](std::string_view content, const char* message) {
    const Error error = RefusalOfFile("model.safetensors", content);
    EXPECT_THAT(error.what(), HasSubstr(message));
    EXPECT_EQ(error.site().offset_bytes, 0U);
  };
  expect("", "the file is empty");
  expect("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer");
  expect("<!DOCTYPE html><html></html>", "an HTML page");
}

TEST_F(OpenCheckpointTest, DirectoryWithOneFile) {
  directory_.WriteFile("weights.safetensors", SafetensorsFile({Byte("a")}));
  directory_.WriteFile("config.json", "{}");
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_EQ(checkpoint.path(), directory_.path());
  EXPECT_EQ(checkpoint.files().size(), 1U);
}

TEST_F(OpenCheckpointTest, DirectoryWithSeveralFilesTakesAllInNaturalOrder) {
  for (const char* number : {"10", "2", "1"}) {
    directory_.WriteFile("part-" + std::string(number) + ".safetensors",
                         SafetensorsFile({Byte("tensor." + std::string(number))}));
  }
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(checkpoint.files().size(), 3U);
  EXPECT_EQ(checkpoint.files()[0].name, "part-1.safetensors");
  EXPECT_EQ(checkpoint.files()[1].name, "part-2.safetensors");
  EXPECT_EQ(checkpoint.files()[2].name, "part-10.safetensors");
  EXPECT_EQ(checkpoint.tensors().at(2).name, "tensor.10");
  EXPECT_EQ(checkpoint.tensors()[2].file, 2U);
}

TEST_F(OpenCheckpointTest, TensorInTwoFilesOfADirectory) {
  directory_.WriteFile("one.safetensors", SafetensorsFile({Byte("a")}));
  directory_.WriteFile("two.safetensors", SafetensorsFile({Byte("a")}));
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(),
              HasSubstr("one.safetensors and two.safetensors both hold \"a\": name one of them"));
  EXPECT_EQ(error.site().file, directory_.path());
}

TEST_F(OpenCheckpointTest, HostileFileNamesAreOneLineInAnError) {
  directory_.WriteFile("1\n\x1B[2J.safetensors", SafetensorsFile({Byte("a")}));
  directory_.WriteFile("2\n\x1B[2J.safetensors", SafetensorsFile({Byte("a")}));
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr(R"(1\x0a\x1b[2J.safetensors)"));
}

TEST_F(OpenCheckpointTest, DirectoryWithoutAModel) {
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("is an empty folder"));
  directory_.WriteFile("readme.md", "x");
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("holds no .safetensors file"));
  directory_.WriteFile("config.json", "{}");
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("holds config.json and no weights"));
  EXPECT_EQ(error.site().file, directory_.path());
}

TEST_F(OpenCheckpointTest, DirectoryWithATorchFileThatIsCutOff) {
  const std::string path = directory_.WriteFile("pytorch_model.bin", "PK\x03\x04");
  directory_.WriteFile("training_args.bin", "PK\x03\x04");
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("has no central directory at its end: the file is cut off"));
  EXPECT_EQ(error.site().file, path);
}

TEST_F(OpenCheckpointTest, WhatTrainingLeavesIsNoModel) {
  for (const char* name :
       {"training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state_0.pth"}) {
    directory_.WriteFile(name, "PK\x03\x04");
  }
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("holds no .safetensors file"));
}

TEST_F(OpenCheckpointTest, BrokenFileInADirectory) {
  directory_.WriteFile("good.safetensors", SafetensorsFile({Byte("a")}));
  const std::string path = directory_.WriteFile("bad.safetensors", "short");
  EXPECT_EQ(RefusalOf(directory_.path()).site().file, path);
}

TEST_F(OpenCheckpointTest, FileThatShrinksBeforeItsHeaderIsRead) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::string file = testing::RawSafetensorsFile("{}" + std::string(4 * page, ' '));
  const std::string path = directory_.WriteFile("model.safetensors", file);
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(page)), 0);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { OpenSafetensors(source); });
  EXPECT_THAT(error.what(), HasSubstr("file shrank while it was being read"));
  EXPECT_EQ(error.site().offset_bytes, page);
}

}  // namespace open_checkpoint_test
}  // namespace modelkin
