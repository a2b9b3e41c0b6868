#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/byte_amount.h"
#include "base/escaped_text.h"
#include "base/time_left.h"

namespace modelkin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kQuietPeriod = std::chrono::milliseconds(500);
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kNarrowestBar = 10, kShortestName = 6;
constexpr std::size_t kLongestName = 120;

std::string FormatDuration(double seconds) {
  const auto whole = std::llround(std::min(seconds, 1e9));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// Of an estimate, in steps in which it does not flicker.
std::string FormatAbout(double seconds) {
  const double step = seconds < 10 ? 1 : seconds < 60 ? 5 : seconds < 600 ? 10 : 60;
  return FormatDuration(std::max(1.0, std::round(seconds / step)) * step);
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

  void BeginPart(const std::string& name, std::uint64_t number, std::uint64_t parts) override {
    const std::lock_guard lock(mutex_);
    part_ = Printable(name, kLongestName);
    number_ = number;
    parts_ = parts;
    part_started_ = Clock::now();
    if (number <= 1) first_started_ = part_started_;
    if (plan_of_part_) MakePlan({});
  }

  void Plan(const std::vector<PlannedStage>& stages) override {
    const std::lock_guard lock(mutex_);
    MakePlan(stages);
    plan_of_part_ = is_planned_ && number_ > 0;
  }

  void Revise(const std::string& stage, double factor) override {
    const std::lock_guard lock(mutex_);
    time_left_.Revise(stage, factor);
  }

  void Advance(std::uint64_t done) override { done_.fetch_add(done, std::memory_order_relaxed); }

 private:
  void Start(const std::string& stage, std::uint64_t total, const std::string& things) {
    const std::lock_guard lock(mutex_);
    stage_ = Printable(stage, kLongestName);
    things_ = things;
    total_ = total;
    done_ = 0;
    started_ = Clock::now();
    time_left_.Begin(stage, Now());
  }

  void MakePlan(const std::vector<PlannedStage>& stages) {
    time_left_.Plan(stages, Now());
    is_planned_ = !stages.empty();
  }

  double Now() const { return std::chrono::duration<double>(Clock::now() - made_).count(); }

  void Paint(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, kRedrawInterval, [] { return false; });
      if (!stage_.empty() && Clock::now() - started_ > kQuietPeriod) Draw();
    }
  }

  void Draw() {
    std::string line = total_ > 0 ? Bar() : Untold();
    line.resize(std::min(line.size(), Columns()));
    Write("\r" + line + "\x1b[K");
  }

  std::string Untold() {
    const std::string all = LeftOfAll(std::nullopt);
    const std::string rest = " ..." + (all.empty() ? "" : "  " + all);
    return Title(rest.size()) + rest;
  }

  void Write(const std::string& line) {
    drawn_ = write(STDERR_FILENO, line.data(), line.size()) > 0 || drawn_;
  }

  // "2 of 3  glm-a, glm-b: hidden units", names cut so that it leaves `room` columns, if they can
  // be.
  std::string Title(std::size_t room) const {
    const std::string which =
        number_ > 0 && parts_ > 1 ? fmt::format("{} of {}  ", number_, parts_) : "";
    const std::size_t others = which.size() + stage_.size() + 2 + room;
    std::string names = part_;
    if (others + names.size() > Columns()) {
      const std::size_t left = Columns() - std::min(Columns(), others);
      names = left > kShortestName ? names.substr(0, left - 2) + ".." : "";
    }
    return fmt::format("{}{}{}{}", which, names, names.empty() ? "" : ": ", stage_);
  }

  // By the plan, and by how long the parts took that have ended; "" where there is neither.
  std::string LeftOfAll(std::optional<double> share) {
    const std::optional<double> planned = time_left_.Seconds(Now(), share);
    const bool in_parts = number_ > 0 && number_ <= parts_ && (plan_of_part_ || !is_planned_);
    if (!in_parts && !planned) return "";
    double left = planned.value_or(0);
    if (in_parts) {
      if (number_ < 2 && !planned) return "";
      const std::chrono::duration<double> ended = part_started_ - first_started_;
      const std::chrono::duration<double> of_this = Clock::now() - part_started_;
      const double each =
          number_ < 2 ? of_this.count() + left : ended.count() / static_cast<double>(number_ - 1);
      left = planned.value_or(std::max(0.0, each - of_this.count())) +
             each * static_cast<double>(parts_ - number_);
    }
    return fmt::format("about {} left in all", FormatAbout(left));
  }

  std::string Bar() {
    const std::uint64_t done = std::min(done_.load(std::memory_order_relaxed), total_);
    const double share = static_cast<double>(done) / static_cast<double>(total_);
    const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
    const double rate = static_cast<double>(done) / elapsed;
    const std::string left =
        done == 0 ? "?" : FormatDuration(static_cast<double>(total_ - done) / rate);
    const std::string what =
        things_.empty() ? fmt::format("{} of {}  {}/s", FormatBytes(done), FormatBytes(total_),
                                      FormatBytes(static_cast<std::uint64_t>(rate)))
                        : fmt::format("{} of {} {}", done, total_, things_);
    std::string still = LeftOfAll(share);
    if (still.empty() && !is_planned_) still = left + " left of this step";
    const std::string numbers = fmt::format(" {:3.0f}%  {}  {}", share * 100, what, still);
    const std::string title = Title(numbers.size() + kNarrowestBar + 3);
    const std::size_t room = Columns() - std::min(Columns(), title.size() + numbers.size() + 3);
    if (room < kNarrowestBar) return title + numbers;
    const int width = static_cast<int>(std::min(room, kBarWidth));
    const int filled = static_cast<int>(share * width);
    return fmt::format("{} [{:=<{}}{:<{}}]{}", title, "", filled, "", width - filled, numbers);
  }

  // One less than the terminal has, so that its cursor stays on the line.
  static std::size_t Columns() {
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1U : 79U;
  }

  void Erase() {
    constexpr std::string_view kErase = "\r\x1b[K";
    if (drawn_ && write(STDERR_FILENO, kErase.data(), kErase.size()) < 0) drawn_ = false;
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string stage_, things_;  // no things: bytes
  std::string part_;
  std::uint64_t total_ = 0, number_ = 0, parts_ = 0;
  std::atomic<std::uint64_t> done_{0};
  TimeLeft time_left_;
  bool is_planned_ = false, plan_of_part_ = false;
  const Clock::time_point made_ = Clock::now();
  Clock::time_point started_, part_started_, first_started_;
  bool drawn_ = false;
  std::jthread painter_;  // last: it uses every member above
};

}  // namespace

Progress::~Progress() = default;
void Progress::Begin(const std::string&, std::uint64_t) {}
void Progress::BeginCount(const std::string& stage, std::uint64_t, const std::string&) {
  Begin(stage, 0);
}
void Progress::Plan(const std::vector<PlannedStage>&) {}
void Progress::Revise(const std::string&, double) {}
void Progress::BeginPart(const std::string&, std::uint64_t, std::uint64_t) {}
void Progress::Advance(std::uint64_t) {}

std::unique_ptr<Progress> MakeTerminalProgress() {
  if (isatty(STDERR_FILENO) == 0) return std::make_unique<Progress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace modelkin
