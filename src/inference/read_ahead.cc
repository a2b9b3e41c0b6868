#include "inference/read_ahead.h"

#include <algorithm>
#include <exception>

namespace modelkin {
namespace {

constexpr std::uint64_t kStep = std::uint64_t{1} << 20;
constexpr std::size_t kPage = 4096;

void Touch(std::span<const std::byte> bytes) {
  // A volatile read a page makes the system bring it.
  const volatile std::byte* const begin = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); i += kPage) {
    [[maybe_unused]] const std::byte byte = begin[i];
  }
}

}  // namespace

ReadAheadThread::ReadAheadThread() : thread_([this] { Work(); }) {}

ReadAheadThread::~ReadAheadThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ReadAheadThread::Ask(std::vector<ReadRange> ranges) {
  {
    const std::lock_guard lock(mutex_);
    ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  }
  wake_.notify_all();
}

void ReadAheadThread::Work() {
  const SharedStops::Here here(stops_);
  const HeedStop heed(stop_);
  std::vector<std::byte> scratch;
  while (true) {
    ReadRange range{};
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stop_ || !ranges_.empty(); });
      if (stop_) return;
      ReadRange& next = ranges_.front();
      range = {next.source, next.offset, std::min(next.length, kStep)};
      next.offset += range.length;
      next.length -= range.length;
      if (next.length == 0) ranges_.pop_front();
    }
    try {
      if (range.length > 0) Touch(range.source->Read(range.offset, range.length, scratch));
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): see Ask
    }
  }
}

}  // namespace modelkin
