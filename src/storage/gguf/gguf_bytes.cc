#include "storage/gguf/gguf_bytes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{512} << 20;
constexpr std::uint64_t kLargestWindow = std::uint64_t{8} << 20;

}  // namespace

void GgufBytes::FailAt(std::uint64_t offset_bytes, std::string_view message) const {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file_.label(), .tensor = tensor_, .offset_bytes = offset_bytes});
}

void GgufBytes::RequireNothingLost() const { modelkin::RequireNothingLost(file_); }

void GgufBytes::Require(std::uint64_t length) const {
  if (length > left()) {
    RequireNothingLost();
    Fail(fmt::format("{} wants {} bytes here, but the file ends at byte {} (truncated?)", context_,
                     length, file_.size_bytes()));
  }
  if (position_ + length > kMostHeaderBytes) {
    Fail(fmt::format("{} lies beyond the {} MiB that keys and names may take", context_,
                     kMostHeaderBytes >> 20));
  }
}

std::string_view GgufBytes::Take(std::uint64_t length) {
  Require(length);
  const bool inside =
      position_ >= window_begin_ && position_ + length <= window_begin_ + window_.size();
  if (!inside) {
    const std::uint64_t wanted = std::max(length, std::min(next_window_, left()));
    window_ = file_.Read(position_, wanted, scratch_);
    window_begin_ = position_;
    next_window_ = std::min(2 * next_window_, kLargestWindow);
  }
  const auto taken = window_.subspan(position_ - window_begin_, length);
  position_ += length;
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

void GgufBytes::Skip(std::uint64_t length) {
  Require(length);
  position_ += length;
}

}  // namespace modelkin
