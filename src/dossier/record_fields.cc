#include "dossier/record_fields.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kBase64Bytes = 3, kBase64Letters = 4;

}  // namespace

RecordFields::RecordFields(const json& object, std::string file, std::string where)
    : object_(object), file_(std::move(file)), where_(std::move(where)) {
  if (!object.is_object()) Fail("", "is no object");
}

std::string RecordFields::Path(std::string_view name) const {
  if (name.empty()) return where_;
  return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

void RecordFields::Fail(std::string_view name, std::string_view what) const {
  throw Error(ErrorKind::kBadInput, fmt::format("its \"{}\" {}", Path(name), what),
              {.file = file_});
}

const json* RecordFields::Find(std::string_view name) const {
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const json& RecordFields::Require(std::string_view name) const {
  const json* const member = Find(name);
  if (member == nullptr) Fail(name, "is missing");
  return *member;
}

std::uint64_t RecordFields::Number(std::string_view name, std::uint64_t least,
                                   std::uint64_t most) const {
  const json& member = Require(name);
  if (!member.is_number_unsigned() || member.get<std::uint64_t>() < least ||
      member.get<std::uint64_t>() > most) {
    Fail(name, fmt::format("is no whole number from {} to {}", least, most));
  }
  return member.get<std::uint64_t>();
}

std::optional<std::uint32_t> RecordFields::OptionalNumber(std::string_view name) const {
  const json* const member = Find(name);
  if (member == nullptr || member->is_null()) return std::nullopt;
  return static_cast<std::uint32_t>(Number(name, 0, UINT32_MAX));
}

bool RecordFields::Flag(std::string_view name) const {
  const json& member = Require(name);
  if (!member.is_boolean()) Fail(name, "is neither true nor false");
  return member.get<bool>();
}

std::string RecordFields::Text(std::string_view name, std::size_t longest) const {
  const json& member = Require(name);
  if (!member.is_string() || member.get_ref<const std::string&>().size() > longest) {
    Fail(name, fmt::format("is no text of at most {} bytes", longest));
  }
  return member.get<std::string>();
}

Digest RecordFields::Hash(std::string_view name) const {
  const auto digest = DigestOfHex(Text(name, 64));
  if (!digest) Fail(name, "is not 64 hexadecimal digits in lower case");
  return *digest;
}

const json& RecordFields::List(std::string_view name, std::uint64_t least,
                               std::uint64_t most) const {
  const json& member = Require(name);
  if (!member.is_array() || member.size() < least || member.size() > most) {
    Fail(name, fmt::format("is no list of {} to {}", least, most));
  }
  return member;
}

std::vector<std::uint32_t> RecordFields::Ascending(std::string_view name,
                                                   std::uint64_t most) const {
  std::vector<std::uint32_t> numbers;
  for (const json& item : List(name, 0, most)) {
    const bool is_number = item.is_number_unsigned() && item.get<std::uint64_t>() <= UINT32_MAX;
    if (!is_number || (!numbers.empty() && item.get<std::uint64_t>() <= numbers.back())) {
      Fail(name, "is no list of ascending numbers");
    }
    numbers.push_back(item.get<std::uint32_t>());
  }
  return numbers;
}

RowCodes RecordFields::Codes(std::string_view name, std::uint64_t count) const {
  const json& member = Require(name);
  const std::uint64_t length = (count + kBase64Bytes - 1) / kBase64Bytes * kBase64Letters;
  if (!member.is_string() || member.get_ref<const std::string&>().size() != length) {
    Fail(name, fmt::format("is not base64 of {} bytes", count));
  }
  const auto& text = member.get_ref<const std::string&>();
  RowCodes codes(length / kBase64Letters * kBase64Bytes);
  // Takes white space and other padding too: what is encoded again has to be the same.
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(codes.data()),
                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(length));
  codes.resize(count);
  if (TextOfCodes(codes) != text) Fail(name, fmt::format("is not base64 of {} bytes", count));
  if (std::ranges::find(codes, std::int8_t{-128}) != codes.end()) {
    Fail(name, "holds a code that is not from -127 to 127");
  }
  return codes;
}

RecordFields RecordFields::Object(std::string_view name) const {
  return {Require(name), file_, Path(name)};
}

RecordFields RecordFields::Item(const json& list, std::string_view name, std::size_t i) const {
  return {list[i], file_, fmt::format("{}[{}]", Path(name), i)};
}

std::string TextOfCodes(const RowCodes& codes) {
  std::string text((codes.size() + kBase64Bytes - 1) / kBase64Bytes * kBase64Letters + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(codes.data()),
                                     static_cast<int>(codes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace modelkin
