// Requests as a hub wants them: its token to it alone, redirects, retries.
#ifndef MODELKIN_HUB_HUB_REQUESTS_H_
#define MODELKIN_HUB_HUB_REQUESTS_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "hub/http_client.h"
#include "hub/hub_settings.h"

namespace modelkin {

// Where a file is to be had for now: addresses of content networks expire.
struct FilePlace {
  std::string url;
  std::string linked_etag;  // as the hub names the content; "" if it does not
  std::uint64_t size = 0;   // as the hub says, with `has_size`
  bool has_size = false;
  std::string commit;  // "" if the hub does not say
};

struct RangePiece {
  ByteRange range;
  std::span<std::byte> into;  // of range.length
};

class HubRequests {
 public:
  explicit HubRequests(const HubSettings& settings);

  const HubSettings& settings() const { return settings_; }
  std::uint64_t bytes_received() const { return http_.bytes_received(); }

  // The body at an address of the endpoint ("/api/..."), of at most `most_bytes`. `label` is named
  // in errors. All three throw Error(kIo) where the network or the server fails, after as many
  // attempts as settings say; Error(kBadInput) where the hub has no such thing or refuses it.
  std::string Get(const std::string& path, const std::string& label, std::uint64_t most_bytes);
  FilePlace Locate(const std::string& path, const std::string& label);
  // Fills all pieces; `size` of the file and, once known, its `etag` have to be those of every
  // answer, else Error(kBadInput): the file has changed. `place` may move on. Located anew at
  // `path` where the address has expired.
  void GetPieces(const std::string& path, const std::string& label, std::uint64_t size,
                 std::vector<RangePiece> pieces, FilePlace& place, std::string& etag);

 private:
  enum class Outcome { kArrived, kRedirected, kExpired, kFailed };

  Outcome OutcomeOf(const HttpResponse& response, const FilePlace& place,
                    const std::string& label) const;
  std::vector<HttpRequest> RequestsFor(const std::vector<RangePiece>& pieces,
                                       const FilePlace& place) const;
  bool IsEndpoint(const std::string& url) const;
  // Where a redirect from `url` leads. Throws Error(kIo) if it is not to be followed: away from
  // https, and to a private address unless the hub itself has such.
  std::string Target(const std::string& url, const std::string& location,
                     const std::string& label) const;
  // One answer that is neither a redirect nor a failure that may pass.
  HttpResponse SendUntilAnswered(const HttpRequest& request, const std::string& label);
  void Wait(unsigned attempt, const HttpResponse& response) const;

  // Whether what is at `url` may have a private address.
  bool IsPublicOnly(const std::string& url) const;

  HubSettings settings_;
  HttpClient http_;
  std::atomic<bool> endpoint_is_private_ = false;
};

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_REQUESTS_H_
