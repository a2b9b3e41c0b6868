#include "storage/late_check.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace modelkin {
namespace {

class CheckedSource : public ByteSource {
 public:
  CheckedSource(std::shared_ptr<const ByteSource> file, std::vector<LateCheck> checks)
      : file_(std::move(file)), checks_(std::move(checks)), passed_(checks_.size()) {
    std::ranges::sort(checks_, {}, &LateCheck::begin_bytes);
  }

  const std::string& label() const override { return file_->label(); }
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    auto check = std::ranges::upper_bound(checks_, offset, {}, &LateCheck::end_bytes);
    for (; check != checks_.end(); ++check) {
      const bool is_read = check->begin_bytes <= offset || check->begin_bytes - offset < length;
      if (!is_read) break;
      std::atomic<bool>& passed = passed_[static_cast<std::size_t>(check - checks_.begin())];
      if (passed.load(std::memory_order_relaxed)) continue;
      check->require(*file_);
      passed.store(true, std::memory_order_relaxed);
    }
    return file_->Read(offset, length, scratch);
  }

  std::uint64_t BytesToMove(std::uint64_t offset, std::uint64_t length) const override {
    return file_->BytesToMove(offset, length);
  }
  std::optional<std::uint64_t> LostByte() const override { return file_->LostByte(); }
  void RequireUnchanged() const override { file_->RequireUnchanged(); }
  std::string Version() const override { return file_->Version(); }

 private:
  std::shared_ptr<const ByteSource> file_;
  std::vector<LateCheck> checks_;  // by place
  mutable std::vector<std::atomic<bool>> passed_;
};

}  // namespace

std::shared_ptr<const ByteSource> WithLateChecks(std::shared_ptr<const ByteSource> file,
                                                 std::vector<LateCheck> checks) {
  if (checks.empty()) return file;
  return std::make_shared<CheckedSource>(std::move(file), std::move(checks));
}

}  // namespace modelkin
