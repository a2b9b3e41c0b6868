#include "hub/http_headers.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace modelkin {
namespace {

std::string_view Trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> NumberAt(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

void AddHeaderLine(std::string_view line, HttpHeaders& headers) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  headers[name] = Trimmed(line.substr(colon + 1));
}

std::optional<ContentRange> ParseContentRange(std::string_view text) {
  if (!Take(text, "bytes ")) return std::nullopt;
  const auto first = NumberAt(text);
  if (!first || !Take(text, "-")) return std::nullopt;
  const auto last = NumberAt(text);
  if (!last || !Take(text, "/")) return std::nullopt;
  const auto total = NumberAt(text);
  if (!total || !text.empty() || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

std::string PlainEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

std::optional<std::uint64_t> NumberIn(const HttpHeaders& headers, const std::string& name) {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  std::string_view text = found->second;
  return NumberAt(text);
}

}  // namespace modelkin
