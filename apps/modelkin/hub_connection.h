// hf:// of this program, and the hub of its demo. Two sources implement it: hub_connection.cc, and
// hub_connection_absent.cc where MODELKIN_HUB is OFF.
#ifndef MODELKIN_APPS_HUB_CONNECTION_H_
#define MODELKIN_APPS_HUB_CONNECTION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/places.h"

namespace modelkin {

// This machine, and hf:// if the arguments (without the program's name) name it, or files that they
// name may (`verify`, `check`, `atlas` of lists and records): otherwise nothing about a hub
// matters, nor goes wrong. `verify` and `atlas build` write to no cache. Throws Error(kUsage) for
// settings that are none.
std::shared_ptr<const Places> PlacesFor(const std::vector<std::string>& arguments, bool offline);

// Returns the files of this machine's caches that reading a model at hf:// may read; none for
// others.
std::vector<std::string> CachedFilesOf(const std::string& location);

// Where the demo's models are read from.
class DemoHub {
 public:
  // Serves `files`.
  explicit DemoHub(const std::string& files);
  ~DemoHub();
  DemoHub(const DemoHub&) = delete;
  DemoHub& operator=(const DemoHub&) = delete;

  // Begins each model's name: "hf://local", or `files` where this program has no hub.
  const std::string& prefix() const { return prefix_; }
  // Where hf:// is this hub, with a cache of its own.
  const std::shared_ptr<const Places>& places() const { return places_; }
  // A sentence for the user.
  static std::string_view HowRead();

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::string prefix_;
  std::shared_ptr<const Places> places_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_HUB_CONNECTION_H_
