#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/byte_amount.h"

namespace modelkin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kQuietPeriod = std::chrono::milliseconds(500);
constexpr int kBarWidth = 24;

std::string FormatDuration(double seconds) {
  const auto whole = std::llround(std::min(seconds, 1e9));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

class TerminalProgress : public Progress {
 public:
  TerminalProgress() : painter_([this](const std::stop_token& stop) { Paint(stop); }) {}

  ~TerminalProgress() override {
    painter_.request_stop();
    painter_.join();
    Erase();
  }

  void Begin(const std::string& stage, std::uint64_t total_bytes) override {
    Start(stage, total_bytes, "");
  }

  void BeginCount(const std::string& stage, std::uint64_t total,
                  const std::string& things) override {
    Start(stage, total, things);
  }

  void Advance(std::uint64_t done) override { done_.fetch_add(done, std::memory_order_relaxed); }

 private:
  void Start(const std::string& stage, std::uint64_t total, const std::string& things) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    things_ = things;
    total_ = total;
    done_ = 0;
    started_ = Clock::now();
  }

  void Paint(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, kRedrawInterval, [] { return false; });
      if (!stage_.empty() && Clock::now() - started_ > kQuietPeriod) Draw();
    }
  }

  void Draw() { Write(total_ > 0 ? Bar() : fmt::format("\r{} ...\x1b[K", stage_)); }

  void Write(const std::string& line) {
    drawn_ = write(STDERR_FILENO, line.data(), line.size()) > 0 || drawn_;
  }

  std::string Bar() const {
    const std::uint64_t done = std::min(done_.load(std::memory_order_relaxed), total_);
    const double share = static_cast<double>(done) / static_cast<double>(total_);
    const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
    const double rate = static_cast<double>(done) / elapsed;
    const int filled = static_cast<int>(share * kBarWidth);
    const std::string left =
        done == 0 ? "?" : FormatDuration(static_cast<double>(total_ - done) / rate);
    const std::string what =
        things_.empty() ? fmt::format("{} of {}  {}/s", FormatBytes(done), FormatBytes(total_),
                                      FormatBytes(static_cast<std::uint64_t>(rate)))
                        : fmt::format("{} of {} {}", done, total_, things_);
    return fmt::format("\r{} [{:=<{}}{:<{}}] {:3.0f}%  {}  {} left\x1b[K", stage_, "", filled, "",
                       kBarWidth - filled, share * 100, what, left);
  }

  void Erase() {
    constexpr std::string_view kErase = "\r\x1b[K";
    if (drawn_ && write(STDERR_FILENO, kErase.data(), kErase.size()) < 0) drawn_ = false;
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string stage_, things_;  // no things: bytes
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_{0};
  Clock::time_point started_;
  bool drawn_ = false;
  std::jthread painter_;  // last: it uses every member above
};

}  // namespace

Progress::~Progress() = default;
void Progress::Begin(const std::string&, std::uint64_t) {}
void Progress::BeginCount(const std::string& stage, std::uint64_t, const std::string&) {
  Begin(stage, 0);
}
void Progress::Advance(std::uint64_t) {}

std::unique_ptr<Progress> MakeTerminalProgress() {
  if (isatty(STDERR_FILENO) == 0) return std::make_unique<Progress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace modelkin
