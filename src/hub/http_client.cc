#include "hub/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/interrupt.h"
#include "hub/curl_library.h"
#include "hub/http_headers.h"
#include "hub/http_hosts.h"
#include "hub/private_address.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostErrorBytes = 4096;  // of the body of a refusal
constexpr std::size_t kMostHeaderBytes = 65536;  // of an answer
constexpr int kPollMilliseconds = 100;           // between looks at Ctrl-C and at stalls
// From the first byte of an answer on, on average over the time that counts as a stall without any.
constexpr double kLeastBytesPerSecond = 4096;

bool MayPass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR: return true;
    default: return false;
  }
}

}  // namespace

std::string HttpResponse::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

// One request under way.
class HttpClient::Transfer {
 public:
  Transfer(const HttpRequest& request, HttpResponse& response, const HubSettings& settings)
      : request_(request), response_(response), easy_(LoadedCurl().easy_init()) {
    if (easy_ == nullptr) throw Error(ErrorKind::kIo, "libcurl gives no handle");
    Set(CURLOPT_URL, request.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    Set(CURLOPT_PIPEWAIT, 1L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_USERAGENT, "modelkin/0.1");
    Set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_timeout.count()));
    if (!settings.certificates.empty()) SetCertificates(settings.certificates);
    Set(CURLOPT_ERRORBUFFER, error_);
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_PRIVATE, this);
    if (request.public_only && !AsksThroughProxy()) {
      Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnOpenSocket);
      Set(CURLOPT_OPENSOCKETDATA, this);
    }
    if (request.head) Set(CURLOPT_NOBODY, 1L);
    // Without compression bytes are those of the file.
    AddHeader("Accept-Encoding: identity");
    if (request.with_token && !settings.token.empty()) {
      AddHeader("Authorization: Bearer " + settings.token);
    }
    if (request.range) {
      AddHeader(fmt::format("Range: bytes={}-{}", request.range->offset,
                            request.range->offset + request.range->length - 1));
    }
    Set(CURLOPT_HTTPHEADER, headers_);
  }
  ~Transfer() {
    LoadedCurl().easy_cleanup(easy_);
    LoadedCurl().slist_free_all(headers_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_; }

  // No byte for so long, or too few: a server that drips would keep us for days.
  bool Stalls(std::chrono::milliseconds longest) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_byte_ >= longest) {
      response_.problem = "the server stalls";
    } else if (begun_ && now - window_begin_ >= longest) {
      const double seconds = std::chrono::duration<double>(now - window_begin_).count();
      if (window_bytes_ < kLeastBytesPerSecond * seconds) {
        response_.problem = "the server sends too slowly";
      }
      window_begin_ = now;
      window_bytes_ = 0;
    }
    if (response_.problem.empty()) return false;
    response_.may_pass = true;
    return true;
  }

  void Finish(CURLcode code) {
    LoadedCurl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response_.status);
    const char* address = nullptr;
    LoadedCurl().easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &address);
    response_.from_private = address != nullptr && !AsksThroughProxy() && IsPrivateHost(address);
    if (!response_.problem.empty()) return;
    if (code != CURLE_OK && met_private_) {
      response_.problem = "the server leads to a private address";
      return;
    }
    if (code != CURLE_OK) {
      response_.problem = error_[0] != '\0' ? error_ : LoadedCurl().easy_strerror(code);
      response_.may_pass = MayPass(code);
      return;
    }
    if (response_.status == 206 && request_.range &&
        response_.range_bytes != request_.range->length) {
      response_.problem = fmt::format("the server sent {} bytes of {}", response_.range_bytes,
                                      request_.range->length);
      response_.may_pass = true;
    }
  }

 private:
  template <class Value>
  void Set(CURLoption option, Value value) {
    if (LoadedCurl().easy_setopt(easy_, option, value) != CURLE_OK) {
      throw Error(ErrorKind::kIo, "libcurl refuses an option");
    }
  }

  // Nothing but `path` is believed: libcurl would look at its own folder as well.
  void SetCertificates(const std::string& path) {
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(path, ignored);
    Set(CURLOPT_CAINFO, is_folder ? nullptr : path.c_str());
    Set(CURLOPT_CAPATH, is_folder ? path.c_str() : nullptr);
  }

  void AddHeader(const std::string& header) {
    curl_slist* const longer = LoadedCurl().slist_append(headers_, header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    headers_ = longer;
  }

  // What libcurl calls must not throw; a count other than `bytes` ends the transfer.
  static std::size_t OnHeader(const char* data, std::size_t, std::size_t bytes, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    transfer->Count(bytes);
    return transfer->AddToHeaders({data, bytes}) ? bytes : 0;
  }
  static std::size_t OnBody(const char* data, std::size_t, std::size_t bytes, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    transfer->Count(bytes);
    return transfer->AddToBody({data, bytes}) ? bytes : 0;
  }
  // Of names it is known only here what they stand for.
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
    if (IsPrivateAddress(address->addr)) {
      static_cast<Transfer*>(self)->met_private_ = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  void Count(std::size_t bytes) {
    last_byte_ = std::chrono::steady_clock::now();
    if (!begun_) window_begin_ = last_byte_;
    begun_ = true;
    window_bytes_ += static_cast<double>(bytes);
  }

  bool Stop(std::string problem) {
    response_.problem = std::move(problem);
    return false;
  }

  bool AddToHeaders(std::string_view line) {
    if (line.starts_with("HTTP/")) response_.headers.clear();  // after "100 Continue"
    header_bytes_ += line.size();
    if (header_bytes_ > kMostHeaderBytes) return Stop("the server sends endless headers");
    AddHeaderLine(line, response_.headers);
    return true;
  }

  // Before the first byte of a body.
  bool IsRangeAsked() {
    if (response_.status == 200) return Stop("the server ignores byte ranges");
    const auto range = ParseContentRange(response_.Header("content-range"));
    if (!range) return Stop("the server sends a range without saying which");
    if (range->first != request_.range->offset ||
        range->last != request_.range->offset + request_.range->length - 1) {
      return Stop(fmt::format("the server sends bytes {}-{} where {}-{} were asked for",
                              range->first, range->last, request_.range->offset,
                              request_.range->offset + request_.range->length - 1));
    }
    response_.total_bytes = range->total;
    return true;
  }

  bool AddToBody(std::string_view bytes) {
    const std::string encoding = response_.Header("content-encoding");
    if (!encoding.empty() && encoding != "identity") return Stop("the server sends encoded bytes");
    LoadedCurl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response_.status);
    const bool good = response_.status == 200 || response_.status == 206;
    if (!good) {
      response_.body += bytes.substr(
          0, kMostErrorBytes - std::min<std::uint64_t>(kMostErrorBytes, response_.body.size()));
      refused_bytes_ += bytes.size();
      return refused_bytes_ <= 16 * kMostErrorBytes || Stop("the server refuses at endless length");
    }
    if (!request_.range) {
      if (bytes.size() > request_.most_bytes - response_.body.size()) {
        return Stop(fmt::format("the server sends more than {} bytes", request_.most_bytes));
      }
      response_.body += bytes;
      return true;
    }
    if (response_.range_bytes == 0 && !IsRangeAsked()) return false;
    if (bytes.size() > request_.into.size() - response_.range_bytes) {
      return Stop("the server sends more than was asked for");
    }
    std::memcpy(request_.into.data() + response_.range_bytes, bytes.data(), bytes.size());
    response_.range_bytes += bytes.size();
    return true;
  }

  const HttpRequest& request_;
  HttpResponse& response_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::size_t header_bytes_ = 0;
  std::uint64_t refused_bytes_ = 0;
  std::chrono::steady_clock::time_point last_byte_ = std::chrono::steady_clock::now();
  bool begun_ = false;  // a byte has come
  std::chrono::steady_clock::time_point window_begin_;
  double window_bytes_ = 0;
  bool met_private_ = false;
  char error_[CURL_ERROR_SIZE] = {};
};

// Keeps connections open between calls; used by one thread at a time.
class HttpClient::Connections {
 public:
  Connections() : multi_(LoadedCurl().multi_init()) {
    if (multi_ == nullptr) throw Error(ErrorKind::kIo, "libcurl gives no handle");
    LoadedCurl().multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  }
  ~Connections() { LoadedCurl().multi_cleanup(multi_); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  void Run(const std::vector<HttpRequest>& requests, const HubSettings& settings,
           std::vector<HttpResponse>& responses) {
    const RemoveAll at_the_end{*this};
    std::size_t next = 0;
    while (next < requests.size() || !running_.empty()) {
      while (next < requests.size() && running_.size() < settings.connections) {
        auto transfer = std::make_unique<Transfer>(requests[next], responses[next], settings);
        LoadedCurl().multi_add_handle(multi_, transfer->easy());
        running_.push_back(std::move(transfer));
        ++next;
      }
      int active = 0;
      LoadedCurl().multi_perform(multi_, &active);
      TakeFinished();
      DropStalled(settings.stall_timeout);
      if (!running_.empty()) {
        LoadedCurl().multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
      }
      ThrowIfInterrupted();
    }
  }

 private:
  struct RemoveAll {
    Connections& self;
    ~RemoveAll() {
      for (const auto& transfer : self.running_) {
        LoadedCurl().multi_remove_handle(self.multi_, transfer->easy());
      }
      self.running_.clear();
    }
  };

  void TakeFinished() {
    int left = 0;
    while (const CURLMsg* const message = LoadedCurl().multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto own = std::ranges::find(running_, easy, &Transfer::easy);
      (*own)->Finish(code);
      LoadedCurl().multi_remove_handle(multi_, easy);
      running_.erase(own);
    }
  }

  void DropStalled(std::chrono::milliseconds longest) {
    std::erase_if(running_, [&](const auto& transfer) {
      if (!transfer->Stalls(longest)) return false;
      LoadedCurl().multi_remove_handle(multi_, transfer->easy());
      return true;
    });
  }

  CURLM* multi_;
  std::vector<std::unique_ptr<Transfer>> running_;
};

HttpClient::HttpClient(HubSettings settings) : settings_(std::move(settings)) {}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Connections> HttpClient::TakeConnections() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return std::make_unique<Connections>();
  auto connections = std::move(idle_.back());
  idle_.pop_back();
  return connections;
}

std::vector<HttpResponse> HttpClient::Send(const std::vector<HttpRequest>& requests) {
  std::vector<HttpResponse> responses(requests.size());
  auto connections = TakeConnections();
  connections->Run(requests, settings_, responses);
  const std::scoped_lock lock(mutex_);
  for (const HttpResponse& response : responses) {
    bytes_received_ += response.range_bytes + response.body.size();
  }
  idle_.push_back(std::move(connections));
  return responses;
}

std::uint64_t HttpClient::bytes_received() const {
  const std::scoped_lock lock(mutex_);
  return bytes_received_;
}

}  // namespace modelkin
