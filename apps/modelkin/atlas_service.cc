#include "atlas_service.h"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "atlas/atlas.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "local_hub/connection_threads.h"
#include "report/atlas_report.h"
#include "report/find_report.h"
#include "report/json_output.h"
#include "requests/find.h"
#include "sketch/sketch_json.h"

namespace modelkin {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kJson = "application/json";
constexpr std::time_t kPatience = 5;  // seconds, with a connection that asks nothing
constexpr const char* kHelp =
    "An atlas of modelkin: records of models, to find relatives among them.\n"
    "  GET /stats             what is in it\n"
    "  GET /records?name=N    the records of that name or location\n"
    "  POST /find             of the JSON that `modelkin sketch MODEL --json` prints: what may be "
    "a\n"
    "                         relative, for `modelkin trace` to decide\n";

// What `write` gives a sink.
template <class Write>
std::string TextOf(const Write& write) {
  std::string text;
  write([&](std::string_view piece) { text += piece; });
  return text;
}

// Each answer opens the atlas: it may have grown.
class AtlasService {
 public:
  AtlasService(std::string atlas, const RequestContext& context)
      : atlas_(std::move(atlas)), context_(context) {
    server_.new_task_queue = [] { return new ConnectionThreads; };
    server_.set_keep_alive_timeout(kPatience);
    server_.set_read_timeout(kPatience);
    server_.set_payload_max_length(kMostSketchLine);
    server_.set_tcp_nodelay(true);
    server_.Get("/", [](const Request&, Response& answer) {
      answer.set_content(kHelp, "text/plain; charset=utf-8");
    });
    server_.Get("/stats", [this](const Request&, Response& answer) {
      Answer(answer, [&] { return Stats(); });
    });
    server_.Get("/records", [this](const Request& request, Response& answer) {
      Answer(answer, [&] { return Records(request.get_param_value("name")); });
    });
    server_.Post("/find", [this](const Request& request, Response& answer) {
      Answer(answer, [&] { return Find(request.body); });
    });
  }
  ~AtlasService() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  AtlasService(const AtlasService&) = delete;
  AtlasService& operator=(const AtlasService&) = delete;

  // Returns the address that it listens on from now on.
  std::string Listen(std::uint16_t port) {
    const int bound = port == 0 ? server_.bind_to_any_port("127.0.0.1")
                                : (server_.bind_to_port("127.0.0.1", port) ? port : -1);
    if (bound <= 0) {
      throw Error(ErrorKind::kIo, fmt::format("cannot listen on 127.0.0.1, port {}", port));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return fmt::format("http://127.0.0.1:{}", bound);
  }

 private:
  // An error is one line, whose place is named, and a status of 400 for what was sent, else 500.
  template <class Make>
  static void Answer(Response& answer, const Make& make) {
    try {
      answer.set_content(make(), kJson);
    } catch (const Error& error) {
      answer.status = error.site().file == kSent ? 400 : 500;
      answer.set_content(Dump({{"error", error.what()}}) + "\n", kJson);
    } catch (const std::exception&) {
      answer.status = 500;
      answer.set_content("{\"error\":\"no answer could be made\"}\n", kJson);
    }
  }

  std::string Stats() const {
    const Atlas atlas = Atlas::Open(atlas_, AtlasAccess::kRead);
    const AtlasStats stats = atlas.Stats();
    return TextOf([&](const TextSink& sink) { WriteAtlasStatsJson(atlas_, stats, sink); });
  }

  std::string Records(const std::string& name) const {
    const Atlas atlas = Atlas::Open(atlas_, AtlasAccess::kRead);
    std::string lines;
    for (const std::uint64_t id : atlas.Find(name)) lines += SketchJson(atlas.Read(id));
    return lines;
  }

  std::string Find(const std::string& line) const {
    const FindResults results =
        NominateSketch({.atlas = atlas_}, ReadSketchJson(line, kSent), context_);
    return TextOf([&](const TextSink& sink) { WriteFindJson(results, sink); });
  }

  static constexpr const char* kSent = "what was sent";

  const std::string atlas_;
  const RequestContext context_;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace

void ServeAtlas(const AtlasServiceOptions& options,
                const std::function<void(const std::string& address)>& started,
                const RequestContext& context) {
  const HeedStop heed(*context.stop);
  Atlas::Open(options.atlas, AtlasAccess::kRead);  // says now what is wrong with it
  AtlasService service(options.atlas, context);
  started(service.Listen(options.port));
  for (;;) {
    ThrowIfInterrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace modelkin
