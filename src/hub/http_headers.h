// What answers say of themselves.
#ifndef MODELKIN_HUB_HTTP_HEADERS_H_
#define MODELKIN_HUB_HTTP_HEADERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

using HttpHeaders = std::map<std::string, std::string>;  // names in lower case

// "Name: value". What has no colon is left out.
void AddHeaderLine(std::string_view line, HttpHeaders& headers);

// Bytes [first, last] of `total`.
struct ContentRange {
  std::uint64_t first = 0, last = 0, total = 0;
};

// "bytes 0-99/1000" (RFC 9110, 14.4); nullopt for anything else, and a range beyond the total.
std::optional<ContentRange> ParseContentRange(std::string_view text);

// As entity tags are compared: without weakness and quotes.
std::string PlainEtag(std::string_view etag);

// The number that a header begins with.
std::optional<std::uint64_t> NumberIn(const HttpHeaders& headers, const std::string& name);

}  // namespace modelkin

#endif  // MODELKIN_HUB_HTTP_HEADERS_H_
