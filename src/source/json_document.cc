#include "source/json_document.h"

#include <fmt/format.h>

#include "base/error.h"

namespace modelkin {
namespace {

constexpr int kDeepest = 64;

}  // namespace

nlohmann::json ReadJsonObject(const ByteSource& file, std::uint64_t largest_bytes) {
  using nlohmann::json;
  const auto fail = [&](std::string_view message, std::optional<std::uint64_t> offset_bytes = {}) {
    throw Error(ErrorKind::kBadInput, message,
                {.file = file.label(), .tensor = {}, .offset_bytes = offset_bytes});
  };
  if (file.size_bytes() > largest_bytes) {
    fail(fmt::format("is {} bytes long; at most {} make sense", file.size_bytes(), largest_bytes));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  const auto* const text = reinterpret_cast<const char*>(bytes.data());
  const auto limit_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth > kDeepest) fail("is nested too deeply");
    return true;
  };
  json value;
  try {
    value = json::parse(text, text + bytes.size(), limit_depth);
  } catch (const json::parse_error& error) {
    fail("is not JSON", error.byte == 0 ? 0 : error.byte - 1);
  } catch (const json::out_of_range&) {
    fail("holds a number that is too large");
  }
  if (!value.is_object()) fail("is not a JSON object");
  return value;
}

}  // namespace modelkin
