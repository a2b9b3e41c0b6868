#include "base/error.h"

#include <fmt/format.h>

#include "base/escaped_text.h"

namespace modelkin {
namespace {

std::string Describe(std::string_view message, const ErrorSite& site) {
  std::string line;
  if (!site.file.empty()) line += Printable(site.file, 4096) + ": ";
  if (!site.tensor.empty()) line += fmt::format("tensor \"{}\": ", Printable(site.tensor));
  if (site.offset_bytes) line += fmt::format("byte {}: ", *site.offset_bytes);
  return line.append(message);
}

}  // namespace

Error::Error(ErrorKind kind, std::string_view message, ErrorSite site)
    : std::runtime_error(Describe(message, site)),
      kind_(kind),
      message_(message),
      site_(std::move(site)) {}

}  // namespace modelkin
