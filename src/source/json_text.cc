#include "source/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr std::string_view kJsonWhiteSpace = " \t\n\r";

}  // namespace

bool JsonHandler::parse_error(std::size_t, const std::string&,
                              const nlohmann::json::exception& error) {
  // The library's text is "[json.exception...] parse error at line.., column..: REASON"; its reason
  // may quote the input.
  std::string_view reason = error.what();
  if (const auto colon = reason.find(": "); colon != std::string_view::npos) {
    reason.remove_prefix(colon + 2);
  }
  Fail(fmt::format("not valid JSON: {}", Printable(reason)));
}

void JsonHandler::Parse(std::string_view text) {
  text_begin_ = furthest_ = text.data();
  const auto first = text.find_first_not_of(kJsonWhiteSpace);
  if (first == std::string_view::npos || text[first] != '{') {
    Fail(fmt::format("{} is not a JSON object", context_));
  }
  const JsonCursor begin(text.data(), &furthest_);
  const JsonCursor end(text.data() + text.size(), &furthest_);
  // Not strict: the parser would take a NUL for the end of the text, so the rest is checked here.
  nlohmann::json::sax_parse(begin, end, this, nlohmann::json::input_format_t::json, false);
  const auto rest = text.substr(static_cast<std::size_t>(furthest_ - text_begin_));
  if (rest.find_first_not_of(kJsonWhiteSpace) != std::string_view::npos) {
    Fail(fmt::format("bytes after the end of {}", context_));
  }
}

void JsonHandler::Fail(std::string_view message) const {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file_, .tensor = tensor_, .offset_bytes = position()});
}

bool JsonHandler::Unexpected(std::string_view found) const {
  Fail(fmt::format("{} may not hold {} here", context_, found));
}

std::uint64_t JsonHandler::position() const {
  return text_offset_bytes_ + static_cast<std::uint64_t>(furthest_ - text_begin_);
}

}  // namespace modelkin
