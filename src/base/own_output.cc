#include "base/own_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/owned_descriptor.h"

namespace modelkin {
namespace {

constexpr std::size_t kBeginningBytes = 4096;
constexpr std::string_view kGenerator = R"(<meta name="generator" content="modelkin")";

// The beginning without its white space, so that JSON may have been formatted anew.
std::string WithoutSpace(std::string_view text) {
  std::string dense;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') dense += c;
  }
  return dense;
}

bool IsOwnJson(std::string_view beginning) {
  std::string text = WithoutSpace(beginning);
  std::string_view rest = text;
  constexpr std::string_view kVersion = R"({"schema_version":")";
  if (!rest.starts_with(kVersion)) return false;
  rest.remove_prefix(kVersion.size());
  const std::size_t end = rest.find('"');
  return end != std::string_view::npos &&
         rest.substr(end).starts_with(R"(","tool":{"name":"modelkin")");
}

bool IsOwnSarif(std::string_view beginning) {
  const std::string text = WithoutSpace(beginning);
  return text.starts_with(R"({"$schema":"https://docs.oasis-open.org/sarif)") &&
         text.find(R"("tool":{"driver":{"name":"modelkin")") != std::string::npos;
}

// A statement, and one that is signed: the beginning of its base64 is always the same.
bool IsOwnAttestation(std::string_view beginning) {
  const std::string text = WithoutSpace(beginning);
  constexpr std::string_view kStatement =
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://modelkin/attestation/)";
  // Its white space is signed with it.
  constexpr std::string_view kEnvelope =
      R"({"payloadType":"application/vnd.in-toto+json","payload":")"
      "ewoiX3R5cGUiOiAiaHR0cHM6Ly9pbi10b3RvLmlvL1N0YXRlbWVudC92MSIsCi"
      "JwcmVkaWNhdGVUeXBlIjogImh0dHBzOi8vbW9kZWxraW4vYXR0ZXN0YXRpb24v";
  return text.starts_with(kStatement) || text.starts_with(kEnvelope);
}

// A bill of materials whose maker is modelkin, of CycloneDX or SPDX.
bool IsOwnBill(std::string_view beginning) {
  const std::string text = WithoutSpace(beginning);
  constexpr std::string_view kCycloneDx = R"({"$schema":"http://cyclonedx.org/schema/bom-)";
  constexpr std::string_view kTool =
      R"("tools":{"components":[{"type":"application","name":"modelkin")";
  constexpr std::string_view kSpdx = R"({"@context":"https://spdx.org/rdf/3)";
  constexpr std::string_view kMaker = R"(#modelkin","creationInfo":"_:creation","name":"modelkin)";
  return (text.starts_with(kCycloneDx) && text.find(kTool) != text.npos) ||
         (text.starts_with(kSpdx) && text.find(kMaker) != text.npos);
}

bool IsOwnSketch(std::string_view beginning) {
  return WithoutSpace(beginning).starts_with(R"({"sketch_version":)");
}

bool IsOwnPage(std::string_view beginning) {
  const std::size_t head = beginning.find("<head>");
  return beginning.starts_with("<!doctype html>") && head != std::string_view::npos &&
         beginning.find(kGenerator, head) != std::string_view::npos;
}

bool IsOwnPng(std::string_view beginning) {
  constexpr std::string_view kMagic = "\x89PNG\r\n\x1a\n";
  constexpr std::string_view kSoftware("tEXtSoftware\0modelkin", 21);
  return beginning.starts_with(kMagic) && beginning.find(kSoftware) != std::string_view::npos;
}

bool IsOwnArray(std::string_view beginning) {
  constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
  constexpr std::string_view kTypes[] = {"<f4", "<i4", "<i8"};
  if (beginning.size() < kNpyHeaderBytes || !beginning.starts_with(kMagic)) return false;
  const std::size_t low = static_cast<unsigned char>(beginning[8]);
  const std::size_t high = static_cast<unsigned char>(beginning[9]);
  constexpr std::size_t kBeforeHeader = kMagic.size() + 2;
  if (kBeforeHeader + low + 256 * high != kNpyHeaderBytes) return false;
  for (const std::string_view type : kTypes) {
    if (beginning.substr(kBeforeHeader).starts_with("{'descr': '" + std::string(type) + "',")) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsOwnOutput(std::string_view beginning) {
  return IsOwnJson(beginning) || IsOwnSarif(beginning) || IsOwnAttestation(beginning) ||
         IsOwnBill(beginning) || IsOwnSketch(beginning) || IsOwnPage(beginning) ||
         IsOwnPng(beginning) || IsOwnArray(beginning) || beginning.starts_with(kMarkdownMark) ||
         beginning.starts_with(kRecipeMark);
}

bool IsOwnOutputFile(int folder, const std::string& name) {
  const OwnedDescriptor file(
      openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::array<char, kBeginningBytes> beginning = {};
  const ssize_t length = file ? pread(file.get(), beginning.data(), beginning.size(), 0) : -1;
  return length > 0 && IsOwnOutput({beginning.data(), static_cast<std::size_t>(length)});
}

}  // namespace modelkin
