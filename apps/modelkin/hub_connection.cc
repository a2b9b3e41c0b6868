#include "hub_connection.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "hub/hub.h"
#include "hub/hub_address.h"
#include "hub/hub_repository.h"
#include "local_hub/local_hub.h"
#include "temporary_folder.h"

namespace modelkin {

namespace {

// Commands of which files, not arguments, may name models at hf://.
constexpr std::array<std::string_view, 3> kReadingOfAtlas = {"add", "build", "find"};

bool NamesHub(const std::vector<std::string>& arguments) {
  if (std::ranges::any_of(arguments, [](std::string_view argument) {
        return argument.find(kHubScheme) != std::string_view::npos;
      })) {
    return true;
  }
  if (arguments.empty()) return false;
  if (arguments[0] == "verify" || arguments[0] == "check") return true;
  return arguments[0] == "atlas" && arguments.size() > 1 &&
         std::ranges::find(kReadingOfAtlas, arguments[1]) != kReadingOfAtlas.end();
}

// Whether nothing is to be kept of what is fetched: each model of a list is read once.
bool ReadsOnce(const std::vector<std::string>& arguments) {
  return arguments[0] == "verify" ||
         (arguments[0] == "atlas" && arguments.size() > 1 && arguments[1] == "build");
}

}  // namespace

std::shared_ptr<const Places> PlacesFor(const std::vector<std::string>& arguments, bool offline) {
  auto places = std::make_shared<Places>();
  if (!NamesHub(arguments)) return places;
  HubSettings settings = HubSettingsFromEnvironment();
  settings.offline = settings.offline || offline;
  if (ReadsOnce(arguments)) settings.block_cache_bytes = 0;
  places->Add(std::string(kHubScheme), std::make_shared<Hub>(settings));
  return places;
}

std::vector<std::string> CachedFilesOf(const std::string& location) {
  if (!location.starts_with(kHubScheme)) return {};
  try {
    return AllInHubCache(HubSettingsFromEnvironment().hub_cache,
                         ParseHubAddress(location).repository);
  } catch (const Error&) {
    return {};  // opening the model says why
  }
}

class DemoHub::Service {
 public:
  explicit Service(const std::string& files) : local_({.folder = files, .token = {}}) {
    HubSettings settings;
    settings.endpoint = local_.endpoint();
    settings.block_cache = cache_.path();
    auto places = std::make_shared<Places>();
    places->Add(std::string(kHubScheme), std::make_shared<Hub>(settings));
    places_ = std::move(places);
  }

  const std::shared_ptr<const Places>& places() const { return places_; }

 private:
  LocalHub local_;
  TemporaryFolder cache_;
  std::shared_ptr<const Places> places_;
};

DemoHub::DemoHub(const std::string& files)
    : service_(std::make_unique<Service>(files)),
      prefix_("hf://local"),
      places_(service_->places()) {}

DemoHub::~DemoHub() = default;

std::string_view DemoHub::HowRead() {
  return "All of it was read from a hub on this machine, by byte ranges.";
}

}  // namespace modelkin
