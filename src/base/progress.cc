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
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    total_bytes_ = total_bytes;
    done_bytes_ = 0;
    started_ = Clock::now();
  }

  void Advance(std::uint64_t bytes) override {
    done_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

 private:
  void Paint(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, kRedrawInterval, [] { return false; });
      if (!stage_.empty() && Clock::now() - started_ > kQuietPeriod) Draw();
    }
  }

  void Draw() { Write(total_bytes_ > 0 ? Bar() : fmt::format("\r{} ...\x1b[K", stage_)); }

  void Write(const std::string& line) {
    drawn_ = write(STDERR_FILENO, line.data(), line.size()) > 0 || drawn_;
  }

  std::string Bar() const {
    const std::uint64_t done = std::min(done_bytes_.load(std::memory_order_relaxed), total_bytes_);
    const double share = static_cast<double>(done) / static_cast<double>(total_bytes_);
    const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
    const double rate = static_cast<double>(done) / elapsed;
    const int filled = static_cast<int>(share * kBarWidth);
    const std::string left =
        done == 0 ? "?" : FormatDuration(static_cast<double>(total_bytes_ - done) / rate);
    return fmt::format("\r{} [{:=<{}}{:<{}}] {:3.0f}%  {} of {}  {}/s  {} left\x1b[K", stage_, "",
                       filled, "", kBarWidth - filled, share * 100, FormatBytes(done),
                       FormatBytes(total_bytes_), FormatBytes(static_cast<std::uint64_t>(rate)),
                       left);
  }

  void Erase() {
    constexpr std::string_view kErase = "\r\x1b[K";
    if (drawn_ && write(STDERR_FILENO, kErase.data(), kErase.size()) < 0) drawn_ = false;
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string stage_;
  std::uint64_t total_bytes_ = 0;
  std::atomic<std::uint64_t> done_bytes_{0};
  Clock::time_point started_;
  bool drawn_ = false;
  std::jthread painter_;  // last: it uses every member above
};

}  // namespace

Progress::~Progress() = default;
void Progress::Begin(const std::string&, std::uint64_t) {}
void Progress::Advance(std::uint64_t) {}

std::unique_ptr<Progress> MakeTerminalProgress() {
  if (isatty(STDERR_FILENO) == 0) return std::make_unique<Progress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace modelkin
