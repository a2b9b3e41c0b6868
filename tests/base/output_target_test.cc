#include "base/output_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/output_file.h"
#include "base/own_output.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace output_target_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::TemporaryDirectory;

constexpr const char* kOurs =
    "{\n\"schema_version\": \"1.0\",\n\"tool\": {\"name\":\"modelkin\"}}\n";

void Write(const OutputTarget& target, std::string_view text) {
  OutputFile file(target);
  file.Write(text);
  file.Commit();
}

OutputTarget Own(const std::string& path, const InputFiles& inputs = {}) {
  return {path, inputs, Replace::kOwnOutput};
}

TEST(OutputTarget, ReplacesWhatIsOursOrEmpty) {
  const TemporaryDirectory directory;
  const std::string ours = directory.WriteFile("ours.json", kOurs);
  const std::string empty = directory.WriteFile("empty", "");
  for (const std::string& path : {ours, empty, directory.File("new")}) {
    Write(Own(path), "text");
    EXPECT_EQ(ReadWholeFile(path), "text");
  }
}

TEST(OutputTarget, RefusesWhatIsNotOurs) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("notes", "mine");
  const Error error = CatchError(ErrorKind::kUsage, [&] { Own(path); });
  EXPECT_THAT(error.what(), HasSubstr("notes: is there, and modelkin did not write it"));
  Write({path, {}, Replace::kAnything}, "text");
  EXPECT_EQ(ReadWholeFile(path), "text");
}

TEST(OutputTarget, RefusesInputsWhateverTheyAreCalled) {
  const TemporaryDirectory directory;
  const std::string input = directory.WriteFile("input.json", kOurs);
  InputFiles inputs;
  inputs.Add(input);
  ASSERT_EQ(link(input.c_str(), directory.File("hard").c_str()), 0);
  ASSERT_EQ(symlink("hard", directory.File("soft").c_str()), 0);
  ASSERT_EQ(symlink(directory.path().c_str(), directory.File("folder").c_str()), 0);
  for (const char* const name : {"input.json", "hard", "soft", "folder/soft", "./input.json"}) {
    for (const Replace replace : {Replace::kOwnOutput, Replace::kAnything, Replace::kSameBytes}) {
      const Error error = CatchError(ErrorKind::kUsage,
                                     [&] { OutputTarget(directory.File(name), inputs, replace); });
      EXPECT_THAT(error.what(), HasSubstr("is an input"));
    }
  }
  EXPECT_EQ(ReadWholeFile(input), kOurs);
}

TEST(OutputTarget, WhatComesWhileItIsWrittenStays) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("out.json");
  OutputFile file(Own(path));
  file.Write("text");
  directory.WriteFile("out.json", "somebody's");
  CatchError(ErrorKind::kUsage, [&] { file.Commit(); });
  EXPECT_EQ(ReadWholeFile(path), "somebody's");
}

TEST(OutputTarget, AnInputThatComesWhileItIsWrittenStays) {
  const TemporaryDirectory directory;
  const std::string input = directory.WriteFile("input", kOurs), path = directory.File("out");
  InputFiles inputs;
  inputs.Add(input);
  OutputFile file(OutputTarget(path, inputs, Replace::kAnything));
  ASSERT_EQ(link(input.c_str(), path.c_str()), 0);
  CatchError(ErrorKind::kUsage, [&] { file.Commit(); });
  EXPECT_EQ(ReadWholeFile(path), kOurs);
}

TEST(OutputTarget, SameBytesStayAndOthersAreRefused) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("model", "bytes");
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  Write({path, {}, Replace::kSameBytes}, "bytes");
  ASSERT_EQ(stat(path.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  for (const char* const other : {"byte", "bytesx", "bytez", ""}) {
    CatchError(ErrorKind::kUsage, [&] { Write({path, {}, Replace::kSameBytes}, other); });
  }
  EXPECT_EQ(ReadWholeFile(path), "bytes");
  EXPECT_THAT(directory.Entries(), ElementsAre("model"));
}

TEST(OutputTarget, IsRefusedBeforeAnythingIsComputedWhereItsFolderIsMissing) {
  const TemporaryDirectory directory;
  CatchError(ErrorKind::kIo, [&] { Own(directory.File("none/out.json")); });
  CatchError(ErrorKind::kIo, [&] { Own(directory.path()); });
  CatchError(ErrorKind::kIo, [&] { Own(directory.File("out.json/")); });
}

TEST(OutputTarget, KeepsWhoMayReadWhatIsReplaced) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("ours.json", kOurs);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  Write(Own(path), "text");
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(RemoveOutput, TakesAwayWhatMayBeReplaced) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("ours.json", kOurs);
  const OutputTarget target = Own(path);
  RemoveOutput(target);
  RemoveOutput(target);
  directory.WriteFile("ours.json", "somebody's");
  CatchError(ErrorKind::kUsage, [&] { RemoveOutput(target); });
  EXPECT_EQ(ReadWholeFile(path), "somebody's");
}

TEST(OwnOutput, IsKnownByItsBeginning) {
  EXPECT_TRUE(IsOwnOutput(kOurs));
  EXPECT_TRUE(
      IsOwnOutput("{ \"schema_version\" : \"12.0\" ,\n \"tool\" : { \"name\": \"modelkin\","));
  EXPECT_TRUE(IsOwnOutput("<!-- Made by modelkin -->\n# a and b\n"));
  EXPECT_TRUE(
      IsOwnOutput("<!doctype html>\n<html><head><meta name=\"generator\" content=\"modelkin\" />"));
}

TEST(OwnOutput, IsNotWhatOnlyResemblesIt) {
  for (const char* const text :
       {"", "{", "text", "{\"tool\":{\"name\":\"modelkin\"},\"schema_version\":\"1\"}",
        "{\"schema_version\":\"1\",\"tool\":{\"name\":\"modelkinder\"", "{\"schema_version\":\"1\"",
        "[{\"schema_version\":\"1\",\"tool\":{\"name\":\"modelkin\"",
        "{\"model_type\":\"llama\",\"schema_version\":\"1\",\"tool\":{\"name\":\"modelkin\"",
        "# <!-- Made by modelkin -->\n", "<html><meta name=\"generator\" content=\"modelkin\" />",
        "<!doctype html><head><meta name=\"generator\" content=\"hugo\" />", "\x93NUMPY\x01"}) {
    EXPECT_FALSE(IsOwnOutput(text)) << text;
  }
}

// As numpy.save writes it: 128 bytes of header.
TEST(OwnOutput, IsNoArrayOfNumPysOwn) {
  std::string header("\x93NUMPY\x01\x00\x76\x00", 10);
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
  header.append(127 - header.size(), ' ');
  header += '\n';
  EXPECT_FALSE(IsOwnOutput(header + std::string(400, '\0')));
}

}  // namespace output_target_test
}  // namespace modelkin
