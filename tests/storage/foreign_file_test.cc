// Files of other formats that are named like a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/file_signature.h"
#include "storage/refusal.h"

namespace modelkin {
namespace foreign_file_test {

using namespace std::string_literals;
using testing::EntryText;
using testing::ExpectRefusedAt;
using testing::LengthField;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;

const std::string kZeros(64, '\0');

TEST(ForeignFile, Zip) {
  ExpectRefusedAt("PK\x03\x04" + kZeros, 0,
                  "not safetensors: a zip archive, such as torch.save writes");
}

TEST(ForeignFile, PickleOfEveryBinaryProtocol) {
  for (const char protocol : {'\x02', '\x03', '\x04', '\x05'}) {
    ExpectRefusedAt("\x80"s + protocol + "}q" + kZeros, 0, "not safetensors: a Python pickle");
  }
}

TEST(ForeignFile, LegacyTorchPickle) {
  ExpectRefusedAt("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.", 0,
                  "not safetensors: a Python pickle");
}

// "GGUF", version 3, then the numbers of tensors and of metadata entries.
std::string GgufFile(std::uint64_t tensors) {
  return "GGUF\x03\0\0\0"s + LengthField(tensors) + LengthField(1) + kZeros;
}

TEST(ForeignFile, Gguf) { ExpectRefusedAt(GgufFile(291), 0, "not safetensors: a GGUF file"); }

TEST(ForeignFile, GgufWhoseTensorCountLooksLikeTheStartOfAHeader) {
  for (const char first : {'{', ' ', '\t', '\n', '\r'}) {
    ExpectRefusedAt(GgufFile(static_cast<std::uint64_t>(first)), 0, "not safetensors: a GGUF file");
  }
}

TEST(ForeignFile, LfsPointer) {
  ExpectRefusedAt(
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 4976698672\n", 0,
      "not safetensors: a Git LFS pointer");
}

TEST(ForeignFile, HtmlPage) {
  ExpectRefusedAt("<!DOCTYPE html>\n<html><head><title>404</title></head></html>\n", 0,
                  "not safetensors: an HTML page");
}

TEST(ForeignFile, HtmlPageOfAnotherSpelling) {
  ExpectRefusedAt("<html><head><title>404</title></head></html>\n", 0,
                  "not safetensors: an HTML page");
  ExpectRefusedAt("<!doctype html><html><head><title>404</title></head></html>\n", 0,
                  "not safetensors: an HTML page");
}

TEST(ForeignFile, JsonErrorMessage) {
  ExpectRefusedAt("{\"error\": \"Repository not found\"}", 0, "not safetensors: a JSON text");
}

TEST(ForeignFile, GzipAndHdf5) {
  ExpectRefusedAt("\x1F\x8B\x08" + kZeros, 0, "gzip-compressed");
  ExpectRefusedAt("\x89HDF\r\n\x1A\n" + kZeros, 0, "an HDF5 file");
}

TEST(ForeignFile, PlainText) {
  ExpectRefusedAt("this is no model, only some text", 0, "not a safetensors file?");
}

// A valid file of no tensors whose length field begins with `length`'s bytes.
std::string PaddedFile(std::size_t length, std::string_view before) {
  std::string header = std::string(before) + "{}";
  header.resize(length, ' ');
  return RawSafetensorsFile(header);
}

TEST(ForeignFile, LengthFieldThatLooksLikeASignatureIsNone) {
  // 0x0280 to 0x0580 as bytes look like pickles, 0x8B1F like gzip, 0x04034B50 like a zip archive.
  for (const std::size_t length : {0x0280, 0x0380, 0x0480, 0x0580, 0x8B1F, 0x04034B50}) {
    EXPECT_EQ(ReadHeaderOf(PaddedFile(length, "")).header_bytes, 8 + length) << length;
  }
}

TEST(ForeignFile, LengthFieldThatLooksLikeASignatureBeforeWhiteSpaceIsNone) {
  for (const char* before : {" ", "\t", "\n", "\r", "                                        "}) {
    EXPECT_EQ(ReadHeaderOf(PaddedFile(0x0280, before)).header_bytes, 8U + 0x0280);
  }
}

}  // namespace foreign_file_test
}  // namespace modelkin
