// HTTP(S) requests by libcurl, several at once, none believed: lengths and ranges are checked while
// bytes arrive.
#ifndef MODELKIN_HUB_HTTP_CLIENT_H_
#define MODELKIN_HUB_HTTP_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/http_headers.h"
#include "hub/hub_settings.h"

namespace modelkin {

struct ByteRange {
  std::uint64_t offset = 0, length = 0;
};

struct HttpRequest {
  std::string url;
  bool head = false;
  bool with_token = false;   // HubSettings::token in a header
  bool public_only = false;  // not to a private address (private_address.h)
  std::optional<ByteRange> range;
  std::span<std::byte> into;     // where the bytes of a range go, of its length
  std::uint64_t most_bytes = 0;  // of an answer without a range
};

struct HttpResponse {
  long status = 0;  // 0: no answer
  HttpHeaders headers;
  std::string body;               // of an answer that is not a range
  std::uint64_t range_bytes = 0;  // that arrived in `into`
  std::uint64_t total_bytes = 0;  // of the file, as Content-Range has it
  std::string problem;            // why this is not a whole answer; "" where it is
  bool may_pass = false;          // trying again may help
  bool from_private = false;      // the server has a private address

  // "" where there is no such header; `name` in lower case.
  std::string Header(const std::string& name) const;
};

class HttpClient {
 public:
  explicit HttpClient(HubSettings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Each request once, settings.connections of them at a time over as few connections as the server
  // allows. Redirects are not followed. May be called from any number of threads; throws
  // Interrupted.
  std::vector<HttpResponse> Send(const std::vector<HttpRequest>& requests);

  std::uint64_t bytes_received() const;  // bodies, in all

 private:
  class Connections;
  class Transfer;

  std::unique_ptr<Connections> TakeConnections();

  HubSettings settings_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Connections>> idle_;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_HUB_HTTP_CLIENT_H_
