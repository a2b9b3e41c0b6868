#include "base/notice.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {

void Notify(std::string_view file, std::string_view message) {
  // Over the progress line that may stand there.
  const std::string_view erase = isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "";
  const std::string line =
      fmt::format("{}modelkin: {}: {}\n", erase, Printable(file, 4096), message);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace modelkin
