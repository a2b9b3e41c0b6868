// A hub on this machine: serves a folder of models as the hub's API has it, for demonstrations and
// tests, and can be told to misbehave.
#ifndef MODELKIN_LOCAL_HUB_LOCAL_HUB_H_
#define MODELKIN_LOCAL_HUB_LOCAL_HUB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace modelkin {

// What goes wrong with answers to byte ranges, unless said otherwise.
enum class HubFault : std::uint8_t {
  kNone,
  kIgnoresRanges,  // the whole file, with status 200
  kOtherRange,     // one byte further on than was asked for
  kTooMuch,        // more bytes than the range has
  kTooLittle,      // closes the connection in the middle
  kStalls,         // sends half, then nothing
  kDrips,          // sends half, then a byte at a time
  kChanges,        // another entity tag with every answer
  kOtherTotal,     // Content-Range says that the file is longer than the list does
  kOverloaded,     // 503
  kExpired,        // 403 from the content network, until the file is located anew
  kRedirects,      // without end
  kWrongSize,      // the list's sizes are one too large
  kNoJson,         // instead of the list
  kCompresses,     // Content-Encoding: gzip
};

// "none", "ignores-ranges", ...; throws Error(kUsage) for another name.
HubFault HubFaultOf(std::string_view name);

struct LocalHubOptions {
  std::string folder;      // its subfolders are the repositories local/NAME
  std::uint16_t port = 0;  // 0: any
  std::string token;       // that has to be sent; "" for none
  bool redirects = true;   // .safetensors files to a second server, as to a content network
};

// Listens on 127.0.0.1 until destroyed. Repositories have one commit, which changes with the names,
// sizes and times of their files.
class LocalHub {
 public:
  // Throws Error(kIo) if it can't listen.
  explicit LocalHub(const LocalHubOptions& options);
  ~LocalHub();
  LocalHub(const LocalHub&) = delete;
  LocalHub& operator=(const LocalHub&) = delete;

  const std::string& endpoint() const;  // "http://127.0.0.1:PORT"
  std::string CommitOf(const std::string& name) const;

  // From now on the next `answers` answers are wrong in this way.
  void Misbehave(HubFault fault, std::uint64_t answers);

  struct Counts {
    std::uint64_t requests = 0, ranges = 0, bytes = 0;  // bytes of files
    std::uint64_t tokens_at_content_network = 0;        // which must never see one
  };
  Counts counts() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace modelkin

#endif  // MODELKIN_LOCAL_HUB_LOCAL_HUB_H_
