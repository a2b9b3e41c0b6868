#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "source/byte_source.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace memory_source_test {

using testing::CatchError;
using ::testing::HasSubstr;
using testing::ToBytes;

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(MemorySource, ReadsAnyRange) {
  const auto source = MakeMemorySource("memory", ToBytes("0123456789"));
  std::vector<std::byte> scratch;
  EXPECT_EQ(source->label(), "memory");
  EXPECT_EQ(source->size_bytes(), 10U);
  EXPECT_EQ(Text(source->Read(0, 10, scratch)), "0123456789");
  EXPECT_EQ(Text(source->Read(3, 4, scratch)), "3456");
  EXPECT_EQ(Text(source->Read(10, 0, scratch)), "");
}

TEST(MemorySource, NeverLosesBytesOrChanges) {
  const auto source = MakeMemorySource("memory", ToBytes("0123456789"));
  EXPECT_EQ(source->LostByte(), std::nullopt);
  EXPECT_NO_THROW(source->RequireUnchanged());
}

TEST(MemorySource, CanBeEmpty) {
  const auto source = MakeMemorySource("memory", {});
  std::vector<std::byte> scratch;
  EXPECT_EQ(source->size_bytes(), 0U);
  EXPECT_TRUE(source->Read(0, 0, scratch).empty());
  CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(0, 1, scratch); });
}

TEST(MemorySource, RangePastTheEndIsRefused) {
  const auto source = MakeMemorySource("memory", ToBytes("0123456789"));
  std::vector<std::byte> scratch;
  const Error error = CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(8, 3, scratch); });
  EXPECT_THAT(error.what(), HasSubstr("3 bytes wanted here, but the file has 10 bytes in all"));
  EXPECT_EQ(error.site().file, "memory");
  EXPECT_EQ(error.site().offset_bytes, 8U);
}

TEST(MemorySource, RangeWhoseEndWrapsRoundIsRefused) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const auto source = MakeMemorySource("memory", ToBytes("0123456789"));
  std::vector<std::byte> scratch;
  CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(8, kMax - 7, scratch); });
  CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(kMax, 1, scratch); });
}

}  // namespace memory_source_test
}  // namespace modelkin
