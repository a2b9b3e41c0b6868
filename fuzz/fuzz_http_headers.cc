#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "hub/http_headers.h"
#include "hub/private_address.h"

namespace modelkin {
namespace {

void ReadHeaders(std::string_view text) {
  HttpHeaders headers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    AddHeaderLine(text.substr(0, end), headers);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const auto& [name, value] : headers) {
    Check(name.find(':') == std::string::npos, "name");
    if (const auto range = ParseContentRange(value)) {
      Check(range->first <= range->last && range->last < range->total, "range within the file");
    }
    Check(PlainEtag(value).size() <= value.size(), "entity tag");
    if (const auto number = NumberIn(headers, name)) {
      Check(value.starts_with(std::to_string(*number)) || value.starts_with('0'), "number");
    }
    IsPrivateHost(value);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadHeaders(modelkin::AsText(data, size));
  return 0;
}
