// hf:// of this program, and the hub of its demo. Two sources implement it: hub_connection.cc, and
// hub_connection_absent.cc where MODELKIN_HUB is OFF.
#ifndef MODELKIN_APPS_HUB_CONNECTION_H_
#define MODELKIN_APPS_HUB_CONNECTION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// Makes hf:// known to all that open models, if the arguments name it, or results may (`verify`):
// otherwise nothing about a hub matters, nor goes wrong. `verify` writes to no cache. Call from
// main, before threads start. Throws Error(kUsage) for settings that are none.
void ConnectHub(const std::vector<std::string_view>& arguments, bool offline);

// Where the demo's models are read from.
class DemoHub {
 public:
  // Serves `files`; from here on hf:// is this hub, with a cache of its own.
  explicit DemoHub(const std::string& files);
  ~DemoHub();
  DemoHub(const DemoHub&) = delete;
  DemoHub& operator=(const DemoHub&) = delete;

  // Begins each model's name: "hf://local", or `files` where this program has no hub.
  const std::string& prefix() const { return prefix_; }
  // A sentence for the user.
  static std::string_view HowRead();

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::string prefix_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_HUB_CONNECTION_H_
