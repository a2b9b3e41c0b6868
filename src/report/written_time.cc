#include "report/written_time.h"

#include <fmt/chrono.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace modelkin {

std::string WrittenTime() {
  std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (const char* const set = std::getenv("SOURCE_DATE_EPOCH")) {
    const std::string_view text(set);
    std::int64_t epoch = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
    constexpr std::int64_t kYear9999 = 253402300799;
    if (error == std::errc() && end == text.data() + text.size() && epoch >= 0 &&
        epoch <= kYear9999) {
      seconds = epoch;
    }
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

std::string WrittenDay() { return WrittenTime().substr(0, 10); }

}  // namespace modelkin
