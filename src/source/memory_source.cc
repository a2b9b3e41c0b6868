
#include "source/byte_source.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

class MemorySource : public ByteSource {
 public:
  MemorySource(std::string label, std::vector<std::byte> bytes)
      : label_(std::move(label)), bytes_(std::move(bytes)) {}

  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return bytes_.size(); }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>&) const override {
    RequireRange(*this, offset, length);
    return std::span(bytes_).subspan(offset, length);
  }

 private:
  std::string label_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::shared_ptr<const ByteSource> MakeMemorySource(std::string label,
                                                   std::vector<std::byte> bytes) {
  return std::make_shared<MemorySource>(std::move(label), std::move(bytes));
}

}  // namespace modelkin
