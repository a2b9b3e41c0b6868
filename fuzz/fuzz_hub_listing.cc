#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "hub/hub_address.h"
#include "hub/hub_repository.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "hf://o/n@main";

void CheckRepository(const HubRepository& repository) {
  Check(repository.commit.size() == 40, "commit");
  Check(repository.commit.find_first_not_of("0123456789abcdef") == std::string::npos, "commit");
  for (const auto& [path, entry] : repository.files) {
    Check(!path.empty() && path.size() <= 1000, "length of the path");
    Check(path.find('\0') == std::string::npos, "no NUL");
    const std::string inside = "/root/" + path;
    Check(std::filesystem::path(inside).lexically_normal().string().starts_with("/root/"),
          "path within the repository");
  }
}

void ReadListing(std::string_view text) {
  try {
    CheckRepository(ParseRepository("o/n", kLabel, text));
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
  // And as an address that a user types, or results hold.
  try {
    const HubAddress address = ParseHubAddress(std::string(kHubScheme).append(text));
    Check(ParseHubAddress(address.ToString()).ToString() == address.ToString(), "one form");
    UrlEncoded(text, true);
  } catch (const Error& error) {
    Check(error.kind() == ErrorKind::kUsage, "kind");
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadListing(modelkin::AsText(data, size));
  return 0;
}
