#include "source/sealed_file.h"

#include <fmt/format.h>

#include <span>

#include "base/error.h"
#include "base/output_file.h"
#include "source/mapped_file.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::size_t kHexDigits = 64;  // of a SHA-256

std::string FirstLine(std::string_view kind) { return fmt::format("modelkin {} 1\n", kind); }
std::string LastLine(std::string_view kind) { return fmt::format("\nend of modelkin {}\n", kind); }

std::string DigestUnder(const Seal& seal, std::string_view content) {
  Sha256 sha;
  const auto add = [&](std::string_view text) { sha.Update(std::as_bytes(std::span(text))); };
  add(fmt::format("{} {} {}\n", seal.kind, seal.name.size(), seal.inputs.size()));
  add(seal.name);
  add(seal.inputs);
  add(content);
  return sha.HexDigest();
}

}  // namespace

std::string Sealed(const Seal& seal, std::string_view content) {
  return fmt::format("{}{}\n{}{}", FirstLine(seal.kind), DigestUnder(seal, content), content,
                     LastLine(seal.kind));
}

std::optional<std::string_view> Unsealed(const Seal& seal, std::string_view bytes) {
  const std::string first = FirstLine(seal.kind), last = LastLine(seal.kind);
  if (bytes.size() < SealBytes(seal.kind) || !bytes.starts_with(first) || !bytes.ends_with(last)) {
    return std::nullopt;
  }
  bytes.remove_prefix(first.size());
  bytes.remove_suffix(last.size());
  const std::string_view digest = bytes.substr(0, kHexDigits);
  if (bytes[kHexDigits] != '\n') return std::nullopt;
  const std::string_view content = bytes.substr(kHexDigits + 1);
  if (DigestUnder(seal, content) != digest) return std::nullopt;
  return content;
}

std::uint64_t SealBytes(std::string_view kind) {
  return FirstLine(kind).size() + kHexDigits + 1 + LastLine(kind).size();
}

void WriteSealedFile(const std::string& path, const Seal& seal, std::string_view content) {
  OutputFile file(path);
  file.Write(FirstLine(seal.kind));
  file.Write(DigestUnder(seal, content));
  file.Write("\n");
  file.Write(content);
  file.Write(LastLine(seal.kind));
  file.Commit();
}

bool IsSealedFile(const std::string& path, std::string_view kind) {
  try {
    const auto file = MapFile(path);
    const std::uint64_t size = file->size_bytes();
    std::vector<std::byte> scratch;
    const auto text_at = [&](std::uint64_t offset, std::uint64_t length) {
      const auto bytes = file->Read(offset, length, scratch);
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const std::string first = FirstLine(kind), last = LastLine(kind);
    const std::string begin = text_at(0, std::min<std::uint64_t>(size, first.size()));
    return first.starts_with(begin) ||
           (size >= last.size() && text_at(size - last.size(), last.size()) == last);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace modelkin
