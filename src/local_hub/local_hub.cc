#include "local_hub/local_hub.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "local_hub/connection_threads.h"
#include "local_hub/served_files.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace {

constexpr std::array<std::pair<std::string_view, HubFault>, 15> kFaults = {
    {{"none", HubFault::kNone},
     {"ignores-ranges", HubFault::kIgnoresRanges},
     {"other-range", HubFault::kOtherRange},
     {"too-much", HubFault::kTooMuch},
     {"too-little", HubFault::kTooLittle},
     {"stalls", HubFault::kStalls},
     {"drips", HubFault::kDrips},
     {"changes", HubFault::kChanges},
     {"other-total", HubFault::kOtherTotal},
     {"overloaded", HubFault::kOverloaded},
     {"expired", HubFault::kExpired},
     {"redirects", HubFault::kRedirects},
     {"wrong-size", HubFault::kWrongSize},
     {"no-json", HubFault::kNoJson},
     {"compresses", HubFault::kCompresses}}};

constexpr std::time_t kPatienceSeconds = 2;  // with a connection that asks nothing

bool IsLarge(std::string_view path) {
  return path.ends_with(".safetensors") || path.ends_with(".gguf");
}

struct AskedRange {
  std::uint64_t first = 0, length = 0;  // 0: none of it is in the file
};

// The one range that is asked for; nullopt for the whole file, also where it is no range
// (RFC 9110, 14.2).
std::optional<AskedRange> RangeOf(const httplib::Request& request, std::uint64_t size) {
  if (request.ranges.size() != 1) return std::nullopt;
  const auto [first, last] = request.ranges[0];  // -1 for what is left out
  if (first < 0 && last < 0) return std::nullopt;
  if (first < 0) {  // the last bytes
    const std::uint64_t length = std::min(static_cast<std::uint64_t>(last), size);
    return AskedRange{.first = size - length, .length = length};
  }
  if (last >= 0 && last < first) return std::nullopt;
  const auto begin = static_cast<std::uint64_t>(first);
  if (begin >= size) return AskedRange{.first = begin};
  const std::uint64_t end = last < 0 ? size : std::min<std::uint64_t>(last, size - 1) + 1;
  return AskedRange{.first = begin, .length = end - begin};
}

}  // namespace

HubFault HubFaultOf(std::string_view name) {
  const auto* const found = std::ranges::find(kFaults, name, &decltype(kFaults)::value_type::first);
  if (found == kFaults.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("no fault is called {}", Printable(name)));
  }
  return found->second;
}

class LocalHub::Server {
 public:
  explicit Server(const LocalHubOptions& options) : options_(options) {
    for (httplib::Server* const server : {&hub_, &content_}) {
      server->new_task_queue = [] { return new ConnectionThreads; };
      server->set_keep_alive_max_count(1'000'000);
      server->set_keep_alive_timeout(kPatienceSeconds);
      server->set_read_timeout(kPatienceSeconds);
      server->set_tcp_nodelay(true);
    }
    hub_.Get(R"(/api/models/local/([^/]+)/revision/(.+))",
             [this](const auto& request, auto& answer) { List(request, answer); });
    hub_.Get(R"(/local/([^/]+)/resolve/([^/]+)/(.+))",
             [this](const auto& request, auto& answer) { ResolveFile(request, answer); });
    content_.Get(R"(/content/([^/]+)/([^/]+)/(.+))",
                 [this](const auto& request, auto& answer) { SendContent(request, answer); });
    endpoint_ = Listen(hub_, options.port, hub_thread_);
    content_endpoint_ = Listen(content_, 0, content_thread_);
  }

  ~Server() {
    stopping_ = true;
    hub_.stop();
    content_.stop();
    if (hub_thread_.joinable()) hub_thread_.join();
    if (content_thread_.joinable()) content_thread_.join();
  }

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  std::vector<ServedFile> FilesIn(const std::string& name) const {
    return ServedFiles(options_.folder, name);
  }

  void Misbehave(HubFault fault, std::uint64_t answers) {
    const std::scoped_lock lock(mutex_);
    fault_ = fault;
    wrong_answers_ = answers;
  }

  Counts counts() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;

  static std::string Listen(httplib::Server& server, std::uint16_t port, std::thread& thread) {
    int descriptor = -1;
    server.set_socket_options([&](int socket) {
      descriptor = socket;
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    const int bound = port == 0 ? server.bind_to_any_port("127.0.0.1")
                                : (server.bind_to_port("127.0.0.1", port) ? port : -1);
    server.set_socket_options(nullptr);
    // The library lets five connections wait; the sixth tries again after a second.
    if (bound > 0) listen(descriptor, SOMAXCONN);
    if (bound <= 0) {
      throw Error(ErrorKind::kIo, fmt::format("cannot listen on 127.0.0.1, port {}", port));
    }
    thread = std::thread([&server] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return fmt::format("http://127.0.0.1:{}", bound);
  }

  // Whether the next answer is to have this fault; each is asked of the answers that it is about.
  bool Has(HubFault fault) {
    const std::scoped_lock lock(mutex_);
    if (fault_ != fault || wrong_answers_ == 0) return false;
    --wrong_answers_;
    return true;
  }

  bool IsAllowed(const Request& request, Response& answer) {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.requests;
    }
    if (options_.token.empty() ||
        request.get_header_value("Authorization") == "Bearer " + options_.token) {
      return true;
    }
    answer.status = 401;
    return false;
  }

  void List(const Request& request, Response& answer) {
    if (!IsAllowed(request, answer)) return;
    const auto files = FilesIn(request.matches[1]);
    const std::string commit = CommitOfFiles(files), revision = request.matches[2];
    if (files.empty() || (revision != "main" && revision != commit)) {
      answer.status = 404;
      return;
    }
    const std::uint64_t more = Has(HubFault::kWrongSize) ? 1 : 0;
    nlohmann::json siblings = nlohmann::json::array();
    for (const ServedFile& file : files) {
      nlohmann::json sibling = {{"rfilename", file.path},
                                {"size", file.size + more},
                                {"blobId", file.content.substr(0, 40)}};
      if (IsLarge(file.path)) {
        sibling["lfs"] = {{"sha256", file.content}, {"size", file.size + more}};
      }
      siblings.push_back(std::move(sibling));
    }
    const nlohmann::json list = {{"id", "local/" + request.matches[1].str()},
                                 {"sha", commit},
                                 {"siblings", std::move(siblings)}};
    answer.set_content(Has(HubFault::kNoJson) ? "<html>" : list.dump(), "application/json");
  }

  // Nothing, and a status of 404, where there is no such file.
  const ServedFile* Find(const std::string& name, const std::string& commit,
                         const std::string& path, std::vector<ServedFile>& files,
                         Response& answer) const {
    files = FilesIn(name);
    const auto found = std::ranges::find(files, path, &ServedFile::path);
    if (found != files.end() && commit == CommitOfFiles(files)) return &*found;
    answer.status = 404;
    return nullptr;
  }

  void ResolveFile(const Request& request, Response& answer) {
    if (!IsAllowed(request, answer)) return;
    const std::string name = request.matches[1], commit = request.matches[2],
                      path = request.matches[3];
    std::vector<ServedFile> files;
    const ServedFile* const file = Find(name, commit, path, files, answer);
    if (file == nullptr) return;
    answer.set_header("X-Repo-Commit", commit);
    if (Has(HubFault::kRedirects)) {
      answer.status = 302;
      answer.set_header("Location", request.path);
      return;
    }
    if (!options_.redirects || !IsLarge(path)) {
      Send(request, *file, answer);
      return;
    }
    answer.status = 302;
    answer.set_header("X-Linked-Etag", "\"" + file->content + "\"");
    answer.set_header("X-Linked-Size", std::to_string(file->size));
    const std::scoped_lock lock(mutex_);
    answer.set_header("Location", fmt::format("{}/content/{}/{}/{}?signature={}", content_endpoint_,
                                              name, commit, path, ++signature_));
  }

  void SendContent(const Request& request, Response& answer) {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.requests;
      if (request.has_header("Authorization")) ++counts_.tokens_at_content_network;
    }
    if (Has(HubFault::kExpired)) {
      answer.status = 403;
      return;
    }
    std::vector<ServedFile> files;
    const std::string name = request.matches[1], path = request.matches[3];
    const ServedFile* const file = Find(name, request.matches[2], path, files, answer);
    if (file != nullptr) Send(request, *file, answer);
  }

  void Send(const Request& request, const ServedFile& file, Response& answer) {
    const auto source = MapFile(file.location);
    const auto asked = RangeOf(request, source->size_bytes());
    // The library would cut what is sent to the range once more.
    const_cast<Request&>(request).ranges.clear();  // NOLINT: it is not const where it lives
    const std::string tag = Has(HubFault::kChanges) ? std::to_string(++changes_) : file.content;
    answer.set_header("ETag", "\"" + tag + "\"");
    answer.set_header("Accept-Ranges", "bytes");
    if (request.method == "HEAD" || !asked) {
      Provide(source, 0, source->size_bytes(), source->size_bytes(), answer);
    } else if (asked->length == 0) {
      answer.status = 416;
      answer.set_header("Content-Range", fmt::format("bytes */{}", source->size_bytes()));
    } else {
      SendRange(source, asked->first, asked->length, answer);
    }
  }

  void SendRange(const std::shared_ptr<const ByteSource>& source, std::uint64_t first,
                 std::uint64_t length, Response& answer) {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.ranges;
    }
    if (Has(HubFault::kOverloaded)) {
      answer.status = 503;
      return;
    }
    if (Has(HubFault::kIgnoresRanges)) {
      Provide(source, 0, source->size_bytes(), source->size_bytes(), answer);
      return;
    }
    if (Has(HubFault::kCompresses)) answer.set_header("Content-Encoding", "gzip");
    const std::uint64_t shift = Has(HubFault::kOtherRange) ? 1 : 0;
    const std::uint64_t total = source->size_bytes() + (Has(HubFault::kOtherTotal) ? 1 : 0);
    answer.status = 206;
    answer.set_header("Content-Range",
                      fmt::format("bytes {}-{}/{}", first + shift, first + shift + length - 1,
                                  std::max(total, first + shift + length)));
    std::uint64_t sent = length;
    After after = After::kWaits;
    if (Has(HubFault::kTooMuch)) sent = std::min(length + 100, source->size_bytes() - first);
    std::uint64_t until = sent;
    if (Has(HubFault::kStalls)) until = length / 2;
    if (Has(HubFault::kTooLittle)) {
      until = length / 2;
      after = After::kCloses;
    }
    if (Has(HubFault::kDrips)) {
      until = length / 2;
      after = After::kDrips;
    }
    Provide(source, first, sent, until, answer, after);
  }

  // What becomes of an answer once what is sent at all is sent.
  enum class After { kCloses, kWaits, kDrips };

  // Says that `length` bytes will come, and sends `until` of them at once.
  void Provide(const std::shared_ptr<const ByteSource>& source, std::uint64_t first,
               std::uint64_t length, std::uint64_t until, Response& answer,
               After after = After::kCloses) {
    if (length == 0) {
      answer.set_content("", "application/octet-stream");
      return;
    }
    answer.set_content_provider(
        length, "application/octet-stream",
        [this, source, first, until, after](std::size_t offset, std::size_t wanted,
                                            httplib::DataSink& sink) {
          if (offset >= until) {
            if (after == After::kCloses || stopping_) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return after == After::kWaits || sink.write("x", 1);
          }
          constexpr std::uint64_t kAtOnce = 1 << 20;
          const std::uint64_t count = std::min<std::uint64_t>({wanted, until - offset, kAtOnce});
          // Nobody catches what is thrown here, so the range is known to be in the file.
          std::vector<std::byte> scratch;
          const auto bytes = source->Read(first + offset, count, scratch);
          {
            const std::scoped_lock lock(mutex_);
            counts_.bytes += count;
          }
          return sink.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        });
  }

  LocalHubOptions options_;
  httplib::Server hub_, content_;
  std::thread hub_thread_, content_thread_;
  std::string endpoint_, content_endpoint_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> changes_ = 0;
  mutable std::mutex mutex_;  // of all after it
  HubFault fault_ = HubFault::kNone;
  std::uint64_t wrong_answers_ = 0, signature_ = 0;
  Counts counts_;
};

LocalHub::LocalHub(const LocalHubOptions& options) : server_(std::make_unique<Server>(options)) {}
LocalHub::~LocalHub() = default;

const std::string& LocalHub::endpoint() const { return server_->endpoint(); }

std::string LocalHub::CommitOf(const std::string& name) const {
  return CommitOfFiles(server_->FilesIn(name));
}

void LocalHub::Misbehave(HubFault fault, std::uint64_t answers) {
  server_->Misbehave(fault, answers);
}

LocalHub::Counts LocalHub::counts() const { return server_->counts(); }

}  // namespace modelkin
