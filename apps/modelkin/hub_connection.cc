#include "hub_connection.h"

#include <algorithm>

#include "base/error.h"
#include "hub/hub.h"
#include "hub/hub_address.h"
#include "hub/hub_repository.h"
#include "local_hub/local_hub.h"
#include "temporary_folder.h"

namespace modelkin {

namespace {

// Whether models at a hub may be meant that no argument names: what results, or an atlas, name.
bool MayNameModels(std::string_view argument) {
  return argument == "verify" || argument == "atlas";
}

}  // namespace

std::shared_ptr<const Places> PlacesFor(const std::vector<std::string>& arguments, bool offline) {
  auto places = std::make_shared<Places>();
  const bool wanted = std::ranges::any_of(arguments, [](std::string_view argument) {
    return argument.find(kHubScheme) != std::string_view::npos || MayNameModels(argument);
  });
  if (!wanted) return places;
  HubSettings settings = HubSettingsFromEnvironment();
  settings.offline = settings.offline || offline;
  if (!arguments.empty() && arguments[0] == "verify") settings.block_cache_bytes = 0;
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
